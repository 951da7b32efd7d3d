import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Session } from 'node:http2'
import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { closeGently, closeGentlyAtEnd } from './close-gently.ts'
import { endSoon, endWithin } from './ended-connections.ts'
import type { Exchange } from './exchange.ts'
import { watchSession, type SessionLimits } from './http2-sessions.ts'
import { createTurns } from './in-turn.ts'
import { NodeExchange, roomBytes, type ExchangeAbout } from './node-exchange.ts'
import { createPlainConnections, type PlainConnections } from './plain-http/plain-connections.ts'
import { createQuietConnections, type QuietConnections } from './quiet-connections.ts'
import { unknownBytes, type UnsentBytes } from './stall-watch.ts'

export interface ListenerOptions {
  readonly handle: (exchange: Exchange) => Promise<void>
  /** Monotonic microseconds. */
  readonly nowUs: () => number
  /** A failure that no handler caught: a bug of ours, told once each. */
  readonly onFailure: (failure: unknown) => void
  readonly limits?: Partial<ListenerLimits>
  /** Without it a client is slow by what leaves this process alone, and one that takes a little at a time looks gone. */
  readonly unsentBytes?: UnsentBytes
}

/** How long each phase of a connection may take, and how many there may be. */
export interface ListenerLimits extends SessionLimits {
  /** A client that has said nothing decidable by then is cut. */
  readonly firstByteTimeoutMs: number
  readonly headersTimeoutMs: number
  readonly requestTimeoutMs: number
  /** How long a client may leave what was written to it unread. */
  readonly writeStallMs: number
  /** How often Node looks for connections that are over a limit. */
  readonly checkEveryMs: number
  /** A connection beyond them takes the place of the one without a request for the longest, else it is closed. */
  readonly maxConnections: number
}

const defaultLimits: ListenerLimits = {
  firstByteTimeoutMs: 20_000,
  headersTimeoutMs: 15_000,
  requestTimeoutMs: 120_000,
  writeStallMs: 60_000,
  // Longer than what stands in front of most servers keeps one.
  idleMs: 75_000,
  lingerMs: 10_000,
  checkEveryMs: 5_000,
  maxConnections: 10_000,
}

export interface Listener {
  /** One TCP server for HTTP/1.1 and HTTP/2 with prior knowledge; the door listens on it. */
  readonly server: Server
  /** From here on each answer is the last one of its connection, and says so; requests and connections are taken on. */
  drain(): void
  /**
   * Stops taking connections, lets running answers finish, then cuts what is left. Connections without an answer under way
   * end after `quietMs`: a client that sends in the very moment in which its connection is ended has lost a request.
   */
  stop(graceMs: number, quietMs?: number): Promise<void>
}

/** The first line of an HTTP/2 connection (RFC 9113, 3.4); no HTTP/1 request begins so. */
const http2Preface = Buffer.from('PRI * HTTP/2.0')

/**
 * HTTP/1.1 and h2c on one port: the AWS SDK for JavaScript speaks HTTP/2 with prior knowledge to plain-http endpoints
 * (bedrock.md 1.1). Told apart by the first bytes, which was measured to cost nothing.
 */
export function createListener(options: ListenerOptions): Listener {
  const { handle, nowUs, onFailure, unsentBytes = unknownBytes } = options
  const carry = (exchange: Exchange & { fail(): void }): void => {
    handle(exchange).catch((failure: unknown) => {
      onFailure(failure)
      exchange.fail()
    })
  }
  const limits = { ...defaultLimits, ...options.limits }
  const leaving = createLeaving()
  const quiet = createQuietConnections()
  const waits: Waits = {
    bodyTimeoutMs: limits.requestTimeoutMs,
    stallMs: limits.writeStallMs,
    unsentBytes,
    quiet,
  }
  const http = createHttp1(carry, { nowUs, limits, waits, leaving })
  const sessions = new Set<ServerHttp2Session>()
  const http2 = createHttp2(carry, { nowUs, onFailure, sessions, waits })
  const plain = createPlainConnections(
    {
      ...{ carry, nowUs, leaving: () => leaving.hasBegun, ...limits },
      ...{ stallMs: limits.writeStallMs, unsentBytes, quiet },
      keepAliveLines: `connection: keep-alive\r\nkeep-alive: timeout=${Math.floor(limits.idleMs / 1_000)}\r\n`,
      handOver: (socket, unused) => handOver(socket, unused, http),
    },
    limits.checkEveryMs,
  )
  const sockets = new Set<Socket>()
  // Not half-open: a client's FIN is how it leaves, and its upstream call must end then; one that only closed its half looks the same.
  const server = createTcpServer(
    { noDelay: true, allowHalfOpen: false, highWaterMark: roomBytes },
    (socket) => {
      if (sockets.size >= limits.maxConnections && !quiet.makeRoom()) return void socket.destroy()
      sockets.add(socket)
      quiet.rests(socket)
      endWithin(socket, limits, unsentBytes)
      socket.on('close', () => {
        sockets.delete(socket)
        quiet.works(socket)
      })
      tellApart(socket, limits.firstByteTimeoutMs, (speaksHttp2, seen) => {
        if (speaksHttp2) handOverHttp2(socket, seen, { http2, limits, quiet })
        else plain.take(socket, seen)
      })
    },
  )
  return {
    server,
    drain: () => leaving.begin(),
    stop: (graceMs, quietMs = 0) => {
      leaving.begin()
      return stopAll({ server, http, plain, sessions, sockets, unsentBytes }, graceMs, quietMs)
    },
  }
}

/** Whether answers end their connections: holder of the listener, bounded by the answers under way. */
interface Leaving {
  readonly hasBegun: boolean
  note(response: ServerResponse): void
  begin(): void
}

function createLeaving(): Leaving {
  let begun = false
  const open = new Set<ServerResponse>()
  return {
    get hasBegun() {
      return begun
    },
    note: (response) => {
      if (begun) response.shouldKeepAlive = false
      else {
        open.add(response)
        response.once('close', () => open.delete(response))
      }
    },
    begin: () => {
      begun = true
      for (const response of open) response.shouldKeepAlive = false
      open.clear()
    },
  }
}

type Waits = Omit<ExchangeAbout, 'startedAtUs' | 'goOn'>

interface Http1Parts {
  readonly nowUs: () => number
  readonly limits: ListenerLimits
  readonly waits: Waits
  readonly leaving: Leaving
}

function createHttp1(carry: (exchange: NodeExchange) => void, parts: Http1Parts): HttpServer {
  const { leaving, limits, nowUs, waits } = parts
  const { quiet } = waits
  const http = createHttpServer({
    // Each phase has its own limit; the request's own deadline takes over once its body is read.
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: limits.checkEveryMs,
    keepAliveTimeout: limits.idleMs,
    maxHeaderSize: 32_768,
    insecureHTTPParser: false,
    // Looked at below: what Node refuses by itself ends its connection unseen, and the next request would be begun behind it.
    requireHostHeader: false,
  })
  const inTurn = createTurns(quiet)
  /** Before anybody looks at its body, which may come or not. */
  const refuse = (response: ServerResponse, status: number): void => {
    closeGentlyAtEnd(response.req, quiet)
    response.writeHead(status, ['connection', 'close', 'content-length', '0']).end()
  }
  const take = (request: IncomingMessage, response: ServerResponse, goOn: (() => void) | null): void =>
    inTurn(response, () => {
      leaving.note(response)
      if (request.headers.host === undefined && request.httpVersion === '1.1') return refuse(response, 400)
      carry(new NodeExchange(request, response, { startedAtUs: nowUs(), ...waits, goOn }))
    })
  http.on('request', (request, response) => take(request, response, null))
  // The client waits before it sends its body: it is told to go on only when somebody reads, after its key was checked.
  http.on('checkContinue', (request, response) => take(request, response, () => response.writeContinue()))
  http.on('checkExpectation', (_, response) => inTurn(response, () => refuse(response, 417)))
  http.on('connect', ({ socket }) => refuseTunnel(socket, quiet))
  // A server that gets its sockets from elsewhere never listens, and Node begins to watch the time limits of a
  // server's connections, and to know which are idle, only when it does.
  http.emit('listening')
  // Each read of what cannot be read tells so anew.
  const refused = new WeakSet<object>()
  http.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // Who has had the last answer is still heard out.
    if (!socket.writable || refused.has(socket)) return
    refused.add(socket)
    afterAnswers(socket, () => {
      if (!socket.writable) return
      socket.write(`HTTP/1.1 ${statusOf(error.code)}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
      closeGently(socket as Socket, socket, quiet)
    })
  })
  return http
}

/**
 * Without a listener for it Node closes the connection of a CONNECT at once, and the answers to the requests ahead of it are
 * lost; with one, it leaves the socket to whoever listens, and those answers are still to be written there.
 */
function refuseTunnel(socket: Socket, quiet: QuietConnections): void {
  socket.on('error', () => socket.destroy())
  socket.on('drain', () => answerOn(socket)?.emit('drain'))
  // One that is not read tells nobody that its client has left.
  socket.resume()
  afterAnswers(socket, () => {
    if (!socket.writable) return
    socket.write(noTunnel)
    closeGently(socket, socket, quiet)
  })
}

const noTunnel =
  'HTTP/1.1 405 Method Not Allowed\r\nallow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'

function statusOf(code: string | undefined): string {
  if (code === 'HPE_HEADER_OVERFLOW') return '431 Request Header Fields Too Large'
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return '413 Content Too Large'
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request'
}

/**
 * Whole requests that stand before what could not be read are answered first: a 400 in between would be taken for the
 * answer of one that a model is working on. Node keeps the answer whose turn it is at its socket.
 */
function afterAnswers(socket: object, then: () => void): void {
  const answer = answerOn(socket)
  if (answer === null) return then()
  if (!answer.req.complete) {
    if (!answer.headersSent) return then()
    // It has its answer, which is its connection's last: a second one would be taken for that of another request.
    if (!answer.writableEnded) answer.destroy()
    return
  }
  // Node's own listener was there first: it has put the next answer in its place by then.
  answer.once('finish', () => afterAnswers(socket, then))
}

const answerOn = (socket: object): ServerResponse | null =>
  (socket as { readonly _httpMessage?: ServerResponse | null })._httpMessage ?? null

interface Http2Parts {
  readonly waits: Waits
  readonly nowUs: () => number
  readonly onFailure: (failure: unknown) => void
  /** Those that are open: holder of the listener, bounded by its connections. */
  readonly sessions: Set<ServerHttp2Session>
}

function createHttp2(carry: (exchange: NodeExchange) => void, parts: Http2Parts): Http2Server {
  const { nowUs, onFailure, sessions, waits } = parts
  const http2 = createHttp2Server({
    settings: { maxConcurrentStreams: 256, maxHeaderListSize: 32_768 },
    // Rapid resets (CVE-2023-44487): a client that opens and resets streams faster than this is cut.
    streamResetBurst: 200,
    streamResetRate: 50,
    maxSessionInvalidFrames: 100,
  })
  http2.on('request', (request, response) => {
    carry(new NodeExchange(request, response, { startedAtUs: nowUs(), ...waits, goOn: null }))
  })
  http2.on('session', (session) => {
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
  })
  http2.on('sessionError', (error: NodeJS.ErrnoException) => {
    // A peer that breaks the protocol or the connection is its own trouble, not a failure of ours.
    if (error.code?.startsWith('ERR_HTTP2') !== true && error.code !== 'ECONNRESET' && error.code !== 'EPIPE')
      onFailure(error)
  })
  return http2
}

const nothingSeen: Buffer = Buffer.alloc(0)

/** Reads first bytes until they tell the protocol. */
function tellApart(
  socket: Socket,
  withinMs: number,
  told: (speaksHttp2: boolean, seen: Buffer) => void,
): void {
  // Until a parser owns the socket, a reset of it must not become an uncaught error.
  const ignore = (): void => void socket.destroy()
  socket.on('error', ignore)
  // Of one absolute limit: a byte now and then does not begin it again.
  const timer = setTimeout(ignore, withinMs)
  const onClose = (): void => clearTimeout(timer)
  socket.on('close', onClose)
  let seen = nothingSeen
  const onData = (chunk: Buffer): void => {
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk])
    const compared = Math.min(seen.length, http2Preface.length)
    const matches = http2Preface.compare(seen, 0, compared, 0, compared) === 0
    if (matches && compared < http2Preface.length) return
    clearTimeout(timer)
    // All of them: one that stays would hold what was seen, a request of up to 64 KB, as long as the connection lives.
    socket.off('data', onData).off('error', ignore).off('close', onClose)
    told(matches, seen)
  }
  socket.on('data', onData)
}

/** What was read of it is put back. */
function handOver(socket: Socket, unused: Buffer, server: HttpServer): void {
  socket.pause()
  socket.unshift(unused)
  server.emit('connection', socket)
  socket.resume()
}

/** The session takes the handle over and reads by itself; a flowing socket would take its bytes away. */
function handOverHttp2(
  socket: Socket,
  unused: Buffer,
  parts: { readonly http2: Http2Server; readonly limits: SessionLimits; readonly quiet: QuietConnections },
): void {
  const { http2, limits, quiet } = parts
  socket.pause()
  socket.unshift(unused)
  // Made before `emit` returns.
  http2.once('session', (session: ServerHttp2Session) => watchSession(session, socket, { limits, quiet }))
  http2.emit('connection', socket)
}

interface Stopping {
  readonly server: Server
  readonly http: HttpServer
  readonly plain: PlainConnections
  readonly sessions: ReadonlySet<ServerHttp2Session>
  readonly sockets: ReadonlySet<Socket>
  readonly unsentBytes: UnsentBytes
}

async function stopAll(
  { http, plain, server, sessions, sockets, unsentBytes }: Stopping,
  graceMs: number,
  quietMs: number,
): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve())
  })
  // Idle ones end now or after the quiet time; each busy one ends with its last answer.
  const quietUntilMs = performance.now() + quietMs
  const endIdle = (): void => {
    if (performance.now() < quietUntilMs) return
    http.closeIdleConnections()
    plain.closeIdle()
  }
  endIdle()
  for (const session of sessions) session.close()
  for (const socket of sockets) endSoon(socket, unsentBytes)
  const idle = setInterval(endIdle, 50)
  const cut = setTimeout(() => {
    for (const socket of sockets) socket.destroy()
  }, graceMs)
  await closed
  clearTimeout(cut)
  clearInterval(idle)
  // Ends the watch over time limits; the server itself never listened.
  http.close()
  plain.stop()
}
