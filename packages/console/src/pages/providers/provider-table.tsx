import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { ProviderItem } from '@pointsman/sdk'
import { useBelow } from '../../app/use-filters.ts'
import { Badge } from '../../parts/badge.tsx'
import { DataTable, type Column } from '../../parts/data-table.tsx'
import { NameList } from '../../parts/name-list.tsx'
import { Card } from '../../parts/page.tsx'
import { Empty, Loaded, Problem } from '../../parts/states.tsx'
import { useClient } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { path } from './path.ts'
import { ProviderDetail } from './provider-detail.tsx'
import { keyWords, stateOfProvider } from './provider-words.ts'
import { text } from './text.ts'

/** Who answers for the models. There are as many as are built in, and the servers that were added: one page. */
export function ProviderTable() {
  const client = useClient()
  const navigate = useNavigate()
  const openedId = useBelow()
  const query = useQuery({
    queryKey: ['providers', 'list'],
    queryFn: ({ signal }) => client.providers.list({ limit: 1_000 }, { signal }),
  })
  const open = (id: string): void =>
    void navigate({
      to: id === '' ? path : `${path}/${encodeURIComponent(id)}`,
      search: (kept: object) => kept,
    })
  const opened = query.data?.data.find(({ id }) => id === openedId)
  return (
    <Card title={text.providers} padded={false}>
      {query.data === undefined || openedId === '' || opened !== undefined ? null : (
        <Problem error={new Error(fill(text.missing, { id: openedId }))} />
      )}
      <Loaded query={query}>
        {({ data }) => (
          <DataTable
            label={text.providers}
            columns={columns}
            rows={data}
            rowKey={({ id }) => id}
            onOpen={({ id }) => open(id)}
            empty={<Empty title={text.noProviders} />}
          />
        )}
      </Loaded>
      {opened === undefined ? null : <ProviderDetail item={opened} onClose={() => open('')} />}
    </Card>
  )
}

const columns: readonly Column<ProviderItem>[] = [
  {
    key: 'id',
    title: text.provider,
    width: '140px',
    onPhone: 'title',
    cell: ({ id }) => id,
    sortBy: ({ id }) => id,
  },
  {
    key: 'state',
    title: text.state,
    width: '140px',
    cell: (item) => {
      const { tone, words } = stateOfProvider(item)
      return <Badge tone={tone}>{words}</Badge>
    },
    sortBy: (item) => stateOfProvider(item).words,
  },
  { key: 'key', title: text.key, width: '200px', cell: (item) => keyWords(item) },
  {
    key: 'models',
    title: text.models,
    width: '150px',
    cell: ({ enabledModels, models }) => fill(text.modelsEnabled, { enabled: enabledModels, all: models }),
    sortBy: ({ enabledModels }) => enabledModels,
  },
  { key: 'regions', title: text.regions, cell: ({ regions }) => <NameList names={regions} /> },
  {
    key: 'circuits',
    title: text.circuits,
    width: '120px',
    cell: ({ circuits }) =>
      circuits.length === 0 ? (
        <span className="soft">{text.noCircuits}</span>
      ) : (
        <Badge tone="bad">{fill(text.circuitsOpen, { count: circuits.length })}</Badge>
      ),
    sortBy: ({ circuits }) => circuits.length,
  },
]
