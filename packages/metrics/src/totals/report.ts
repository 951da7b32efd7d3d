import type { UsageRecord } from '@pointsman/contract'
import { invocationOf } from '../invocation.ts'
import type { Gauges } from './gauges.ts'
import { attemptTable, invocationTable, requestTable } from './tables.ts'
import { addUp, Totals, type SeriesTotals } from './totals.ts'

/** Everything that one process, or a host of several, has counted since its start; plain, so that it may cross a process. */
export interface MetricsReport {
  readonly requests: readonly SeriesTotals[]
  readonly invocations: readonly SeriesTotals[]
  readonly attempts: readonly SeriesTotals[]
  readonly gauges: readonly Gauges[]
}

export const emptyReport: MetricsReport = { requests: [], invocations: [], attempts: [], gauges: [] }

/** What usage records add up to since the start. Bound: 2,000 series in each of three tables. */
export interface RecordTotals {
  take(record: UsageRecord): void
  /** With the figures of now. */
  report(gauges: Gauges): MetricsReport
}

export function createRecordTotals(maxSeries = 2_000): RecordTotals {
  const requests = new Totals(requestTable, maxSeries)
  const invocations = new Totals(invocationTable, maxSeries)
  const attempts = new Totals(attemptTable, maxSeries)
  return {
    take(record) {
      requests.add(record)
      const invocation = invocationOf(record)
      if (invocation !== null) invocations.add(invocation)
      for (const attempt of record.attempts) attempts.add(attempt)
    },
    report: (gauges) => ({
      requests: requests.read(),
      invocations: invocations.read(),
      attempts: attempts.read(),
      gauges: [gauges],
    }),
  }
}

/** Several processes told as one. */
export const joinReports = (reports: readonly MetricsReport[]): MetricsReport => ({
  requests: addUp(reports.map(({ requests }) => requests)),
  invocations: addUp(reports.map(({ invocations }) => invocations)),
  attempts: addUp(reports.map(({ attempts }) => attempts)),
  gauges: reports.flatMap(({ gauges }) => gauges),
})

/** Of a process that has ended: what it counted counts on, what it was does not. */
export const endedReport = (report: MetricsReport): MetricsReport => ({
  ...report,
  gauges: report.gauges.map((gauges) =>
    Object.fromEntries(Object.entries(gauges).filter(([name]) => name.endsWith('_total'))),
  ),
})
