import { Agent, request, type IncomingMessage } from 'node:http'
import { PointsmanError } from '@pointsman/contract'
import type { ControlDoor, Exchange } from '@pointsman/gateway'
import { refuseAway } from '../refuse-away.ts'

/** A hop's own headers (RFC 9110, 7.6.1), and what this hop's client negotiated for its body. */
const hopHeaders = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'http2-settings',
])

/** Shorter than the control plane's own, so that an idle connection is not used while it is being closed. */
const idleMs = 30_000

export interface SocketDoor extends ControlDoor {
  /** Ends the streams of events, which would hold up an orderly stop: it waits for the answers under way. */
  endStreams(): void
  close(): void
}

/**
 * The control plane behind a Unix socket: both bodies stream with back-pressure, credentials pass untouched, a client that
 * leaves ends its request there too. No limit of time: a backup gives no head before its file is whole, however large the
 * registry is, and a control plane that is frozen is killed by the host, which ends what waits for it.
 */
export function createSocketDoor(path: string, freeForMs = idleMs): SocketDoor {
  const agent = new Agent({ keepAlive: true, timeout: freeForMs, maxFreeSockets: 16 })
  const streams: Streams = new Set()
  return {
    forward: (exchange) => forward(exchange, path, { agent, streams }),
    endStreams: () => {
      for (const end of [...streams]) end()
    },
    close: () => agent.destroy(),
  }
}

/** How to end each stream of events that is open. Bound: one an open answer. */
type Streams = Set<() => void>

interface Door {
  readonly agent: Agent
  readonly streams: Streams
}

async function forward(exchange: Exchange, socketPath: string, { agent, streams }: Door): Promise<void> {
  const { client, method } = exchange
  const sent = request({
    ...{ socketPath, agent, method },
    path: exchange.query === '' ? exchange.path : `${exchange.path}?${exchange.query}`,
    headers: forwardedHeaders(exchange),
  })
  client.onClosed(() => sent.destroy())
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sent.on('response', resolve)
    sent.on('error', reject)
    sent.on('close', () => reject(new Error('the connection was closed')))
  })
  // The answer may come before the body was sent: both go on at once, and what fails first is told by the answer.
  void Promise.allSettled([sendBody(exchange, sent)])
  let answer: IncomingMessage
  try {
    answer = await answered
  } catch (cause) {
    if (client.closed) return
    await refuseAway(exchange, awayError(cause))
    return
  }
  const isStream = answer.headers['content-type']?.startsWith('text/event-stream') === true
  let ended = false
  const end = (): void => {
    ended = true
    sent.destroy()
  }
  if (isStream) streams.add(end)
  try {
    await relay(answer, exchange, () => ended)
  } finally {
    streams.delete(end)
  }
}

function forwardedHeaders({ method, rawHeaders }: Exchange): readonly string[] {
  const headers: string[] = []
  const hasBody = method !== 'GET' && method !== 'HEAD'
  let isLengthTold = false
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    const lower = name.toLowerCase()
    // HTTP/2's pseudo headers are not headers.
    if (lower.startsWith(':') || hopHeaders.has(lower) || lower === 'host') continue
    if (lower === 'content-length' && !hasBody) continue
    if (lower === 'content-length') isLengthTold = true
    headers.push(name, rawHeaders[index + 1] ?? '')
  }
  // Node writes the body of a DELETE bare where its end is not told: the control plane would take it for the next request.
  if (hasBody && !isLengthTold) headers.push('transfer-encoding', 'chunked')
  // Fixed on purpose: nothing may be decided by a Host header that a caller wrote.
  return [...headers, 'host', 'pointsman.local']
}

async function sendBody(exchange: Exchange, sent: ReturnType<typeof request>): Promise<void> {
  try {
    if (exchange.method !== 'GET' && exchange.method !== 'HEAD') {
      for await (const chunk of exchange.bodyChunks()) {
        if (sent.destroyed) return
        if (!sent.write(chunk)) await drained(sent)
      }
    }
    sent.end()
  } catch (error) {
    // The client stopped halfway: what was sent of it must not be taken for whole.
    sent.destroy(error instanceof Error ? error : new Error(String(error)))
  }
}

const drained = (sent: ReturnType<typeof request>): Promise<void> =>
  new Promise((resolve) => {
    const go = (): void => {
      sent.off('drain', go).off('close', go)
      resolve()
    }
    sent.on('drain', go).on('close', go)
  })

/** Throws where the answer is cut: the listener then cuts the client's too, so that nobody takes it for whole. */
async function relay(
  answer: IncomingMessage,
  { client, method }: Exchange,
  ended: () => boolean,
): Promise<void> {
  const headers: string[] = []
  for (let index = 0; index + 1 < answer.rawHeaders.length; index += 2) {
    const name = answer.rawHeaders[index] ?? ''
    if (!hopHeaders.has(name.toLowerCase())) headers.push(name, answer.rawHeaders[index + 1] ?? '')
  }
  client.head(answer.statusCode ?? 502, headers)
  try {
    for await (const chunk of answer) {
      if (client.closed) return
      if (method !== 'HEAD' && !client.write(chunk as Buffer)) await client.drained()
    }
  } catch (error) {
    // A client that left has destroyed the answer itself.
    if (client.closed) return
    if (!ended()) throw error
  }
  client.end()
}

const awayError = (cause: unknown): PointsmanError =>
  new PointsmanError(
    'registry_unavailable',
    'The control plane of this host is not there just now; it is started again by itself. Requests to models go on.',
    { cause },
  )
