import type { ChatCall } from '@pointsman/contract'

import type { WrittenRequest } from '../dialect.ts'
import { isJsonArray } from '../json-fields.ts'

/** As all names of betas are; nothing else from a body may get into a header. */
const betaForm = /^[A-Za-z0-9_.-]{1,100}$/

/**
 * Bedrock takes betas in the body, Anthropic in a header (platform.claude.com, beta headers, 2026-11). `rest` is the call
 * without those that became one.
 */
export function takeBetas(call: ChatCall): {
  readonly rest: ChatCall
  readonly headers: Pick<WrittenRequest, 'headers'>
} {
  const { anthropic_beta: betas, ...extras } = call.extras
  const isWritten = (beta: unknown): beta is string => typeof beta === 'string' && betaForm.test(beta)
  if (!isJsonArray(betas) || betas.length === 0 || !betas.every(isWritten)) return { rest: call, headers: {} }
  return { rest: { ...call, extras }, headers: { headers: ['anthropic-beta', betas.join(',')] } }
}
