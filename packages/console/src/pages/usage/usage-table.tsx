import { inputTokensOfTotal, type UsageTotal } from '@pointsman/sdk'
import { useMemo } from 'react'
import { count, share, shortCount, span, usd } from '../../format/numbers.ts'
import { DataTable, type Column } from '../../parts/data-table.tsx'
import { Empty } from '../../parts/states.tsx'
import type { Measure } from './measures.ts'
import { text } from './text.ts'
import type { UsageSeen } from './use-usage.ts'

/** Each group in figures, and everything together at the end. */
export function UsageTable({
  label,
  measure,
  nameOf,
  seen,
}: {
  readonly seen: UsageSeen
  readonly measure: Measure
  readonly label: string
  readonly nameOf: (group: string) => string
}) {
  const columns = useMemo(() => columnsOf(seen, measure, nameOf), [seen, measure, nameOf])
  const most = seen.groups
  return (
    <div className="usage-table">
      <DataTable
        label={label}
        columns={columns}
        rows={most}
        rowKey={({ group }) => group}
        empty={<Empty title={text.empty} />}
      />
    </div>
  )
}

function columnsOf(
  seen: UsageSeen,
  measure: Measure,
  nameOf: (group: string) => string,
): readonly Column<UsageTotal>[] {
  const number = (
    key: string,
    title: string,
    of: (total: UsageTotal) => number | null,
    format: (value: number) => string,
  ): Column<UsageTotal> => ({
    ...{ key, title, align: 'end', sortBy: of },
    cell: (total) => {
      const value = of(total)
      return value === null ? '–' : format(value)
    },
  })
  const highest = Math.max(...seen.groups.map((total) => measure.of(total) ?? 0), 0)
  return [
    {
      key: 'group',
      title: text.group,
      onPhone: 'title',
      cell: (total) => (
        <Group name={nameOf(total.group)} part={highest === 0 ? 0 : (measure.of(total) ?? 0) / highest} />
      ),
      sortBy: ({ group }) => nameOf(group),
    },
    number('requests', text.columnRequests, ({ requests }) => requests, count),
    number(
      'cost',
      text.columnCost,
      ({ costUsd }) => costUsd,
      (value) => usd(value),
    ),
    ...(seen.before === null ? [] : [changeColumn(seen.before, measure)]),
    number('input', text.columnInput, inputTokensOfTotal, shortCount),
    number('output', text.columnOutput, ({ outputTokens }) => outputTokens, shortCount),
    number('errors', text.columnErrors, ({ errorRate }) => errorRate, share),
    number('fallbacks', text.columnFallbacks, ({ fallbackRate }) => fallbackRate, share),
    number('p50', text.columnP50, ({ latency }) => latency.p50Ms, span),
    number('p99', text.columnP99, ({ latency }) => latency.p99Ms, span),
  ]
}

/** Its name, with a bar for its part of what is measured: as long as the greatest, or shorter. */
const Group = ({ name, part }: { readonly name: string; readonly part: number }) => (
  <span className="usage-group">
    <span>{name}</span>
    <svg className="usage-bar" viewBox="0 0 100 3" preserveAspectRatio="none" aria-hidden="true">
      <rect width={Math.max(part * 100, part > 0 ? 0.5 : 0)} height="3" />
    </svg>
  </span>
)

function changeColumn(before: ReadonlyMap<string, UsageTotal>, measure: Measure): Column<UsageTotal> {
  const changeOf = (total: UsageTotal): number | null => {
    const earlier = before.get(total.group)
    const was = earlier === undefined ? 0 : (measure.of(earlier) ?? 0)
    const is = measure.of(total) ?? 0
    return was === 0 ? null : (is - was) / was
  }
  return {
    ...{ key: 'change', title: `${text.change}: ${measure.label}`, align: 'end', sortBy: changeOf },
    cell: (total) => {
      const change = changeOf(total)
      return change === null ? '–' : `${change > 0 ? '+' : change < 0 ? '−' : '±'}${share(Math.abs(change))}`
    },
  }
}
