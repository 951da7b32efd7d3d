import type { Exclusion, ModelId } from '@pointsman/contract'
import type { CompiledRoute, CompiledSnapshot } from '../compile/compiled-snapshot.ts'
import { familyFallback } from '../routing/family-fallback.ts'
import { gateSettingOf, judge, type ControlSetting } from './gate-for-route.ts'

export interface FallbackTargetInput extends ControlSetting {
  readonly route: CompiledRoute
  /** What serves now, and is to be left. */
  readonly from: ModelId
}

export interface FallbackTarget {
  /** The first usable fallback; null = there is none. */
  readonly model: ModelId | null
  /** Those before it that were not usable, and why. */
  readonly excluded: readonly Exclusion[]
}

/** To what `fallback-switch` moves a route: the chain that `decide` would follow, less the model that serves now. */
export function fallbackTarget(snapshot: CompiledSnapshot, input: FallbackTargetInput): FallbackTarget {
  const { route, from } = input
  const setting = gateSettingOf(route, input)
  const excluded: Exclusion[] = []
  const fromCalled = judge(snapshot, from, false, setting).model?.id
  for (const id of chainOf(snapshot, input)) {
    const { model, verdict } = judge(snapshot, id, true, setting)
    if (id === from || (model !== null && model.id === fromCalled)) continue
    if (verdict === null) return { model: id, excluded }
    if (!excluded.some(({ modelId }) => modelId === id)) excluded.push({ modelId: id, ...verdict })
  }
  return { model: null, excluded }
}

function chainOf(snapshot: CompiledSnapshot, input: FallbackTargetInput): readonly ModelId[] {
  const { route, from } = input
  if (route.fallbacks?.length === 0) return []
  const ranked = route.candidates.map(({ modelId }) => modelId)
  if (route.fallbacks !== null) return [...route.fallbacks, ...ranked]
  const primary = snapshot.models.get(from)
  const setting = gateSettingOf(route, input)
  const member =
    primary === undefined
      ? null
      : familyFallback(
          snapshot,
          primary,
          input,
          ({ id }) => judge(snapshot, id, true, setting).verdict === null,
        )
  return member === null ? ranked : [member.id, ...ranked]
}
