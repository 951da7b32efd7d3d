import {
  noNeeds,
  PointsmanError,
  routeKey,
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
import type { CallerHeaders, ChatMatch, ParsedRequest } from './stages/parse.ts'

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

/** Who asked for what, as far as it is known; the principal must be. */
export function requestFacts(request: Request, found: Found, options: GatewayOptions): RequestFacts {
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
    needs: parsed?.scanned.needs ?? noNeeds,
    inputBytes: found.inputBytes,
    revision: request.snapshot.revision,
    switchId: plan?.switchId ?? null,
    ...(decided?.drill == null ? {} : { drillId: decided.drill.drill.id }),
    ...(options.trace == null
      ? {}
      : {
          trace: options.trace(request.exchange.header('traceparent'), request.exchange.header('tracestate')),
        }),
  }
}

export function answerFacts(
  request: Request,
  { decided, parsed, principal }: Found,
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
    drillId: decided?.drill?.drill.id ?? null,
    limits: limitHeaders(request.face.name, standings, nowMs),
  }
}
