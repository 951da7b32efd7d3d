import { attemptTable, invocationTable, requestTable } from '../totals/tables.ts'
import type { MetricsReport } from '../totals/report.ts'

type TableName = Exclude<keyof MetricsReport, 'gauges'>

/** One sum or histogram out of a table, with the labels that it is shown by. */
export interface FamilySource {
  readonly table: TableName
  readonly measure: string
  readonly labels: readonly string[]
  /** A label of its own, where several measures are one family. */
  readonly fixed?: readonly [name: string, value: string]
}

export interface Family {
  /** As a query names it; a counter ends in `_total`. */
  readonly name: string
  readonly kind: 'counter' | 'histogram'
  readonly unit?: 'seconds'
  readonly help: string
  readonly sources: readonly FamilySource[]
}

const invocations = (measure: string, labels: readonly string[], type?: string): FamilySource => ({
  ...{ table: 'invocations', measure, labels },
  ...(type === undefined ? {} : { fixed: ['type', type] as const }),
})

const byAgent = ['agent', 'model'] as const

// size: the one table of what is exposed
export const families: readonly Family[] = [
  {
    name: 'pointsman_requests_total',
    kind: 'counter',
    help: 'Requests with a known key, by how they ended.',
    sources: [{ table: 'requests', measure: 'requests', labels: requestTable.labels }],
  },
  {
    name: 'pointsman_overhead_seconds',
    kind: 'histogram',
    unit: 'seconds',
    help: 'What the gateway itself added to a request.',
    sources: [{ table: 'requests', measure: 'overhead', labels: [] }],
  },
  {
    name: 'pointsman_model_invocations_total',
    kind: 'counter',
    help: 'Invocations of models, answered or not.',
    sources: [invocations('invocations', ['agent', 'route', 'model', 'provider', 'success'])],
  },
  {
    name: 'pointsman_model_errors_total',
    kind: 'counter',
    help: 'Invocations by the error that they ended with; none = they ended well.',
    sources: [invocations('invocations', ['model', 'error'])],
  },
  {
    name: 'pointsman_model_latency_seconds',
    kind: 'histogram',
    unit: 'seconds',
    help: 'Time taken for a model invocation, from the first byte received to the last one sent.',
    sources: [invocations('latency', byAgent)],
  },
  {
    name: 'pointsman_model_first_content_seconds',
    kind: 'histogram',
    unit: 'seconds',
    help: "Time to a stream's first content.",
    sources: [invocations('firstContent', ['model'])],
  },
  {
    name: 'pointsman_model_tokens_total',
    kind: 'counter',
    help: 'Tokens. Input holds what was read from and written to caches; output holds reasoning.',
    sources: [
      invocations('inputTokens', byAgent, 'input'),
      invocations('outputTokens', byAgent, 'output'),
      invocations('cacheReadTokens', byAgent, 'cache_read'),
      invocations('cacheWriteTokens', byAgent, 'cache_write'),
      invocations('reasoningTokens', byAgent, 'reasoning'),
    ],
  },
  {
    name: 'pointsman_model_cost_usd_total',
    kind: 'counter',
    help: 'Cost of model invocations in US dollars, where it is known.',
    sources: [invocations('costUsd', byAgent)],
  },
  {
    name: 'pointsman_model_unpriced_total',
    kind: 'counter',
    help: 'Invocations that were served and whose cost is not known.',
    sources: [invocations('unpriced', ['model'])],
  },
  {
    name: 'pointsman_model_fallbacks_total',
    kind: 'counter',
    help: 'Invocations that a fallback served.',
    sources: [invocations('fallbacks', ['route', 'target', 'model'])],
  },
  {
    name: 'pointsman_attempts_total',
    kind: 'counter',
    help: 'Calls of vendors; one invocation may make several.',
    sources: [{ table: 'attempts', measure: 'attempts', labels: attemptTable.labels }],
  },
  {
    name: 'pointsman_attempt_duration_seconds',
    kind: 'histogram',
    unit: 'seconds',
    help: 'How long a call of a vendor took.',
    sources: [{ table: 'attempts', measure: 'attemptDuration', labels: ['model', 'provider'] }],
  },
]

const tables = { requests: requestTable, invocations: invocationTable, attempts: attemptTable } as const

/** What a family shows of a report, one entry for each set of labels. */
export interface Shown {
  readonly labels: readonly (readonly [name: string, value: string])[]
  /** A sum alone, or the counts of buckets and then the sum. */
  readonly values: readonly number[]
}

export const boundsOf = ({ measure, table }: FamilySource): readonly number[] =>
  measuresOf(table).find(({ name }) => name === measure)?.bounds ?? []

const measuresOf = (
  table: TableName,
): readonly { readonly name: string; readonly bounds?: readonly number[] }[] => tables[table].measures

/** Series are summed over the labels that the family does not show. */
export function shownOf(report: MetricsReport, source: FamilySource): readonly Shown[] {
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
      values: values.map((value, at) => value + (before?.[at] ?? 0)),
    })
  }
  return [...sums.values()]
}
