import { routeKey } from '@pointsman/contract'
import {
  drilledRequests,
  drillsEndedSince,
  keepDrillSummary,
  type Database,
  type DrilledRequests,
  type DrillRow,
} from '@pointsman/registry'

const dayMs = 86_400_000
/** Shorter than any keeping of records: until then they are counted, from then on what they came to is told. */
const countedMs = 28 * dayMs

/** What a drill did to requests: counted from their records as long as these are kept, else as it was summed up. */
export async function drillRecord(
  database: Database,
  row: DrillRow,
  nowMs: number,
): Promise<DrilledRequests> {
  if (row.summary !== null && nowMs - row.endsAtMs > countedMs) return row.summary
  return count(database, row, nowMs)
}

const count = (database: Database, row: DrillRow, nowMs: number): Promise<DrilledRequests> =>
  drilledRequests(database, {
    id: row.id,
    route: routeKey(row.route.kind, row.route.name),
    fromMs: row.startedAtMs,
    toMs: row.end?.atMs ?? Math.min(nowMs, row.endsAtMs),
  })

/** Sums up anew those whose records may still come or soon go: a host that was down brings its own late. */
export async function keepDrillRecords(database: Database, nowMs: number): Promise<void> {
  for (const row of await drillsEndedSince(database, nowMs - countedMs))
    await keepDrillSummary(database, row.id, await count(database, row, nowMs))
}
