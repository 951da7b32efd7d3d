import type { EmbedCall } from '@pointsman/contract'

import type { WriteTarget, WrittenRequest } from '../dialect.ts'
import { settleExtras, WarningList } from '../warning-list.ts'
import { extraRules } from './extra-fields.ts'

const encoder = new TextEncoder()

/** The body for OpenAI. Numbers are always asked for: not every server of this API knows base64, and the face writes its own. */
export function writeRequest(call: EmbedCall, target: WriteTarget): WrittenRequest {
  const warnings = new WarningList()
  const extras = settleExtras(call.extras, extraRules, warnings)
  if (call.purpose !== null) {
    warnings.add('input_type', 'OpenAI makes one vector for every purpose; it was left out')
  }
  const body = {
    ...extras,
    model: target.upstreamId,
    input: call.inputs,
    encoding_format: 'float',
    ...(call.dimensions === null ? {} : { dimensions: call.dimensions }),
  }
  return { body: encoder.encode(JSON.stringify(body)), warnings: warnings.list() }
}
