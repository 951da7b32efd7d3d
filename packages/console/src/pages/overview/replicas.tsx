import { useQuery } from '@tanstack/react-query'
import type { ReplicaItem } from '@pointsman/sdk'
import { ago, instant } from '../../format/instants.ts'
import { span } from '../../format/numbers.ts'
import { Badge } from '../../parts/badge.tsx'
import { DataTable, type Column } from '../../parts/data-table.tsx'
import { Empty, Loaded } from '../../parts/states.tsx'
import { useClient } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'

/** Who serves which revision, and how long it took there. */
export function Replicas() {
  const client = useClient()
  const replicas = useQuery({
    queryKey: ['replicas', 'list'],
    queryFn: ({ signal }) => client.replicas.list({ limit: 1_000 }, { signal }),
    // A lease that ran out is told by nobody.
    refetchInterval: 10_000,
  })
  return (
    <Loaded query={replicas}>
      {({ data }) => (
        <DataTable
          label={text.replicas}
          columns={columns}
          rows={data}
          rowKey={({ id }) => id}
          empty={<Empty title={text.noReplicas} />}
        />
      )}
    </Loaded>
  )
}

const columns: readonly Column<ReplicaItem>[] = [
  { key: 'id', title: text.replica, onPhone: 'title', cell: ({ id }) => <span className="mono">{id}</span> },
  { key: 'host', title: text.host, cell: ({ host, title }) => `${host} · ${title}` },
  {
    key: 'state',
    title: text.state,
    width: '100px',
    cell: ({ kind, live }) => (
      <Badge tone={live ? 'good' : 'bad'}>
        {kind === 'pull' ? text.pulls : live ? text.liveState : text.gone}
      </Badge>
    ),
  },
  {
    key: 'revision',
    title: text.serves,
    align: 'end',
    width: '90px',
    cell: ({ revision }) => revision?.number ?? '–',
  },
  {
    key: 'behind',
    title: text.behind,
    width: '140px',
    cell: ({ behind, problem }) =>
      problem !== null ? (
        <Badge tone="bad">{problem}</Badge>
      ) : behind === null || behind === 0 ? (
        <span className="soft">{text.upToDate}</span>
      ) : (
        <Badge tone="warn">{fill(text.behindBy, { count: behind })}</Badge>
      ),
  },
  { key: 'lag', title: text.lag, align: 'end', width: '90px', cell: ({ lagMs }) => span(lagMs) },
  {
    key: 'since',
    title: text.since,
    width: '120px',
    cell: ({ servedSince }) => <span title={instant(servedSince)}>{ago(servedSince)}</span>,
  },
]
