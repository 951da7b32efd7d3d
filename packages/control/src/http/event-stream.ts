import { PointsmanError } from '@pointsman/contract'
import type { Clock } from '../ports.ts'

/** One server-sent event. */
export interface SentEvent {
  /** What `Last-Event-ID` may name; absent = it cannot be gone on from. */
  readonly id?: string
  readonly event: string
  readonly data: unknown
  /** Called once the reader has taken it. */
  readonly taken?: () => void
}

/** The writing end of one stream. Never throws; what comes after its end is left. */
export interface EventWriter {
  send(event: SentEvent): void
  /** An id without an event: a reader that has seen none yet goes on from there when it comes back. */
  place(id: string): void
  /** A line for people who look on. */
  remark(text: string): void
  /** Tells the reader why, as the event `end`, and closes. */
  end(reason: EndReason): void
}

/**
 * `slow_reader`: it did not take its events. `shutting_down`: the server stops. `access_ended`: the key was revoked, or the
 * token's time has passed.
 */
export type EndReason = 'slow_reader' | 'shutting_down' | 'access_ended'

/** Who opened a stream. */
export interface StreamOpener {
  /** Whose token it was; null = a key's. */
  readonly user: string | null
  /** Whether the key or token that it was opened with still opens it. Never rejects. */
  readonly mayStay: () => Promise<boolean>
}

export interface OpenStream {
  readonly stream: ReadableStream<Uint8Array>
  readonly writer: EventWriter
}

export interface EventStreams {
  /**
   * Throws PointsmanError `overloaded` where too many are open. `closed` is called once, whatever ended it.
   */
  open(signal: AbortSignal, closed: () => void, opener: StreamOpener): OpenStream
  /** Ends those whose key or token has ended, instead of at the next second. */
  review(): void
  /** Ends all that are open, and refuses new ones. */
  endAll(): void
  count(): number
}

const maxStreams = 1_000
/** No signed-in user takes the places of all others; an app has a few tabs and devices. */
const maxOfUser = 20
/** A reader that lets more events than this wait is cut off: it may come back and go on where it was. */
const maxWaiting = 1_000
/** Shorter than the 60 s after which proxies cut a silent connection. */
const heartbeatEveryMs = 15_000
/** How soon a token's end, or a revocation that nobody told of, ends the streams that it opened. */
const reviewEveryMs = 1_000
/** How soon a client that lost its connection tries again. */
const reconnectAfterMs = 2_000

/** Holder of the open streams, with whose they are; bounded by their number, each by its waiting events. */
export function createEventStreams(clock: Clock): EventStreams {
  const writers = new Map<EventWriter, StreamOpener>()
  let stopped = false
  let cancelReview: (() => void) | null = null
  const review = (): void => {
    for (const [writer, { mayStay }] of writers) {
      void mayStay().then((may) => (may ? undefined : writer.end('access_ended')))
    }
  }
  /** A token ends without anybody's word. Runs only while there is a stream. */
  const reviewLater = (): void => {
    cancelReview ??= clock.after(reviewEveryMs, () => {
      cancelReview = null
      if (writers.size === 0) return
      review()
      reviewLater()
    })
  }
  return {
    review,
    open(signal, closed, opener) {
      const { user } = opener
      if (stopped) throw new PointsmanError('shutting_down', 'This server stops. Connect anew in a moment.')
      if (writers.size >= maxStreams) {
        throw new PointsmanError(
          'overloaded',
          `There are ${maxStreams} streams of events open at this server, its limit. Close some, or try again later.`,
        )
      }
      if (user !== null && [...writers.values()].filter((other) => other.user === user).length >= maxOfUser) {
        throw new PointsmanError(
          'overloaded',
          `This user has ${maxOfUser} streams of events open at this server, a user's limit. Close some first.`,
        )
      }
      const writer = new PulledStream(clock, signal, () => {
        writers.delete(writer)
        closed()
      })
      writers.set(writer, opener)
      reviewLater()
      writer.begin()
      return { stream: writer.stream, writer }
    },
    endAll() {
      stopped = true
      cancelReview?.()
      for (const writer of [...writers.keys()]) writer.end('shutting_down')
    },
    count: () => writers.size,
  }
}

const encoder = new TextEncoder()

/** Data is JSON on one line; ids and names are ours and have no line ends. */
function encode({ id, event, data }: SentEvent): Uint8Array {
  const idLine = id === undefined ? '' : `id: ${id}\n`
  return encoder.encode(`${idLine}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
}

type Waiting = SentEvent | { readonly comment: string } | { readonly place: string }

function bytesOf(next: Waiting): Uint8Array {
  if ('comment' in next) return encoder.encode(`: ${next.comment}\n\n`)
  return 'place' in next ? encoder.encode(`id: ${next.place}\n\n`) : encode(next)
}

/** Pulled, never pushed: an event leaves this list only when the reader asks, so that a slow one holds back nothing else. */
class PulledStream implements EventWriter {
  readonly stream: ReadableStream<Uint8Array>
  readonly #clock: Clock
  readonly #signal: AbortSignal
  readonly #closed: () => void
  #waiting: Waiting[] = [{ comment: `connected\nretry: ${reconnectAfterMs}` }]
  /** Set while the reader waits for more. */
  #asking: ReadableStreamDefaultController<Uint8Array> | null = null
  #state: 'open' | 'ending' | 'closed' = 'open'
  #cancelTimer = (): void => undefined

  constructor(clock: Clock, signal: AbortSignal, closed: () => void) {
    this.#clock = clock
    this.#signal = signal
    this.#closed = closed
    this.stream = new ReadableStream<Uint8Array>(
      { pull: (controller) => this.#ask(controller), cancel: () => this.#close() },
      { highWaterMark: 0 },
    )
  }

  /** Apart from the constructor: a caller that has left already closes it at once. */
  begin(): void {
    this.#cancelTimer = this.#clock.after(heartbeatEveryMs, () => this.#beat())
    if (this.#signal.aborted) this.#close()
    else this.#signal.addEventListener('abort', this.#leave)
  }

  send(event: SentEvent): void {
    if (this.#state !== 'open') return
    this.#waiting.push(event)
    if (this.#waiting.length > maxWaiting) this.end('slow_reader')
    else this.#give()
  }

  place(id: string): void {
    if (this.#state !== 'open') return
    this.#waiting.push({ place: id })
    this.#give()
  }

  remark(text: string): void {
    if (this.#state !== 'open') return
    this.#waiting.push({ comment: text })
    this.#give()
  }

  end(reason: EndReason): void {
    if (this.#state !== 'open') return
    this.#state = 'ending'
    this.#waiting = [{ event: 'end', data: { reason } }]
    this.#cancelTimer()
    // One that reads nothing would keep the place of its stream for ever.
    this.#cancelTimer = this.#clock.after(reconnectAfterMs, this.#leave)
    this.#give()
  }

  #ask(controller: ReadableStreamDefaultController<Uint8Array>): void {
    if (this.#state === 'closed') {
      controller.close()
      return
    }
    this.#asking = controller
    this.#give()
  }

  #give(): void {
    const controller = this.#asking
    if (controller === null) return
    const next = this.#waiting.shift()
    if (next === undefined) {
      if (this.#state === 'ending') this.#leave()
      return
    }
    this.#asking = null
    controller.enqueue(bytesOf(next))
    if ('event' in next) next.taken?.()
  }

  #beat(): void {
    if (this.#waiting.length === 0) {
      this.#waiting.push({ comment: 'alive' })
      this.#give()
    }
    this.#cancelTimer = this.#clock.after(heartbeatEveryMs, () => this.#beat())
  }

  readonly #leave = (): void => {
    const asking = this.#asking
    this.#asking = null
    this.#close()
    asking?.close()
  }

  #close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#waiting = []
    this.#cancelTimer()
    this.#signal.removeEventListener('abort', this.#leave)
    this.#closed()
  }
}
