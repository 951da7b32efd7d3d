import { noNeeds, type Drill, type Principal, type ProviderId } from '@pointsman/contract'
import {
  decide,
  isAimedAt,
  type CompiledRoute,
  type CompiledSnapshot,
  type ProviderReadiness,
} from '@pointsman/core'

export interface WarnedOf {
  readonly snapshot: CompiledSnapshot
  readonly route: CompiledRoute
  readonly drill: Pick<Drill, 'aim' | 'startedAtMs'>
  /** The route as the caller wrote it. */
  readonly written: string
  readonly principal: Principal
  readonly homeRegion: string
  /** Absent: all are taken to be ready. */
  readonly providers: ReadonlyMap<ProviderId, ProviderReadiness> | null
}

/** What whoever starts a drill should know beforehand: from the plan of a plain request, made as data planes make it. */
export function drillWarnings({ drill, route, snapshot, written, ...at }: WarnedOf): readonly string[] {
  const everyone = [...snapshot.models.values()].map(({ provider }) => [provider, { ready: true }] as const)
  const { candidates } = decide(
    snapshot,
    { requested: route.key, hasConversation: false, needs: noNeeds },
    {
      ...{ nowMs: drill.startedAtMs, chance: 0, principal: at.principal, homeRegion: at.homeRegion },
      ...{
        conversationTarget: null,
        userTarget: null,
        openCircuits: new Set<string>(),
        latencies: new Map(),
      },
      providers: at.providers ?? new Map(everyone),
    },
  )
  const left = candidates.filter((candidate) => !isAimedAt(drill, candidate))
  const warnings: string[] = []
  if (left.length === 0)
    warnings.push(
      `No model of ${route.key} is left that the drill does not hit: each request that it draws fails for its caller.`,
    )
  else if (left.length === candidates.length)
    warnings.push(
      `${route.key} is served by ${candidates.map(({ modelId }) => modelId).join(', ')}: the drill hits only requests whose conversation or user has a model that it is aimed at.`,
    )
  if (written.startsWith('role/'))
    warnings.push(`${written} is served by ${route.key}: requests of its other roles are drawn, too.`)
  return warnings
}
