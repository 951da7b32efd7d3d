import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { RouteItem, UsageTotal } from '@pointsman/sdk'
import { useMemo, useState } from 'react'
import { useBelow, useFilters } from '../../app/use-filters.ts'
import { shortCount, usd } from '../../format/numbers.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import type { Column, Sorting } from '../../parts/data-table.tsx'
import { Search } from '../../parts/field.tsx'
import { Card, PageFrame } from '../../parts/page.tsx'
import { PagedTable } from '../../parts/paged-table.tsx'
import { routeSort } from '../../parts/route-sort.ts'
import { Empty, Problem } from '../../parts/states.tsx'
import { usePaged } from '../../parts/use-paged.ts'
import { useSettled } from '../../parts/use-settled.ts'
import { useClient, useRefusal } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { AddAgentDialog } from './add-agent-dialog.tsx'
import { AgentDetail } from './agent-detail.tsx'
import { path } from './path.ts'
import { text } from './text.ts'
import '../../parts/switching/switching.css'
import './agents.css'

const pageRows = 100

export default function AgentsPage() {
  const navigate = useNavigate()
  const refusal = useRefusal('admin')
  const openedName = useBelow()
  const [isAdding, setAdding] = useState(false)
  const { isMissing, opened } = useOpened(openedName)
  const open = (name: string): void =>
    void navigate({
      to: name === '' ? path : `${path}/${encodeURIComponent(name)}`,
      search: (kept: object) => kept,
    })
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
      {isMissing ? <Problem error={new Error(fill(text.missing, { name: openedName }))} /> : null}
      <Card padded={false}>
        <AgentTable onOpen={open} />
      </Card>
      {opened === undefined ? null : (
        <AgentDetail key={opened.name} agent={opened} onClose={() => open('')} />
      )}
      {isAdding ? <AddAgentDialog onClose={() => setAdding(false)} onAdded={open} /> : null}
    </PageFrame>
  )
}

/** The one of the address, wherever in the list it stands. Asked of the list: a browser writes a 404 into its console. */
function useOpened(name: string): { readonly opened: RouteItem | undefined; readonly isMissing: boolean } {
  const client = useClient()
  const { data } = useQuery({
    queryKey: ['agents', 'one', name],
    queryFn: ({ signal }) => client.agents.list({ name, limit: 1 }, { signal }),
    enabled: name !== '',
  })
  const opened = data?.data.find((agent) => agent.name === name)
  return { opened, isMissing: data !== undefined && opened === undefined }
}

/** Paged, searched and sorted by the server. */
function AgentTable({ onOpen }: { readonly onOpen: (name: string) => void }) {
  const client = useClient()
  const [{ find }, setFilters] = useFilters({ find: '' })
  const search = useSettled(find.trim())
  const [sorting, setSorting] = useState<Sorting | null>(null)
  const question = { ...(search === '' ? {} : { search }), ...routeSort(sorting) }
  const paged = usePaged(
    ['agents', 'list', question],
    (cursor, signal) => client.agents.list({ ...question, limit: pageRows, cursor }, { signal }),
    { keepsRows: true },
  )
  const usage = useUsageOfAgents()
  const columns = useMemo(() => columnsOf(usage), [usage])
  return (
    <>
      <div className="table-bar">
        <Search label={text.find} value={find} onChange={(value) => setFilters({ find: value })} />
      </div>
      <PagedTable
        paged={paged}
        label={text.list}
        columns={columns}
        rowKey={({ name }) => name}
        sorting={sorting}
        onSort={setSorting}
        onOpen={({ name }) => onOpen(name)}
        empty={
          search === '' ? (
            <Empty title={text.empty}>{text.emptyHint}</Empty>
          ) : (
            <Empty title={text.emptySearch} />
          )
        }
      />
    </>
  )
}

/** What an agent has used; null = that is not known. */
type UsageOfAgents = (name: string, of: (total: UsageTotal) => number) => number | null

/** As many as the server tells at once, those with the most requests. */
const mostAgents = 1_000

/** Rollups of the last day: as quick with ten million records as with ten. */
function useUsageOfAgents(): UsageOfAgents {
  const client = useClient()
  const { data } = useQuery({
    queryKey: ['usage', 'agents'],
    queryFn: ({ signal }) => client.usage.totals({ groupBy: 'agent', limit: mostAgents }, { signal }),
    refetchInterval: 30_000,
  })
  return useMemo(() => {
    const totals = new Map(data?.data.map((total) => [total.group, total]))
    const ofOthers = data === undefined || totals.size >= mostAgents ? null : 0
    return (name, of) => {
      const total = totals.get(name)
      return total === undefined ? ofOthers : of(total)
    }
  }, [data])
}

const requestsOf = ({ requests }: UsageTotal): number => requests
const costOf = ({ costUsd }: UsageTotal): number => costUsd
const shownOr = (value: number | null, format: (value: number) => string): string =>
  value === null ? '–' : format(value)

/** Of their keys, those that the server sorts by are its words. */
const columnsOf = (usage: UsageOfAgents): readonly Column<RouteItem>[] => [
  {
    key: 'name',
    title: text.agent,
    onPhone: 'title',
    cell: ({ name }) => <span className="mono">{name}</span>,
    sortBy: ({ name }) => name,
    isSortedByServer: true,
  },
  {
    key: 'provider',
    title: text.provider,
    width: '130px',
    cell: ({ llm_provider }) => llm_provider ?? <span className="soft">{text.notKnown}</span>,
    sortBy: ({ llm_provider }) => llm_provider,
    isSortedByServer: true,
  },
  {
    key: 'model',
    title: text.model,
    cell: ({ llm_model }) => <span className="mono small">{llm_model}</span>,
    sortBy: ({ llm_model }) => llm_model,
    isSortedByServer: true,
  },
  {
    key: 'inherits',
    title: text.from,
    width: '110px',
    cell: ({ inherits }) => (
      <Badge tone={inherits ? 'neutral' : 'accent'}>{inherits ? text.inherited : text.own}</Badge>
    ),
    sortBy: ({ inherits }) => Number(inherits),
    isSortedByServer: true,
  },
  {
    key: 'requests',
    title: text.requests,
    width: '120px',
    align: 'end',
    cell: ({ name }) => shownOr(usage(name, requestsOf), shortCount),
    sortBy: ({ name }) => usage(name, requestsOf),
  },
  {
    key: 'cost',
    title: text.cost,
    width: '110px',
    align: 'end',
    cell: ({ name }) => shownOr(usage(name, costOf), usd),
    sortBy: ({ name }) => usage(name, costOf),
  },
]
