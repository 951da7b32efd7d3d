import type { Actor } from '@pointsman/contract'
import type { Behind } from './behind.ts'
import type { CallOptions, Connection } from './connection.ts'
import { listing, type Listing } from './paging.ts'

/** A status: an answer with it, and no call upstream. `latency`: the call goes out later. */
export type DrillFaultName = '429' | '500' | '502' | '503' | '504' | '529' | 'stall' | 'cut' | 'latency'

/** A failure of one route to rehearse. */
export interface DrillOrder {
  /** As callers name it: `use-case/clinical`, `agent/sql_agent`, `default`. */
  readonly route: string
  readonly fault: DrillFaultName
  /** Why; stands in the record. */
  readonly reason: string
  /** Of a 429 or 503; none unless set. */
  readonly retryAfterSeconds?: number | null | undefined
  /** Parts of a stream that pass before a stall (0 unless set) or a cut (1 unless set). */
  readonly afterParts?: number | null | undefined
  readonly latencyMs?: number | null | undefined
  /** Share of the route's requests that are drawn; 100 unless set. */
  readonly percent?: number | undefined
  /** 300 unless set, 3,600 at most. */
  readonly durationSeconds?: number | undefined
  /** Hits this model only; unless set the one that the route resolves to. */
  readonly model?: string | null | undefined
  readonly provider?: string | null | undefined
  readonly everyModel?: boolean | undefined
  /** Ends it once more than this share of the route's answers of the last minute failed for their callers. */
  readonly stopAbovePercent?: number | null | undefined
}

/** Instants are ISO 8601. */
export interface DrillItem {
  readonly id: string
  readonly route: string
  /** `ended`: at its time. `aborted`: too many answers failed. */
  readonly state: 'running' | 'ended' | 'stopped' | 'aborted'
  readonly fault: DrillFaultName
  readonly retryAfterSeconds: number | null
  readonly afterParts: number | null
  readonly latencyMs: number | null
  readonly percent: number
  /** All three null or false: the model that the route resolves to. */
  readonly model: string | null
  readonly provider: string | null
  readonly everyModel: boolean
  readonly stopAbovePercent: number | null
  readonly reason: string
  readonly startedAt: string
  readonly startedBy: Actor
  /** When it ends by itself. */
  readonly endsAt: string
  /** Null = it runs. */
  readonly endedAt: string | null
  readonly endedBy: Actor | null
  readonly endReason: string | null
}

/** How requests ended for those who sent them; times in milliseconds, null without requests. */
export interface DrillCounts {
  readonly requests: number
  readonly ok: number
  readonly partial: number
  readonly failed: number
  readonly refused: number
  readonly clientClosed: number
  readonly unknown: number
  readonly fallbacks: number
  readonly costUsd: number
  readonly p50Ms: number | null
  readonly p90Ms: number | null
  readonly longestMs: number | null
}

/** What a drill did, from the usage records: about a second behind. */
export interface DrillRecord {
  readonly drawn: DrillCounts
  /** The route's other requests meanwhile. */
  readonly others: DrillCounts
  /** The requests drawn, by what their callers saw; most first. */
  readonly seen: readonly {
    readonly modelId: string | null
    readonly status: number | null
    readonly outcome: string
    readonly requests: number
  }[]
  /** Calls of the requests drawn, and those of them that the drill hit. */
  readonly calls: number
  readonly hits: number
}

export type DrillDetail = DrillItem & { readonly record: DrillRecord }
export type StoppedDrill = DrillItem & Behind
export type StartedDrill = StoppedDrill & { readonly warnings: readonly string[] }

export interface Drills extends Listing<DrillItem, { readonly route?: string | undefined }> {
  show(id: string, options?: CallOptions): Promise<DrillDetail>
  /** Takes a key with `admin`, as `stop` does. */
  start(order: DrillOrder, options?: CallOptions): Promise<StartedDrill>
  /** Ends it at once. One that is over stays as it ended. */
  stop(id: string, reason?: string | null, options?: CallOptions): Promise<StoppedDrill>
}

export function drillsOf(connection: Connection): Drills {
  const path = (id: string): string => `/api/v1/drills/${encodeURIComponent(id)}`
  return {
    ...listing<DrillItem, { readonly route?: string | undefined }>((question, options) =>
      connection.json('GET', '/api/v1/drills', { ...options, query: { ...question } }),
    ),
    show: (id, options) => connection.json('GET', path(id), options),
    start: (order, options) => connection.json('POST', '/api/v1/drills', { ...options, body: order }),
    stop: (id, reason = null, options) =>
      connection.json('POST', `${path(id)}/stop`, { ...options, body: { reason } }),
  }
}
