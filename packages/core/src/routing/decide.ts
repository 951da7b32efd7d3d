import type { Candidate, Exclusion, ModelId, Plan, Price } from '@pointsman/contract'
import type { CompiledModel, CompiledRoute, CompiledSnapshot } from '../compile/compiled-snapshot.ts'
import { mixedPicoUsdPerToken } from '../cost/mixed-rate.ts'
import { priceInForce } from '../cost/price-in-force.ts'
import { unknownModel } from '../gates/available.ts'
import { capabilityWarnings } from '../gates/capable.ts'
import { firstVerdict, type GateSetting } from '../gates/gate-setting.ts'
import { lifecycleWarning } from '../gates/lifecycle.ts'
import type { Verdict } from '../gates/verdict.ts'
import { familyFallback } from './family-fallback.ts'
import { requireKnownRegion } from './arn.ts'
import { callingRegion } from './region.ts'
import { resolve } from './resolve.ts'
import type { Conditions, Resolution, RoutingCall } from './routing-call.ts'
import { standIn, standInWarning } from './stand-in.ts'
import { pick, type Choice } from './strategy.ts'

export type Asked = Pick<Draft, 'call' | 'conditions' | 'snapshot'>

/** A plan in the making; it lives for one call of `decide`. */
interface Draft {
  readonly snapshot: CompiledSnapshot
  readonly call: RoutingCall
  readonly conditions: Conditions
  readonly setting: GateSetting
  readonly candidates: Candidate[]
  readonly excluded: Exclusion[]
}

const noWarnings: readonly string[] = []

function warningsFor(draft: Draft, model: CompiledModel, namedId: string, region: string): readonly string[] {
  const lifecycle = lifecycleWarning(model, draft.conditions.nowMs)
  const capability = capabilityWarnings(model, draft.call.needs)
  if (lifecycle === null && capability.length === 0 && model.id === namedId) return noWarnings
  const warnings = [...capability]
  if (lifecycle !== null) warnings.unshift(lifecycle)
  if (model.id !== namedId) warnings.unshift(standInWarning(namedId, model.id, region))
  return warnings
}

const isSettled = (draft: Draft, id: string): boolean =>
  draft.candidates.some((candidate) => candidate.modelId === id) ||
  draft.excluded.some((exclusion) => exclusion.modelId === id)

function exclude(draft: Draft, modelId: ModelId, { gate, rule, reason }: Verdict): void {
  if (!isSettled(draft, modelId)) draft.excluded.push({ modelId, gate, rule, reason })
}

/** Puts one model past the gates, into the candidates or among those left out; once for each entry. */
function consider(draft: Draft, id: ModelId, step: Candidate['step'], automatic: boolean): void {
  const { snapshot, conditions } = draft
  const named = snapshot.models.get(id)
  if (named === undefined) return exclude(draft, id, unknownModel(id))
  const model = standIn(snapshot, named, conditions.homeRegion)
  if (isSettled(draft, model.id)) return
  const region = callingRegion(model, conditions.homeRegion)
  const isTarget = step === 'target'
  const verdict = firstVerdict({ model, namedId: id, region, automatic, isTarget }, draft.setting)
  if (verdict !== null) return exclude(draft, model.id, verdict)
  draft.candidates.push({
    modelId: model.id,
    provider: model.provider,
    upstreamId: model.upstreamId,
    region,
    step,
    priceId: priceInForce(snapshot, model.id, region, conditions.nowMs)?.id ?? null,
    warnings: warningsFor(draft, model, id, region),
    ...(model.id === id ? {} : { namedId: id }),
  })
}

function considerFamily(draft: Draft, primaryId: ModelId): void {
  const { snapshot, conditions, setting } = draft
  const primary = snapshot.models.get(primaryId)
  if (primary === undefined) return
  const member = familyFallback(snapshot, primary, conditions, (listed) => {
    const model = standIn(snapshot, listed, conditions.homeRegion)
    const region = callingRegion(model, conditions.homeRegion)
    return firstVerdict({ model, namedId: listed.id, region, automatic: true }, setting) === null
  })
  if (member !== null) consider(draft, member.id, 'fallback', true)
}

/**
 * The strategy's pick among the members that pass the gates. Circuits do not count for `weighted`: they differ
 * between replicas, which would then disagree about one conversation.
 */
function pickOf(draft: Draft, route: CompiledRoute): ModelId | null {
  const { snapshot, conditions, setting } = draft
  const asked = route.strategy === 'weighted' ? { ...setting, openCircuits: null } : setting
  const choices: (Choice & { readonly modelId: ModelId })[] = []
  for (const { modelId, weight } of route.candidates) {
    const named = snapshot.models.get(modelId)
    if (named === undefined) continue
    const model = standIn(snapshot, named, conditions.homeRegion)
    const region = callingRegion(model, conditions.homeRegion)
    if (firstVerdict({ model, namedId: modelId, region, automatic: true }, asked) !== null) continue
    const price = priceInForce(snapshot, model.id, region, conditions.nowMs)
    choices.push({
      modelId,
      weight,
      latencyMs: conditions.latencies.get(`${model.id}@${region}`) ?? null,
      picoUsdPerToken: mixedPicoUsdPerToken(price),
    })
  }
  const picked = pick(route.strategy, choices, conditions.chance)
  // Nobody passes: the route's own target decides, and says why it cannot serve; a strategy never falls to an ended model.
  return choices.find((choice) => choice === picked)?.modelId ?? null
}

interface Decided {
  readonly target: ModelId
  readonly reason: Plan['reason']
  readonly switchId: string | null
}

/** The conversation's model, else the user's; null = neither is set or asked. */
function pinned(resolution: Resolution, conditions: Conditions): Decided | null {
  const { conversationTarget, userTarget } = conditions
  if (resolution.pinUseCase !== null && conversationTarget !== null) {
    const switchId = conditions.conversationSwitchId ?? null
    return { target: conversationTarget, reason: 'conversation', switchId }
  }
  if (resolution.asksUser && userTarget !== null) {
    return { target: userTarget, reason: 'user', switchId: conditions.userSwitchId ?? null }
  }
  return null
}

/** Target, then the route's chain or the family rules, then the rest of its list. An empty chain = no fallback. */
function planRoute(draft: Draft, resolution: Extract<Resolution, { kind: 'route' }>): Decided {
  const { route } = resolution
  const picked = route.picksByStrategy ? pickOf(draft, route) : null
  const ownTarget = picked ?? route.target
  const pin = pinned(resolution, draft.conditions)
  const own = {
    target: ownTarget,
    reason: resolution.reason,
    switchId: picked === null ? route.switchId : null,
  }
  const decided = pin ?? own
  consider(draft, decided.target, 'target', false)
  // A pin whose model cannot serve is as good as unset: the conversation goes on with what the route has now.
  if (pin !== null && draft.candidates.length === 0) consider(draft, ownTarget, 'fallback', false)
  if (route.fallbacks === null) considerFamily(draft, decided.target)
  else for (const id of route.fallbacks) consider(draft, id, 'fallback', true)
  if (route.fallbacks?.length === 0) return decided
  if (pin !== null) consider(draft, ownTarget, 'fallback', false)
  for (const { modelId } of route.candidates) consider(draft, modelId, 'fallback', true)
  return decided
}

/** A price by which every answer's cost is known but for its caches'. */
const isPriced = (price: Price | null, { purpose }: RoutingCall): boolean =>
  price !== null && price.inputPicoUsd !== null && (purpose === 'embedding' || price.outputPicoUsd !== null)

/** What the gates hold every candidate of this call against. */
export function settingFor(resolution: Resolution, { call, conditions, snapshot }: Asked): GateSetting {
  const rules = resolution.kind === 'route' ? resolution.route : resolution.rules
  return {
    nowMs: conditions.nowMs,
    homeRegion: conditions.homeRegion,
    lifecycleRule: rules.lifecycleRule,
    residency: rules.residency,
    needs: call.needs,
    purpose: call.purpose,
    principal: conditions.principal,
    isPriced:
      conditions.principal.spendLimited === true
        ? (model, region) => isPriced(priceInForce(snapshot, model.id, region, conditions.nowMs), call)
        : undefined,
    routeKey: resolution.kind === 'route' ? resolution.route.key : null,
    isExplicit: resolution.reason === 'explicit',
    providers: conditions.providers,
    openCircuits: conditions.openCircuits,
  }
}

/** Who names an ARN names the region that the call is made from: it is home for this one call, its fallbacks included. */
export const conditionsOf = ({ region }: Resolution, world: Conditions): Conditions =>
  region === null ? world : { ...world, homeRegion: region }

/**
 * The plan for one request: the decided model, then its fallbacks, each past the four gates or left out for a
 * stated reason. Pure and synchronous. Hand in `resolution` where `resolve` was called before, for the pins.
 * A plan without candidates is for `explainNoCandidate`; circuits alone never empty one. Throws what `resolve` throws.
 */
export function decide(
  snapshot: CompiledSnapshot,
  call: RoutingCall,
  world: Conditions,
  resolution: Resolution = resolve(snapshot, call),
): Plan {
  const { region, requested } = resolution
  if (region !== null) requireKnownRegion(snapshot, { requested, region }, world.homeRegion)
  const conditions = conditionsOf(resolution, world)
  const plan = planOf(resolution, { snapshot, call, conditions })
  // Not asked of the exclusions: a family member that is held back was never named, another was looked for.
  if (plan.candidates.length > 0 || world.openCircuits.size === 0) return plan
  const all = planOf(resolution, { snapshot, call, conditions: { ...conditions, openCircuits: noCircuits } })
  if (all.candidates.length === 0) return all
  return { ...all, candidates: all.candidates.map(heldBackWith), circuitsIgnored: true }
}

const noCircuits: ReadonlySet<string> = new Set()

const heldBackWith = (candidate: Candidate): Candidate => ({
  ...candidate,
  warnings: [
    ...candidate.warnings,
    `${candidate.modelId} in ${candidate.region} failed lately, and so did every other candidate: it is called all the same`,
  ],
})

function planOf(resolution: Resolution, { call, conditions, snapshot }: Asked): Plan {
  const setting = settingFor(resolution, { call, conditions, snapshot })
  const draft: Draft = { snapshot, call, conditions, setting, candidates: [], excluded: [] }
  let decided: Decided
  if (resolution.kind === 'route') {
    decided = planRoute(draft, resolution)
  } else {
    decided = { target: resolution.model.id, reason: resolution.reason, switchId: null }
    consider(draft, decided.target, 'target', false)
    considerFamily(draft, decided.target)
  }
  const { pinUseCase } = resolution
  const isClaimed = conditions.conversationTarget === null && draft.candidates[0]?.step === 'target'
  return {
    requested: resolution.requested,
    route: resolution.kind === 'route' ? { kind: resolution.route.kind, name: resolution.route.name } : null,
    reason: decided.reason,
    target: decided.target,
    candidates: draft.candidates,
    excluded: draft.excluded,
    switchId: decided.switchId,
    claim: pinUseCase !== null && isClaimed ? { useCase: pinUseCase, modelId: decided.target } : null,
  }
}
