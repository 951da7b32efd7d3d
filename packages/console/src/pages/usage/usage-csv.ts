import { csv } from '../../format/csv.ts'
import type { UsageTotal } from '@pointsman/sdk'
import type { UsageSeen } from './use-usage.ts'

type CsvColumn = readonly [title: string, value: (total: UsageTotal) => string | number | null]

const columns: readonly CsvColumn[] = [
  ['requests', ({ requests }) => requests],
  ['errors', ({ errors }) => errors],
  ['refused', ({ refused }) => refused],
  ['fallbacks', ({ fallbacks }) => fallbacks],
  ['input_tokens', ({ inputTokens }) => inputTokens],
  ['cache_read_tokens', ({ cacheReadTokens }) => cacheReadTokens],
  ['cache_write_tokens', ({ cacheWriteTokens }) => cacheWriteTokens],
  ['output_tokens', ({ outputTokens }) => outputTokens],
  ['cost_usd', ({ costUsd }) => costUsd],
  ['unpriced_requests', ({ unpricedRequests }) => unpricedRequests],
  ['latency_p50_ms', ({ latency }) => latency.p50Ms],
  ['latency_p90_ms', ({ latency }) => latency.p90Ms],
  ['latency_p99_ms', ({ latency }) => latency.p99Ms],
]

/** Whole figures, as a spreadsheet adds them up. */
export const usageCsv = ({ before, groups }: UsageSeen, nameOf: (group: string) => string): string =>
  csv<UsageTotal>(
    [
      ['group', ({ group }) => group],
      ['name', ({ group }) => nameOf(group)],
      ...columns,
      ...(before === null
        ? []
        : columns.map(([title, value]): CsvColumn => [
            `${title}_before`,
            ({ group }) => {
              const earlier = before.get(group)
              return earlier === undefined ? null : value(earlier)
            },
          ])),
    ],
    groups,
  )
