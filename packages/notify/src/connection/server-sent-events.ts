/** One event of a text/event-stream. */
export interface ServerSentEvent {
  readonly data: string
  /** `message` unless the stream names another. */
  readonly event: string
}

export interface StreamReader {
  /** The events that a piece of the stream completes. */
  read(bytes: Uint8Array): readonly ServerSentEvent[]
  /** The last id that the stream has given, whether with an event or alone; null before the first. */
  lastId(): string | null
  /** How long the server asks to wait before a new connection, in milliseconds; null = it does not say. */
  retryMs(): number | null
}

/** An event of more is nothing that a server of ours sends: the page does not keep it. */
const longestLine = 1_000_000

/** Reads a text/event-stream however its bytes are cut (WHATWG HTML, "Server-sent events"). */
export function createStreamReader(): StreamReader {
  const decoder = new TextDecoder()
  let rest = ''
  let endedInReturn = false
  let data: string[] = []
  let event = ''
  let lastId: string | null = null
  let freshId: string | null = null
  let retryMs: number | null = null
  const readLine = (line: string): ServerSentEvent | null => {
    if (line === '') {
      const whole =
        data.length === 0 ? null : { data: data.join('\n'), event: event === '' ? 'message' : event }
      lastId = freshId ?? lastId
      data = []
      event = ''
      return whole
    }
    const mark = line.indexOf(':')
    const name = mark < 0 ? line : line.slice(0, mark)
    const value = mark < 0 ? '' : line.slice(line[mark + 1] === ' ' ? mark + 2 : mark + 1)
    if (name === 'data') data.push(value)
    else if (name === 'event') event = value
    else if (name === 'id' && !value.includes('\0')) freshId = value
    else if (name === 'retry' && /^\d{1,9}$/.test(value)) retryMs = Number(value)
    return null
  }
  return {
    read(bytes) {
      const text = decoder.decode(bytes, { stream: true })
      if (text === '') return []
      // A CR at the end of one piece and an LF at the begin of the next are one line end.
      const fresh = endedInReturn && text.startsWith('\n') ? text.slice(1) : text
      endedInReturn = text.endsWith('\r')
      const [first = '', ...others] = fresh.split(/\r\n|\r|\n/)
      rest += first
      if (rest.length > longestLine) throw new Error('The server sent an event that has no end.')
      const lines = others.length === 0 ? [] : [rest, ...others.slice(0, -1)]
      rest = others.at(-1) ?? rest
      return lines.flatMap((line) => readLine(line) ?? [])
    },
    lastId: () => lastId,
    retryMs: () => retryMs,
  }
}
