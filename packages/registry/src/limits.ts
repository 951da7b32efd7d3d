import type { Queryable } from './database.ts'
import * as read from './row-values.ts'

/** One count of a limit as a host has it, and what it wants of it. All amounts are whole. */
export interface LimitReport {
  readonly budget: string
  readonly kind: string
  readonly windowMs: number
  /** When the count can be forgotten. */
  readonly endsMs: number
  /** Leased by this host so far, given back ones left out. */
  readonly held: number
  /** Of that what it has used. */
  readonly settled: number
  readonly wanted: number
  readonly limit: number
  /** What the records tell of the whole count, of all hosts. */
  readonly atLeast: number
}

export interface LimitGrant {
  readonly granted: number
  /** What other hosts hold of the count. */
  readonly others: number
}

/** Who leases, and for how long what it holds counts as held without another word of it. */
export interface LimitHolder {
  readonly holder: string
  readonly livesMs: number
}

/** One grant for each report, in their order. Together the hosts are never granted more than a limit. */
export async function leaseLimits(
  database: Queryable,
  { holder, livesMs }: LimitHolder,
  reports: readonly LimitReport[],
): Promise<readonly LimitGrant[]> {
  const asks = reports.map(({ atLeast, endsMs, limit, windowMs, ...rest }, place) => ({
    ...{ ...rest, place, cap: limit },
    ...{ window_ms: windowMs, ends_ms: endsMs, at_least: atLeast },
  }))
  const { rows } = await database.query(
    'SELECT granted, others FROM pointsman.lease_limits($1, $2::integer, $3::jsonb) ORDER BY place',
    [holder, livesMs, JSON.stringify(asks)],
  )
  return rows.map((row) => ({ granted: read.number(row, 'granted'), others: read.number(row, 'others') }))
}

/** Counts of windows that are over, and hosts that hold nothing any more. Safe on several hosts at once. */
export async function forgetPastLimits(database: Queryable): Promise<void> {
  await database.query(
    `DELETE FROM pointsman.limit_counts AS counts WHERE expires_at < clock_timestamp()
       AND NOT EXISTS (SELECT FROM pointsman.limit_holders AS holders
         WHERE holders.holder = counts.holder AND counts.kind = 'concurrent' AND alive_until >= clock_timestamp())`,
  )
  await database.query(
    `DELETE FROM pointsman.limit_holders AS holders WHERE alive_until < clock_timestamp() - interval '1 hour'
       AND NOT EXISTS (SELECT FROM pointsman.limit_counts AS counts WHERE counts.holder = holders.holder)`,
  )
}
