import type { ChatResult, Model } from '@pointsman/contract'

import type { Dialect } from '../dialect.ts'
import { readVendorJson } from '../read-body.ts'
import type { InvokeFamily } from './quirk-family.ts'

const encoder = new TextEncoder()

/** A whole answer. Throws `upstream_broken` where it is none of this family's. */
export function readResult(family: InvokeFamily, base: Dialect, body: Uint8Array, model?: Model): ChatResult {
  const asBase = family.readResultBody(readVendorJson(body, "The vendor's answer"))
  return base.readResult(encoder.encode(JSON.stringify(asBase)), {}, model)
}
