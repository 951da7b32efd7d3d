/** One event of a text/event-stream. */
export interface ServerSentEvent {
  readonly data: string
  /** `message` unless the stream names another. */
  readonly event: string
  /** The last id that the stream has given, with this event or an earlier one; null before the first. */
  readonly lastId: string | null
}

/**
 * The events of a text/event-stream, however its bytes are cut (WHATWG HTML, "Server-sent events"). An event that the
 * stream's end cuts off is not given out, as the standard says. `placed` is told of an id that came without an event.
 */
export async function* serverSentEvents(
  body: AsyncIterable<Uint8Array>,
  placed: (id: string) => void = () => undefined,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  let data: string[] = []
  let event = 'message'
  let lastId: string | null = null
  for await (const line of lines(body)) {
    if (line === '') {
      if (data.length > 0) yield { data: data.join('\n'), event, lastId }
      else if (lastId !== null) placed(lastId)
      data = []
      event = 'message'
      continue
    }
    const mark = line.indexOf(':')
    const name = mark < 0 ? line : line.slice(0, mark)
    const value = mark < 0 ? '' : line.slice(line[mark + 1] === ' ' ? mark + 2 : mark + 1)
    if (name === 'data') data.push(value)
    else if (name === 'event') event = value === '' ? 'message' : value
    else if (name === 'id' && !value.includes('\0')) lastId = value
  }
}

/** The `data` of each event, for streams whose events have no names and no ids. */
export async function* eventData(body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  for await (const { data } of serverSentEvents(body)) yield data
}

/** Whole lines, ended by LF, CR or CRLF. */
async function* lines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder()
  let rest = ''
  // A CR at the end of one piece and an LF at the begin of the next are one line end.
  let endedInReturn = false
  for await (const piece of body) {
    const text = decoder.decode(piece, { stream: true })
    if (text === '') continue
    const fresh = endedInReturn && text.startsWith('\n') ? text.slice(1) : text
    endedInReturn = text.endsWith('\r')
    // Only the new text is searched: a long line in many pieces is not read again for each.
    const [first = '', ...others] = fresh.split(/\r\n|\r|\n/)
    rest += first
    for (const next of others) {
      yield rest
      rest = next
    }
  }
}
