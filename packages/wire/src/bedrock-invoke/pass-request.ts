import type { PassedRequest, ScannedRequest } from '../dialect.ts'

/** The caller's own bytes: Bedrock takes the model in its path, so nothing in the body changes. */
export function passRequest(scanned: ScannedRequest): PassedRequest {
  return { body: scanned.bytes, hideUsage: false }
}
