import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { RouteItem, UsageTotal } from '@pointsman/sdk'
import { useMemo, useState } from 'react'
import { useBelow, useFilters } from '../../app/use-filters.ts'
import { shortCount, usd } from '../../format/numbers.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { DataTable, type Column } from '../../parts/data-table.tsx'
import { Search } from '../../parts/field.tsx'
import { Card, PageFrame } from '../../parts/page.tsx'
import { Empty, Loaded, Problem } from '../../parts/states.tsx'
import { readWhole } from '../../parts/read-whole.ts'
import { useClient, useRefusal } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { AddAgentDialog } from './add-agent-dialog.tsx'
import { AgentDetail } from './agent-detail.tsx'
import { path } from './path.ts'
import { text } from './text.ts'
import '../../parts/switching/switching.css'
import './agents.css'

export default function AgentsPage() {
  const client = useClient()
  const navigate = useNavigate()
  const refusal = useRefusal('admin')
  const openedName = useBelow()
  const [isAdding, setAdding] = useState(false)
  const query = useQuery({
    queryKey: ['agents', 'list'],
    queryFn: ({ signal }) => readWhole(client.agents.each({ limit: 1_000 }, { signal })),
  })
  const open = (name: string): void =>
    void navigate({
      to: name === '' ? path : `${path}/${encodeURIComponent(name)}`,
      search: (kept: object) => kept,
    })
  const opened = query.data?.data.find(({ name }) => name === openedName)
  return (
    <PageFrame
      title={text.title}
      hint={text.hint}
      actions={
        <Button kind="primary" icon="plus" refusedBecause={refusal} onPress={() => setAdding(true)}>
          {text.add}
        </Button>
      }
    >
      {query.data === undefined || openedName === '' || opened !== undefined ? null : (
        <Problem error={new Error(fill(text.missing, { name: openedName }))} />
      )}
      <Card padded={false}>
        <Loaded query={query} lines={6}>
          {({ data }) => <AgentTable agents={data} onOpen={open} />}
        </Loaded>
      </Card>
      {opened === undefined ? null : (
        <AgentDetail key={opened.name} agent={opened} onClose={() => open('')} />
      )}
      {isAdding ? <AddAgentDialog onClose={() => setAdding(false)} onAdded={open} /> : null}
    </PageFrame>
  )
}

function AgentTable({
  agents,
  onOpen,
}: {
  readonly agents: readonly RouteItem[]
  readonly onOpen: (name: string) => void
}) {
  const [{ find }, setFilters] = useFilters({ find: '' })
  const usage = useUsageOfAgents()
  const columns = useMemo(() => columnsOf(usage), [usage])
  const words = find.toLowerCase()
  const shown = agents.filter(({ llm_provider, name, serves }) =>
    `${name} ${serves} ${llm_provider ?? ''}`.toLowerCase().includes(words),
  )
  return (
    <>
      <div className="table-bar">
        <Search label={text.find} value={find} onChange={(value) => setFilters({ find: value })} />
      </div>
      <DataTable
        label={text.list}
        columns={columns}
        rows={shown}
        rowKey={({ name }) => name}
        onOpen={({ name }) => onOpen(name)}
        empty={
          agents.length === 0 ? (
            <Empty title={text.empty}>{text.emptyHint}</Empty>
          ) : (
            <Empty title={text.emptySearch} />
          )
        }
      />
    </>
  )
}

const noUsage: ReadonlyMap<string, UsageTotal> = new Map()

/** Rollups of the last day: as quick with ten million records as with ten. */
function useUsageOfAgents(): ReadonlyMap<string, UsageTotal> {
  const client = useClient()
  const { data } = useQuery({
    queryKey: ['usage', 'agents'],
    queryFn: ({ signal }) => client.usage.totals({ groupBy: 'agent' }, { signal }),
    refetchInterval: 30_000,
  })
  return useMemo(
    () => (data === undefined ? noUsage : new Map(data.data.map((total) => [total.group, total]))),
    [data],
  )
}

const columnsOf = (usage: ReadonlyMap<string, UsageTotal>): readonly Column<RouteItem>[] => [
  {
    key: 'name',
    title: text.agent,
    onPhone: 'title',
    cell: ({ name }) => <span className="mono">{name}</span>,
    sortBy: ({ name }) => name,
  },
  {
    key: 'provider',
    title: text.provider,
    width: '130px',
    cell: ({ llm_provider }) => llm_provider ?? <span className="soft">{text.notKnown}</span>,
    sortBy: ({ llm_provider }) => llm_provider,
  },
  {
    key: 'model',
    title: text.model,
    cell: ({ llm_model }) => <span className="mono small">{llm_model}</span>,
    sortBy: ({ llm_model }) => llm_model,
  },
  {
    key: 'from',
    title: text.from,
    width: '110px',
    cell: ({ inherits }) => (
      <Badge tone={inherits ? 'neutral' : 'accent'}>{inherits ? text.inherited : text.own}</Badge>
    ),
    sortBy: ({ inherits }) => Number(inherits),
  },
  {
    key: 'requests',
    title: text.requests,
    width: '120px',
    align: 'end',
    cell: ({ name }) => shortCount(usage.get(name)?.requests ?? 0),
    sortBy: ({ name }) => usage.get(name)?.requests ?? 0,
  },
  {
    key: 'cost',
    title: text.cost,
    width: '110px',
    align: 'end',
    cell: ({ name }) => usd(usage.get(name)?.costUsd ?? 0),
    sortBy: ({ name }) => usage.get(name)?.costUsd ?? 0,
  },
]
