import { Card } from '../../parts/page.tsx'
import { Tick } from '../../parts/field.tsx'
import { useModels, type KnownModels } from '../../parts/use-models.ts'
import { AddModel } from './add-model.tsx'
import { RankedList } from './ranked-list.tsx'
import { text } from './text.ts'
import type { RouteEditing } from './use-route-draft.ts'

/** The candidates in their order, and what follows when the plan's model fails. */
export function RankEditor({ editing }: { readonly editing: RouteEditing }) {
  const models = useModels()
  return (
    <div className="routes-columns">
      <Candidates editing={editing} models={models} />
      <Chain editing={editing} models={models} />
    </div>
  )
}

interface PartProps {
  readonly editing: RouteEditing
  readonly models: KnownModels
}

function Candidates({ editing: { draft, refusal, set }, models }: PartProps) {
  const { candidates, strategy } = draft
  const weightOf = (id: string): string => candidates.find(({ modelId }) => modelId === id)?.weight ?? '1'
  return (
    <Card title={text.rank}>
      <div className="routes-editor">
        <p className="soft small">{text.rankHint}</p>
        <RankedList
          label={text.rank}
          ids={candidates.map(({ modelId }) => modelId)}
          models={models}
          isReadOnly={refusal !== null}
          empty={text.noCandidates}
          onMove={(ids) =>
            set({ candidates: ids.map((modelId) => ({ modelId, weight: weightOf(modelId) })) })
          }
          onRemove={(id) => set({ candidates: candidates.filter(({ modelId }) => modelId !== id) })}
          {...(strategy === 'weighted'
            ? {
                weights: {
                  of: weightOf,
                  set: (id, weight) =>
                    set({
                      candidates: candidates.map((one) => (one.modelId === id ? { ...one, weight } : one)),
                    }),
                },
              }
            : {})}
        />
        <AddModel
          without={candidates.map(({ modelId }) => modelId)}
          refusal={refusal}
          onAdd={(modelId) => set({ candidates: [...candidates, { modelId, weight: '1' }] })}
        />
      </div>
    </Card>
  )
}

function Chain({ editing: { draft, refusal, set }, models }: PartProps) {
  const { fallbacks } = draft
  return (
    <Card title={text.chain}>
      <div className="routes-editor">
        <Tick
          isSelected={fallbacks !== null}
          isReadOnly={refusal !== null}
          onChange={(own) => set({ fallbacks: own ? [] : null })}
        >
          {text.ownChain}
        </Tick>
        <p className="soft small">{text.chainHint}</p>
        {fallbacks === null ? null : (
          <>
            <RankedList
              label={text.chain}
              ids={fallbacks}
              models={models}
              isReadOnly={refusal !== null}
              empty={text.noChain}
              onMove={(ids) => set({ fallbacks: ids })}
              onRemove={(id) => set({ fallbacks: fallbacks.filter((modelId) => modelId !== id) })}
            />
            <AddModel
              without={fallbacks}
              refusal={refusal}
              onAdd={(modelId) => set({ fallbacks: [...fallbacks, modelId] })}
            />
          </>
        )}
      </div>
    </Card>
  )
}
