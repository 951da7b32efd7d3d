import type { ErrorCode, UpstreamFailure } from '@pointsman/contract'
import type { RetryNumbers } from './resilience-numbers.ts'

/** A call that failed before anything of its answer was passed on, and what the request has left. */
export interface RetryQuestion {
  readonly failure: UpstreamFailure
  /** How long the call lasted. */
  readonly afterMs: number
  /** Retries that the request has made on this candidate. */
  readonly retries: number
  /** The plan has another candidate to go to. */
  readonly hasOther: boolean
  /** Until the request's deadline. */
  readonly leftMs: number
  /** What this model needed lately to its first content; null = not measured. */
  readonly firstContentMs: number | null
  /** 0 ≤ chance < 1. */
  readonly chance: number
}

/** Failures that may pass by themselves. What is not here is not retried. */
const mayPass: ReadonlySet<ErrorCode> = new Set([
  'upstream_throttled',
  'upstream_overloaded',
  'upstream_error',
  'upstream_unreachable',
  'upstream_timeout_connect',
  'upstream_broken',
])

const isBusy = ({ code }: UpstreamFailure): boolean =>
  code === 'upstream_throttled' || code === 'upstream_overloaded'

/** Statuses below 500 that speak of the moment and not of the request, the key or the account. */
const passingStatuses: ReadonlySet<number> = new Set([408, 409, 424, 425, 429, 499])

/** Whether calling the same model again may mend it. */
export function isMendable({ code, status, lasting }: UpstreamFailure): boolean {
  if (lasting === true || !mayPass.has(code)) return false
  return status === null || status >= 500 || passingStatuses.has(status)
}

/**
 * How long to wait before the same model is called again; null = the plan moves on. Another candidate answers sooner than
 * a wait ends, so with one at hand only a connection that broke at once is tried again. The wait has full jitter, begins
 * when a Retry-After ends, and must leave time for a first content.
 */
export function retryWaitMs(question: RetryQuestion, numbers: RetryNumbers): number | null {
  const { afterMs, chance, failure, hasOther, retries } = question
  if (numbers.budgetPercent === 0 || retries >= numbers.mostRetries || !isMendable(failure)) return null
  const brokeAtOnce = failure.code === 'upstream_broken' && afterMs <= numbers.brokenAtOnceMs && retries === 0
  if (hasOther && !brokeAtOnce) return null
  const toldMs = failure.retryAfterMs ?? 0
  if (toldMs > numbers.longestToldMs) return null
  const firstWindowMs = isBusy(failure) ? numbers.busyWindowMs : numbers.windowMs
  const windowMs = Math.min(firstWindowMs * 2 ** retries, numbers.longestWindowMs)
  const spreadMs = toldMs > 0 ? Math.max(windowMs, numbers.toldSpreadMs) : windowMs
  const waitMs = toldMs + chance * spreadMs
  return waitMs + firstContentOf(question, numbers) > question.leftMs ? null : waitMs
}

/** An average that failures have spoilt does not forbid a retry for which there is time. */
const firstContentOf = ({ firstContentMs }: RetryQuestion, numbers: RetryNumbers): number =>
  Math.min(firstContentMs ?? numbers.usualFirstContentMs, numbers.longestFirstContentMs)
