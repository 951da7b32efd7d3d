import type { ChatResult } from '@pointsman/contract'

import type { AnswerAbout, Dialect } from '../dialect.ts'
import { readVendorJson } from '../read-body.ts'
import type { InvokeFamily } from './quirk-family.ts'

const encoder = new TextEncoder()

/** A whole answer in the family's own form. Figures that are not known are left out, never zero. */
export function writeResult(
  family: InvokeFamily,
  base: Dialect,
  result: ChatResult,
  about: AnswerAbout,
): Uint8Array {
  const asBase = readVendorJson(base.writeResult(result, about), 'The answer')
  return encoder.encode(JSON.stringify(family.writeResultBody(asBase)))
}
