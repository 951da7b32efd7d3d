import type { LifecycleStatus } from '@pointsman/contract'
import type { ModelItem, ModelQuestion } from '@pointsman/sdk'
import { useDeferredValue } from 'react'
import { useFilters } from '../../app/use-filters.ts'
import { usd } from '../../format/numbers.ts'
import { Badge } from '../../parts/badge.tsx'
import type { Column } from '../../parts/data-table.tsx'
import { Search, SelectField, Tick } from '../../parts/field.tsx'
import { Card } from '../../parts/page.tsx'
import { PagedTable } from '../../parts/paged-table.tsx'
import { Empty } from '../../parts/states.tsx'
import { usePaged } from '../../parts/use-paged.ts'
import { useClient } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'
import { abilityWordsInShort, lifecycleTones, regionWords } from './words.ts'

const pageRows = 60
const lives = ['active', 'preview', 'legacy', 'deprecated', 'eol'] as const
const noFilters = { search: '', life: '', disabled: 'true' }

const isLife = (value: string): value is LifecycleStatus => lives.some((life) => life === value)

/** Every entry, paged and searched by the server. */
export function Catalogue({ onOpen }: { readonly onOpen: (id: string) => void }) {
  const client = useClient()
  const [filters, setFilters] = useFilters(noFilters)
  // Typing stays quick: the list follows.
  const search = useDeferredValue(filters.search.trim())
  const question: ModelQuestion = {
    includeDisabled: filters.disabled === 'true',
    ...(search === '' ? {} : { search }),
    ...(isLife(filters.life) ? { lifecycle: filters.life } : {}),
  }
  const paged = usePaged(['models', 'list', question], (cursor, signal) =>
    client.models.list({ ...question, limit: pageRows, cursor }, { signal }),
  )
  const isFiltered = search !== '' || filters.life !== ''
  return (
    <Card title={text.catalogue} padded={false}>
      <div className="table-bar">
        <Search
          label={text.search}
          value={filters.search}
          onChange={(value) => setFilters({ search: value })}
        />
        <SelectField
          label={text.lifecycle}
          isCompact
          value={filters.life}
          onChange={(life) => setFilters({ life })}
          choices={[
            { id: '', label: text.anyLifecycle },
            ...lives.map((life) => ({ id: life, label: text[life] })),
          ]}
        />
        <Tick
          isSelected={filters.disabled === 'true'}
          onChange={(disabled) => setFilters({ disabled: String(disabled) })}
        >
          {text.includeDisabled}
        </Tick>
      </div>
      <PagedTable
        paged={paged}
        label={text.catalogue}
        columns={columns}
        rowKey={({ id }) => id}
        onOpen={({ id }) => onOpen(id)}
        empty={
          isFiltered ? (
            <Empty title={text.emptyFiltered} />
          ) : (
            <Empty title={text.empty}>{text.emptyHint}</Empty>
          )
        }
      />
    </Card>
  )
}

const columns: readonly Column<ModelItem>[] = [
  {
    key: 'model',
    title: text.model,
    onPhone: 'title',
    cell: ({ id, name }) => (
      <span className="model-name">
        {name}
        {name === id ? null : <span className="mono soft small">{id}</span>}
      </span>
    ),
  },
  {
    key: 'provider',
    title: text.provider,
    width: '130px',
    cell: ({ provider, servedBy }) =>
      provider === servedBy ? provider : fill(text.madeBy, { maker: provider, provider: servedBy }),
  },
  {
    key: 'abilities',
    title: text.abilities,
    width: '210px',
    cell: ({ abilities }) => <span className="small soft">{abilityWordsInShort(abilities)}</span>,
  },
  {
    key: 'regions',
    title: text.runsIn,
    width: '120px',
    cell: ({ runsIn }) => <span title={runsIn?.join(', ')}>{regionWords(runsIn)}</span>,
  },
  {
    key: 'price',
    title: text.price,
    width: '140px',
    align: 'end',
    cell: ({ inputCostPerMTok, outputCostPerMTok }) =>
      fill(text.priceOf, { input: usd(inputCostPerMTok), output: usd(outputCostPerMTok) }),
  },
  {
    key: 'life',
    title: text.lifecycle,
    width: '120px',
    cell: ({ endsOn, lifecycle }) => (
      <span className="model-life">
        <Badge tone={lifecycleTones[lifecycle]}>{text[lifecycle]}</Badge>
        {endsOn === null ? null : <span className="small soft">{fill(text.endsOn, { date: endsOn })}</span>}
      </span>
    ),
  },
  {
    key: 'state',
    title: text.state,
    width: '100px',
    cell: ({ isAvailable, isDefault }) => (
      <span className="model-life">
        <Badge tone={isAvailable ? 'good' : 'neutral'}>{isAvailable ? text.enabled : text.disabled}</Badge>
        {isDefault ? <Badge tone="accent">{text.isDefault}</Badge> : null}
      </span>
    ),
  },
]
