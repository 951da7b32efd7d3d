import type { ScannedRequest } from '../dialect.ts'

/** The caller's own bytes: Bedrock takes the model in its path, so nothing in the body changes. */
export function passRequest(scanned: ScannedRequest): Uint8Array {
  return scanned.bytes
}
