import { errorTable, toPointsmanError, type PointsmanError } from '@pointsman/contract'
import type { Log } from '../ports.ts'

/** The control API's one form of an error. `data` is for programs, e.g. the routes that forbid a change. */
export interface ErrorBody {
  readonly error: {
    readonly code: string
    readonly message: string
    readonly field?: string
    readonly suggestions?: readonly string[]
    readonly data?: { readonly [name: string]: unknown }
  }
}

export const errorBody = ({ code, message, details }: PointsmanError): ErrorBody => ({
  error: {
    code,
    message,
    ...(details.field === undefined ? {} : { field: details.field }),
    ...(details.suggestions === undefined || details.suggestions.length === 0
      ? {}
      : { suggestions: details.suggestions }),
    ...(details.data === undefined ? {} : { data: details.data }),
  },
})

/** When to come back where the error itself does not say: what is short for a while rarely comes back at once. */
const usualRetryAfterMs = 5_000

/** Headers that follow from an error: when to come back, how to present a key, the present ETag of a stale write, the methods that a path takes. */
export function errorHeaders(error: PointsmanError): { readonly [name: string]: string } {
  const { data } = error.details
  const comesBack = error.status === 503 && error.retryable
  const retryAfterMs = error.details.retryAfterMs ?? (comesBack ? usualRetryAfterMs : undefined)
  const etag = data?.['etag']
  const methods = data?.['methods']
  return {
    ...(retryAfterMs === undefined
      ? {}
      : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) }),
    ...(error.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(error.code === 'stale' && typeof etag === 'string' ? { etag } : {}),
    ...(error.code === 'method_not_allowed' && Array.isArray(methods) ? { allow: methods.join(', ') } : {}),
  }
}

/** Turns whatever was thrown into ours and logs it as the table says; the cause goes to the log, never to the caller. */
export function caught(
  thrown: unknown,
  log: Log,
  facts: { readonly [name: string]: unknown },
): PointsmanError {
  const error = toPointsmanError(thrown)
  const { level } = errorTable[error.code]
  if (level === 'shed') return error
  const cause = error.details.cause
  log(level, 'request_failed', {
    ...facts,
    code: error.code,
    message: error.message,
    // A database that is away: its message says all, and a stack at each call would fill the log.
    ...(cause instanceof Error && error.code !== 'registry_unavailable'
      ? { cause: cause.stack ?? cause.message }
      : {}),
  })
  return error
}
