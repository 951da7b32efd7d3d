import type { ModelId, Needs, Principal } from '@pointsman/contract'
import type { CompiledModel, CompiledRoute, CompiledSnapshot } from '../compile/compiled-snapshot.ts'
import { unknownModel } from '../gates/available.ts'
import { firstVerdict, type GateSetting } from '../gates/gate-setting.ts'
import type { Verdict } from '../gates/verdict.ts'
import { callingRegion } from '../routing/region.ts'
import type { ProviderStates } from '../routing/routing-call.ts'
import { standIn } from '../routing/stand-in.ts'

/** What is known when a model is held against a route's rules. */
export interface ControlSetting {
  readonly nowMs: number
  readonly homeRegion: string
  /** What the route's recent requests needed; null = not known. */
  readonly needs: Needs | null
  /** Absent = it is not known which providers the replicas can call. */
  readonly providers?: ProviderStates | null
  /** Absent = not known here: each data plane has its own. */
  readonly openCircuits?: ReadonlySet<string>
  /** Whose request it is; absent = anybody's. */
  readonly principal?: Principal
}

export interface Judged {
  /** The entry that would be called; null = the id is not in the catalogue. */
  readonly model: CompiledModel | null
  readonly region: string
  readonly verdict: Verdict | null
}

export const gateSettingOf = (route: CompiledRoute, setting: ControlSetting): GateSetting => ({
  nowMs: setting.nowMs,
  homeRegion: setting.homeRegion,
  lifecycleRule: route.lifecycleRule,
  residency: route.residency,
  needs: setting.needs,
  principal: setting.principal ?? null,
  routeKey: route.key,
  providers: setting.providers ?? null,
  openCircuits: setting.openCircuits ?? null,
})

/** Holds one model against the gates that do not depend on a caller, as the data plane would call it. */
export function judge(
  snapshot: CompiledSnapshot,
  id: ModelId | string,
  automatic: boolean,
  setting: GateSetting,
): Judged {
  const named = snapshot.models.get(id)
  if (named === undefined) return { model: null, region: setting.homeRegion, verdict: unknownModel(id) }
  const model = standIn(snapshot, named, setting.homeRegion)
  const region = callingRegion(model, setting.homeRegion)
  return { model, region, verdict: firstVerdict({ model, namedId: id, region, automatic }, setting) }
}
