import type { Model } from '@pointsman/contract'
import { familyFallback, standIn, type CompiledSnapshot } from '@pointsman/core'
import { usageTotals, type Queryable } from '@pointsman/registry'

const dayMs = 86_400_000
/** Conversations keep their model: one that answered so lately may be asked again. */
const usedWithinDays = 30

export interface InUse {
  readonly homeRegion: string
  readonly nowMs: number
}

/**
 * Every model that a request may come to as the registry stands: targets, lists and chains of all routes, where the
 * family rules lead from those, what aliases name, and what answered within thirty days, as pinned conversations do. As
 * they are called: a base id that the home region serves through a profile only counts as that profile. By id.
 */
export async function modelsInUse(
  database: Queryable,
  snapshot: CompiledSnapshot,
  at: InUse,
): Promise<readonly Model[]> {
  const answered = await usageTotals(database, {
    groupBy: 'model',
    fromMs: at.nowMs - usedWithinDays * dayMs,
    toMs: at.nowMs,
  })
  const ids = new Set<string>(answered.map(({ group }) => group))
  for (const { target, candidates, fallbacks } of snapshot.routes.values()) {
    ids.add(target)
    for (const { modelId } of candidates) ids.add(modelId)
    for (const id of fallbacks ?? []) ids.add(id)
  }
  for (const named of snapshot.names.values())
    if (named.viaAlias && named.kind === 'model') ids.add(named.model.id)
  const called = new Map<string, Model>()
  for (const id of ids) {
    const model = snapshot.models.get(id)
    if (model?.enabled !== true) continue
    const fallback = familyFallback(snapshot, model, at, () => true)
    for (const one of fallback === null ? [model] : [model, fallback]) {
      const standing = standIn(snapshot, one, at.homeRegion)
      called.set(standing.id, standing)
    }
  }
  return [...called.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}
