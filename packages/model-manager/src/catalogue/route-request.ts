import {
  routeKey,
  type Candidate,
  type Exclusion,
  type Needs,
  type Plan,
  type Principal,
  type ProviderId,
} from '@pointsman/contract'
import {
  decide,
  judgeAgain,
  resolve,
  type CompiledSnapshot,
  type Conditions,
  type ProviderReadiness,
  type Resolution,
  type RoutingCall,
} from '@pointsman/core'

/** What is asked for: a model by its id, or an agent's. */
export interface Wanted {
  readonly agentName: string | null
  readonly modelId: string | null
  readonly needs: Needs
}

/** What the world is like at this instant, as `Conditions` has it, without what a call brings. */
export type World = Pick<
  Conditions,
  'nowMs' | 'chance' | 'principal' | 'providers' | 'openCircuits' | 'latencies' | 'homeRegion'
>

export interface RoutedRequest {
  readonly plan: Plan
  readonly resolution: Resolution
  /** The four gates once more, as the world is when it is asked. */
  judgeAgain(candidate: Candidate, world: World): Exclusion | null
}

/**
 * The plan for one call, by the same decision that a server makes. An agent that the snapshot does not have is served by the
 * default. Throws PointsmanError `model_not_found` with the nearest names.
 */
export function routeRequest(snapshot: CompiledSnapshot, wanted: Wanted, world: World): RoutedRequest {
  const { agentName, modelId, needs } = wanted
  const agent = agentName !== null && snapshot.agents.has(agentName) ? agentName : null
  // By its route's name where it may be: that is what errors then speak of.
  const requested = modelId ?? (agent === null ? 'default' : routeKey('agent', agent))
  const call: RoutingCall = { requested, agent, hasConversation: false, needs, namesListedBy }
  const resolution = resolve(snapshot, call)
  return {
    plan: decide(snapshot, call, conditionsOf(world), resolution),
    resolution,
    judgeAgain: (candidate, later) =>
      judgeAgain(candidate, resolution, { snapshot, call, conditions: conditionsOf(later) }),
  }
}

const namesListedBy = 'listAvailableModels()'

const conditionsOf = (world: World): Conditions => ({ ...world, conversationTarget: null, userTarget: null })

/** Whoever holds the process may call everything. */
export const principalOf = (workspace: Principal['workspace']): Principal => ({
  kind: 'service',
  id: 'model-manager',
  workspace,
  scopes: ['invoke'],
  routes: null,
  models: null,
  userId: null,
})

/** As if every provider could be called: which model would serve does not hang on who has a key today. */
export const everyProviderReady = (ids: Iterable<ProviderId>): ReadonlyMap<ProviderId, ProviderReadiness> =>
  new Map([...ids].map((id) => [id, { ready: true }]))
