import type { ErrorCode, JsonValue, UpstreamAnswerHead, UpstreamFailure } from '@pointsman/contract'
import { errorMembers, saidText } from '../error-body.ts'
import { codeOfStatus, codeUnder } from '../failure-status.ts'
import { retryAfterMs } from '../retry-after.ts'
import { markTooLong } from '../too-long.ts'
import { quirks } from './quirks.ts'

/** Reasons among the details, which say more than the word above them (googleapis: google.api.ErrorReason, 2026-10). */
const codeByReason: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ['API_KEY_INVALID', 'provider_auth'],
  ['API_KEY_EXPIRED', 'provider_auth'],
  ['API_KEY_SERVICE_BLOCKED', 'provider_auth'],
  ['API_KEY_HTTP_REFERRER_BLOCKED', 'provider_auth'],
  ['API_KEY_IP_ADDRESS_BLOCKED', 'provider_auth'],
  ['API_KEY_ANDROID_APP_BLOCKED', 'provider_auth'],
  ['API_KEY_IOS_APP_BLOCKED', 'provider_auth'],
  ['ACCESS_TOKEN_EXPIRED', 'provider_auth'],
  ['ACCESS_TOKEN_SCOPE_INSUFFICIENT', 'provider_auth'],
  ['CREDENTIALS_MISSING', 'provider_auth'],
  ['CONSUMER_INVALID', 'provider_auth'],
  ['CONSUMER_SUSPENDED', 'provider_auth'],
  ['SERVICE_DISABLED', 'provider_auth'],
  ['BILLING_DISABLED', 'provider_auth'],
  ['RATE_LIMIT_EXCEEDED', 'upstream_throttled'],
  ['RESOURCE_QUOTA_EXCEEDED', 'upstream_throttled'],
])

/** `error.status` (google.rpc.Code; ai.google.dev: troubleshooting, 2026-10). */
const codeByName: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ['INVALID_ARGUMENT', 'upstream_rejected'],
  ['OUT_OF_RANGE', 'upstream_rejected'],
  ['FAILED_PRECONDITION', 'upstream_rejected'],
  ['UNAUTHENTICATED', 'provider_auth'],
  ['PERMISSION_DENIED', 'provider_auth'],
  ['NOT_FOUND', 'upstream_model_unavailable'],
  ['UNIMPLEMENTED', 'upstream_model_unavailable'],
  ['RESOURCE_EXHAUSTED', 'upstream_throttled'],
  ['CANCELLED', 'upstream_error'],
  ['ABORTED', 'upstream_error'],
  ['INTERNAL', 'upstream_error'],
  ['UNKNOWN', 'upstream_error'],
  ['DATA_LOSS', 'upstream_error'],
  ['DEADLINE_EXCEEDED', 'upstream_error'],
  ['UNAVAILABLE', 'upstream_overloaded'],
])

interface SaidError {
  readonly name: string | null
  readonly message: string | null
  readonly reason: string | null
  /** What RetryInfo asks for. */
  readonly waitMs: number | null
}

const member = (value: JsonValue | undefined, name: string): JsonValue | undefined =>
  typeof value === 'object' && value !== null && name in value
    ? (value as { readonly [name: string]: JsonValue })[name]
    : undefined

// As Retry-After: what is longer is not worth waiting for.
const longestMs = 24 * 60 * 60 * 1_000

/** A duration of protobuf's: `"34.074s"`. */
function durationMs(value: JsonValue | undefined): number | null {
  if (typeof value !== 'string' || !/^\d{1,12}(?:\.\d{1,9})?s$/.test(value)) return null
  return Math.min(Math.ceil(Number(value.slice(0, -1)) * 1_000), longestMs)
}

/** `{"error":{"code","message","status","details":[{"@type", …}]}}`. */
function readBody(body: Uint8Array): SaidError {
  const { error } = errorMembers(body)
  const details = member(error, 'details')
  const ofType = (name: string): JsonValue | undefined =>
    Array.isArray(details)
      ? (details as readonly JsonValue[]).find(
          (one) => saidText(member(one, '@type'))?.endsWith(`.${name}`) === true,
        )
      : undefined
  return {
    name: saidText(member(error, 'status')),
    message: saidText(member(error, 'message')) ?? saidText(error),
    reason: saidText(member(ofType('ErrorInfo'), 'reason')),
    waitMs: durationMs(member(ofType('RetryInfo'), 'retryDelay')),
  }
}

const quirkOf = (name: string | null, message: string | null): ErrorCode | undefined =>
  name === null || message === null
    ? undefined
    : quirks.find((row) => row.names.includes(name) && row.text.test(message))?.code

/** Reads an answer whose status is not 2xx: the reason counts before the word, the word before the status. */
export function readFailure(head: UpstreamAnswerHead, body: Uint8Array): UpstreamFailure {
  const { status } = head
  const { name, message, reason, waitMs } = readBody(body)
  const word = codeByReason.get(reason ?? '') ?? quirkOf(name, message) ?? codeByName.get(name ?? '')
  return markTooLong({
    code: codeUnder(status, word),
    status,
    vendorName: name,
    message: message ?? `The provider answered ${status} without a message.`,
    retryAfterMs: retryAfterMs(head) ?? waitMs,
  })
}

/** Names are `error.status`, else a number of HTTP's. */
export function readStreamError(name: string, message: string): UpstreamFailure {
  const status = /^[45]\d\d$/.test(name) ? Number(name) : null
  const ofStatus = status === null ? undefined : codeOfStatus(status)
  return markTooLong({
    code: quirkOf(name, message) ?? codeByName.get(name) ?? ofStatus ?? 'upstream_error',
    status: null,
    vendorName: name,
    message,
    retryAfterMs: null,
  })
}
