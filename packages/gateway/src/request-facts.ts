import {
  joinedText,
  noNeeds,
  PointsmanError,
  type Intent,
  type Principal,
  type RequestFacts,
  type RequestId,
} from '@pointsman/contract'
import type { CompiledSnapshot } from '@pointsman/core'
import type { Dialect } from '@pointsman/wire'
import type { Exchange } from './exchange.ts'
import type { AnswerFacts } from './headers.ts'
import { limitHeaders } from './limit-headers.ts'
import type { GatewayOptions } from './options.ts'
import type { Decided } from './stages/decide.ts'
import { shortName, type CallerHeaders, type ChatMatch, type ParsedRequest } from './stages/parse.ts'

/** What stands from the start of a request to its end. */
export interface Request {
  readonly id: RequestId
  readonly receivedAtMs: number
  readonly snapshot: CompiledSnapshot
  readonly face: Dialect
  readonly exchange: Exchange
  readonly matched: ChatMatch
}

/** What the stages found out, one after the other; a refusal tells and records as much as there is. */
export interface Found {
  readonly inputBytes: number
  readonly principal?: Principal
  readonly caller?: CallerHeaders
  readonly parsed?: ParsedRequest
  readonly decided?: Decided
}

/** Who asked for what, as far as it is known, in the form of an intent; the principal must be known. */
export function requestFacts(request: Request, found: Found, options: GatewayOptions): Intent {
  const { caller, decided, parsed, principal } = found
  if (principal === undefined)
    throw new PointsmanError('internal', 'A request was recorded before its key was known.')
  const plan = decided?.plan
  const operation = parsed?.operation ?? request.matched.operation
  const facts: Writable<Intent> = {
    requestId: request.id,
    receivedAtMs: request.receivedAtMs,
    replica: options.replica,
    workspace: principal.workspace,
    keyId: principal.kind === 'key' ? (principal.id as RequestFacts['keyId']) : null,
    principal: toldAs(principal),
    userId: caller?.user ?? principal.userId,
    conversationId: caller?.conversation ?? null,
    sessionId: caller?.session ?? null,
    tags: caller?.tags ?? [],
    face: request.face.name,
    stream: parsed?.scanned.stream ?? request.matched.operation === 'chat-stream',
    requested: parsed?.requested ?? shortName(request.matched.model ?? ''),
    route: decided?.route?.key ?? null,
    useCase: decided?.useCase ?? null,
    agent: decided?.agent ?? null,
    needs: parsed?.scanned.needs ?? noNeeds,
    inputBytes: found.inputBytes,
    revision: request.snapshot.revision,
    switchId: plan?.switchId ?? null,
    schema: 'v1',
  }
  if (operation !== null) facts.operation = operation
  if (decided?.drill != null) facts.drillId = decided.drill.drill.id
  if (options.trace != null) {
    const { exchange } = request
    facts.trace = options.trace(exchange.header('traceparent'), exchange.header('tracestate'))
  }
  return facts
}

/** Keys in use are few. With more all are forgotten, so that those which are gone make room. */
const mostKept = 256
/** A holder: what stands of a key in every record is put together once. */
const toldKeys = new Map<string, string>()

/** In one piece, as all that stands in every record. */
function toldAs({ id, kind }: Principal): string {
  if (kind !== 'key') return joinedText(`${kind}:`, id)
  const known = toldKeys.get(id)
  if (known !== undefined) return known
  const told = joinedText('key:', id)
  if (toldKeys.size >= mostKept) toldKeys.clear()
  toldKeys.set(id, told)
  return told
}

type Writable<Value> = { -readonly [Name in keyof Value]: Value[Name] }

export interface AnswerTold {
  readonly options: GatewayOptions
  readonly nowMs: number
  readonly switchId: string | null
}

export function answerFacts(
  request: Request,
  { decided, parsed, principal }: Found,
  { nowMs, options, switchId }: AnswerTold,
): AnswerFacts {
  const { limits } = options.engine.ports
  const standings = principal === undefined ? [] : (limits.standing?.(principal, nowMs) ?? [])
  return {
    requestId: request.id,
    face: request.face.name,
    requested: parsed?.requested ?? shortName(request.matched.model ?? ''),
    revision: request.snapshot.revision.number,
    sandbox: options.sandbox,
    switchId,
    drillId: decided?.drill?.drill.id ?? null,
    limits: limitHeaders(request.face.name, standings, nowMs),
  }
}
