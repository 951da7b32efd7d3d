import type { PassedRequest, ScannedRequest, WriteTarget } from '../dialect.ts'
import { modelEdit, spliceBody } from '../splice-body.ts'

/** The caller's own bytes with the model's name replaced, or put first where there was none. */
export function passRequest(scanned: ScannedRequest, target: WriteTarget): PassedRequest {
  return { body: spliceBody(scanned.bytes, [modelEdit(scanned, target.upstreamId)]), hideUsage: false }
}
