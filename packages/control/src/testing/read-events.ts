import type { Control } from '../create-control.ts'
import { serviceKey } from './start-control.ts'

export interface ReadEvent {
  readonly id: string | null
  readonly event: string
  readonly data: { readonly [name: string]: unknown }
}

export interface OpenEvents {
  readonly status: number
  /** Resolves with the next event, comments left out; null at the stream's end. */
  next(): Promise<ReadEvent | null>
  /** The next ones, until one is of this kind; that one is the last. */
  until(wanted: (event: ReadEvent) => boolean): Promise<readonly ReadEvent[]>
  /** What a browser would send as Last-Event-ID if it lost the connection now; waits for the first one. */
  place(): Promise<string>
  leave(): Promise<void>
}

/** A stream of server-sent events, read as a client reads it. Resolves once it is open. */
export async function openEvents(
  control: Control,
  path: string,
  asked: { readonly key?: string; readonly lastEventId?: string } = {},
): Promise<OpenEvents> {
  const { key = serviceKey, lastEventId } = asked
  const left = new AbortController()
  const response = await control.app.fetch(
    new Request(`http://127.0.0.1:7070${path}`, {
      headers: {
        authorization: `Bearer ${key}`,
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
      signal: left.signal,
    }),
  )
  const reader = (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const block = async (): Promise<string | null> => {
    for (;;) {
      const end = text.indexOf('\n\n')
      if (end >= 0) {
        const found = text.slice(0, end)
        text = text.slice(end + 2)
        return found
      }
      const { done, value } = await reader.read()
      if (done) return null
      text += value
    }
  }
  let lastId: string | null = null
  const next = async (onlyPlace = false): Promise<ReadEvent | null> => {
    for (;;) {
      const found = await block()
      if (found === null) return null
      const fields = new Map(
        found
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      )
      lastId = fields.get('id') ?? lastId
      const data = fields.get('data')
      if (data === undefined) {
        if (onlyPlace && fields.has('id')) return null
        continue
      }
      const value = JSON.parse(data) as ReadEvent['data']
      return { id: fields.get('id') ?? null, event: fields.get('event') ?? 'message', data: value }
    }
  }
  return {
    status: response.status,
    next: () => next(),
    async place() {
      if (lastId === null) await next(true)
      if (lastId === null) throw new Error('the stream has told no place')
      return lastId
    },
    async until(wanted) {
      const events: ReadEvent[] = []
      for (;;) {
        const event = await next()
        if (event === null) throw new Error(`the stream ended after ${JSON.stringify(events)}`)
        events.push(event)
        if (wanted(event)) return events
      }
    },
    async leave() {
      left.abort()
      await reader.cancel()
    },
  }
}
