import type { ModelId, Plan, Principal, ProviderId, RequestId } from '@pointsman/contract'
import {
  chanceFromText,
  decide,
  resolve,
  type CompiledSnapshot,
  type Conditions,
  type RoutingCall,
} from '@pointsman/core'
import type { ConversationPins, Credentials, Engine, Pins } from '@pointsman/engine'
import type { CallerHeaders, ParsedRequest } from './parse.ts'

export interface DecideParts {
  readonly engine: Engine
  readonly pins: ConversationPins
  readonly homeRegion: string
}

const none: ReadonlySet<string> = new Set()
const noLatencies: ReadonlyMap<string, number> = new Map()

/** How long a request waits for its conversation's pins, the look-up and the claim together. */
const pinWaitUs = 25_000

const noPins: Pins = { conversation: null, user: null }

/** Whether each provider that has an adapter here could be called right now. */
function providerStates(engine: Engine, credentials: Credentials): Conditions['providers'] {
  const states = new Map<ProviderId, ReturnType<Credentials['state']>>()
  for (const id of engine.providers.keys()) states.set(id, credentials.state(id))
  return states
}

export interface DecideInput {
  readonly requestId: RequestId
  readonly snapshot: CompiledSnapshot
  readonly principal: Principal
  readonly caller: CallerHeaders
  readonly parsed: ParsedRequest
}

export interface Decided {
  readonly plan: Plan
  readonly useCase: string | null
  readonly agent: string | null
}

/**
 * The plan for one request. Pure but for the one bounded look-up of a conversation's and a user's targets, which is
 * made only where the request carries their ids and a route (not a model) was named.
 */
export async function decidePlan(input: DecideInput, parts: DecideParts): Promise<Decided> {
  const { caller, principal, snapshot } = input
  const call: RoutingCall = {
    requested: input.parsed.requested,
    agent: caller.agent,
    useCase: caller.useCase,
    role: caller.role,
    hasConversation: caller.conversation !== null,
    needs: input.parsed.scanned.needs,
    purpose: input.parsed.operation === 'embed' ? 'embedding' : 'chat',
  }
  const resolution = resolve(snapshot, call)
  const conversation = resolution.pinUseCase === null ? null : caller.conversation
  const user = resolution.asksUser ? caller.user : null
  const asked = conversation !== null || user !== null
  const query = {
    workspace: principal.workspace,
    conversationId: conversation,
    userId: user,
    useCase: resolution.pinUseCase,
  }
  const deadlineUs = parts.engine.ports.clock.nowUs() + pinWaitUs
  const pins = asked ? await parts.pins.find(query, deadlineUs) : noPins
  const conditions = conditionsFor(input, pins, parts)
  const plan = decide(snapshot, call, conditions, resolution)
  const winner = await claimConversation(plan, input, { ...parts, deadlineUs })
  const decided =
    winner === null ? plan : decide(snapshot, call, { ...conditions, conversationTarget: winner }, resolution)
  const route = resolution.kind === 'route' ? resolution.route : null
  return {
    plan: decided,
    useCase: route?.kind === 'use-case' ? route.name : caller.useCase,
    agent: route?.kind === 'agent' ? route.name : caller.agent,
  }
}

/** What the world is like, for a request that carries no conversation and no user. */
export function conditionsWithoutPins(
  principal: Principal,
  parts: Pick<DecideParts, 'engine' | 'homeRegion'>,
): Conditions {
  const { chance, clock, credentials } = parts.engine.ports
  return {
    nowMs: clock.nowMs(),
    chance: chance(),
    principal,
    conversationTarget: null,
    userTarget: null,
    providers: providerStates(parts.engine, credentials),
    openCircuits: none,
    latencies: noLatencies,
    homeRegion: parts.homeRegion,
  }
}

function conditionsFor(input: DecideInput, pins: Pins, parts: DecideParts): Conditions {
  const without = conditionsWithoutPins(input.principal, parts)
  const conversation = input.caller.conversation
  return {
    ...without,
    // From the conversation's id, so that replicas at one revision agree on its first model without asking each other.
    chance: conversation === null ? without.chance : chanceFromText(conversation),
    conversationTarget: pins.conversation?.modelId ?? null,
    conversationSwitchId: pins.conversation?.switchId ?? null,
    userTarget: pins.user?.modelId ?? null,
    userSwitchId: pins.user?.switchId ?? null,
  }
}

/** The conversation's first model, when somebody else's claim came first; null when this plan stands. */
async function claimConversation(
  plan: Plan,
  input: DecideInput,
  parts: DecideParts & { readonly deadlineUs: number },
): Promise<ModelId | null> {
  const { caller, principal, requestId } = input
  if (plan.claim === null || caller.conversation === null || plan.candidates.length === 0) return null
  // A count begins no conversation.
  if (input.parsed.operation === 'count-tokens') return null
  const claim = {
    workspace: principal.workspace,
    conversationId: caller.conversation,
    userId: caller.user,
    useCase: plan.claim.useCase,
    modelId: plan.claim.modelId,
    claimedAtMs: parts.engine.ports.clock.nowMs(),
    requestId,
  }
  const winner = await parts.pins.claim(claim, parts.deadlineUs)
  // The store did not answer in time: this decision serves, and the first claim that is committed wins.
  if (winner === null) parts.engine.ports.records.pinClaim(claim)
  return winner === null || winner === claim.modelId ? null : winner
}
