import type { MetricsReport } from './report.ts'
import { attemptTable, invocationTable, requestTable } from './tables.ts'
import { addLists } from './totals.ts'

type TableName = Exclude<keyof MetricsReport, 'gauges'>

/** One sum or histogram out of a table, with the labels that it is shown by. */
export interface Source {
  readonly table: TableName
  readonly measure: string
  readonly labels: readonly string[]
  /** A label of its own, where several measures are one family. */
  readonly fixed?: readonly [name: string, value: string]
}

export const ofInvocations = (
  measure: string,
  labels: readonly string[],
  fixed?: Source['fixed'],
): Source => ({
  ...{ table: 'invocations', measure, labels },
  ...(fixed === undefined ? {} : { fixed }),
})

const tables = { requests: requestTable, invocations: invocationTable, attempts: attemptTable } as const

/** What a source shows of a report, one entry for each set of labels. */
export interface Shown {
  readonly labels: readonly (readonly [name: string, value: string])[]
  /** A sum alone, or the counts of buckets and then the sum. */
  readonly values: readonly number[]
}

export const boundsOf = ({ measure, table }: Source): readonly number[] =>
  measuresOf(table).find(({ name }) => name === measure)?.bounds ?? []

const measuresOf = (
  table: TableName,
): readonly { readonly name: string; readonly bounds?: readonly number[] }[] => tables[table].measures

/** Series are summed over the labels that the source does not show. */
export function shownOf(report: MetricsReport, source: Source): readonly Shown[] {
  const { fixed, labels, measure, table } = source
  const index = measuresOf(table).findIndex(({ name }) => name === measure)
  const names: readonly string[] = tables[table].labels
  const places = labels.map((label) => names.indexOf(label))
  const sums = new Map<string, Shown>()
  for (const series of report[table]) {
    const values = series.values[index] ?? []
    // One that never had a value would show as a wall of zeroes.
    if (values.every((value) => value === 0)) continue
    const own = places.map((place) => series.labels[place] ?? '')
    const key = own.join('\n')
    const before = sums.get(key)?.values
    sums.set(key, {
      labels: [
        ...labels.map((name, at) => [name, own[at] ?? ''] as const),
        ...(fixed === undefined ? [] : [fixed]),
      ],
      values: before === undefined ? values : addLists(before, values),
    })
  }
  return [...sums.values()]
}
