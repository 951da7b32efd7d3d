import type { ModelId } from '@pointsman/contract'
import type { CompiledRoute, CompiledSnapshot } from '../compile/compiled-snapshot.ts'

/** Every model that a plan of this route may hold by its listed id (decide.ts), but for those of pins. */
export function modelsOfRoute(
  { familyFallbacks }: Pick<CompiledSnapshot, 'familyFallbacks'>,
  { target, candidates, fallbacks, picksByStrategy }: CompiledRoute,
): readonly ModelId[] {
  const ranked = candidates.map(({ modelId }) => modelId)
  const first = picksByStrategy ? [target, ...ranked] : [target]
  const family = first.flatMap((id) => familyFallbacks.get(id) ?? []).map(({ id }) => id)
  return [...first, ...(fallbacks ?? family), ...(fallbacks?.length === 0 ? [] : ranked)]
}
