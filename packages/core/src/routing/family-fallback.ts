import type { CompiledModel, CompiledSnapshot } from '../compile/compiled-snapshot.ts'
import { lifecycleStatusAt } from '../gates/lifecycle.ts'
import { sameGeography } from './region.ts'

/**
 * How near to home a member runs: 3 from the home region within its geography, 2 from another region of it,
 * 1 without regions or anywhere, 0 from another geography.
 */
function nearness(member: CompiledModel, homeRegion: string): number {
  const sources = member.sourceRegions ?? []
  if (sources.length === 0 || member.kind === 'global-profile') return 1
  if (sources.includes(homeRegion)) return 3
  return sources.some((region) => sameGeography(region, homeRegion)) ? 2 : 0
}

/** Higher stands first: what may be chosen automatically, the same provider, near, in this order. */
function standing(member: CompiledModel, primary: CompiledModel, homeRegion: string, nowMs: number): number {
  const status = lifecycleStatusAt(member, nowMs)
  const current = status === 'active' || status === 'preview' ? 8 : 0
  const sameProvider = member.provider === primary.provider ? 4 : 0
  return current + sameProvider + nearness(member, homeRegion)
}

function standsBefore(member: CompiledModel, other: CompiledModel): boolean {
  if (member.generation !== other.generation) return member.generation > other.generation
  if (member.priority !== other.priority) return member.priority < other.priority
  return member.id < other.id
}

/** One and the same model, be it by its base id or by any profile. */
const isSameModel = (member: CompiledModel, other: CompiledModel): boolean =>
  member.provider === other.provider &&
  (member.baseModelId ?? member.upstreamId) === (other.baseModelId ?? other.upstreamId)

/**
 * The newest live member to which the family rules lead from a model: not past its end, not the model itself,
 * near to home, and let through by `passes`. Where none passes, the one that would have stood first, so that
 * the plan can say why it was left out. Null where no rule leads anywhere.
 */
export function familyFallback(
  snapshot: CompiledSnapshot,
  primary: CompiledModel,
  at: { readonly homeRegion: string; readonly nowMs: number },
  passes: (member: CompiledModel) => boolean,
): CompiledModel | null {
  let best: CompiledModel | null = null
  let bestStanding = -1
  for (const member of snapshot.familyFallbacks.get(primary.id) ?? []) {
    if (isSameModel(member, primary) || lifecycleStatusAt(member, at.nowMs) === 'eol') continue
    const own = standing(member, primary, at.homeRegion, at.nowMs) + (passes(member) ? 16 : 0)
    if (best === null || own > bestStanding || (own === bestStanding && standsBefore(member, best))) {
      best = member
      bestStanding = own
    }
  }
  return best
}
