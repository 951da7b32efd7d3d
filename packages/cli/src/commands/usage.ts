import { inputTokensOfTotal, type UsageDimension, type UsageTotal } from '@pointsman/sdk'
import { exitCodes, oneOf, type Command } from '../command.ts'
import { count, dollars, instant, milliseconds, share } from '../format.ts'
import { readWhen } from '../read-when.ts'
import type { Column } from '../table.ts'

const dimensions = [
  'model',
  'provider',
  'agent',
  'use-case',
  'user',
  'key',
  'route',
  'operation',
  'fallback-cause',
  'all',
] as const

/** As many as the server tells of at once. */
const mostGroups = 1_000

const columnsOf = (groupBy: string, interval: boolean): readonly Column[] => [
  ...(interval ? [{ heading: 'FROM (UTC)' }] : []),
  { heading: groupBy.toUpperCase(), least: 20 },
  { heading: 'REQUESTS', align: 'right' },
  { heading: 'ERRORS', align: 'right' },
  { heading: 'REFUSED', align: 'right', drop: 2 },
  { heading: 'FALLBACKS', align: 'right', drop: 2 },
  { heading: 'TOKENS IN', align: 'right', drop: 3 },
  { heading: 'OUT', align: 'right', drop: 3 },
  { heading: 'COST', align: 'right' },
  { heading: 'P50', align: 'right' },
  { heading: 'P99', align: 'right', drop: 1 },
]

export const usage: Command = {
  name: 'usage',
  summary: 'Requests, errors, tokens, cost and latency.',
  details: 'Of the last 24 hours unless told otherwise.',
  positionals: [],
  options: {
    'group-by': { type: 'string', short: 'g', value: 'WORD', summary: dimensions.join(', ') },
    from: { type: 'string', value: 'WHEN', summary: 'a date or an instant: 2026-11-01' },
    to: { type: 'string', value: 'WHEN', summary: 'not included; now unless given' },
    interval: { type: 'string', value: 'WORD', summary: 'hour or day: one row each' },
  },
  examples: ['pointsman usage', 'pointsman usage --group-by use-case --from 2026-11-01 --interval day'],
  async run(asked) {
    const { client, output, text } = asked
    const groupBy = oneOf('group-by', hyphened(text('group-by')), dimensions) ?? 'model'
    const interval = oneOf('interval', text('interval'), ['hour', 'day'])
    const totals = await client.usage.totals({
      groupBy: apiWords(groupBy),
      from: readWhen(asked, 'from'),
      to: readWhen(asked, 'to'),
      interval,
    })
    if (output.json) {
      output.value(totals)
      return exitCodes.done
    }
    output.line(output.dim(`${instant(totals.from)} to ${instant(totals.to)} UTC`))
    if (totals.data.length === 0) output.line('No requests in that time.')
    else
      output.table(
        columnsOf(groupBy, interval !== undefined),
        totals.data.map((total) => rowOf(total, interval !== undefined)),
      )
    if (totals.data.length > 1) output.line(output.dim(sumText(totals.data)))
    if (new Set(totals.data.map(({ group }) => group)).size === mostGroups)
      output.sentence(
        `The ${count(mostGroups)} groups with the most requests; there may be others, which are not in the sums.`,
      )
    const unpriced = totals.data.reduce((sum, total) => sum + total.unpricedRequests, 0)
    if (unpriced > 0) {
      output.sentence(`${count(unpriced)} requests have no known cost; they are not in the sums.`)
    }
    return exitCodes.done
  },
}

function apiWords(word: (typeof dimensions)[number]): UsageDimension {
  if (word === 'use-case') return 'useCase'
  return word === 'fallback-cause' ? 'fallbackCause' : word
}

/** `useCase`, as the API says, is taken too. */
const hyphened = (word: string | undefined): string | undefined =>
  word?.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

function sumText(totals: readonly UsageTotal[]): string {
  const requests = totals.reduce((sum, total) => sum + total.requests, 0)
  const costUsd = totals.reduce((sum, total) => sum + total.costUsd, 0)
  return `${count(requests)} requests, ${dollars(costUsd)} in all`
}

const rowOf = (total: UsageTotal, interval: boolean): readonly string[] => [
  ...(interval ? [instant(total.start).slice(0, 16)] : []),
  total.group === '' ? '(none)' : total.group,
  count(total.requests),
  total.errors === 0 ? '0' : `${count(total.errors)} (${share(total.errorRate)})`,
  total.refused === null ? '?' : count(total.refused),
  count(total.fallbacks),
  count(inputTokensOfTotal(total)),
  count(total.outputTokens),
  total.requests > 0 && total.requests === total.unpricedRequests ? '?' : dollars(total.costUsd),
  milliseconds(total.latency.p50Ms),
  milliseconds(total.latency.p99Ms),
]
