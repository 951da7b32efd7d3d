import type { ErrorCode, PointsmanError } from '@pointsman/contract'

import type { WrittenError } from '../dialect.ts'
import { encodeServerSentEvent } from '../framing/server-sent-events.ts'
import { messageIn, type TooLongWords } from '../too-long.ts'

const encoder = new TextEncoder()

/** Anthropic's error types (@anthropic-ai/sdk 1.14, `ErrorType`; API reference, errors, 2026-11). */
type ErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'billing_error'
  | 'permission_error'
  | 'not_found_error'
  | 'conflict_error'
  | 'request_too_large'
  | 'rate_limit_error'
  | 'timeout_error'
  | 'overloaded_error'
  | 'api_error'

const typeOfStatus: ReadonlyMap<number, ErrorType> = new Map<number, ErrorType>([
  [401, 'authentication_error'],
  [402, 'billing_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [408, 'timeout_error'],
  [409, 'conflict_error'],
  [413, 'request_too_large'],
  [429, 'rate_limit_error'],
  [503, 'overloaded_error'],
  [504, 'timeout_error'],
  [529, 'overloaded_error'],
])

const ownTypes: ReadonlySet<string> = new Set<ErrorType>([
  ...typeOfStatus.values(),
  'invalid_request_error',
  'api_error',
])

const isVendorsOwn = (code: ErrorCode): boolean =>
  code === 'upstream_rejected' || code === 'upstream_content_policy'

/**
 * What the vendor itself said is passed on under its own type, where that is one of Anthropic's. `invalid_request_error` is
 * OpenAI's too, for whatever is wrong: the status may say more. What does not pass by itself is no overload: agents ask
 * again at that word, whatever the headers say (opencode issue 163; meawoppl/agent-portal pull 1378, 2026-07).
 */
function typeOf({ code, details, retryable, status }: PointsmanError): string {
  const { vendorName = '' } = details
  const saysMore = ownTypes.has(vendorName) && vendorName !== 'invalid_request_error'
  if (isVendorsOwn(code) && saysMore) return vendorName
  if (status === 503 && !retryable) return 'api_error'
  return typeOfStatus.get(status) ?? (status >= 500 ? 'api_error' : 'invalid_request_error')
}

/** The official SDKs send again after 408, 409, 429 and 5xx, unless this header says not to. */
const retriedBySdks = (status: number): boolean =>
  status === 408 || status === 409 || status === 429 || status >= 500

function retryHeaders(error: PointsmanError): readonly string[] {
  const { retryAfterMs } = error.details
  if (retryAfterMs !== undefined) {
    const seconds = Math.max(1, Math.ceil(retryAfterMs / 1_000))
    return ['retry-after', String(seconds), 'retry-after-ms', String(Math.ceil(retryAfterMs))]
  }
  const isFinal = !error.retryable && retriedBySdks(error.status)
  return isFinal ? ['x-should-retry', 'false'] : []
}

/**
 * Claude Code and others look for it at the beginning or anywhere (langchain-anthropic, strands-agents, litellm, 2026-11).
 * Where the prompt fits, but not with `max_tokens` beside it, Claude has words of its own: fewer tokens would do.
 */
const tooLong: TooLongWords = {
  lookedFor: /^(?:the )?prompt is too long|exceed context limit/i,
  said: 'prompt is too long',
}

/** `{"type":"error","error":{type,message},"request_id"}`. */
export function writeError(error: PointsmanError, requestId: string): WrittenError {
  const body = {
    type: 'error',
    error: { type: typeOf(error), message: messageIn(tooLong, error) },
    request_id: requestId,
  }
  return {
    status: error.status,
    headers: ['content-type', 'application/json', 'request-id', requestId, ...retryHeaders(error)],
    body: encoder.encode(JSON.stringify(body)),
  }
}

/** An error event; the official SDKs throw on it. Never followed by `message_stop`, which would say "complete". */
export function writeErrorEvent(type: string, message: string): Uint8Array {
  const known = ownTypes.has(type) ? type : 'api_error'
  return encodeServerSentEvent(JSON.stringify({ type: 'error', error: { type: known, message } }), 'error')
}

export function writeStreamError(error: PointsmanError): Uint8Array {
  return writeErrorEvent(typeOf(error), messageIn(tooLong, error))
}
