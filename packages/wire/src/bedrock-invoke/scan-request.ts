import type { Dialect, ScannedRequest } from '../dialect.ts'
import { isJsonObject } from '../json-fields.ts'

/** What routing needs, as the base dialect reads it. The model and whether it streams stand in the path. */
export function scanRequest(base: Dialect, received: Uint8Array, stream: boolean | null): ScannedRequest {
  const scanned = base.scanRequest(received, stream ?? false)
  // Nova's own word for it; Anthropic's is the base dialect's.
  const { reasoningConfig } = scanned.json
  const reasons = isJsonObject(reasoningConfig) && reasoningConfig['type'] !== 'disabled'
  // A `model` in the body is no field of Bedrock's: the path decides, and the bytes pass as they are.
  return {
    ...scanned,
    model: null,
    modelSpan: null,
    needs: { ...scanned.needs, reasoning: scanned.needs.reasoning || reasons },
  }
}
