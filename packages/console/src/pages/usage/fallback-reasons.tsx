import { useQuery } from '@tanstack/react-query'
import type { UsageTotal } from '@pointsman/sdk'
import { count, share, span, usd } from '../../format/numbers.ts'
import { DataTable, type Column } from '../../parts/data-table.tsx'
import { Card } from '../../parts/page.tsx'
import { Loaded } from '../../parts/states.tsx'
import { beginOf, type Range } from '../../plots/ranges.ts'
import { useClient } from '../../session/session-context.tsx'
import { text } from './text.ts'

/** What requests left their first model for: counted as they come in, not read from records. */
export function FallbackReasons({ range }: { readonly range: Range }) {
  const client = useClient()
  const query = useQuery({
    queryKey: ['usage', 'fallback-reasons', range.id],
    queryFn: ({ signal }) =>
      client.usage.totals(
        { groupBy: 'fallbackCause', from: new Date(beginOf(range, Date.now())).toISOString(), limit: 20 },
        { signal },
      ),
    refetchInterval: 30_000,
  })
  return (
    <Card title={text.fallbackReasons} padded={false}>
      <Loaded query={query} lines={2}>
        {({ data }) => (
          <DataTable
            label={text.fallbackReasons}
            columns={columnsOf(data.reduce((sum, { requests }) => sum + requests, 0))}
            rows={data}
            rowKey={({ group }) => group}
            empty={<p className="soft usage-none">{text.noFallbacks}</p>}
          />
        )}
      </Loaded>
    </Card>
  )
}

const columnsOf = (all: number): readonly Column<UsageTotal>[] => [
  {
    key: 'reason',
    title: text.reason,
    onPhone: 'title',
    cell: ({ group }) => (group === '' ? text.noGroup.fallbackCause : group.replaceAll('_', ' ')),
  },
  {
    key: 'requests',
    title: text.columnRequests,
    align: 'end',
    cell: ({ requests }) => count(requests),
  },
  {
    key: 'share',
    title: text.share,
    align: 'end',
    cell: ({ requests }) => share(all === 0 ? null : requests / all),
  },
  { key: 'cost', title: text.columnCost, align: 'end', cell: ({ costUsd }) => usd(costUsd) },
  { key: 'p50', title: text.columnP50, align: 'end', cell: ({ latency }) => span(latency.p50Ms) },
]
