import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { RouteItem } from '@pointsman/sdk'
import { useMemo, useState } from 'react'
import { useBelow } from '../../app/use-filters.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { DataTable, type Column } from '../../parts/data-table.tsx'
import { Search } from '../../parts/field.tsx'
import { NameList } from '../../parts/name-list.tsx'
import { Card, PageFrame } from '../../parts/page.tsx'
import { Empty, Loaded } from '../../parts/states.tsx'
import { routeAddress } from '../../parts/route-address.ts'
import { SwitchDialog } from '../../parts/switching/switch-dialog.tsx'
import { useModels, type KnownModels } from '../../parts/use-models.ts'
import { readWhole } from '../../parts/read-whole.ts'
import { useClient, useRefusal } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { RouteDetail } from './route-detail.tsx'
import { text } from './text.ts'
import './routes.css'

export default function RoutesPage() {
  const opened = useBelow()
  return opened === '' ? <RouteList /> : <RouteDetail routeKey={opened} />
}

function RouteList() {
  const client = useClient()
  const navigate = useNavigate()
  const models = useModels()
  const refusal = useRefusal('switch')
  const [search, setSearch] = useState('')
  const [switching, setSwitching] = useState<RouteItem | 'default' | null>(null)
  const columns = useMemo(() => columnsOf({ models, refusal, onSwitch: setSwitching }), [models, refusal])
  const routes = useQuery({
    queryKey: ['routes', 'list'],
    queryFn: async ({ signal }) => {
      const [useCases, agents] = await Promise.all([
        readWhole(client.useCases.each({ limit: 1_000 }, { signal })),
        readWhole(client.agents.each({ limit: 1_000 }, { signal })),
      ])
      return [...useCases.data, ...agents.data]
    },
  })
  return (
    <PageFrame
      title={text.title}
      hint={text.hint}
      actions={<Default models={models} refusal={refusal} onSwitch={() => setSwitching('default')} />}
    >
      <Card padded={false}>
        <div className="table-bar">
          <Search label={text.find} value={search} onChange={setSearch} />
        </div>
        <Loaded query={routes} lines={6}>
          {(all) => (
            <DataTable
              label={text.list}
              columns={columns}
              rows={all.filter(({ key, serves }) =>
                `${key} ${serves}`.toLowerCase().includes(search.toLowerCase()),
              )}
              rowKey={({ key }) => key}
              onOpen={({ key }) => void navigate({ to: routeAddress(key) })}
              empty={
                all.length === 0 ? (
                  <Empty title={text.emptyTitle}>{text.empty}</Empty>
                ) : (
                  <Empty title={text.emptySearch} />
                )
              }
            />
          )}
        </Loaded>
      </Card>
      {switching === null ? null : (
        <SwitchDialog isOpen onClose={() => setSwitching(null)} {...switched(switching)} />
      )}
    </PageFrame>
  )
}

const switched = (route: RouteItem | 'default') =>
  route === 'default'
    ? { label: text.theDefault, scope: {} }
    : {
        label: route.key,
        scope: route.kind === 'agent' ? { agent: route.name } : { useCase: route.name },
      }

/** What serves everything that has no model of its own. */
const Default = ({
  models,
  onSwitch,
  refusal,
}: {
  readonly models: KnownModels
  readonly refusal: string | null
  readonly onSwitch: () => void
}) => {
  const model = models.all.find(({ isDefault }) => isDefault)
  return (
    <span className="routes-default">
      {model === undefined ? null : <span className="soft">{fill(text.default, { model: model.name })}</span>}
      <Button icon="switches" refusedBecause={refusal} onPress={onSwitch}>
        {text.switchDefault}
      </Button>
    </span>
  )
}

const Regions = ({ names }: { readonly names: readonly string[] }) =>
  names.length <= 2 ? (
    <NameList names={names} />
  ) : (
    <span title={names.join(', ')}>{fill(text.regionsOf, { count: names.length })}</span>
  )

interface ColumnParts {
  readonly models: KnownModels
  readonly refusal: string | null
  readonly onSwitch: (route: RouteItem) => void
}

const columnsOf = ({ models, onSwitch, refusal }: ColumnParts): readonly Column<RouteItem>[] => [
  {
    key: 'name',
    title: text.name,
    onPhone: 'title',
    sortBy: ({ key }) => key,
    cell: ({ key }) => <span className="mono">{key}</span>,
  },
  {
    key: 'serves',
    title: text.serves,
    sortBy: ({ serves }) => models.nameOf(serves),
    cell: ({ drill, inherits, serves }) => (
      <>
        {models.nameOf(serves)} {inherits ? <span className="soft small">{text.inherits}</span> : null}{' '}
        {drill === null ? null : <Badge tone="warn">{text.drill}</Badge>}
      </>
    ),
  },
  {
    key: 'candidates',
    title: text.candidates,
    align: 'end',
    width: '100px',
    sortBy: ({ candidates }) => candidates.length,
    cell: ({ candidates }) => candidates.length,
  },
  {
    key: 'strategy',
    title: text.strategy,
    width: '140px',
    cell: ({ strategy }) => text.strategies[strategy],
  },
  {
    key: 'regions',
    title: text.residency,
    cell: ({ residency }) =>
      residency === null ? <span className="soft">{text.anywhere}</span> : <Regions names={residency} />,
  },
  {
    key: 'auto',
    title: text.autoSwitch,
    width: '150px',
    cell: ({ autoSwitch }) => text.autoSwitches[autoSwitch],
  },
  {
    key: 'switch',
    title: '',
    width: '110px',
    align: 'end',
    cell: (route) => (
      <Button size="small" refusedBecause={refusal} onPress={() => onSwitch(route)}>
        {text.switchTo}
      </Button>
    ),
  },
]
