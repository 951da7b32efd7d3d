import { readServerSentEvent, ServerSentEventSplitter } from '../framing/server-sent-events.ts'

const encoder = new TextEncoder()

/**
 * Turns the events of a Gemini stream into what the vendor sends a caller who did not ask for `alt=sse`: one JSON array,
 * an element for each chunk, growing as chunks come. Each chunk's own text stays as it was. An error after the first
 * chunk is an element like any other (googleapis/python-genai issue 1162, flachesis/gemini-rust issue 29: recorded).
 */
export class GeminiArrayFraming {
  readonly #splitter = new ServerSentEventSplitter()
  #isFirst = true

  /** The elements that became whole; null for none. */
  push(bytes: Uint8Array): Uint8Array | null {
    let text = ''
    for (const frame of this.#splitter.push(bytes)) {
      const { data } = readServerSentEvent(frame.bytes)
      if (data === null) continue
      text += `${this.#isFirst ? '[' : ',\n'}${data}`
      this.#isFirst = false
    }
    return text === '' ? null : encoder.encode(text)
  }

  /** What closes the array; an answer without a chunk is an empty one. */
  end(): Uint8Array {
    return encoder.encode(this.#isFirst ? '[]' : '\n]')
  }
}
