import { useNavigate } from '@tanstack/react-router'
import type { SwitchQuestion, SwitchRow } from '@pointsman/sdk'
import { useState } from 'react'
import { useBelow, useFilters } from '../../app/use-filters.ts'
import { brief, instant } from '../../format/instants.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import type { Column } from '../../parts/data-table.tsx'
import { PagedTable } from '../../parts/paged-table.tsx'
import { Tick } from '../../parts/field.tsx'
import { findModels, findRoutes } from '../../parts/find-targets.ts'
import { FoundField } from '../../parts/found-field.tsx'
import { Card, PageFrame } from '../../parts/page.tsx'
import { Empty } from '../../parts/states.tsx'
import { Change } from '../../parts/switching/outcome-preview.tsx'
import { SwitchDialog } from '../../parts/switching/switch-dialog.tsx'
import { text as switching } from '../../parts/switching/text.ts'
import { usePaged } from '../../parts/use-paged.ts'
import { useClient, useRefusal } from '../../session/session-context.tsx'
import { ExportMenu } from './export-menu.tsx'
import { stateTones } from './state-tones.ts'
import { SwitchDetail } from './switch-detail.tsx'
import { path } from './path.ts'
import { text } from './text.ts'
import { Who } from './who.tsx'
import { VerifyChain } from './verify-chain.tsx'
import './switches.css'

const pageRows = 50

const noFilters = { scope: '', model: '', refused: '' }

export default function SwitchesPage() {
  const [filters, setFilters] = useFilters(noFilters)
  const [isSwitching, setSwitching] = useState(false)
  const refusal = useRefusal('switch')
  const navigate = useNavigate()
  const opened = useBelow()
  const open = (id: string): void =>
    void navigate({ to: id === '' ? path : `${path}/${id}`, search: (kept: object) => kept })
  return (
    <PageFrame
      title={text.title}
      hint={text.hint}
      actions={
        <>
          <ExportMenu question={questionOf(filters)} />
          <Button kind="primary" icon="switches" refusedBecause={refusal} onPress={() => setSwitching(true)}>
            {text.newSwitch}
          </Button>
        </>
      }
    >
      <VerifyChain />
      <Record filters={filters} setFilters={setFilters} onOpen={open} />
      {opened === '' ? null : <SwitchDetail id={opened} onClose={() => open('')} onOpen={open} />}
      <SwitchDialog
        isOpen={isSwitching}
        onClose={() => setSwitching(false)}
        scope={{}}
        label={switching.theDefault}
      />
    </PageFrame>
  )
}

type Values = { readonly [Name in keyof typeof noFilters]: string }

function Record({
  filters,
  onOpen,
  setFilters,
}: {
  readonly filters: Values
  readonly setFilters: (changed: Partial<Values>) => void
  readonly onOpen: (id: string) => void
}) {
  const client = useClient()
  const question = questionOf(filters)
  const paged = usePaged(['switches', 'list', question], (cursor, signal) =>
    client.switches.list({ ...question, limit: pageRows, cursor }, { signal }),
  )
  const isFiltered = Object.keys(question).length > 0
  return (
    <Card padded={false}>
      <div className="table-bar">
        <ScopeFilter value={filters.scope} onChange={(scope) => setFilters({ scope })} />
        <ModelFilter value={filters.model} onChange={(model) => setFilters({ model })} />
        <Tick
          isSelected={filters.refused === 'true'}
          onChange={(refused) => setFilters({ refused: refused ? 'true' : '' })}
        >
          {text.includeRefused}
        </Tick>
      </div>
      <PagedTable
        paged={paged}
        label={text.record}
        columns={columns}
        rowKey={({ id }) => id}
        onOpen={({ id }) => onOpen(id)}
        empty={
          isFiltered ? (
            <Empty title={text.emptyFiltered} />
          ) : (
            <Empty title={text.emptyTitle}>{text.empty}</Empty>
          )
        }
      />
    </Card>
  )
}

function questionOf({ model, refused, scope }: Values): SwitchQuestion {
  const [kind, name] = scope.split('/')
  return {
    ...(kind === 'use-case' ? { useCase: name } : {}),
    ...(kind === 'agent' ? { agent: name } : {}),
    ...(model === '' ? {} : { modelId: model }),
    ...(refused === 'true' ? { includeRefused: true } : {}),
  }
}

const columns: readonly Column<SwitchRow>[] = [
  {
    key: 'when',
    title: text.when,
    width: '124px',
    onPhone: 'title',
    cell: ({ recordedAt }) => <span title={instant(recordedAt)}>{brief(recordedAt)}</span>,
  },
  {
    key: 'what',
    title: text.what,
    width: '180px',
    cell: ({ scopeText }) => <span className="mono">{scopeText}</span>,
  },
  {
    key: 'change',
    title: text.change,
    cell: ({ from, to, type }) => (
      <>
        <Change from={from} to={to} />
        {/* That people switch goes without saying. */}
        {type === 'auto' ? <Badge>{text.auto}</Badge> : null}
      </>
    ),
  },
  { key: 'who', title: text.who, width: '110px', cell: ({ actor }) => <Who actor={actor} /> },
  {
    key: 'why',
    title: text.why,
    cell: ({ reason, refusal }) =>
      refusal === null ? (
        <span className="clamped" title={reason ?? undefined}>
          {reason ?? <span className="soft">{text.noReason}</span>}
        </span>
      ) : (
        <span className="clamped">{refusal.message}</span>
      ),
  },
  {
    key: 'state',
    title: text.state,
    width: '110px',
    cell: ({ state }) => <Badge tone={stateTones[state] ?? 'neutral'}>{state}</Badge>,
  },
]

interface FilterProps {
  readonly value: string
  readonly onChange: (value: string) => void
}

const ScopeFilter = ({ onChange, value }: FilterProps) => (
  <FoundField
    label={text.filterScope}
    isCompact
    value={value}
    onChange={onChange}
    first={{ id: '', label: text.anyScope }}
    queryKey={['routes', 'found']}
    find={findRoutes(useClient())}
  />
)

const ModelFilter = ({ onChange, value }: FilterProps) => (
  <FoundField
    label={text.filterModel}
    isCompact
    value={value}
    onChange={onChange}
    first={{ id: '', label: text.anyModel }}
    queryKey={['models', 'found']}
    find={findModels(useClient(), { includeDisabled: true })}
  />
)
