import type { ErrorCode, UpstreamAnswerHead, UpstreamFailure } from '@pointsman/contract'
import { errorMembers, saidText } from '../error-body.ts'
import { codeOfText, codeUnder } from '../failure-status.ts'
import { retryAfterMs } from '../retry-after.ts'
import { markTooLong } from '../too-long.ts'
import { quirks } from './quirks.ts'

/** Anthropic's error types (API reference, errors, 2026-11), decided before the status is looked at. */
const codeByType: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ['invalid_request_error', 'upstream_rejected'],
  ['request_too_large', 'upstream_rejected'],
  ['authentication_error', 'provider_auth'],
  ['permission_error', 'provider_auth'],
  // Nothing left to spend: another vendor may serve.
  ['billing_error', 'upstream_throttled'],
  ['not_found_error', 'upstream_model_unavailable'],
  ['rate_limit_error', 'upstream_throttled'],
  ['timeout_error', 'upstream_error'],
  ['conflict_error', 'upstream_error'],
  ['api_error', 'upstream_error'],
  ['overloaded_error', 'upstream_overloaded'],
])

/** What is used up stays so: the same model is not called again for it. */
const lastingIf = (type: string | null): { readonly lasting?: true } =>
  type === 'billing_error' ? { lasting: true } : {}

/** A text alone decides nothing: others than Anthropic stand between, and quote what they like. */
const typesOfTexts: ReadonlySet<string | null> = new Set(['invalid_request_error', 'not_found_error'])

const codeByText = (type: string | null, message: string | null): ErrorCode | undefined =>
  typesOfTexts.has(type) ? quirks.find(({ text }) => text.test(message ?? ''))?.code : undefined

/** `{"type":"error","error":{"type","message"}}` */
function readBody(body: Uint8Array): { readonly type: string | null; readonly message: string | null } {
  const { error } = errorMembers(body)
  if (typeof error !== 'object' || error === null || Array.isArray(error)) {
    return { type: null, message: saidText(error) }
  }
  const members = error as { readonly [name: string]: typeof error }
  return { type: saidText(members['type']), message: saidText(members['message']) }
}

/** Reads an answer whose status is not 2xx. */
export function readFailure(head: UpstreamAnswerHead, body: Uint8Array): UpstreamFailure {
  const { status } = head
  const { type, message } = readBody(body)
  const byText = codeByText(type, message)
  return markTooLong({
    code: byText === undefined ? codeUnder(status, codeByType.get(type ?? '')) : codeOfText(status, byText),
    status,
    vendorName: type,
    message: message ?? `Anthropic answered ${status} without a message.`,
    retryAfterMs: retryAfterMs(head),
    ...lastingIf(type),
  })
}

/** Names are the same types; the status was 200 long ago. */
export function readStreamError(name: string, message: string): UpstreamFailure {
  return markTooLong({
    code: codeByText(name, message) ?? codeByType.get(name) ?? 'upstream_error',
    status: null,
    vendorName: name,
    message,
    retryAfterMs: null,
    ...lastingIf(name),
  })
}
