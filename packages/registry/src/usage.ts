import type {
  FallbackEpisode,
  JournalPosition,
  Needs,
  PinClaim,
  RequestId,
  UsageRecord,
} from '@pointsman/contract'
import type { Queryable, Transaction } from './database.ts'

export interface UsageBatch {
  readonly records: readonly UsageRecord[]
  readonly claims?: readonly PinClaim[]
  readonly episodes?: readonly FallbackEpisode[]
  /** Where the journal has been read to, once this batch is in. */
  readonly position: JournalPosition
}
export interface IngestResult {
  /** Records that were not there before. */
  readonly inserted: number
  /** The stored position was at or past the batch's: nothing was done. */
  readonly skipped: boolean
}
/**
 * Exactly once: rows, rollups of the rows really inserted, claims, episodes and the checkpoint, all in the caller's
 * transaction (purpose `registry` where episodes are given, else `plain`).
 */
export declare function ingestBatch(transaction: Transaction, batch: UsageBatch): Promise<IngestResult>
export declare function readCheckpoints(database: Queryable): Promise<readonly JournalPosition[]>
/** Forgets the checkpoint of a journal folder that is gone. */
export declare function deleteCheckpoint(database: Queryable, journal: string): Promise<void>

export type UsageDimension = 'all' | 'model' | 'provider' | 'agent' | 'useCase' | 'user' | 'key' | 'route'
export interface UsageQuestion {
  readonly groupBy: UsageDimension
  readonly fromMs: number
  /** Not included. Hours are counted whole. */
  readonly toMs: number
  /** One row per group and interval; absent = one row per group. */
  readonly interval?: 'hour' | 'day'
  readonly workspace?: string
}
/** Quantiles of the duration in milliseconds, from buckets that are 19 % wide; null without requests. */
export interface LatencyQuantiles {
  readonly p50Ms: number | null
  readonly p90Ms: number | null
  readonly p99Ms: number | null
}
export interface UsageTotal {
  /** `''` where the dimension is not set (`(none)` is the console's word). */
  readonly group: string
  /** Begin of the interval; null where none was asked for. */
  readonly startMs: number | null
  readonly requests: number
  readonly errors: number
  readonly fallbacks: number
  /** Shares of the requests, 0 … 1; null without requests. */
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
}
export declare function usageTotals(
  database: Queryable,
  question: UsageQuestion,
): Promise<readonly UsageTotal[]>

export interface UsageRecordFilter {
  readonly limit: number
  readonly cursor: string | null
  readonly fromMs?: number
  readonly toMs?: number
  readonly modelId?: string
  readonly route?: string
  readonly userId?: string
  readonly conversationId?: string
  readonly keyId?: string
  readonly outcome?: UsageRecord['outcome']
  readonly workspace?: string
}
/** Newest first. */
export declare function usageRecords(
  database: Queryable,
  filter: UsageRecordFilter,
): Promise<{ readonly data: readonly UsageRecord[]; readonly nextCursor: string | null }>
export declare function findUsageRecord(database: Queryable, id: RequestId): Promise<UsageRecord | null>

/** A mean day of a route: totals of the day. Equal in shape to core's. */
export interface MeanDailyUsage {
  readonly requests: number
  readonly inputTokens: number
  readonly cacheReadTokens: number
  readonly cacheWrite5mTokens: number
  readonly cacheWrite1hTokens: number
  readonly outputTokens: number
  readonly days: number
}
/** `route` as in usage records (`use-case/clinical`, `default`); null = all traffic. The last `days` whole hours × 24. */
export declare function meanDailyUsage(
  database: Queryable,
  route: string | null,
  days: number,
): Promise<MeanDailyUsage>

/** How a model did lately, over all replicas. Equal in shape to core's ModelHealth. */
export interface RecentHealth {
  readonly requests: number
  readonly errors: number
  readonly throttled: number
  readonly latencyMs: number | null
}
/** By model id, from attempts since then; models without traffic are absent. */
export declare function recentFailures(
  database: Queryable,
  sinceMs: number,
): Promise<ReadonlyMap<string, RecentHealth>>
/** What a route's requests since then needed, any of them; null without requests. */
export declare function recentNeeds(
  database: Queryable,
  route: string,
  sinceMs: number,
): Promise<Needs | null>

/** Makes the partitions of this month and the next ones. Returns how many were made. */
export declare function ensureUsagePartitions(database: Queryable, monthsAhead: number): Promise<number>
/** Removes raw records before this instant; rollups stay. Returns how many went. */
export declare function pruneUsageRecords(transaction: Transaction, beforeMs: number): Promise<number>
