import { createStreamReader, type ServerSentEvent } from './server-sent-events.ts'

/** The server says that it lives every 15 s: three times that without a word, and the connection is dead, as after sleep. */
const longestSilenceMs = 45_000

interface Taking {
  event(event: ServerSentEvent): void
  /** The stream's last id, after each of its pieces. */
  place(id: string): void
}

/** Until the stream's end. Answers how long the server asks to wait then, in milliseconds; null = it does not say. */
export async function readStream(response: Response, taking: Taking): Promise<number | null> {
  const type = response.headers.get('content-type') ?? 'nothing'
  if (response.body === null || !/^text\/event-stream\b/i.test(type))
    throw new Error(`The server answered with ${type.slice(0, 100)} where a stream of events was asked for.`)
  const reader = response.body.getReader()
  const stream = createStreamReader()
  // Of a stream that is over already it does nothing.
  const end = () => reader.cancel().catch(() => null)
  let silence: ReturnType<typeof setTimeout> | undefined
  const heard = (): void => {
    clearTimeout(silence)
    silence = setTimeout(() => void end(), longestSilenceMs)
  }
  try {
    for (;;) {
      heard()
      const { done, value } = await reader.read()
      if (done) return stream.retryMs()
      for (const event of stream.read(value)) taking.event(event)
      const id = stream.lastId()
      if (id !== null) taking.place(id)
    }
  } finally {
    clearTimeout(silence)
    await end()
  }
}
