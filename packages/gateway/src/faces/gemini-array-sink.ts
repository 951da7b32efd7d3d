import { PointsmanError } from '@pointsman/contract'
import type { ClientSink } from '@pointsman/engine'
import { GeminiArrayFraming } from '@pointsman/wire'
import { joined } from '../joined.ts'

/** The form in which a Gemini client wants its stream: `alt`, or `$alt`, of the query (google.api.HttpRule, system parameters). */
function askedForm(query: string): string {
  const asked = new URLSearchParams(query)
  return asked.get('$alt') ?? asked.get('alt') ?? 'json'
}

/** Throws `invalid_request` for a form in which no stream can be written here. */
export function requireKnownForm(query: string): void {
  const form = askedForm(query)
  if (['json', 'sse', ''].includes(form)) return
  throw new PointsmanError(
    'invalid_request',
    `alt=${form.slice(0, 40)} is not answered here: a stream comes as server-sent events (alt=sse) or as one JSON array (alt=json).`,
    { field: 'alt' },
  )
}

/** The sink to write a Gemini stream to: the client's own where it asked for events, else one that makes an array of them. */
export const geminiStreamSink = (client: ClientSink, query: string): ClientSink =>
  askedForm(query) === 'sse' ? client : new GeminiArraySink(client)

const contentLength = 'content-length'

/**
 * Takes a stream of server-sent events and sends the client one JSON array. A refusal is an array too, of one error
 * (recorded answers of the vendor, 2026-09-30).
 */
class GeminiArraySink implements ClientSink {
  readonly #client: ClientSink
  readonly #framing = new GeminiArrayFraming()
  #state: 'stream' | 'refusal' | 'bare' = 'stream'

  constructor(client: ClientSink) {
    this.#client = client
  }

  get closed(): boolean {
    return this.#client.closed
  }

  onClosed(listener: () => void): void {
    this.#client.onClosed(listener)
  }

  head(status: number, headers: readonly string[]): void {
    const length = headers.indexOf(contentLength)
    if (status < 300) {
      this.#client.head(status, replaced(headers, 'content-type', 'application/json; charset=UTF-8'))
      return
    }
    const bytes = length < 0 ? 0 : Number(headers[length + 1])
    this.#state = bytes === 0 ? 'bare' : 'refusal'
    // Its brackets are two bytes more.
    const brackets = this.#state === 'refusal' ? 2 : 0
    this.#client.head(status, replaced(headers, contentLength, String(bytes + brackets)))
  }

  write(bytes: Uint8Array): boolean {
    const framed = this.#framing.push(bytes)
    return framed === null || this.#client.write(framed)
  }

  drained(): Promise<void> {
    return this.#client.drained()
  }

  end(bytes: Uint8Array = new Uint8Array(0)): void {
    if (this.#state === 'bare') this.#client.end(bytes)
    else if (this.#state === 'refusal') this.#client.end(joined([openBracket, bytes, closeBracket]))
    else this.#client.end(joined([this.#framing.push(bytes) ?? nothing, this.#framing.end()]))
  }
}

const nothing = new Uint8Array(0)
const openBracket = new TextEncoder().encode('[')
const closeBracket = new TextEncoder().encode(']')

/** Flat headers with one value replaced. */
const replaced = (headers: readonly string[], name: string, value: string): readonly string[] =>
  headers.map((text, index) => (index % 2 === 1 && headers[index - 1] === name ? value : text))
