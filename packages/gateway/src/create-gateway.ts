import { PointsmanError, requestId, toPointsmanError, type DialectName } from '@pointsman/contract'
import { requireScope } from '@pointsman/core'
import { sendError, wholeNumber } from '@pointsman/engine'
import { createAnnouncedSwitches } from './announced-switches.ts'
import { chat, type ChatParts } from './chat.ts'
import type { Exchange } from './exchange.ts'
import { faceOf } from './faces/face-of.ts'
import { modelLists } from './faces/model-lists.ts'
import { findListedModel, listModels } from './faces/models.ts'
import { crossOriginHeaders } from './headers.ts'
import { createLastModels } from './last-models.ts'
import type { GatewayOptions } from './options.ts'
import { matchRoute, pathScopes, type Matched, type ModelsFace } from './routes.ts'
import { authenticate } from './stages/authenticate.ts'

export interface Gateway {
  handle(exchange: Exchange): Promise<void>
}

/** Beyond so many conversations the one heard of longest ago is forgotten: it may be told of a switch again. */
const maxConversations = 50_000

/** The data plane's front: every path that clients speak, and one door for all others. */
export function createGateway(options: GatewayOptions): Gateway {
  const announced = createAnnouncedSwitches(maxConversations)
  const { engine, homeRegion, pinChanges, pins, pinWaitMs = 25 } = options
  const lastModels = createLastModels(maxConversations, pinChanges)
  const decide = { engine, homeRegion, pins, pinWaitMs, lastModels }
  // One object, which all requests share.
  const parts = { options, announced, decide }
  return {
    handle: (exchange) => {
      const matched = matchRoute(exchange.method, exchange.path, modelsFace(exchange))
      if (matched === null) return options.control.forward(exchange)
      switch (matched.kind) {
        case 'chat':
          return admitted(exchange, matched, parts)
        case 'models':
          return models(exchange, matched, options)
        case 'health':
          return health(exchange, matched.of, options)
        case 'metrics':
          return metrics(exchange, options)
        case 'unknown':
          return refuseUnrecorded(exchange, matched.face, new PointsmanError('not_found', matched.problem), {
            options,
            headers: [],
          })
        case 'wrong-method':
          return wrongMethod(exchange, matched, options)
        case 'preflight':
          return preflight(exchange)
        default:
          return matched satisfies never
      }
    },
  }
}

/** `@google/genai` asks under `/v1/` since its version 3, as the others do; each vendor's clients have a header of their own. */
function modelsFace(exchange: Exchange): ModelsFace {
  if (exchange.header('anthropic-version') !== undefined) return 'anthropic-messages'
  return exchange.header('x-goog-api-key') === undefined ? 'openai-chat' : 'gemini'
}

/** Health, lists and the control plane are not asked: they are what an overloaded server is looked after by. */
function admitted(exchange: Exchange, matched: Matched & { kind: 'chat' }, parts: ChatParts): Promise<void> {
  const { entrance } = parts.options
  if (entrance === undefined) return chat(exchange, matched, parts, null)
  const { maxBodyBytes } = parts.options
  const toldBytes = wholeNumber(exchange.header('content-length') ?? '', 15) ?? 0
  // One that is too large is refused for that, unread.
  const declaredBytes = toldBytes > maxBodyBytes ? 0 : toldBytes
  // Strangers must not fill the house with what they only declare: until its key is looked at no more of a body is taken.
  let bodyBytes = Math.min(declaredBytes, takenBodyBytes)
  const overloaded = entrance.enter(bodyBytes)
  if (overloaded !== null) return shed(exchange, matched, { options: parts.options, error: overloaded })
  const admitBody =
    declaredBytes === bodyBytes
      ? null
      : (isProved: boolean): void => {
          const full = entrance.grow(bodyBytes, { toBytes: declaredBytes, isProved })
          if (full !== null) throw full
          bodyBytes = declaredBytes
        }
  return chat(exchange, matched, parts, { admitBody, over: () => entrance.leave(bodyBytes) })
}

/** Such a body has mostly arrived with its head: to take it costs less than the connection that would have to be closed. */
const takenBodyBytes = 65_536

async function shed(
  exchange: Exchange,
  { face }: Matched & { kind: 'chat' },
  { error, options }: { readonly options: GatewayOptions; readonly error: PointsmanError },
): Promise<void> {
  const declared = Number(exchange.header('content-length'))
  try {
    if (declared <= takenBodyBytes) await exchange.readBody(takenBodyBytes)
  } catch (thrown) {
    return refuseUnrecorded(exchange, face, toPointsmanError(thrown), { options, headers: [] })
  }
  return refuseUnrecorded(exchange, face, error, { options, headers: crossOriginHeaders(face) })
}

const text = new TextEncoder()

function sendJson(exchange: Exchange, status: number, value: unknown): Promise<void> {
  exchange.client.head(status, ['content-type', 'application/json; charset=utf-8'])
  exchange.client.end(text.encode(JSON.stringify(value)))
  return Promise.resolve()
}

async function models(
  exchange: Exchange,
  { face, model }: Matched & { kind: 'models' },
  options: GatewayOptions,
): Promise<void> {
  try {
    const snapshot = options.holder.pin()
    const nowMs = options.engine.ports.clock.nowMs()
    const principal = await authenticate(
      exchange,
      new Uint8Array(),
      { snapshot, nowMs },
      options.authentication,
    )
    requireScope(principal, pathScopes.models)
    const list = modelLists[face]
    const told =
      model === null
        ? list.all(listModels(snapshot, principal))
        : list.one(findListedModel(snapshot, principal, model))
    await sendJson(exchange, 200, told)
  } catch (thrown) {
    await refuseUnrecorded(exchange, face, toPointsmanError(thrown), { options, headers: [] })
  }
}

function health(exchange: Exchange, of: 'live' | 'ready', options: GatewayOptions): Promise<void> {
  if (of === 'live') return sendJson(exchange, 200, { status: 'ok' })
  const { ready, revision, snapshotAgeMs, notes } = options.host.health()
  return sendJson(exchange, ready ? 200 : 503, {
    status: ready ? 'ready' : 'not ready',
    revision: revision?.number ?? null,
    epoch: revision?.epoch ?? null,
    snapshotAgeMs,
    replica: options.replica,
    notes,
  })
}

async function metrics(exchange: Exchange, options: GatewayOptions): Promise<void> {
  try {
    if (options.openMetrics !== true) {
      const snapshot = options.holder.pin()
      const nowMs = options.engine.ports.clock.nowMs()
      const principal = await authenticate(
        exchange,
        new Uint8Array(),
        { snapshot, nowMs },
        options.authentication,
      )
      requireScope(principal, pathScopes.metrics)
    }
    const { contentType, text: body } = await options.host.metrics(exchange.header('accept'))
    exchange.client.head(200, ['content-type', contentType, 'cache-control', 'no-store'])
    exchange.client.end(text.encode(body))
  } catch (thrown) {
    await refuseUnrecorded(exchange, 'openai-chat', toPointsmanError(thrown), { options, headers: [] })
  }
}

function wrongMethod(
  exchange: Exchange,
  matched: Matched & { kind: 'wrong-method' },
  options: GatewayOptions,
): Promise<void> {
  const asksForSocket = exchange.header('upgrade')?.toLowerCase() === 'websocket'
  const error = asksForSocket
    ? new PointsmanError(
        'upgrade_refused',
        `${exchange.path} is answered over HTTP, with server-sent events for streams, and not over a WebSocket. Send a ${matched.allowed}.`,
      )
    : new PointsmanError(
        'method_not_allowed',
        `${exchange.path} takes ${matched.allowed}, not ${exchange.method}.`,
      )
  return refuseUnrecorded(exchange, matched.face, error, {
    options,
    headers: [
      ...['allow', matched.allowed, ...crossOriginHeaders(matched.face)],
      ...(asksForSocket ? spokenInstead : []),
    ],
  })
}

/**
 * A 426 has to name what is wanted, and who names it names `upgrade` for the connection (RFC 9110, 7.8 and 15.5.22). Whoever
 * wanted a socket of this connection has no further use for it; without the word it would be kept through a drain, too.
 */
const spokenInstead = ['upgrade', 'HTTP/1.1', 'connection', 'upgrade, close']

/** What our own headers of contract section 2 and Supabase's and other clients send. */
const allowedHeaders =
  'authorization, x-client-info, apikey, api-key, x-api-key, content-type, x-pointsman-use-case, x-pointsman-agent, x-pointsman-role, x-pointsman-conversation, x-pointsman-user, x-pointsman-session, x-pointsman-tags, x-pointsman-pin-agent'

/** To a page that asks whether it may call one of the seeds' endpoints. */
export const preflightHeaders = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'POST, OPTIONS',
  'access-control-allow-headers': allowedHeaders,
  'access-control-max-age': '86400',
}

function preflight(exchange: Exchange): Promise<void> {
  exchange.client.head(204, Object.entries(preflightHeaders).flat())
  exchange.client.end()
  return Promise.resolve()
}

function refuseUnrecorded(
  exchange: Exchange,
  face: DialectName,
  error: PointsmanError,
  parts: { readonly options: GatewayOptions; readonly headers: readonly string[] },
): Promise<void> {
  const { headers, options } = parts
  sendError({
    client: exchange.client,
    face: faceOf(options.engine, face),
    error,
    requestId: requestId(options.newRequestId()),
    headers,
  })
  return Promise.resolve()
}
