import { useQuery } from '@tanstack/react-query'
import type { ModelItem, ScopeNames } from '@pointsman/sdk'
import { useMemo, useState } from 'react'
import { ListBox, ListBoxItem, ListLayout, Virtualizer } from 'react-aria-components'
import { usd } from '../../format/numbers.ts'
import { readWhole } from '../read-whole.ts'
import { useClient } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { Badge } from '../badge.tsx'
import { Search } from '../field.tsx'
import { Loaded } from '../states.tsx'
import { text } from './text.ts'

export interface ModelChoiceProps {
  readonly scope: ScopeNames
  readonly chosen: string | null
  readonly onChoose: (modelId: string) => void
}

/** What the server's ranking says of a model, for the scope that is switched. */
interface Ranking {
  readonly rank: number
  readonly passed: boolean
  readonly serves: boolean
  readonly why: string
}

/** Of one size: rows that are measured while the window opens keep the height that they had in a narrow one. */
const rowHeightPx = 72

/** Every model, the scope's own candidates first, each with what speaks for and against it. */
export function ModelChoice({ chosen, onChoose, scope }: ModelChoiceProps) {
  const client = useClient()
  const [search, setSearch] = useState('')
  const models = useQuery({
    queryKey: ['models', 'choice'],
    queryFn: ({ signal }) =>
      readWhole(client.models.each({ includeDisabled: true, limit: 1_000 }, { signal })),
    staleTime: 60_000,
  })
  const ranking = useRanking(scope.useCase ?? null)
  const fitting = useMemo(
    () => sortedFitting(models.data?.data ?? [], ranking, search),
    [models.data, ranking, search],
  )
  return (
    <div className="model-choice">
      <h3>{text.chooseModel}</h3>
      <Search label={text.findModel} value={search} onChange={setSearch} />
      <p className="soft small">{text.prices}</p>
      <Loaded query={models}>
        {() => (
          <Virtualizer layout={ListLayout} layoutOptions={{ rowSize: rowHeightPx }}>
            <ListBox
              className="model-list"
              aria-label={text.chooseModel}
              items={fitting}
              dependencies={[ranking]}
              selectionMode="single"
              selectionBehavior="replace"
              // Else it takes Escape for itself once something is chosen, and the window stays open.
              escapeKeyBehavior="none"
              selectedKeys={chosen === null ? [] : [chosen]}
              onSelectionChange={(keys) => {
                const [key] = keys === 'all' ? [] : [...keys]
                if (key !== undefined) onChoose(String(key))
              }}
              renderEmptyState={() => <p className="soft model-none">{text.noModel}</p>}
            >
              {(model) => <Option model={model} ranking={ranking.get(model.id)} />}
            </ListBox>
          </Virtualizer>
        )}
      </Loaded>
    </div>
  )
}

const Option = ({ model, ranking }: { readonly model: ModelItem; readonly ranking: Ranking | undefined }) => (
  <ListBoxItem className="option model-option" id={model.id} textValue={model.name}>
    <span className="model-line">
      <span>{model.name}</span>
      <span className="model-badges">
        {ranking?.serves === true ? <Badge tone="accent">{text.serves}</Badge> : null}
        {ranking === undefined || !ranking.passed ? null : (
          <Badge tone="good">{fill(text.rank, { rank: ranking.rank })}</Badge>
        )}
        {ranking?.passed === false ? <Badge tone="bad">{text.notPassed}</Badge> : null}
        {model.isAvailable ? null : <Badge tone="warn">{text.disabled}</Badge>}
        {model.lifecycle === 'active' ? null : <Badge tone="warn">{text.stages[model.lifecycle]}</Badge>}
      </span>
    </span>
    <span className="soft small model-facts">
      <span className="mono">{model.id}</span> · {model.servedBy} ·{' '}
      {fill(text.costPerMTok, { input: usd(model.inputCostPerMTok), output: usd(model.outputCostPerMTok) })}
      {ranking === undefined || ranking.why === '' ? null : <> · {ranking.why}</>}
    </span>
  </ListBoxItem>
)

const nothing: ReadonlyMap<string, Ranking> = new Map()

function useRanking(useCase: string | null): ReadonlyMap<string, Ranking> {
  const client = useClient()
  const { data } = useQuery({
    queryKey: ['routes', 'ranking', useCase],
    queryFn: ({ signal }) =>
      client.orchestrate({ action: 'get-for-use-case', useCase: useCase ?? '' }, { signal }),
    enabled: useCase !== null,
  })
  return useMemo(() => {
    if (data === undefined) return nothing
    const { models } = data.data
    return new Map(
      models.map(({ id, passed, serves, why }, index) => [id, { rank: index + 1, passed, serves, why }]),
    )
  }, [data])
}

function sortedFitting(
  models: readonly ModelItem[],
  ranking: ReadonlyMap<string, Ranking>,
  search: string,
): readonly ModelItem[] {
  const words = search.toLowerCase().split(/\s+/)
  const fits = ({ id, name, provider, servedBy }: ModelItem): boolean => {
    const told = `${id} ${name} ${provider} ${servedBy}`.toLowerCase()
    return words.every((word) => told.includes(word))
  }
  const place = ({ id, isAvailable, lifecycle }: ModelItem): number =>
    ranking.get(id)?.rank ?? (isAvailable && lifecycle === 'active' ? 10_000 : 20_000)
  return models.filter(fits).sort((one, other) => place(one) - place(other))
}
