import {
  defaultWorkspace,
  conversationId,
  PointsmanError,
  replicaId,
  requestId,
  routeKey,
  toPointsmanError,
  userId,
  type Operation,
  type ProviderId,
  type RequestFacts,
  type UsageRecord,
} from '@pointsman/contract'
import type { CompiledSnapshot } from '@pointsman/core'
import { carryOut, type ClientSink, type Engine, type Job, type Timeouts } from '@pointsman/engine'
import type { Dialect, ScannedRequest } from '@pointsman/wire'
import { principalOf, routeRequest, type RoutedRequest, type World } from '../catalogue/route-request.ts'
import type { ConfigurationManager } from '../configuration/configuration-manager.ts'
import { fromPointsmanError, ModelManagerError } from '../model-manager-error.ts'
import type { CallsUnderWay } from './calls-under-way.ts'
import { converseBody } from './converse-body.ts'
import type { InvokeRequest } from './messages.ts'

/** What an invocation needs of its manager. */
export interface Invoking {
  readonly engine: Engine
  readonly config: ConfigurationManager
  readonly snapshot: CompiledSnapshot
  readonly homeRegion: string
  readonly newId: () => string
  readonly calls: CallsUnderWay
}

/** The caller's side of a call, which whoever closes the manager may end. */
export interface InvokingClient extends ClientSink {
  leave(): void
}

/** What became of an invocation: `error` null = the client has the answer. */
export interface Invoked {
  readonly record: UsageRecord
  readonly error: PointsmanError | null
}

const principal = principalOf(defaultWorkspace)
const replica = replicaId('model-manager')
/** A model that has not begun to stream by then will hardly do so. */
const longestFirstByteMs = 120_000
const longestIdleMs = 60_000
const longestConnectMs = 5_000

/** The face in which agents ask and are answered. */
export function converseFace(engine: Engine): Dialect {
  const face = engine.dialects.get('bedrock-converse')
  if (face === undefined) throw new PointsmanError('internal', 'The dialect bedrock-converse is missing.')
  return face
}

/**
 * Carries out one call by the engine that every server's data plane has, and writes the answer into the client. Rejects with
 * ModelManagerError where nothing could be asked at all: the agent is switched off, the request is wrong, the model unknown.
 */
export async function invoke(
  request: InvokeRequest,
  operation: Extract<Operation, 'chat' | 'chat-stream'>,
  client: InvokingClient,
  invoking: Invoking,
): Promise<Invoked> {
  const { config, engine } = invoking
  const agent = config.getAgentConfig(request.agentName)
  requireEnabled(agent.enabled, agent.name, config)
  try {
    let error: PointsmanError | null = null
    const face = telling(converseFace(engine), (told) => (error = told))
    const scanned = face.scanRequest(converseBody(request, agent), operation === 'chat-stream')
    const routed = routedOf(request, scanned, invoking)
    const timeouts = timeoutsOf(request.timeoutMs ?? agent.timeoutMs, operation)
    const job = jobOf({ request, operation, client, scanned, routed, face, timeouts }, invoking)
    const carried = carryOut(job, engine)
    invoking.calls.add(() => client.leave(), carried)
    const record = await carried
    return { record, error }
  } catch (thrown) {
    throw thrown instanceof ModelManagerError ? thrown : fromPointsmanError(toPointsmanError(thrown))
  }
}

function requireEnabled(enabled: boolean, agentName: string, { configuration }: ConfigurationManager): void {
  if (enabled) return
  const place = configuration.place(['agents', agentName, 'enabled'])
  throw new ModelManagerError(
    'agent_disabled',
    `The agent ${agentName} is switched off in ${place}. Set its "enabled" to true to have it answered.`,
  )
}

/** A face that tells, beside writing it, which error it was given to write. */
const telling = (face: Dialect, tell: (error: PointsmanError) => void): Dialect => ({
  ...face,
  writeError(error, id) {
    tell(error)
    return face.writeError(error, id)
  },
  writeStreamError(error, broken) {
    tell(error)
    return face.writeStreamError(error, broken)
  },
})

export function worldOf({ engine, homeRegion }: Pick<Invoking, 'engine' | 'homeRegion'>): World {
  const { chance, clock, credentials } = engine.ports
  const nowMs = clock.nowMs()
  const states = [...engine.providers.keys()].map(
    (id): [ProviderId, ReturnType<typeof credentials.state>] => [id, credentials.state(id)],
  )
  return {
    nowMs,
    chance: chance(),
    principal,
    providers: new Map(states),
    openCircuits: engine.circuits.open(nowMs),
    latencies: engine.averages.latencies(nowMs),
    homeRegion,
  }
}

/** Without fallback the plan ends after the model that was wanted. */
function routedOf(request: InvokeRequest, { needs }: ScannedRequest, invoking: Invoking): RoutedRequest {
  const { agentName, modelId = null, useFallback = true } = request
  const routed = routeRequest(invoking.snapshot, { agentName, modelId, needs }, worldOf(invoking))
  if (useFallback) return routed
  const { plan } = routed
  return { ...routed, plan: { ...plan, candidates: plan.candidates.filter(({ step }) => step === 'target') } }
}

const timeoutsOf = (totalMs: number, operation: Operation): Timeouts => ({
  totalMs,
  connectMs: Math.min(longestConnectMs, totalMs),
  // A vendor that answers whole sends nothing before the model has finished.
  firstByteMs: operation === 'chat' ? totalMs : Math.min(longestFirstByteMs, totalMs),
  idleMs: Math.min(longestIdleMs, totalMs),
})

interface JobParts {
  readonly request: InvokeRequest
  readonly operation: Operation
  readonly client: ClientSink
  readonly scanned: ScannedRequest
  readonly routed: RoutedRequest
  readonly face: Dialect
  readonly timeouts: Timeouts
}

function jobOf(parts: JobParts, invoking: Invoking): Job {
  const { client, face, operation, routed, scanned, timeouts } = parts
  const { engine, snapshot } = invoking
  return {
    ...{ principal, snapshot, operation, face, scanned, timeouts, client },
    facts: factsOf(parts, invoking),
    plan: routed.plan,
    callerHeaders: [],
    startedAtUs: engine.ports.clock.nowUs(),
    judgeAgain: (candidate) => routed.judgeAgain(candidate, worldOf(invoking)),
    answerHeaders: () => [],
  }
}

function factsOf({ operation, request, routed, scanned }: JobParts, invoking: Invoking): RequestFacts {
  const { engine, newId, snapshot } = invoking
  const { agentName, conversationId: conversation, modelId, sessionId, tags = [], userId: user } = request
  const { plan } = routed
  return {
    requestId: requestId(newId()),
    receivedAtMs: engine.ports.clock.nowMs(),
    replica,
    workspace: defaultWorkspace,
    keyId: null,
    principal: 'service:model-manager',
    userId: user === undefined ? null : userId(user),
    conversationId: conversation === undefined ? null : conversationId(conversation),
    sessionId: sessionId ?? null,
    tags,
    face: 'bedrock-converse',
    operation,
    stream: operation === 'chat-stream',
    requested: modelId ?? routeKey('agent', agentName),
    route: plan.route === null ? null : routeKey(plan.route.kind, plan.route.name),
    useCase: null,
    agent: agentName,
    needs: scanned.needs,
    inputBytes: scanned.bytes.byteLength,
    revision: snapshot.revision,
    switchId: plan.switchId,
  }
}
