import { PointsmanError } from '@pointsman/contract'
import type { ClientSink } from '@pointsman/engine'
import type { Exchange } from './exchange.ts'
import { bodyTooLarge, endFailed } from './exchange-failures.ts'
import { joined } from './joined.ts'

export interface FetchHandlerOptions {
  readonly handle: (exchange: Exchange) => Promise<void>
  /** Monotonic microseconds. */
  readonly nowUs: () => number
  /** A failure that no handler caught: a bug of ours, told once each. */
  readonly onFailure: (failure: unknown) => void
  /** What the stages take for the path, where the platform puts something before it. Left out: the path of the URL. */
  readonly pathOf?: (pathname: string) => string
  /**
   * Given the whole of each request's work, which outlasts the answer where its client left: a platform that stops a process
   * between requests is to wait for it. Never rejects.
   */
  readonly onWork?: (work: Promise<void>) => void
  readonly limits?: Partial<FetchLimits>
}

export interface FetchLimits {
  /** Longest time for a body to arrive. */
  readonly bodyTimeoutMs: number
  /** How long a client may leave what was written to it unread. */
  readonly stallMs: number
}

const defaultLimits: FetchLimits = { bodyTimeoutMs: 120_000, stallMs: 60_000 }

/** What may wait here for a client before its upstream is held back. */
const roomBytes = 16_384

/** Statuses whose `Response` takes no body (Fetch, 2.2.3); it throws on one. */
const withoutBody: ReadonlySet<number> = new Set([204, 205, 304])
/** For nobody: the client left before its answer began, and the platform waits for a `Response` all the same. */
const clientLeftStatus = 499

/** The stages behind one `fetch`: what platforms without sockets of their own call with each request. */
export function createFetchHandler(options: FetchHandlerOptions): (request: Request) => Promise<Response> {
  const { handle, nowUs, onFailure, onWork, pathOf = (pathname: string) => pathname } = options
  const limits = { ...defaultLimits, ...options.limits }
  return (request) => {
    const exchange = new FetchExchange(request, { startedAtUs: nowUs(), pathOf, ...limits })
    const work = handle(exchange).catch((failure: unknown) => {
      onFailure(failure)
      exchange.fail()
    })
    onWork?.(work)
    return exchange.client.response
  }
}

/** Answers with a `Response` once the head is known; its body is pulled by whoever reads it. */
class FetchClient implements ClientSink {
  readonly response: Promise<Response>
  readonly #resolve: (response: Response) => void
  readonly #stallMs: number
  readonly #listeners: (() => void)[] = []
  #head: { readonly status: number; readonly headers: Headers } | null = null
  #answered = false
  #body: ReadableStreamDefaultController<Uint8Array> | null = null
  #ended = false
  #gone = false
  #stall: ReturnType<typeof setTimeout> | null = null
  /** Who waits for room. */
  #waiting: (() => void)[] = []

  constructor(signal: AbortSignal, stallMs: number) {
    const { promise, resolve } = Promise.withResolvers<Response>()
    this.response = promise
    this.#resolve = resolve
    this.#stallMs = stallMs
    if (signal.aborted) this.#leave()
    else signal.addEventListener('abort', () => this.#leave(), { once: true })
  }

  get closed(): boolean {
    return !this.#ended && this.#gone
  }

  onClosed(listener: () => void): void {
    if (this.closed) listener()
    else this.#listeners.push(listener)
  }

  get headSent(): boolean {
    return this.#head !== null
  }

  head(status: number, headers: readonly string[]): void {
    const named = new Headers()
    for (let index = 0; index + 1 < headers.length; index += 2)
      named.append(headers[index] ?? '', headers[index + 1] ?? '')
    this.#head = { status, headers: named }
    // A whole answer is ended in the same step as its head, and is told its length by the platform.
    queueMicrotask(() => {
      if (!this.#answered) this.#openBody()
    })
  }

  write(bytes: Uint8Array): boolean {
    if (this.#gone) return true
    this.#openBody()
    // An empty piece would wake a reader that must read again, and some platforms take it for the end.
    if (bytes.byteLength > 0) this.#body?.enqueue(bytes)
    const hasRoom = (this.#body?.desiredSize ?? 1) > 0
    if (!hasRoom) this.#stall ??= setTimeout(() => this.#drop(), this.#stallMs)
    return hasRoom
  }

  drained(): Promise<void> {
    if (this.#gone || this.#stall === null) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  end(bytes?: Uint8Array): void {
    if (!this.#answered && !this.#gone) this.#answer(bytes === undefined ? null : new Uint8Array(bytes))
    else if (!this.#gone && bytes !== undefined) this.write(bytes)
    this.#ended = true
    this.#moved()
    if (!this.#gone) this.#body?.close()
  }

  /** The answer cannot be finished truthfully: its stream fails, so that nobody takes it for whole. */
  cut(): void {
    if (this.#gone) return
    this.#ended = true
    this.#openBody()
    this.#moved()
    this.#fail()
  }

  #openBody(): void {
    if (this.#answered) return
    // Not a stream of bytes: that one takes the buffer of what it is given away, and buffers are shared (Streams, 3.2.4).
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#body = controller
        },
        pull: () => this.#moved(),
        cancel: () => this.#leave(),
      },
      { highWaterMark: roomBytes, size: ({ byteLength }) => byteLength },
    )
    this.#answer(body)
  }

  #answer(body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | null): void {
    this.#answered = true
    const { status, headers } = this.#head ?? { status: 200, headers: new Headers() }
    this.#resolve(new Response(withoutBody.has(status) ? null : body, { status, headers }))
  }

  /** Platforms tell of it by the signal, by the stream, or by both; some by the signal after each finished answer, too. */
  #leave(): void {
    if (this.#ended || this.#gone) return
    this.#gone = true
    this.#moved()
    if (!this.#answered) this.#resolve(new Response(null, { status: clientLeftStatus }))
    this.#answered = true
    for (const listener of this.#listeners) listener()
  }

  /** Who takes nothing of what waits for so long is gone: the engine hears that the client left, and its upstream call ends. */
  #drop(): void {
    this.#leave()
    this.#fail()
  }

  #fail(): void {
    this.#body?.error(new Error('the answer could not be finished'))
  }

  #moved(): void {
    if (this.#stall !== null) clearTimeout(this.#stall)
    this.#stall = null
    for (const goOn of this.#waiting.splice(0)) goOn()
  }
}

interface FetchAbout extends FetchLimits {
  readonly startedAtUs: number
  readonly pathOf: (pathname: string) => string
}

/** The adapter for `Request` and `Response`. */
export class FetchExchange implements Exchange {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly rawHeaders: readonly string[]
  readonly startedAtUs: number
  readonly client: FetchClient
  readonly #request: Request
  readonly #bodyTimeoutMs: number

  constructor(request: Request, about: FetchAbout) {
    const { pathname, search } = new URL(request.url)
    this.#request = request
    this.#bodyTimeoutMs = about.bodyTimeoutMs
    this.method = request.method
    this.path = about.pathOf(pathname)
    this.query = search.slice(1)
    this.rawHeaders = [...request.headers].flat()
    this.startedAtUs = about.startedAtUs
    this.client = new FetchClient(request.signal, about.stallMs)
  }

  header(name: string): string | undefined {
    return this.#request.headers.get(name) ?? undefined
  }

  async readBody(limitBytes: number): Promise<Uint8Array> {
    const declared = Number(this.header('content-length') ?? 'NaN')
    if (declared > limitBytes) throw bodyTooLarge(limitBytes)
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of this.bodyChunks()) {
      size += chunk.byteLength
      if (size > limitBytes) throw bodyTooLarge(limitBytes)
      chunks.push(chunk)
    }
    return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : joined(chunks)
  }

  bodyChunks(): AsyncIterable<Uint8Array> {
    return chunksOf(this.#request.body, this.#bodyTimeoutMs)
  }

  /** After a failure that nobody foresaw: a plain 500 where nothing was sent yet, else a cut. Never throws. */
  fail(): void {
    endFailed(this.client)
  }
}

/** One timer for the whole body: who sends a byte now and then is late all the same. */
async function* chunksOf(
  body: ReadableStream<Uint8Array> | null,
  bodyTimeoutMs: number,
): AsyncGenerator<Uint8Array> {
  if (body === null) return
  const reader = body.getReader()
  const { promise: late, resolve } = Promise.withResolvers<'late'>()
  const timer = setTimeout(() => resolve('late'), bodyTimeoutMs)
  let isWhole = false
  try {
    for (;;) {
      const read = await Promise.race([reader.read().catch(refuseCut), late])
      if (read === 'late') throw bodyLate(bodyTimeoutMs)
      isWhole = read.done
      if (read.done) return
      yield read.value
    }
  } finally {
    clearTimeout(timer)
    // What is not taken must not be kept for us. A body that failed by itself says so once more, to nobody.
    if (!isWhole) void Promise.allSettled([reader.cancel()])
  }
}

const bodyLate = (bodyTimeoutMs: number): PointsmanError =>
  new PointsmanError(
    'request_timeout',
    `The request body did not arrive within ${bodyTimeoutMs / 1_000} seconds.`,
  )

function refuseCut(): never {
  throw new PointsmanError('client_closed', 'The client left before its request was complete.')
}
