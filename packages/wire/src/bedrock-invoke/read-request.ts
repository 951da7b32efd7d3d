import type { ChatCall } from '@pointsman/contract'

import type { Dialect, ScannedRequest } from '../dialect.ts'
import type { InvokeFamily } from './quirk-family.ts'

/** The whole request in neutral form. Throws `invalid_request` with the field. */
export function readRequest(family: InvokeFamily, base: Dialect, scanned: ScannedRequest): ChatCall {
  const body = family.readRequestBody(scanned.whole())
  return base.readRequest({ ...scanned, json: body, whole: () => body })
}
