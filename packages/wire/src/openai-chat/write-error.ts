import type { PointsmanError } from '@pointsman/contract'

import type { WrittenError } from '../dialect.ts'
import { encodeServerSentEvent } from '../framing/server-sent-events.ts'
import { messageIn, type TooLongWords } from '../too-long.ts'

const encoder = new TextEncoder()

export function errorType(status: number): string {
  if (status === 401) return 'authentication_error'
  if (status === 403) return 'permission_error'
  if (status === 404) return 'not_found_error'
  if (status === 429) return 'rate_limit_error'
  return status >= 500 ? 'server_error' : 'invalid_request_error'
}

/** Beside the code (crewai 1.x and litellm read the text alone, 2026-11); GPT-5's and the Responses' own words are known, too. */
const tooLong: TooLongWords = {
  lookedFor:
    /maximum context length|^your input exceeds the context window|^input tokens exceed the configured limit/i,
  said: "This model's maximum context length is exceeded",
}

/**
 * Our own code; OpenAI's where the vendor said of the request what clients look for there (`context_length_exceeded`).
 * Its codes are words joined by underscores, unlike other vendors' names; types, which end in `_error`, are no codes.
 */
export function codeOf({ code, details }: PointsmanError): string {
  if (details.tooLong === true) return 'context_length_exceeded'
  const { vendorName = '' } = details
  const isOfRequest = code === 'upstream_rejected' || code === 'upstream_content_policy'
  const isCode = /^[a-z]+(?:_[a-z]+)+$/.test(vendorName) && !vendorName.endsWith('_error')
  return isOfRequest && isCode ? vendorName : code
}

export const messageOf = (error: PointsmanError): string => messageIn(tooLong, error)

function writeBody(error: PointsmanError): string {
  return JSON.stringify({
    error: {
      message: messageOf(error),
      type: errorType(error.status),
      param: error.details.field ?? null,
      code: codeOf(error),
    },
  })
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

/** `{"error":{message,type,param,code}}`. */
export function writeError(error: PointsmanError, requestId: string): WrittenError {
  return {
    status: error.status,
    headers: ['content-type', 'application/json', 'x-request-id', requestId, ...retryHeaders(error)],
    body: encoder.encode(writeBody(error)),
  }
}

/** An error event; the official SDKs throw on it. Never followed by `[DONE]`, which would say "complete". */
export function writeStreamError(error: PointsmanError): Uint8Array {
  return encodeServerSentEvent(writeBody(error))
}
