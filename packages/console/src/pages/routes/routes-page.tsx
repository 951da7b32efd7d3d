import { useNavigate } from '@tanstack/react-router'
import type { Page, RouteItem, RouteQuestion } from '@pointsman/sdk'
import { useMemo, useState } from 'react'
import { useBelow } from '../../app/use-filters.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import type { Column } from '../../parts/data-table.tsx'
import { Search } from '../../parts/field.tsx'
import { NameList } from '../../parts/name-list.tsx'
import { Card, PageFrame } from '../../parts/page.tsx'
import { PagedTable } from '../../parts/paged-table.tsx'
import { routeAddress } from '../../parts/route-address.ts'
import { Empty } from '../../parts/states.tsx'
import { SwitchDialog } from '../../parts/switching/switch-dialog.tsx'
import { useModels, type KnownModels } from '../../parts/use-models.ts'
import { usePaged, type Paged } from '../../parts/use-paged.ts'
import { useSettled } from '../../parts/use-settled.ts'
import { useClient, useRefusal } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { RouteDetail } from './route-detail.tsx'
import { text } from './text.ts'
import './routes.css'

export default function RoutesPage() {
  const opened = useBelow()
  return opened === '' ? <RouteList /> : <RouteDetail routeKey={opened} />
}

const pageRows = 100

function RouteList() {
  const navigate = useNavigate()
  const models = useModels()
  const refusal = useRefusal('switch')
  const [typed, setTyped] = useState('')
  const search = useSettled(typed.trim())
  const [switching, setSwitching] = useState<RouteItem | 'default' | null>(null)
  const columns = useMemo(() => columnsOf({ models, refusal, onSwitch: setSwitching }), [models, refusal])
  const paged = useRoutes(search === '' ? {} : { search })
  return (
    <PageFrame
      title={text.title}
      hint={text.hint}
      actions={<Default models={models} refusal={refusal} onSwitch={() => setSwitching('default')} />}
    >
      <Card padded={false}>
        <div className="table-bar">
          <Search label={text.find} value={typed} onChange={setTyped} />
        </div>
        <PagedTable
          paged={paged}
          label={text.list}
          columns={columns}
          rowKey={({ key }) => key}
          onOpen={({ key }) => void navigate({ to: routeAddress(key) })}
          empty={
            search === '' ? (
              <Empty title={text.emptyTitle}>{text.empty}</Empty>
            ) : (
              <Empty title={text.emptySearch} />
            )
          }
        />
      </Card>
      {switching === null ? null : (
        <SwitchDialog isOpen onClose={() => setSwitching(null)} {...switched(switching)} />
      )}
    </PageFrame>
  )
}

const ofAgents = 'agents '

/**
 * Use cases, then agents: two lists of the server, of which the second goes on where the first ends. Each sorted by itself
 * would be no order of both: they are sorted here, once all are.
 */
function useRoutes(question: RouteQuestion): Paged<RouteItem> {
  const client = useClient()
  return usePaged(
    ['routes', 'list', question],
    async (cursor, signal) => {
      const asked = { ...question, limit: pageRows }
      const agents = async (from: string | undefined): Promise<Page<RouteItem>> => {
        const { data, nextCursor } = await client.agents.list({ ...asked, cursor: from }, { signal })
        return { data, nextCursor: nextCursor === null ? null : ofAgents + nextCursor }
      }
      if (cursor?.startsWith(ofAgents) === true) return agents(cursor.slice(ofAgents.length))
      const useCases = await client.useCases.list({ ...asked, cursor }, { signal })
      if (useCases.nextCursor !== null) return useCases
      const first = await agents(undefined)
      return { data: [...useCases.data, ...first.data], nextCursor: first.nextCursor }
    },
    { keepsRows: true },
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
    key: 'modelName',
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
