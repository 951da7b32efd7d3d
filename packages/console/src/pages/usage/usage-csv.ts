import type { Client, UsageDimension, UsageTotal } from '@pointsman/sdk'
import { csvLines, csvTitles, type CsvColumn } from '../../format/csv.ts'
import type { Range } from '../../plots/ranges.ts'
import { spansOf } from './spans.ts'

/** What a file of usage holds: every group, not only those that the page lists. */
export interface UsageFile {
  readonly client: Client
  readonly groupBy: UsageDimension
  readonly range: Range
  /** The time before follows, with its own instants in the first columns. */
  readonly isCompared: boolean
  readonly nameOf: (group: string) => string
  readonly onCount: (groups: number) => void
  readonly signal: AbortSignal
}

interface Line extends UsageTotal {
  readonly from: string
  readonly to: string
}

const groupsAtOnce = 1_000

/**
 * Whole figures, as a spreadsheet adds them up. Page by page into the browser's own store, so that a hundred thousand groups
 * take no more of the page's memory than a thousand.
 */
export async function usageCsv(file: UsageFile): Promise<Blob> {
  const { client, groupBy, isCompared, nameOf, onCount, range, signal } = file
  const columns: readonly CsvColumn<Line>[] = [
    ['from', ({ from }) => from],
    ['to', ({ to }) => to],
    ['group', ({ group }) => group],
    ['name', ({ group }) => nameOf(group)],
    ...figures,
  ]
  const parts: BlobPart[] = [csvTitles(columns)]
  let count = 0
  const { before, now } = spansOf(range, Date.now())
  for (const span of isCompared ? [now, before] : [now]) {
    const question = { groupBy, ...span, order: 'group', limit: groupsAtOnce } as const
    let cursor: string | undefined
    do {
      const page = await client.usage.totals({ ...question, cursor }, { signal })
      const lines = page.data.map((total): Line => ({ ...total, ...span }))
      parts.push(new Blob([csvLines(columns, lines)]))
      count += lines.length
      onCount(count)
      cursor = page.nextCursor ?? undefined
    } while (cursor !== undefined)
  }
  return new Blob(parts, { type: 'text/csv;charset=utf-8' })
}

const figures: readonly CsvColumn<UsageTotal>[] = [
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
