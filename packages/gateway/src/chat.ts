import {
  PointsmanError,
  requestId,
  requireUnpacked,
  toPointsmanError,
  type Operation,
  type Principal,
  type RequestFacts,
} from '@pointsman/contract'
import { requireScope } from '@pointsman/core'
import { carryOut, type ClientSink, type Engine, type Job, type Timeouts } from '@pointsman/engine'
import type { AnswerConversation } from '@pointsman/wire'
import type { AnnouncedSwitches } from './announced-switches.ts'
import type { Exchange } from './exchange.ts'
import { faceOf } from './faces/face-of.ts'
import { geminiStreamSink, requireKnownForm } from './faces/gemini-array-sink.ts'
import { answerHeaders, type AnswerFacts } from './headers.ts'
import type { GatewayOptions } from './options.ts'
import { refuseRequest } from './refuse-request.ts'
import { answerFacts, requestFacts, type Found, type Request } from './request-facts.ts'
import { pathScopes } from './routes.ts'
import { authenticate, authenticateHead } from './stages/authenticate.ts'
import { decidePlan, type Decided } from './stages/decide.ts'
import type { DecideParts } from './stages/decide-input.ts'
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
  readonly decide: DecideParts
}

/** How the house was entered. */
export interface Admission {
  /** Asked before a large body is read: throws where there is no room for it; null = the body is small. */
  readonly admitBody: AdmitBody | null
  /** Called once, after all else. */
  over(): void
}

/** `isProved`: the head alone proves who asks. Else it carries a signature that may be right, which only its body tells. */
type AdmitBody = (isProved: boolean) => void

/**
 * The journey of a chat request: accept, pin, authenticate, parse, decide, reserve; then the engine attempts, relays and
 * settles. Whatever refuses it on the way throws, and ends in one place. `admission` null = nobody counts requests here.
 */
export async function chat(
  exchange: Exchange,
  matched: ChatMatch,
  parts: ChatParts,
  admission: Admission | null,
): Promise<void> {
  const { options } = parts
  const { engine } = options
  const client = clientOf(exchange, matched)
  const { startedAtUs } = exchange
  const id = requestId(options.newRequestId())
  const course: Course = { request: null, body: null, found: { inputBytes: 0 } }
  try {
    const face = faceOf(engine, matched.face)
    if (options.host.stopping()) throw stoppingError()
    if (isGeminiStream(matched)) requireKnownForm(exchange.query)
    // In a function of its own: what waits here for a stream's end would hold the body in its locals.
    const asked = { id, face, exchange, matched, client, admitBody: admission?.admitBody ?? null }
    await carryOut(await admittedJob(asked, course, parts), engine)
    course.body = course.found.parsed?.scanned.letGo() ?? null
  } catch (thrown) {
    const { found, request } = course
    const face = request?.face ?? faceOf(engine, matched.face)
    const refusal = { id, face, client, startedAtUs, request, found }
    await refuseRequest({ ...refusal, error: toPointsmanError(thrown) }, options)
  } finally {
    admission?.over()
  }
  if (course.body !== null) exchange.freeBody?.(course.body)
}

/** How far a request has come; it lives as long as the request. */
interface Course {
  request: Request | null
  /**
   * What may be freed: the body of a request that got no further than here, or whose calls are over. A stream has let go of
   * its own when it began, perhaps before all of it was sent, unless its text is kept.
   */
  body: Uint8Array | null
  readonly found: Finding
}

type Asked = Pick<Request, 'id' | 'face' | 'exchange' | 'matched'> & {
  readonly client: ClientSink
  readonly admitBody: AdmitBody | null
}

/** All stages ahead of the first attempt. */
async function admittedJob(asked: Asked, course: Course, parts: ChatParts): Promise<Job> {
  const { options } = parts
  const { engine, holder } = options
  const { admitBody, client, exchange, face, id, matched } = asked
  const { found } = course
  const receivedAtMs = engine.ports.clock.nowMs()
  const snapshot = holder.pin()
  const begun = { id, receivedAtMs, snapshot, face, exchange, matched }
  course.request = begun
  const proved = authenticateHead(exchange, { snapshot, nowMs: receivedAtMs }, options.authentication)
  // Here and below: to wait for what is there already costs as much as deciding.
  const early = proved instanceof Promise ? await proved : proved
  if (early !== null) found.principal = early
  const accepted = acceptBody(exchange, { early, admitBody, options })
  const body = accepted instanceof Promise ? await accepted : accepted
  const hasWaited = proved instanceof Promise || accepted instanceof Promise || early === null
  course.body = body
  const principal = early ?? (await authenticateBody(begun, body, options))
  found.principal = principal
  found.inputBytes = body.byteLength
  requireScope(principal, pathScopes.chat)
  found.caller = callerHeaders(exchange, principal)
  const request = inFaceOfBody(begun, body, engine)
  course.request = request
  const parsed = parseChat(request.face, request.matched, body)
  found.parsed = parsed
  const caller = whoAsks(found, options)
  found.caller = caller
  const autoSwitches = request.face.name === 'native-chat'
  // Read again only after a wait: windows of limits must not be turned back to what another request has left behind.
  let nowMs = hasWaited ? engine.ports.clock.nowMs() : receivedAtMs
  const question = { requestId: id, nowMs, snapshot, principal, caller, parsed, autoSwitches }
  const deciding = decidePlan(question, parts.decide)
  const decided = deciding instanceof Promise ? await deciding : deciding
  found.decided = decided
  if (deciding !== decided) nowMs = engine.ports.clock.nowMs()
  const facts = requestFacts(request, found, options)
  const { plan } = decided
  const ask = { facts, principal, nowMs, snapshot, plan, parsed, face: request.face, exchange }
  const reserving = reserve(ask, engine.ports)
  if (reserving !== undefined) {
    await reserving
    nowMs = engine.ports.clock.nowMs()
  }
  const switchId = announcedSwitch({ principal, caller, parsed, decided }, parts)
  const answer = answerFacts(request, found, { options, nowMs, switchId })
  const whole = { inputBytes: body.byteLength, principal, caller, parsed, decided }
  course.body = null
  return jobOf(request, whole, { facts, client, answer, parts })
}

/** What the stages find out; it lives for one request. */
type Finding = { -readonly [Name in keyof Found]: Found[Name] }

interface JobParts {
  readonly facts: RequestFacts
  readonly client: ClientSink
  readonly answer: AnswerFacts
  readonly parts: ChatParts
}

function jobOf(request: Request, found: Required<Found>, { answer, client, facts, parts }: JobParts): Job {
  const { announced, options } = parts
  const { exchange, face, snapshot } = request
  const { caller, decided, parsed, principal } = found
  return {
    facts,
    principal,
    snapshot,
    plan: decided.plan,
    operation: parsed.operation,
    face,
    scanned: parsed.scanned,
    letGo: () => void parsed.scanned.letGo(),
    callerHeaders: dialectHeaders(exchange, face),
    startedAtUs: exchange.startedAtUs,
    timeouts: timeoutsOf(parsed.operation, options),
    client,
    judgeAgain: decided.judgeAgain,
    heartbeatMs: heartbeatOf(request, decided, client),
    capture: keepsText(decided, parsed),
    drill: decided.drill,
    conversation: conversationOf(caller, decided),
    answerHeaders: (served) => {
      const { switchId } = answer
      // Not before: whoever leaves ahead of the head has not been told.
      if (switchId !== null)
        announced.told({ workspace: principal.workspace, conversation: caller.conversation, switchId })
      return answerHeaders(answer, served)
    },
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
  const { workspace } = principal
  return announced.due({ workspace, conversation: caller.conversation, switchId: decided.plan.switchId })
}

/** A request that names a model has no route; the default's setting is the server's own. A JSON array has no comments. */
function heartbeatOf({ exchange, snapshot }: Request, { route }: Decided, client: ClientSink): number {
  if (client !== exchange.client) return 0
  return (route ?? snapshot.defaultRoute).heartbeatMs
}

/** Of a model that is named outright nothing is kept: nobody has said so. A count answers nothing. */
const keepsText = ({ route }: Decided, { operation }: ParsedRequest): boolean =>
  operation !== 'count-tokens' && (route?.capture ?? false)

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

interface Accepting extends Pick<Asked, 'admitBody'> {
  readonly early: Principal | null
  readonly options: GatewayOptions
}

function acceptBody(
  exchange: Exchange,
  { admitBody, early, options }: Accepting,
): Uint8Array | Promise<Uint8Array> {
  if (early !== null) requireScope(early, pathScopes.chat)
  requireUnpacked(exchange.header('content-encoding'))
  admitBody?.(early !== null)
  return exchange.readBody(options.maxBodyBytes)
}
