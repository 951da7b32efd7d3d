import type { UsageRecord } from '@pointsman/contract'
import type { CallOptions, Connection } from './connection.ts'
import { listing, type Listing, type Page } from './paging.ts'

export type UsageDimension =
  | 'all'
  | 'model'
  | 'provider'
  | 'agent'
  | 'useCase'
  | 'user'
  | 'key'
  | 'route'
  | 'operation'
  | 'fallbackCause'

export interface UsageQuestion {
  /** `model` unless set. */
  readonly groupBy?: UsageDimension | undefined
  /** ISO dates or instants; the last 24 hours unless set. */
  readonly from?: string | undefined
  readonly to?: string | undefined
  /** One row per group and interval. `minute`: of all requests together (`all`), of a day at most, and of the last two days. */
  readonly interval?: 'minute' | 'hour' | 'day' | undefined
  /** What `from` and `to` are counted to; `hour` unless set. `minute` as for `interval`. */
  readonly precision?: 'minute' | 'hour' | undefined
  /** At most so many groups: those with the most requests, or the next of all; 1,000 unless set. */
  readonly limit?: number | undefined
  /** `group`: all groups by their names, page by page; else those with the most requests, which is one page. */
  readonly order?: 'requests' | 'group' | undefined
  /** `nextCursor` of the page before, in order of groups. */
  readonly cursor?: string | undefined
}

/** Null without requests. */
export interface LatencyQuantiles {
  readonly p50Ms: number | null
  readonly p90Ms: number | null
  readonly p99Ms: number | null
}

export interface UsageTotal {
  /** Empty where the dimension is not set. */
  readonly group: string
  /** Begin of the interval, ISO 8601; null without one. */
  readonly start: string | null
  readonly requests: number
  readonly errors: number
  /** Refused as they were asked for (4xx), and neither served nor failed; null where that is not known of all of them. */
  readonly refused: number | null
  readonly fallbacks: number
  /** Shares of the requests that were not refused, 0 … 1. */
  readonly errorRate: number | null
  readonly fallbackRate: number | null
  readonly inputTokens: number
  readonly cacheReadTokens: number
  readonly cacheWriteTokens: number
  readonly outputTokens: number
  readonly costUsd: number
  /** Requests whose cost is not known: they are not in `costUsd`. */
  readonly unpricedRequests: number
  readonly latency: LatencyQuantiles
  readonly firstContent: LatencyQuantiles
  /** The gateway's own time. Of `groupBy: 'all'` alone; null elsewhere, and of hours before it was counted. */
  readonly overhead: LatencyQuantiles
}

export interface UsageTotals extends Page<UsageTotal> {
  readonly from: string
  readonly to: string
}

export interface UsageRecordQuestion {
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly modelId?: string | undefined
  readonly route?: string | undefined
  readonly userId?: string | undefined
  readonly conversationId?: string | undefined
  readonly keyId?: string | undefined
  readonly outcome?: UsageRecord['outcome'] | undefined
  /** Those that this drill drew. */
  readonly drill?: string | undefined
}

export interface Explanation {
  readonly requestId: string
  /** The same in sentences for people. */
  readonly words: readonly string[]
  readonly record: UsageRecord
}

/** What was asked and answered in one request. */
export interface CapturedText {
  readonly requestId: string
  readonly conversationId: string | null
  readonly userId: string | null
  readonly useCase: string | null
  readonly modelId: string | null
  /** When the request came, ISO 8601. */
  readonly createdAt: string
  /** Each message under its role; null where the request could not be read as messages. */
  readonly prompt: string | null
  /** As far as it came; null where none came. */
  readonly answer: string | null
  /** One of the two was longer than what is kept of it. */
  readonly truncated: boolean
}

export interface TakenUsage {
  /** Usage records that were not there before. */
  readonly taken: number
  readonly repeated: number
}

export interface Usage {
  totals(question?: UsageQuestion, options?: CallOptions): Promise<UsageTotals>
  /** Single records, newest first; each has the answer's `x-pointsman-request-id` as `requestId`. */
  readonly records: Listing<UsageRecord, UsageRecordQuestion>
  /** Hands over what a data plane without a journal tells, in the journal's form; what was taken before changes nothing. */
  take(told: readonly object[], options?: CallOptions): Promise<TakenUsage>
  /** One request: its plan, who was left out and why, its attempts, timing and cost. Not there until its record was taken in. */
  explain(requestId: string, options?: CallOptions): Promise<Explanation>
  /** Its text, where its route keeps it (`capture`); else fails with 404. Takes a key with `admin`. */
  captured(requestId: string, options?: CallOptions): Promise<CapturedText>
}

export function usageOf(connection: Connection): Usage {
  return {
    totals: (question, options) =>
      connection.json('GET', '/api/v1/usage', { ...options, query: { ...question } }),
    records: listing<UsageRecord, UsageRecordQuestion>((question, options) =>
      connection.json('GET', '/api/v1/usage/records', { ...options, query: { ...question } }),
    ),
    take: (told, options) => connection.json('POST', '/api/v1/usage/records', { ...options, body: { told } }),
    explain: (id, options) =>
      connection.json('GET', `/api/v1/requests/${encodeURIComponent(id)}/explain`, options),
    captured: (id, options) =>
      connection.json('GET', `/api/v1/requests/${encodeURIComponent(id)}/captured`, options),
  }
}
