import type { ErrorCode, JsonValue, UpstreamAnswerHead, UpstreamFailure } from '@pointsman/contract'
import { errorMembers, saidText } from '../error-body.ts'
import { codeOfStatus, codeOfText, codeUnder } from '../failure-status.ts'
import { retryAfterMs } from '../retry-after.ts'
import { markTooLong } from '../too-long.ts'
import { quirks } from './quirks.ts'

/** `error.code`, or `error.type` where there is no code, decided before the status is looked at (OpenAI: error codes, 2026-11). */
const codeByName: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ['rate_limit_exceeded', 'upstream_throttled'],
  // Nothing left to spend: another vendor may serve.
  ['insufficient_quota', 'upstream_throttled'],
  ['billing_hard_limit_reached', 'upstream_throttled'],
  ['slow_down', 'upstream_throttled'],
  ['server_is_overloaded', 'upstream_overloaded'],
  ['overloaded_error', 'upstream_overloaded'],
  ['service_unavailable_error', 'upstream_overloaded'],
  ['model_not_found', 'upstream_model_unavailable'],
  ['DeploymentNotFound', 'upstream_model_unavailable'],
  ['OperationNotSupported', 'upstream_model_unavailable'],
  ['content_filter', 'upstream_content_policy'],
  ['content_policy_violation', 'upstream_content_policy'],
  ['invalid_prompt', 'upstream_content_policy'],
  ['context_length_exceeded', 'upstream_rejected'],
  ['invalid_api_key', 'provider_auth'],
  ['invalid_organization', 'provider_auth'],
  ['account_deactivated', 'provider_auth'],
  ['billing_not_active', 'provider_auth'],
])

/** What is used up stays so: the same model is not called again for it. */
const lasting: ReadonlySet<string> = new Set(['insufficient_quota', 'billing_hard_limit_reached'])

const lastingIf = (name: string | null): { readonly lasting?: true } =>
  name !== null && lasting.has(name) ? { lasting: true } : {}

/** Types that stand beside a status which says more; inside a stream there is no status. */
const codeByStreamedType: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ['invalid_request_error', 'upstream_rejected'],
  ['rate_limit_error', 'upstream_throttled'],
  ['tokens', 'upstream_throttled'],
  ['requests', 'upstream_throttled'],
  ['authentication_error', 'provider_auth'],
  ['permission_error', 'provider_auth'],
  ['not_found_error', 'upstream_model_unavailable'],
])

interface SaidError {
  readonly name: string | null
  readonly message: string | null
}

const member = (value: JsonValue | undefined, name: string): JsonValue | undefined =>
  typeof value === 'object' && value !== null && name in value
    ? (value as { readonly [name: string]: JsonValue })[name]
    : undefined

/** `{"error":{"message","type","code"}}`; some servers leave the envelope out, send a bare text, or say `detail` (FastAPI). */
function readBody(body: Uint8Array): SaidError {
  const members = errorMembers(body)
  const error = members['error']
  if (typeof error === 'string') return { name: null, message: saidText(error) }
  const from = typeof error === 'object' && error !== null ? error : members
  return {
    // A number there repeats the status (vLLM).
    name: saidText(member(from, 'code')) ?? saidText(member(from, 'type')),
    message: saidText(member(from, 'message')) ?? saidText(members['detail']),
  }
}

/** Reads an answer whose status is not 2xx. */
export function readFailure(head: UpstreamAnswerHead, body: Uint8Array): UpstreamFailure {
  const { status } = head
  const { name, message } = readBody(body)
  const quirk = quirks.find((row) => row.status === status && row.text.test(message ?? ''))
  const named = name === null ? undefined : codeByName.get(name)
  return markTooLong({
    code: quirk === undefined ? codeUnder(status, named) : codeOfText(status, quirk.code),
    status,
    vendorName: name,
    message: message ?? `The provider answered ${status} without a message.`,
    retryAfterMs: retryAfterMs(head),
    ...lastingIf(name),
  })
}

/** Names are `error.code`, else `error.type`, else a number of HTTP's where a server says that (vLLM). */
export function readStreamError(name: string, message: string): UpstreamFailure {
  const status = /^[45]\d\d$/.test(name) ? Number(name) : null
  const ofStatus = status === null ? undefined : codeOfStatus(status)
  return markTooLong({
    code: codeByName.get(name) ?? codeByStreamedType.get(name) ?? ofStatus ?? 'upstream_error',
    status: null,
    vendorName: name,
    message,
    retryAfterMs: null,
    ...lastingIf(name),
  })
}
