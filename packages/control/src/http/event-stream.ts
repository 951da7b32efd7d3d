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
  /** Tells the reader why, as the event `end`, and closes. */
  end(reason: EndReason): void
}

/** `slow_reader`: it did not take its events. `shutting_down`: the server stops. */
export type EndReason = 'slow_reader' | 'shutting_down'

export interface OpenStream {
  readonly stream: ReadableStream<Uint8Array>
  readonly writer: EventWriter
}

export interface EventStreams {
  /** Throws PointsmanError `overloaded` where too many are open. `closed` is called once, whatever ended it. */
  open(signal: AbortSignal, closed: () => void): OpenStream
  /** Ends all that are open, and refuses new ones. */
  endAll(): void
  count(): number
}

const maxStreams = 1_000
/** A reader that lets more events than this wait is cut off: it may come back and go on where it was. */
const maxWaiting = 1_000
/** Shorter than the 60 s after which proxies cut a silent connection. */
const heartbeatEveryMs = 15_000
/** How soon a client that lost its connection tries again. */
const reconnectAfterMs = 2_000

/** Holder of the open streams; bounded by their number, each by its waiting events. */
export function createEventStreams(clock: Clock): EventStreams {
  const writers = new Set<EventWriter>()
  let stopped = false
  return {
    open(signal, closed) {
      if (stopped) throw new PointsmanError('shutting_down', 'This server stops. Connect anew in a moment.')
      if (writers.size >= maxStreams) {
        throw new PointsmanError(
          'overloaded',
          `There are ${maxStreams} streams of events open at this server, its limit. Close some, or try again later.`,
        )
      }
      const opened = openStream(clock, signal, () => {
        writers.delete(opened.writer)
        closed()
      })
      writers.add(opened.writer)
      return opened
    },
    endAll() {
      stopped = true
      for (const writer of [...writers]) writer.end('shutting_down')
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

type Waiting = SentEvent | { readonly comment: string }

/** Pulled, never pushed: an event leaves this list only when the reader asks, so that a slow one holds back nothing else. */
function openStream(clock: Clock, signal: AbortSignal, closed: () => void): OpenStream {
  let waiting: Waiting[] = [{ comment: `connected\nretry: ${reconnectAfterMs}` }]
  let asking: ReadableStreamDefaultController<Uint8Array> | null = null
  let state: 'open' | 'ending' | 'closed' = 'open'
  let cancelBeat = (): void => undefined

  const close = (): void => {
    if (state === 'closed') return
    state = 'closed'
    waiting = []
    cancelBeat()
    signal.removeEventListener('abort', leave)
    closed()
  }
  const leave = (): void => {
    close()
    asking?.close()
    asking = null
  }
  const give = (): void => {
    if (asking === null) return
    const next = waiting.shift()
    if (next === undefined) {
      if (state === 'ending') leave()
      return
    }
    const controller = asking
    asking = null
    controller.enqueue('comment' in next ? encoder.encode(`: ${next.comment}\n\n`) : encode(next))
    if ('event' in next) next.taken?.()
  }
  const writer: EventWriter = {
    send(event) {
      if (state !== 'open') return
      waiting.push(event)
      if (waiting.length > maxWaiting) writer.end('slow_reader')
      else give()
    },
    end(reason) {
      if (state !== 'open') return
      state = 'ending'
      waiting = [{ event: 'end', data: { reason } }]
      give()
      // One that reads nothing would keep the place of its stream for ever.
      cancelBeat()
      cancelBeat = clock.after(reconnectAfterMs, leave)
    },
  }
  const beat = (): void => {
    if (waiting.length === 0) {
      waiting.push({ comment: 'alive' })
      give()
    }
    cancelBeat = clock.after(heartbeatEveryMs, beat)
  }
  cancelBeat = clock.after(heartbeatEveryMs, beat)
  if (signal.aborted) close()
  else signal.addEventListener('abort', leave)
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (state === 'closed') controller.close()
        else {
          asking = controller
          give()
        }
      },
      cancel: close,
    },
    { highWaterMark: 0 },
  )
  return { stream, writer }
}
