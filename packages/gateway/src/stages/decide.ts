import type { ClaimedSwitch, Notification, Plan, PinClaim, Principal } from '@pointsman/contract'
import {
  chanceFromText,
  decide,
  judgeAgain,
  resolve,
  type CompiledRoute,
  type Conditions,
  type Resolution,
  type RoutingCall,
} from '@pointsman/core'
import type { Credentials, DrillUnderWay, Engine, Job, Pin, PinQuery, Pins } from '@pointsman/engine'
import { firstSwitch, notOwn, requireOwn, returnNotice } from './conversation.ts'
import { latestOf } from '../last-models.ts'
import type { DecideInput, DecideParts } from './decide-input.ts'

const noPins: Pins = { conversation: null, user: null, known: null }

/** Whether a provider that has an adapter here could be called right now: found out for those that are asked of. */
const providerStates = (engine: Engine, credentials: Credentials): Conditions['providers'] => ({
  get: (id) => (engine.providers.has(id) ? credentials.state(id) : undefined),
})

export interface Decided {
  readonly plan: Plan
  /** The plan's own; null = a model was named outright. */
  readonly route: CompiledRoute | null
  readonly useCase: string | null
  readonly agent: string | null
  /** This message moved its conversation. */
  readonly switched: boolean
  readonly notification: Notification | null
  /** The drill that this request was drawn into; null = none. */
  readonly drill: DrillUnderWay | null
  /** The four gates once more, as the world is when it is asked. */
  readonly judgeAgain: Job['judgeAgain']
}

/** One request on its way to a plan. */
interface Question {
  readonly input: DecideInput
  readonly call: RoutingCall
  readonly resolution: Resolution
  readonly pins: Pins
  readonly conditions: Conditions
  readonly drill: DrillUnderWay | null
  readonly deadlineUs: number
}

/**
 * The plan for one request. Pure but for the one bounded look-up of a conversation's and a user's targets, which is
 * made only where the request carries their ids and a route (not a model) was named.
 */
export function decidePlan(input: DecideInput, parts: DecideParts): Decided | Promise<Decided> {
  const { autoSwitches, caller } = input
  const isAlone = !autoSwitches && caller.conversation === null && caller.user === null
  return isAlone ? decideAlone(input, parts) : decideByStore(input, parts)
}

/** Without a conversation and a user nobody has a model of their own: nothing is looked up, nothing moves. */
function decideAlone(input: DecideInput, parts: DecideParts): Decided {
  const call = namedCallOf(input)
  const resolution = resolve(input.snapshot, call)
  const drill = drawnInto(input, resolution, parts)
  const conditions = conditionsWithoutPins(input.principal, parts, { drill, nowMs: input.nowMs })
  const names = routeNames(resolution, input)
  return {
    plan: decide(input.snapshot, call, conditions, resolution),
    route: names.route,
    useCase: names.useCase,
    agent: names.agent,
    switched: false,
    notification: null,
    drill,
    judgeAgain: judgeOf({ input, call, resolution, drill }, parts),
  }
}

async function decideByStore(input: DecideInput, parts: DecideParts): Promise<Decided> {
  const question = await lookUp(input, parts)
  const { drill, pins, resolution } = question
  const plain = decide(input.snapshot, question.call, question.conditions, resolution)
  const first = firstSwitch(question, plain, parts)
  const plan =
    first?.modelId == null
      ? plain
      : planWith(question, { modelId: first.modelId, switchId: first.made?.id ?? null })
  const winner = await claimConversation(question, { plan, made: first?.made ?? null }, parts)
  const served = winner === null ? plan : planWith(question, winner)
  const back = pins.conversation === null ? null : returnNotice(question, served.target, parts)
  noteServed(input, resolution, served, parts)
  const isMoved = winner === null && first?.made != null && !first.made.proposed
  return {
    plan: served,
    ...routeNames(resolution, input),
    switched: isMoved || back !== null,
    notification: isMoved ? first.notification : back,
    drill,
    judgeAgain: judgeOf(question, parts),
  }
}

const judgeOf =
  (
    { call, drill, input, resolution }: Pick<Question, 'call' | 'drill' | 'input' | 'resolution'>,
    parts: DecideParts,
  ): Job['judgeAgain'] =>
  (candidate) =>
    judgeAgain(candidate, resolution, {
      snapshot: input.snapshot,
      call,
      conditions: conditionsWithoutPins(input.principal, parts, { drill }),
    })

/** A header that decided nothing was not looked up: a name that nobody registered would be a label of metrics, new each time. */
const registered = (index: ReadonlyMap<string, unknown>, name: string | null): string | null =>
  name !== null && index.has(name) ? name : null

const routeNames = (resolution: Resolution, { caller, snapshot }: DecideInput) => {
  const route = resolution.kind === 'route' ? resolution.route : null
  return {
    route,
    useCase: route?.kind === 'use-case' ? route.name : registered(snapshot.useCases, caller.useCase),
    agent: route?.kind === 'agent' ? route.name : registered(snapshot.agents, caller.agent),
  }
}

async function lookUp(input: DecideInput, parts: DecideParts): Promise<Question> {
  const { caller, principal, snapshot } = input
  const deadlineUs = parts.engine.ports.clock.nowUs() + parts.pinWaitMs * 1_000
  const call = await routingCallOf(input, parts, deadlineUs)
  const resolution = resolve(snapshot, call)
  const conversation = resolution.pinUseCase === null ? null : caller.conversation
  const user = resolution.asksUser ? caller.user : null
  const query = {
    workspace: principal.workspace,
    conversationId: conversation,
    userId: user,
    useCase: resolution.pinUseCase,
  }
  const asked = conversation !== null || user !== null
  const found = asked ? await parts.pins.find(query, deadlineUs) : noPins
  await requireOwnConversation(input, conversation === null ? null : found, { parts, deadlineUs })
  const pins = withLast(found, query, parts)
  const drill = drawnInto(input, resolution, parts)
  const conditions = conditionsFor(input, { pins, drill }, parts)
  return { input, call, resolution, pins, conditions, drill, deadlineUs }
}

/** Who names a model has no route, and a count of tokens is no answer: no drill of a route reaches them. */
function drawnInto(
  { parsed }: DecideInput,
  resolution: Resolution,
  { engine }: DecideParts,
): DrillUnderWay | null {
  if (resolution.kind === 'model' || parsed.operation === 'count-tokens') return null
  return engine.drills?.draw(resolution.route) ?? null
}

/**
 * Also where nothing is pinned: the request would be recorded as part of somebody else's conversation. `found` null = the
 * conversation was not looked up.
 */
async function requireOwnConversation(
  { caller, principal }: DecideInput,
  found: Pins | null,
  { parts, deadlineUs }: { readonly parts: DecideParts; readonly deadlineUs: number },
): Promise<void> {
  const { conversation } = caller
  if (conversation === null || principal.userId === null) return
  const { workspace } = principal
  const query = { workspace, conversationId: conversation, userId: null, useCase: null }
  requireOwn(principal, conversation, found ?? (await parts.pins.find(query, deadlineUs)))
}

/** A conversation that the store does not know yet has the model that this replica last served it with. */
function withLast(pins: Pins, query: PinQuery, { lastModels }: DecideParts): Pins {
  const { conversationId, useCase, workspace } = query
  if (conversationId === null || pins.conversation !== null || pins.known !== null) return pins
  const last = lastModels?.last(workspace, conversationId) ?? null
  return last === null || last.useCase !== useCase ? pins : { ...pins, conversation: last }
}

async function routingCallOf(
  input: DecideInput,
  parts: DecideParts,
  deadlineUs: number,
): Promise<RoutingCall> {
  const call = namedCallOf(input)
  const { agent, assistantType, role, useCase } = input.caller
  const names = [agent, useCase, role, assistantType]
  if (!input.autoSwitches || names.some((name) => name != null)) return call
  return { ...call, useCase: await presentUseCase(input, parts, deadlineUs) }
}

/** As headers and body name it. */
function namedCallOf({ caller, parsed }: DecideInput): RoutingCall {
  return {
    requested: parsed.requested,
    agent: caller.agent,
    useCase: caller.useCase,
    role: caller.role,
    assistantType: caller.assistantType,
    pinsAgent: caller.pinsAgent,
    writtenAs: caller.writtenAs,
    hasConversation: caller.conversation !== null,
    needs: parsed.scanned.needs,
    purpose: parsed.operation === 'embed' ? 'embedding' : 'chat',
  }
}

/** The use case that a conversation is in; null = it is in none, or that one is gone. */
async function presentUseCase(
  { caller, principal, snapshot }: DecideInput,
  parts: DecideParts,
  deadlineUs: number,
): Promise<string | null> {
  const { conversation } = caller
  if (conversation === null) return null
  const { workspace } = principal
  const query = { workspace, conversationId: conversation, userId: null, useCase: null }
  const { known } = await parts.pins.find(query, deadlineUs)
  const last = parts.lastModels?.last(workspace, conversation) ?? null
  const useCase = latestOf(known, last)?.useCase ?? null
  return useCase !== null && snapshot.useCases.has(useCase) ? useCase : null
}

/** What the world is like, for a request that carries no conversation and no user. */
export function conditionsWithoutPins(
  principal: Principal,
  parts: Pick<DecideParts, 'engine' | 'homeRegion'>,
  at: { readonly drill?: DrillUnderWay | null; readonly nowMs?: number } = {},
): Conditions {
  const { chance, clock, credentials } = parts.engine.ports
  const { drill = null, nowMs = clock.nowMs() } = at
  return {
    nowMs,
    chance: chance(),
    principal,
    conversationTarget: null,
    userTarget: null,
    providers: providerStates(parts.engine, credentials),
    openCircuits: openCircuits(parts.engine, drill, nowMs),
    latencies: parts.engine.averages.latencies(nowMs),
    homeRegion: parts.homeRegion,
  }
}

/** Who is in a drill meets its circuits beside the real ones. */
function openCircuits(engine: Engine, drill: DrillUnderWay | null, nowMs: number): ReadonlySet<string> {
  const real = engine.circuits.open(nowMs)
  const ofDrill = drill?.circuits.open(nowMs)
  return ofDrill === undefined || ofDrill.size === 0 ? real : new Set([...real, ...ofDrill])
}

function conditionsFor(
  input: DecideInput,
  { drill, pins }: Pick<Question, 'drill' | 'pins'>,
  parts: DecideParts,
): Conditions {
  const without = conditionsWithoutPins(input.principal, parts, { drill })
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

/** The plan of a conversation that has this model. */
function planWith({ input, call, conditions, resolution }: Question, { modelId, switchId }: Pin): Plan {
  const pinned = { ...conditions, conversationTarget: modelId, conversationSwitchId: switchId }
  return decide(input.snapshot, call, pinned, resolution)
}

interface Claiming {
  readonly plan: Plan
  readonly made: ClaimedSwitch | null
}

/** The conversation's first model and its switch, when somebody else's claim came first; null when this plan stands. */
async function claimConversation(
  { input, pins, resolution, deadlineUs }: Question,
  { plan, made }: Claiming,
  parts: DecideParts,
): Promise<Pin | null> {
  const { caller, parsed, principal, requestId } = input
  const useCase = resolution.pinUseCase
  if (useCase === null || caller.conversation === null || pins.conversation !== null) return null
  // Only what serves is claimed; and a count begins no conversation.
  if (plan.candidates[0]?.step !== 'target' || parsed.operation === 'count-tokens') return null
  const claim: PinClaim = {
    workspace: principal.workspace,
    conversationId: caller.conversation,
    userId: caller.user,
    useCase,
    modelId: plan.target,
    claimedAtMs: parts.engine.ports.clock.nowMs(),
    requestId,
    ...(principal.userId === null ? {} : { ownOnly: true }),
    ...(made === null ? {} : { autoSwitch: made }),
  }
  const winner = await parts.pins.claim(claim, deadlineUs)
  // It began with somebody else between the look-up and the claim, or the look-up was not answered in time.
  if (winner === 'not-own') throw notOwn(caller.conversation)
  const { records } = parts.engine.ports
  // The store did not answer in time: this decision serves, and the first claim that is committed wins.
  if (winner === null) records.pinClaim(claim)
  if (winner === null || !isOurs(winner, claim)) return winner
  if (made !== null) records.pinClaim({ ...claim, won: true })
  return null
}

/** Of several first messages that choose the same model at once, one made the switch. */
const isOurs = (winner: Pin, { autoSwitch, modelId }: PinClaim): boolean =>
  winner.modelId === modelId &&
  (autoSwitch === undefined || autoSwitch.proposed || winner.switchId === autoSwitch.id)

function noteServed(input: DecideInput, resolution: Resolution, plan: Plan, parts: DecideParts): void {
  const { caller, principal } = input
  const { pinUseCase: useCase } = resolution
  // A target that cannot serve is no conversation's model.
  if (useCase === null || caller.conversation === null || plan.candidates[0]?.step !== 'target') return
  const { target: modelId, switchId } = plan
  const last = { useCase, modelId, switchId, askedAtMs: input.nowMs }
  parts.lastModels?.served(principal.workspace, caller.conversation, last)
}
