import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse, ServerHttp2Stream } from 'node:http2'
import type { ClientSink } from '@pointsman/engine'
import type { Exchange } from './exchange.ts'
import { closeGentlyAtEnd } from './close-gently.ts'
import { bodyLate, bodyTooLarge, clientLeft, endFailed } from './exchange-failures.ts'
import { askWhetherThere } from './http2-sessions.ts'
import type { QuietConnections } from './quiet-connections.ts'
import { pieceBytes, StallWatch, unknownBytes, type UnsentBytes } from './stall-watch.ts'

type NodeRequest = IncomingMessage | Http2ServerRequest
type NodeResponse = ServerResponse | Http2ServerResponse

/** Forbidden on HTTP/2 (RFC 9113, 8.2.2); Node throws on them. */
const connectionHeaders = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'proxy-connection',
])

/**
 * What may wait here for a client before its upstream is held back. The system holds as much as a connection can carry
 * beside it; Node's own 64 KiB, in each of a request's four buffers, made half a megabyte of each slow reader.
 */
export const roomBytes = 16_384

class NodeClient implements ClientSink {
  readonly #request: NodeRequest
  readonly #response: NodeResponse
  readonly #reader: StallWatch
  readonly #quiet: QuietConnections
  readonly #listeners: (() => void)[] = []
  #ended = false
  #headSent = false
  /** Who waits for room. */
  #waiting: (() => void)[] = []

  constructor(request: NodeRequest, response: NodeResponse, about: ExchangeAbout) {
    this.#request = request
    this.#response = response
    this.#quiet = about.quiet
    this.#reader = new StallWatch({
      stallMs: about.stallMs,
      // A connection of HTTP/2 carries others too; its streams have windows of their own, which are small.
      leftBytes: () =>
        ('stream' in response || response.socket === null ? unknownBytes : about.unsentBytes)(request.socket),
      drop: () => this.#drop(),
    })
    // One listener for the whole request: `close` comes after a finished answer too, then nobody has to be told.
    response.on('close', () => {
      this.#moved()
      if (this.#ended) return
      for (const listener of this.#listeners) listener()
    })
    // A write to a socket that died emits `error` on some paths; `close` follows and tells the engine.
    response.on('error', () => response.destroy())
  }

  get closed(): boolean {
    return !this.#ended && this.#isGone()
  }

  /** A response of HTTP/2 does not say so itself. */
  #isGone(): boolean {
    return 'stream' in this.#response ? this.#response.stream.destroyed : this.#response.destroyed
  }

  onClosed(listener: () => void): void {
    if (this.closed) listener()
    else this.#listeners.push(listener)
  }

  get headSent(): boolean {
    return this.#headSent
  }

  head(status: number, headers: readonly string[]): void {
    this.#headSent = true
    if (this.#isGone()) return
    // Told by the response, not by the version that a request line claims: `HTTP/9.9` comes over HTTP/1.1's parser.
    if (!('stream' in this.#response)) {
      // A body that was not read to its end would be taken for the next request's head: close the connection instead.
      const unread = !this.#request.complete && hasBody(this.#request.headers)
      if (unread) closeGentlyAtEnd(this.#response.req, this.#quiet)
      this.#response.writeHead(status, unread ? [...headers, 'connection', 'close'] : [...headers])
      return
    }
    // A request of headers alone is over, though not `complete` until its stream was read.
    if (!this.#request.complete && !this.#response.stream.endAfterHeaders) this.#closeAfter(this.#response)
    const named: { [name: string]: string | string[] } = {}
    for (let index = 0; index + 1 < headers.length; index += 2) {
      const name = (headers[index] ?? '').toLowerCase()
      if (connectionHeaders.has(name)) continue
      const value = headers[index + 1] ?? ''
      const present = named[name]
      named[name] = present === undefined ? value : [...(Array.isArray(present) ? present : [present]), value]
    }
    this.#response.writeHead(status, named)
  }

  /** A stream whose body still comes would stay open for as long as its client likes (RFC 9113, 8.1). */
  #closeAfter(response: Http2ServerResponse): void {
    // The response's own `finish` comes with the stream's end, which this brings about.
    response.stream.once('finish', () => closeOnceEnded(response.stream))
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isGone()) return true
    const hasRoom =
      'stream' in this.#response ? this.#writeTo(this.#response, bytes) : this.#response.write(bytes)
    if (!hasRoom) this.#watchReader()
    return hasRoom
  }

  /** A stream of HTTP/2 takes no limit of its own, and tells of room only by the one that all streams have. */
  #writeTo(response: Http2ServerResponse, bytes: Uint8Array): boolean {
    response.stream.write(bytes, this.#written)
    return response.stream.writableLength < roomBytes
  }

  readonly #written = (): void => {
    // At the end the last bytes are what is watched.
    if (!this.#ended && this.#response.writableLength < roomBytes) this.#moved()
  }

  /**
   * Who takes nothing of what waits for so long is gone, whether or not the network ever says so: half-open, or a program
   * that forgot. The engine hears that the client left, and its upstream call ends.
   */
  #watchReader(): void {
    if (this.#reader.isOn) return
    if (!('stream' in this.#response)) this.#response.once('drain', this.#moved)
    this.#reader.begin()
  }

  readonly #moved = (): void => {
    this.#reader.stop()
    this.#response.off('drain', this.#moved)
    for (const goOn of this.#waiting.splice(0)) goOn()
  }

  /** By a reset: what waits for such a reader would stay in the system's memory for minutes more. */
  #drop(): void {
    if ('stream' in this.#response) dropStream(this.#response.stream)
    else if (this.#response.socket === null) this.#response.destroy()
    else this.#response.socket.resetAndDestroy()
  }

  drained(): Promise<void> {
    if (this.#isGone() || !this.#reader.isOn) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** The answer cannot be finished truthfully: the connection (HTTP/2: the stream) is cut, so that nobody takes it for whole. */
  cut(): void {
    this.#ended = true
    // `close` with an error code would end a half-written HTTP/2 answer as if it were whole; `destroy` resets the stream.
    if ('stream' in this.#response)
      this.#response.stream.destroy(new Error('the answer could not be finished'))
    else this.#response.destroy()
  }

  end(bytes?: Uint8Array): void {
    this.#ended = true
    if (this.#isGone()) return
    this.#moved()
    this.#endWith(bytes)
  }

  /** Piece by piece, each when the one before it has gone out. */
  #endWith(bytes: Uint8Array | undefined): void {
    this.#reader.stop()
    this.#reader.begin()
    if (bytes === undefined) this.#response.end()
    else if (bytes.byteLength <= pieceBytes) (this.#response as ServerResponse).end(bytes)
    else {
      const goOn = (error?: Error | null): void => {
        if (error == null && !this.#isGone()) this.#endWith(bytes.subarray(pieceBytes))
      }
      const piece = bytes.subarray(0, pieceBytes)
      if ('stream' in this.#response) this.#response.stream.write(piece, goOn)
      else this.#response.write(piece, goOn)
    }
  }
}

function dropStream(stream: ServerHttp2Stream): void {
  const { session } = stream
  stream.destroy(new Error('the client does not read'))
  askWhetherThere(session)
}

/**
 * `finish` comes before Node has sent the frame that ends the stream, and a reset would take its place: strict clients
 * would see no end of the answer. No event tells of that frame; a client whose window is shut may have it wait for long.
 */
function closeOnceEnded(stream: ServerHttp2Stream, afterMs = 0): void {
  if (stream.destroyed) return
  if (stream.state.localClose === 1) stream.close()
  else setTimeout(closeOnceEnded, afterMs, stream, Math.min(afterMs + 1, 100))
}

/** Node tells a request complete only after its stream was read; without these headers there is nothing to read (RFC 9112, 6.3). */
const hasBody = (headers: IncomingHttpHeaders): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'

export interface ExchangeAbout {
  readonly startedAtUs: number
  /** Longest time for a body to arrive; Node watches over HTTP/1.1 too, over HTTP/2 nobody else does. */
  readonly bodyTimeoutMs: number
  /** How long a client may leave what was written to it unread. */
  readonly stallMs: number
  readonly unsentBytes: UnsentBytes
  readonly quiet: QuietConnections
  /** Tells a client that waits (`Expect: 100-continue`) to send its body; null = it does not wait. */
  readonly goOn: (() => void) | null
}

/** The adapter for `node:http` and for Node's HTTP/2 compatibility objects. */
export class NodeExchange implements Exchange {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly rawHeaders: readonly string[]
  readonly startedAtUs: number
  readonly client: NodeClient
  readonly #request: NodeRequest
  readonly #bodyTimeoutMs: number
  #goOn: (() => void) | null

  constructor(request: NodeRequest, response: NodeResponse, about: ExchangeAbout) {
    this.#request = request
    this.#bodyTimeoutMs = about.bodyTimeoutMs
    this.#goOn = about.goOn
    this.method = request.method ?? 'GET'
    const target = originForm(request.url ?? '/')
    const mark = target.indexOf('?')
    this.path = mark === -1 ? target : target.slice(0, mark)
    this.query = mark === -1 ? '' : target.slice(mark + 1)
    this.rawHeaders = request.rawHeaders
    this.startedAtUs = about.startedAtUs
    this.client = new NodeClient(request, response, about)
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name]
    return Array.isArray(value) ? value[0] : value
  }

  async readBody(limitBytes: number): Promise<Uint8Array> {
    const declared = Number(this.header('content-length') ?? 'NaN')
    if (declared > limitBytes) throw bodyTooLarge(limitBytes)
    const whole = this.#wholeBody()
    if (whole !== null) {
      if (whole.byteLength > limitBytes) throw bodyTooLarge(limitBytes)
      return whole
    }
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of this.bodyChunks()) {
      size += chunk.byteLength
      // Leaving the loop would destroy the socket before the 413 is written, hence no throw from inside it: `head` closes the connection.
      if (size > limitBytes) throw bodyTooLarge(limitBytes)
      chunks.push(chunk as Buffer)
    }
    return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size)
  }

  /**
   * A body that came with its head, as most do, lies there already: taken without listeners, a timer and a generator, 2 % of a
   * request by its profile. Null = it still comes.
   */
  #wholeBody(): Buffer | null {
    const request = this.#request
    if ('stream' in request || !request.complete || request.destroyed || this.#goOn !== null) return null
    const pieces: Buffer[] = []
    // One `read` gives what one read of the socket or one chunk brought, not all that lies there.
    for (let piece: unknown = request.read(); Buffer.isBuffer(piece); piece = request.read())
      pieces.push(piece)
    const [first] = pieces
    if (first === undefined) return null
    return pieces.length === 1 ? first : Buffer.concat(pieces)
  }

  bodyChunks(): AsyncIterable<Uint8Array> {
    this.#goOn?.()
    this.#goOn = null
    return chunksOf(this.#request, this.#bodyTimeoutMs)
  }

  /** After a failure that nobody foresaw: a plain 500 where nothing was sent yet, else a cut. Never throws. */
  fail(): void {
    endFailed(this.client)
  }
}

/** Proxies' clients send the whole URL (RFC 9112, 3.2.2); only its path and query count here. */
function originForm(target: string): string {
  if (!/^https?:\/\//i.test(target) || !URL.canParse(target)) return target
  const { pathname, search } = new URL(target)
  return pathname + search
}

/**
 * The body's chunks. By hand, because `for await` over the request destroys its socket when the loop is left early, and
 * the answer that says why could not be sent any more.
 */
async function* chunksOf(request: NodeRequest, bodyTimeoutMs: number): AsyncGenerator<Uint8Array> {
  const queue: Uint8Array[] = []
  let wake: () => void = () => undefined
  const body: { state: 'open' | 'ended' | 'cut' | 'late' } = { state: 'open' }
  if (request.readableEnded) body.state = 'ended'
  else if (request.destroyed) body.state = 'cut'
  const settle = (next: 'ended' | 'cut' | 'late') => (): void => {
    if (body.state === 'open') body.state = next
    wake()
  }
  const onData = (chunk: Uint8Array): void => {
    queue.push(chunk)
    request.pause()
    wake()
  }
  const onEnd = settle('ended')
  const onCut = settle('cut')
  const timer = setTimeout(settle('late'), bodyTimeoutMs)
  request.on('data', onData).on('end', onEnd).on('close', onCut).on('error', onCut)
  try {
    for (;;) {
      const chunk = queue.shift()
      if (chunk !== undefined) {
        yield chunk
        continue
      }
      if (body.state === 'ended') return
      if (body.state === 'late') throw bodyLate(bodyTimeoutMs)
      if (body.state === 'cut') throw clientLeft()
      await new Promise<void>((resolve) => {
        wake = resolve
        request.resume()
      })
    }
  } finally {
    clearTimeout(timer)
    request.off('data', onData).off('end', onEnd).off('close', onCut)
    request.pause()
  }
}
