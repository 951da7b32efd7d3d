import { PointsmanApiError } from './api-error.ts'
import { bytesOf } from './body-bytes.ts'
import type { CallOptions, Connection, Query } from './connection.ts'
import { serverSentEvents } from './server-sent-events.ts'

export interface FollowOptions extends CallOptions {
  /** `eventId` of the last event that was seen: goes on after it. From now on unless set. */
  readonly lastEventId?: string | undefined
  /** How long to wait before the first try to connect anew, doubled up to half a minute; 1,000 unless set. */
  readonly reconnectAfterMs?: number | undefined
  /** Called whenever the stream is open, and whenever it is lost and about to be made anew. */
  readonly onConnection?: ((state: 'open' | 'lost') => void) | undefined
}

/** An event, with what a later call may go on from. */
export type Followed<Event> = Event & { readonly eventId: string | null }

const longestWaitMs = 30_000
/** The server says that it lives every 15 s: three times that without a word, and the connection is dead, as after sleep. */
const longestSilenceMs = 45_000

/**
 * The events of a stream, without an end: a connection that is lost is made anew, and goes on after the last event that was
 * seen. Rejects where the first connection fails, where the server refuses a later one (its key was revoked), and with
 * the signal's reason.
 */
export async function* follow<Event extends object>(
  connection: Connection,
  { path, query }: { readonly path: string; readonly query?: Query },
  options: FollowOptions = {},
): AsyncGenerator<Followed<Event>, void, undefined> {
  const { onConnection, signal, reconnectAfterMs = 1_000 } = options
  let lastEventId = options.lastEventId ?? null
  let wasOpen = false
  let waitMs = reconnectAfterMs
  for (;;) {
    try {
      const headers = lastEventId === null ? {} : { 'last-event-id': lastEventId }
      const { response, close } = await connection.open('GET', path, { query, headers, signal })
      wasOpen = true
      onConnection?.('open')
      try {
        const events = serverSentEvents(bytesOf(response.body, longestSilenceMs), (id) => {
          lastEventId = id
        })
        for await (const { data, event, lastId } of events) {
          waitMs = reconnectAfterMs
          if (event === 'end') break
          lastEventId = lastId ?? lastEventId
          yield { ...(JSON.parse(data) as Event), eventId: lastEventId }
        }
      } finally {
        close()
      }
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      if (!wasOpen || isFinal(error)) throw error
    }
    onConnection?.('lost')
    await pause(waitMs, signal)
    waitMs = Math.min(longestWaitMs, waitMs * 2)
  }
}

/** What another try does not mend: the server is there and says no. */
const isFinal = (error: unknown): boolean =>
  error instanceof PointsmanApiError && error.statusCode >= 400 && error.statusCode < 500

function pause(spanMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', leave)
      resolve()
    }, spanMs)
    if (signal?.aborted) leave()
    else signal?.addEventListener('abort', leave)
  })
}
