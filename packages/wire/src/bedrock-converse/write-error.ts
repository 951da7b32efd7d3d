import type { ErrorCode, PointsmanError } from '@pointsman/contract'

import type { Crc32, WrittenError } from '../dialect.ts'
import { encodeFrame, encodeHeaders } from '../framing/event-stream.ts'
import { messageIn, type TooLongWords } from '../too-long.ts'

const encoder = new TextEncoder()

type ErrorName =
  | 'ValidationException'
  | 'AccessDeniedException'
  | 'UnrecognizedClientException'
  | 'InvalidSignatureException'
  | 'ResourceNotFoundException'
  | 'ConflictException'
  | 'ThrottlingException'
  | 'ServiceQuotaExceededException'
  | 'ModelTimeoutException'
  | 'ModelErrorException'
  | 'ServiceUnavailableException'
  | 'InternalServerException'

/** Bedrock's name for each of our errors: the AWS SDKs throw the class of that name (bedrock.md 1.7). */
const nameOfCode: { readonly [Code in ErrorCode]: ErrorName } = {
  invalid_json: 'ValidationException',
  invalid_request: 'ValidationException',
  unknown_action: 'ValidationException',
  unsupported_parameter: 'ValidationException',
  request_timeout: 'ValidationException',
  body_too_large: 'ValidationException',
  unsupported_encoding: 'ValidationException',
  headers_too_large: 'ValidationException',
  method_not_allowed: 'ValidationException',
  upgrade_refused: 'ValidationException',
  not_found: 'ResourceNotFoundException',
  model_not_found: 'ResourceNotFoundException',
  route_not_found: 'ResourceNotFoundException',
  missing_key: 'UnrecognizedClientException',
  invalid_key: 'UnrecognizedClientException',
  forbidden: 'AccessDeniedException',
  limit_reached: 'ThrottlingException',
  refused: 'ConflictException',
  model_not_available: 'ConflictException',
  last_usable_model: 'ConflictException',
  lifecycle_blocked: 'ConflictException',
  stale: 'ConflictException',
  revision_rejected: 'ConflictException',
  no_candidate: 'ServiceUnavailableException',
  credentials_missing: 'ServiceUnavailableException',
  not_ready: 'ServiceUnavailableException',
  overloaded: 'ServiceUnavailableException',
  storage_full: 'ServiceUnavailableException',
  storage_failing: 'ServiceUnavailableException',
  registry_unavailable: 'ServiceUnavailableException',
  shutting_down: 'ServiceUnavailableException',
  internal: 'InternalServerException',
  upstream_rejected: 'ValidationException',
  upstream_content_policy: 'ValidationException',
  upstream_model_unavailable: 'ModelErrorException',
  upstream_throttled: 'ThrottlingException',
  upstream_error: 'InternalServerException',
  upstream_overloaded: 'ServiceUnavailableException',
  upstream_unreachable: 'ServiceUnavailableException',
  upstream_timeout_connect: 'ModelTimeoutException',
  upstream_timeout_first_byte: 'ModelTimeoutException',
  upstream_timeout_idle: 'ModelTimeoutException',
  upstream_timeout_total: 'ModelTimeoutException',
  upstream_broken: 'ModelErrorException',
  provider_auth: 'InternalServerException',
  client_closed: 'InternalServerException',
}

const ownNames: ReadonlySet<string> = new Set([...Object.values(nameOfCode), 'InvalidSignatureException'])

const withNames: ReadonlySet<ErrorCode> = new Set(['upstream_rejected', 'invalid_key'])

/** What the vendor itself said, or would say of a key, is told under its own name, where that is one of Bedrock's. */
function nameOf(error: PointsmanError): string {
  const { vendorName } = error.details
  const isTheirs = withNames.has(error.code) && vendorName !== undefined && ownNames.has(vendorName)
  return isTheirs ? vendorName : nameOfCode[error.code]
}

/** Claude's and Nova's own words, which Bedrock passes on, are known too (strands-agents and litellm, 2026-11). */
const tooLong: TooLongWords = {
  lookedFor:
    /input is too long for requested model|errors: (?:prompt is too long|input tokens exceeded)|exceed context limit/i,
  said: 'Input is too long for requested model',
}

/** As all of Bedrock's operations tell it. */
export const messageOf = (error: PointsmanError): string => messageIn(tooLong, error)

/** In seconds for everybody, and in milliseconds where the AWS SDKs look first. */
const writeRetryAfter = (ms: number | undefined): readonly string[] =>
  ms === undefined
    ? []
    : [
        ...['retry-after', String(Math.max(1, Math.ceil(ms / 1_000)))],
        ...['x-amz-retry-after', String(Math.max(1, Math.ceil(ms)))],
      ]

/** `{"message"}` with the name in `x-amzn-errortype`, from which the AWS SDKs make their class. */
export function writeError(error: PointsmanError, requestId: string): WrittenError {
  const { retryAfterMs } = error.details
  return {
    status: error.status,
    headers: [
      'content-type',
      'application/json',
      'x-amzn-errortype',
      nameOf(error),
      'x-amzn-requestid',
      requestId,
      ...writeRetryAfter(retryAfterMs),
    ],
    body: encoder.encode(JSON.stringify({ message: messageOf(error) })),
  }
}

type StreamExceptionName =
  | 'internalServerException'
  | 'modelStreamErrorException'
  | 'validationException'
  | 'throttlingException'
  | 'serviceUnavailableException'

const streamNames: ReadonlySet<string> = new Set<StreamExceptionName>([
  'internalServerException',
  'modelStreamErrorException',
  'validationException',
  'throttlingException',
  'serviceUnavailableException',
])

/** ConverseStream has five exceptions; others would reach the SDKs as an unknown event, not as an error. */
const streamNameOf: { readonly [Name in ErrorName]: StreamExceptionName } = {
  ValidationException: 'validationException',
  AccessDeniedException: 'validationException',
  UnrecognizedClientException: 'validationException',
  InvalidSignatureException: 'validationException',
  ResourceNotFoundException: 'validationException',
  ConflictException: 'validationException',
  ThrottlingException: 'throttlingException',
  ServiceQuotaExceededException: 'throttlingException',
  ModelTimeoutException: 'modelStreamErrorException',
  ModelErrorException: 'modelStreamErrorException',
  ServiceUnavailableException: 'serviceUnavailableException',
  InternalServerException: 'internalServerException',
}

/**
 * One exception frame. A name that the stream does not have is told as `modelStreamErrorException`; `more`: what it has
 * beside ConverseStream's.
 */
export function writeException(
  name: string,
  message: string,
  crc32: Crc32,
  more: ReadonlySet<string> = new Set(),
): Uint8Array {
  const known = streamNames.has(name) || more.has(name) ? name : 'modelStreamErrorException'
  const headers = encodeHeaders([
    [':exception-type', known],
    [':content-type', 'application/json'],
    [':message-type', 'exception'],
  ])
  return encodeFrame(headers, encoder.encode(JSON.stringify({ message })), crc32)
}

/** The exception by which a stream tells an error. */
export const streamExceptionOf = (error: PointsmanError): string => streamNameOf[nameOfCode[error.code]]

/** An error after the first byte: the AWS SDKs throw the class of the exception's name. */
export function writeStreamError(error: PointsmanError, crc32: Crc32): Uint8Array {
  return writeException(streamExceptionOf(error), messageOf(error), crc32)
}
