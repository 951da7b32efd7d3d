import type { ChatCall } from '@pointsman/contract'

import { saidBetas } from '../claude-betas.ts'
import type { Dialect, WriteTarget, WrittenRequest } from '../dialect.ts'
import { readVendorJson } from '../read-body.ts'
import { WarningList } from '../warning-list.ts'
import type { InvokeFamily } from './quirk-family.ts'

const encoder = new TextEncoder()

/** The body of InvokeModel, from what the base dialect writes. Throws `unsupported_parameter`. */
export function writeRequest(
  family: InvokeFamily,
  base: Dialect,
  call: ChatCall,
  target: WriteTarget,
): WrittenRequest {
  const extras = Object.entries(call.extras)
  const own = extras.filter(([name]) => family.ownFields.includes(name))
  const others = extras.filter(([name]) => !family.ownFields.includes(name))
  const written = base.writeRequest({ ...call, extras: Object.fromEntries(others) }, target)
  const warnings = new WarningList()
  const members = { ...readVendorJson(written.body, 'The body'), ...Object.fromEntries(own) }
  const body = family.writeRequestBody(members, (field, what) => {
    warnings.add(field, what)
  })
  return {
    body: encoder.encode(JSON.stringify(body)),
    warnings: [...written.warnings, ...warnings.list()],
    ...saidBetas(body),
  }
}
