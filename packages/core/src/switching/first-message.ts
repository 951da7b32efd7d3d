import {
  switchId,
  type ClaimedSwitch,
  type ModelId,
  type Needs,
  type Notification,
  type Price,
  type RequestId,
} from '@pointsman/contract'
import type { CompiledModel, CompiledRoute, CompiledSnapshot } from '../compile/compiled-snapshot.ts'
import { priceInForce } from '../cost/price-in-force.ts'
import { callingRegion } from '../routing/region.ts'
import type { Conditions } from '../routing/routing-call.ts'
import { rank, type ModelHealth, type RankedCandidate } from './rank.ts'
import { noticeFor } from './wording.ts'

/** A conversation that comes to a use case, for the first time or again. */
export interface Arrival {
  readonly snapshot: CompiledSnapshot
  /** The use case. */
  readonly route: CompiledRoute
  readonly conditions: Pick<Conditions, 'homeRegion' | 'nowMs' | 'openCircuits' | 'principal' | 'providers'>
  /** What the conversation had before: its model in its last use case, else the default's. */
  readonly from: ModelId
}

/** A conversation's first message in a use case. */
export interface FirstMessage extends Arrival {
  readonly requestId: RequestId
  readonly needs: Needs
  /** What the use case gives to everybody now. */
  readonly given: ModelId
  readonly health: ReadonlyMap<string, ModelHealth>
  /** The caller wants to be told. */
  readonly told: boolean
}

export interface FirstSwitch {
  /** The conversation's model from now on; null = what the use case gives to everybody. */
  readonly modelId: ModelId | null
  /** To be recorded with the conversation's claim; null where nothing changes for it. */
  readonly made: ClaimedSwitch | null
  readonly notification: Notification | null
}

const nothing: FirstSwitch = { modelId: null, made: null, notification: null }

interface Chosen {
  readonly modelId: ModelId
  readonly because: string
  readonly ranking: readonly RankedCandidate[] | null
}

/**
 * The seeds' auto-switch at a conversation's first message in a use case: to the best of the use case's candidates by its
 * objective. Whoever switched the use case is obeyed instead, and a strategy that shares the load picks for itself. Under
 * `propose` what it would do is recorded, and everybody's model serves.
 */
export function switchAtFirstMessage(first: FirstMessage): FirstSwitch {
  const { from, given, route, snapshot } = first
  if (route.autoSwitch === 'off') return nothing
  const chosen = choose(first)
  const to = snapshot.models.get(chosen.modelId)
  const proposed = route.autoSwitch === 'propose'
  const left = snapshot.models.get(proposed ? given : from)
  if (to === undefined || left === undefined) return nothing
  if (left.id === to.id) return proposed || to.id === given ? nothing : { ...nothing, modelId: to.id }
  const notification = noticeOf(first, left, to)
  return {
    modelId: proposed ? null : to.id,
    made: {
      id: switchId(`auto-${first.requestId}`),
      from: left.id,
      to: to.id,
      fromName: left.name,
      toName: to.name,
      reason: reasonOf(route),
      evidence: evidenceOf(first, chosen),
      notificationTitle: notification.title,
      notificationMessage: notification.message,
      proposed,
    },
    notification: proposed || !first.told ? null : notification,
  }
}

/**
 * A conversation that comes back to a use case has its model of that use case again: the people in it are told, and
 * nothing is decided or recorded anew. Null where its model stays.
 */
export function noticeOfReturn(arrival: Arrival, to: ModelId): Notification | null {
  const left = arrival.snapshot.models.get(arrival.from)
  const found = arrival.snapshot.models.get(to)
  if (left === undefined || found === undefined || left.id === found.id) return null
  return noticeOf(arrival, left, found)
}

const reasonOf = (route: CompiledRoute): string => `use case ${route.name}`

const evidenceOf = (first: FirstMessage, { because, ranking }: Chosen): ClaimedSwitch['evidence'] => ({
  objective: first.route.objective,
  because,
  ...(ranking === null ? {} : { ranking }),
  told: first.told,
})

function choose(first: FirstMessage): Chosen {
  const { conditions, given, health, needs, route, snapshot } = first
  if (route.picksByStrategy) {
    return { modelId: given, because: `the strategy ${route.strategy} picked it`, ranking: null }
  }
  if (route.switchId !== null) {
    return { modelId: given, because: `the switch ${route.switchId} set it`, ranking: null }
  }
  const { homeRegion, nowMs, openCircuits, principal, providers } = conditions
  const { objective } = route
  const asked = { homeRegion, nowMs, openCircuits, principal, providers }
  const input = { ...asked, route, objective, health, needs, excluded: [] }
  const ranking = rank(snapshot, input)
  const best = ranking.find(({ passed }) => passed)
  return { modelId: best?.model ?? given, because: `the best by the objective ${objective}`, ranking }
}

function noticeOf(arrival: Arrival, from: CompiledModel, to: CompiledModel): Notification {
  const { homeRegion, nowMs } = arrival.conditions
  const priced = (model: CompiledModel): Price | null =>
    priceInForce(arrival.snapshot, model.id, callingRegion(model, homeRegion), nowMs)
  return noticeFor({
    from,
    to,
    fromPrice: priced(from),
    toPrice: priced(to),
    action: 'auto_switch',
    reason: reasonOf(arrival.route),
    revert: false,
  })
}
