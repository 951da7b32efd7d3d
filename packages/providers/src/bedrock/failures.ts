import type { ErrorCode, UpstreamAnswerHead, UpstreamFailure } from '@pointsman/contract'
import { readErrorBody } from '../error-body.ts'
import { codeUnder } from '../failure-status.ts'
import { retryAfterMs } from '../retry-after.ts'
import { markTooLong } from '../too-long.ts'
import { quirks } from './quirks.ts'

/** Bedrock's errors by name (bedrock.md 1.7; AWS: common errors, 2026-11), decided before their status is looked at. */
const codeByName: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ['ThrottlingException', 'upstream_throttled'],
  // The account's quota for this model is used up: another model may have room.
  ['ServiceQuotaExceededException', 'upstream_throttled'],
  // Comes with 429, but it is the model that is not loaded, not we who ask too often.
  ['ModelNotReadyException', 'upstream_overloaded'],
  ['ServiceUnavailableException', 'upstream_overloaded'],
  ['InternalServerException', 'upstream_error'],
  ['ModelTimeoutException', 'upstream_error'],
  ['ModelErrorException', 'upstream_error'],
  ['ModelStreamErrorException', 'upstream_error'],
  ['ResourceNotFoundException', 'upstream_model_unavailable'],
  ['AccessDeniedException', 'upstream_model_unavailable'],
  // AWS's common names, which no model of Bedrock's lists (AWS: common errors; smithy: throttling codes, 2026-11).
  ['ThrottledException', 'upstream_throttled'],
  ['Throttling', 'upstream_throttled'],
  ['TooManyRequestsException', 'upstream_throttled'],
  ['RequestLimitExceeded', 'upstream_throttled'],
  ['ServiceUnavailable', 'upstream_overloaded'],
  ['InternalServerError', 'upstream_error'],
  ['InternalFailure', 'upstream_error'],
  ['ValidationException', 'upstream_rejected'],
  ['ConflictException', 'upstream_rejected'],
  ['UnrecognizedClientException', 'provider_auth'],
  ['InvalidClientTokenId', 'provider_auth'],
  ['ExpiredTokenException', 'provider_auth'],
  ['ExpiredToken', 'provider_auth'],
  ['InvalidSignatureException', 'provider_auth'],
  ['SignatureDoesNotMatch', 'provider_auth'],
  ['IncompleteSignatureException', 'provider_auth'],
  ['IncompleteSignature', 'provider_auth'],
  ['RequestExpired', 'provider_auth'],
  ['NotAuthorized', 'provider_auth'],
  ['OptInRequired', 'provider_auth'],
  ['MissingAuthenticationTokenException', 'provider_auth'],
  ['MissingAuthenticationToken', 'provider_auth'],
])

/** What is used up stays so: the same model is not called again for it. */
const lastingIf = (name: string | null): { readonly lasting?: true } =>
  name === 'ServiceQuotaExceededException' ? { lasting: true } : {}

/** Reads an answer whose status is not 2xx. */
export function readFailure(head: UpstreamAnswerHead, body: Uint8Array): UpstreamFailure {
  const said = readErrorBody(body)
  const name = errorName(head.headers['x-amzn-errortype'] ?? said.name)
  const message = said.message ?? `Bedrock answered ${head.status} without a message.`
  return markTooLong({
    code: codeUnder(head.status, codeOf(name, message)),
    status: head.status,
    vendorName: name,
    message,
    retryAfterMs: retryAfterMs(head),
    ...lastingIf(name),
  })
}

/** Inside a stream the names begin in lower case (`throttlingException`) and the status was 200 long ago. */
export function readStreamError(name: string, message: string): UpstreamFailure {
  const asInAnswers = name.charAt(0).toUpperCase() + name.slice(1)
  return markTooLong({
    code: codeOf(asInAnswers, message) ?? 'upstream_error',
    status: null,
    vendorName: name,
    message,
    retryAfterMs: null,
    ...lastingIf(asInAnswers),
  })
}

function codeOf(name: string | null, message: string): ErrorCode | undefined {
  if (name === null) return undefined
  const quirk = quirks.find(({ names, text }) => names.includes(name) && text.test(message))
  return quirk?.code ?? codeByName.get(name)
}

/** `ThrottlingException:http://internal.amazon.com/coral/…` and `com.amazon.coral.service#ThrottlingException` alike. */
function errorName(text: string | null): string | null {
  if (text === null) return null
  const beforeColon = text.split(':', 1)[0] ?? ''
  const name = beforeColon.slice(beforeColon.indexOf('#') + 1).trim()
  return name === '' ? null : name
}
