/**
 * The `data` of each event of a text/event-stream, however its bytes are cut (WHATWG HTML, "Server-sent events").
 * An event that the stream's end cuts off is not given out, as the standard says. Event names, ids and comments are
 * not needed by what is read here.
 */
export async function* eventData(body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  let data: string[] = []
  for await (const line of lines(body)) {
    if (line === '') {
      if (data.length > 0) yield data.join('\n')
      data = []
    } else if (line === 'data') {
      data.push('')
    } else if (line.startsWith('data:')) {
      data.push(line.slice(line[5] === ' ' ? 6 : 5))
    }
  }
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
