import type { ErrorCode } from '@pointsman/contract'

const codeByStatus: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [401, 'provider_auth'],
  // Nothing left to spend: another vendor may serve.
  [402, 'upstream_throttled'],
  [403, 'provider_auth'],
  [404, 'upstream_model_unavailable'],
  // The address that the operator gave has no such call: nothing that the caller wrote.
  [405, 'upstream_model_unavailable'],
  // A proxy in between wants a credential of its own.
  [407, 'provider_auth'],
  [408, 'upstream_error'],
  [409, 'upstream_error'],
  // Models past their end are gone.
  [410, 'upstream_model_unavailable'],
  [424, 'upstream_error'],
  [425, 'upstream_error'],
  [429, 'upstream_throttled'],
  [499, 'upstream_error'],
  [503, 'upstream_overloaded'],
  [529, 'upstream_overloaded'],
])

/** What a status says by itself: 400, 413, 422 and what is like them refuse the request, all that is above 499 failed. */
export const codeOfStatus = (status: number): ErrorCode =>
  codeByStatus.get(status) ?? (status >= 400 && status < 500 ? 'upstream_rejected' : 'upstream_error')

const blamesRequest: ReadonlySet<ErrorCode> = new Set(['upstream_rejected', 'upstream_content_policy'])

/**
 * What the vendor's own word means under its status. That the caller's request is at fault is believed only where the
 * status can mean it (a 403 may be of the caller's file, or of moderation): a caller must not be told 401 for our key,
 * nor 500 as if nobody else could answer.
 */
export function codeUnder(status: number, word: ErrorCode | undefined): ErrorCode {
  const ofStatus = codeOfStatus(status)
  if (word === undefined) return ofStatus
  const isCredible = !blamesRequest.has(word) || ofStatus === 'upstream_rejected' || status === 403
  return isCredible ? word : ofStatus
}

/** As `codeUnder`, of a text that is known to the letter: under 404 it may name what the caller wrote, and no model. */
export const codeOfText = (status: number, code: ErrorCode): ErrorCode =>
  status === 404 ? code : codeUnder(status, code)
