import {
  PointsmanError,
  requestId,
  routeKey,
  toPointsmanError,
  type Needs,
  type Operation,
  type Plan,
  type Principal,
  type RequestFacts,
  type RequestId,
} from '@pointsman/contract'
import { requireScope, type CompiledRoute, type CompiledSnapshot } from '@pointsman/core'
import { carryOut, refuse, sendError, type ClientSink, type Engine, type Timeouts } from '@pointsman/engine'
import type { AnswerConversation, Dialect } from '@pointsman/wire'
import type { AnnouncedSwitches } from './announced-switches.ts'
import type { Exchange } from './exchange.ts'
import { faceOf } from './faces/face-of.ts'
import { geminiStreamSink, requireKnownForm } from './faces/gemini-array-sink.ts'
import { answerHeaders, crossOriginHeaders, type AnswerFacts } from './headers.ts'
import type { LastModels } from './last-models.ts'
import { limitHeaders } from './limit-headers.ts'
import type { GatewayOptions } from './options.ts'
import { pathScopes } from './routes.ts'
import { authenticate, authenticateHead } from './stages/authenticate.ts'
import { decidePlan, type Decided } from './stages/decide.ts'
import {
  callerHeaders,
  callerOfBody,
  dialectHeaders,
  faceOfBody,
  parseChat,
  type CallerHeaders,
  type ChatMatch,
  type ParsedRequest,
} from './stages/parse.ts'
import { reserve } from './stages/reserve.ts'

export interface ChatParts {
  readonly options: GatewayOptions
  readonly announced: AnnouncedSwitches
  readonly lastModels: LastModels
}

/** What stands from the start of a request to its end. */
interface Request {
  readonly id: RequestId
  readonly receivedAtMs: number
  readonly snapshot: CompiledSnapshot
  readonly face: Dialect
  readonly exchange: Exchange
  readonly matched: ChatMatch
}

/** What the stages found out, one after the other; a refusal tells and records as much as there is. */
interface Found {
  readonly inputBytes: number
  readonly principal?: Principal
  readonly caller?: CallerHeaders
  readonly parsed?: ParsedRequest
  readonly decided?: Decided
}

/**
 * The journey of a chat request: accept, pin, authenticate, parse, decide, reserve; then the engine attempts, relays and
 * settles. Whatever refuses it on the way throws, and ends in one place.
 */
export async function chat(exchange: Exchange, matched: ChatMatch, parts: ChatParts): Promise<void> {
  const { options } = parts
  const { engine, holder } = options
  const face = faceOf(engine, matched.face)
  const client = clientOf(exchange, matched)
  const { startedAtUs } = exchange
  const id = requestId(options.newRequestId())
  const receivedAtMs = engine.ports.clock.nowMs()
  let request: Request | null = null
  let found: Found = { inputBytes: 0 }
  try {
    if (options.host.stopping()) throw stoppingError()
    if (isGeminiStream(matched)) requireKnownForm(exchange.query)
    const snapshot = holder.pin()
    request = { id, receivedAtMs, snapshot, face, exchange, matched }
    const early = await authenticateHead(exchange, { snapshot, nowMs: receivedAtMs }, options.authentication)
    if (early !== null) found = { inputBytes: 0, principal: early }
    const body = await acceptBody(request, early, options)
    const principal = early ?? (await authenticateBody(request, body, options))
    found = { inputBytes: body.byteLength, principal }
    requireScope(principal, pathScopes.chat)
    found = { ...found, caller: callerHeaders(exchange, principal) }
    request = inFaceOfBody(request, body, engine)
    const parsed = parseChat(request.face, request.matched, body)
    found = { ...found, parsed }
    const caller = whoAsks(found, options)
    found = { ...found, caller }
    const autoSwitches = request.face.name === 'native-chat'
    const asked = { requestId: id, snapshot, principal, caller, parsed, autoSwitches }
    const decided = await decidePlan(asked, { ...options, lastModels: parts.lastModels })
    found = { ...found, decided }
    const facts = requestFacts(request, found, options)
    await reserve({ facts, principal, snapshot, plan: decided.plan, parsed }, engine.ports)
    const switchId = announcedSwitch({ principal, caller, parsed, decided }, parts)
    const answer = answerFacts(request, found, { options, switchId })
    await carryOut(
      {
        facts,
        principal,
        snapshot,
        plan: decided.plan,
        operation: parsed.operation,
        face: request.face,
        scanned: parsed.scanned,
        callerHeaders: dialectHeaders(exchange, request.face),
        startedAtUs,
        ...{ timeouts: timeoutsOf(parsed.operation, options), client },
        judgeAgain: decided.judgeAgain,
        heartbeatMs: heartbeatOf(request, decided, client),
        capture: keepsText(request, decided, parsed),
        conversation: conversationOf(caller, decided),
        answerHeaders: (served) => answerHeaders(answer, served),
      },
      engine,
    )
  } catch (thrown) {
    const refusal = { id, face: request?.face ?? face, client, startedAtUs, request, found }
    await refuseRequest({ ...refusal, error: toPointsmanError(thrown) }, options)
  }
}

const isGeminiStream = ({ face, operation }: ChatMatch): boolean =>
  face === 'gemini' && operation === 'chat-stream'

const clientOf = (exchange: Exchange, matched: ChatMatch): ClientSink =>
  isGeminiStream(matched) ? geminiStreamSink(exchange.client, exchange.query) : exchange.client

const timeoutsOf = (operation: Operation, { timeouts, wholeAnswerMs }: GatewayOptions): Timeouts =>
  operation === 'chat-stream' ? timeouts : { ...timeouts, firstByteMs: wholeAnswerMs }

/** The switch to tell of. A count is no answer of a conversation: it neither begins one nor tells it of a switch. */
function announcedSwitch(
  found: Omit<Required<Found>, 'inputBytes'>,
  { announced }: ChatParts,
): string | null {
  const { caller, decided, parsed, principal } = found
  const isAnswer = parsed.operation === 'chat' || parsed.operation === 'chat-stream'
  if (!isAnswer) return null
  return announced.announce(principal.workspace, caller.conversation, decided.plan.switchId)
}

/** A request that names a model has no route; the default's setting is the server's own. A JSON array has no comments. */
function heartbeatOf({ exchange, snapshot }: Request, { plan }: Decided, client: ClientSink): number {
  if (client !== exchange.client) return 0
  return (routeOf(snapshot, plan) ?? snapshot.defaultRoute).heartbeatMs
}

/** Of a model that is named outright nothing is kept: nobody has said so. A count answers nothing. */
function keepsText({ snapshot }: Request, { plan }: Decided, { operation }: ParsedRequest): boolean {
  return operation !== 'count-tokens' && (routeOf(snapshot, plan)?.capture ?? false)
}

function routeOf(snapshot: CompiledSnapshot, { route }: Plan): CompiledRoute | null {
  if (route === null) return null
  if (route.kind === 'default') return snapshot.defaultRoute
  return snapshot.routes.get(routeKey(route.kind, route.name)) ?? null
}

/** The caller's headers, and what the body says of the caller where the face has it there. */
function whoAsks(found: Found, options: GatewayOptions): CallerHeaders {
  const { caller, parsed, principal } = found
  if (caller === undefined || principal === undefined) throw new PointsmanError('internal', 'Nobody asks.')
  const said = parsed?.scanned.caller
  return said === undefined ? caller : callerOfBody(caller, said, { principal, newId: options.newRequestId })
}

function conversationOf(caller: CallerHeaders, decided: Decided): AnswerConversation | null {
  if (caller.conversation === null) return null
  const { notification, plan, switched, useCase } = decided
  const switchId = switched ? plan.switchId : null
  return { id: caller.conversation, useCase, switched, switchId, notification }
}

function inFaceOfBody(request: Request, body: Uint8Array, engine: Engine): Request {
  const matched = faceOfBody(request.matched, body)
  return matched === request.matched ? request : { ...request, matched, face: faceOf(engine, matched.face) }
}

const stoppingError = (): PointsmanError =>
  new PointsmanError(
    'shutting_down',
    'This server is stopping. Send the request again: another one answers.',
    { retryAfterMs: 1_000 },
  )

const authenticateBody = async (
  request: Request,
  body: Uint8Array,
  options: GatewayOptions,
): Promise<Principal> =>
  authenticate(
    request.exchange,
    body,
    { snapshot: request.snapshot, nowMs: request.receivedAtMs },
    options.authentication,
  )

async function acceptBody(
  { exchange }: Request,
  early: Principal | null,
  options: GatewayOptions,
): Promise<Uint8Array> {
  if (early !== null) requireScope(early, pathScopes.chat)
  refuseEncoding(exchange)
  return exchange.readBody(options.maxBodyBytes)
}

/** A compressed body would be read as if it were text, and one that unpacks to gigabytes must not be unpacked. */
function refuseEncoding(exchange: Exchange): void {
  const encoding = exchange.header('content-encoding')?.trim().toLowerCase() ?? ''
  if (encoding === '' || encoding === 'identity') return
  throw new PointsmanError(
    'unsupported_encoding',
    `The request body comes with content-encoding "${encoding.slice(0, 40)}". Send it unpacked, without that header.`,
    { field: 'content-encoding' },
  )
}

const nothingAsked: Needs = {
  tools: false,
  images: false,
  documents: false,
  streaming: false,
  jsonSchema: false,
  reasoning: false,
  inputTokensEstimate: 0,
}

/** Who asked for what, as far as it is known; the principal must be. */
function requestFacts(request: Request, found: Found, options: GatewayOptions): RequestFacts {
  const { caller, decided, parsed, principal } = found
  if (principal === undefined)
    throw new PointsmanError('internal', 'A request was recorded before its key was known.')
  const plan = decided?.plan
  const operation = parsed?.operation ?? request.matched.operation
  return {
    requestId: request.id,
    receivedAtMs: request.receivedAtMs,
    replica: options.replica,
    workspace: principal.workspace,
    keyId: principal.kind === 'key' ? (principal.id as RequestFacts['keyId']) : null,
    principal: `${principal.kind}:${principal.id}`,
    userId: caller?.user ?? principal.userId,
    conversationId: caller?.conversation ?? null,
    sessionId: caller?.session ?? null,
    tags: caller?.tags ?? [],
    face: request.face.name,
    ...(operation === null ? {} : { operation }),
    stream: parsed?.scanned.stream ?? request.matched.operation === 'chat-stream',
    requested: parsed?.requested ?? request.matched.model ?? '',
    route: plan?.route == null ? null : routeKey(plan.route.kind, plan.route.name),
    useCase: decided?.useCase ?? null,
    agent: decided?.agent ?? null,
    needs: parsed?.scanned.needs ?? nothingAsked,
    inputBytes: found.inputBytes,
    revision: request.snapshot.revision,
    switchId: plan?.switchId ?? null,
  }
}

function answerFacts(
  request: Request,
  { parsed, principal }: Found,
  { options, switchId }: { readonly options: GatewayOptions; readonly switchId: string | null },
): AnswerFacts {
  const { clock, limits } = options.engine.ports
  const nowMs = clock.nowMs()
  const standings = principal === undefined ? [] : (limits.standing?.(principal, nowMs) ?? [])
  return {
    requestId: request.id,
    face: request.face.name,
    requested: parsed?.requested ?? request.matched.model ?? '',
    revision: request.snapshot.revision.number,
    sandbox: options.sandbox,
    switchId,
    limits: limitHeaders(request.face.name, standings, nowMs),
  }
}

interface Refusal {
  readonly id: RequestId
  readonly face: Dialect
  readonly client: ClientSink
  readonly startedAtUs: number
  readonly request: Request | null
  readonly found: Found
  readonly error: PointsmanError
}

/** A request with a known key leaves a record, whatever refused it; one without leaves none, so that a flood of bad keys writes nothing. */
async function refuseRequest(refusal: Refusal, options: GatewayOptions): Promise<void> {
  const { client, error, face, found, request, startedAtUs } = refusal
  const answer = request === null ? null : answerFacts(request, found, { options, switchId: null })
  const unrecordable =
    error.code === 'storage_full' || error.code === 'storage_failing' || error.code === 'overloaded'
  if (request === null || answer === null || found.principal === undefined || unrecordable) {
    sendError({
      client,
      face,
      error,
      requestId: refusal.id,
      headers: answer === null ? crossOriginHeaders(face.name) : answerHeaders(answer, null),
    })
    return
  }
  await refuse(
    {
      facts: requestFacts(request, found, options),
      principal: found.principal,
      plan: found.decided?.plan ?? null,
      error,
      face,
      startedAtUs,
      client,
      answerHeaders: (served) => answerHeaders(answer, served),
    },
    options.engine,
  )
}
