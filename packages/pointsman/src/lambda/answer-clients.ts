import type { ClientSink } from '@pointsman/engine'

/** The head of an answer, in the form that Lambda puts before the streamed body and around a whole one. */
export interface AnswerPrelude {
  readonly statusCode: number
  readonly headers: { readonly [name: string]: string }
}

/** An answer in one piece, as API Gateway takes it. */
export interface WholeResult extends AnswerPrelude {
  readonly body: string
  readonly isBase64Encoded: boolean
}

/** Headers of several values are joined: the prelude has one text a name, and none of ours is a cookie. */
function preludeOf(statusCode: number, flat: readonly string[]): AnswerPrelude {
  const headers = new Map<string, string>()
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const name = (flat[at] ?? '').toLowerCase()
    const value = flat[at + 1] ?? ''
    const present = headers.get(name)
    headers.set(name, present === undefined ? value : `${present}, ${value}`)
  }
  return { statusCode, headers: Object.fromEntries(headers) }
}

/** Keeps an answer whole, for callers that cannot take it in pieces. */
export class WholeAnswer implements ClientSink {
  readonly closed = false
  readonly #chunks: Uint8Array[] = []
  #prelude: AnswerPrelude | null = null
  #ended = false

  onClosed(): void {
    // Lambda tells of nobody who leaves.
  }

  head(status: number, headers: readonly string[]): void {
    this.#prelude = preludeOf(status, headers)
  }

  write(bytes: Uint8Array): boolean {
    this.#chunks.push(bytes)
    return true
  }

  drained(): Promise<void> {
    return Promise.resolve()
  }

  end(bytes?: Uint8Array): void {
    if (bytes !== undefined) this.#chunks.push(bytes)
    this.#ended = true
  }

  /** Null = there is no whole answer, and none may be made of what there is. */
  result(): WholeResult | null {
    if (this.#prelude === null || !this.#ended) return null
    const body = Buffer.concat(this.#chunks)
    const decoded = decodedText(body)
    return decoded === null
      ? { ...this.#prelude, body: body.toString('base64'), isBase64Encoded: true }
      : { ...this.#prelude, body: decoded, isBase64Encoded: false }
  }
}

/** Null where it is no text: Bedrock's event streams are bytes. */
function decodedText(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    // The one thing that `fatal` throws for.
    return null
  }
}

/** What Lambda's runtime gives for an answer in pieces: `end` takes no bytes there. */
export interface ResponseStream {
  write(bytes: Uint8Array): boolean
  end(): void
  once(event: 'drain', listener: () => void): unknown
  on(event: 'error' | 'close', listener: () => void): unknown
}

/** Hands an answer on in pieces. */
export class StreamedAnswer implements ClientSink {
  readonly #open: (prelude: AnswerPrelude) => ResponseStream
  readonly #listeners: (() => void)[] = []
  #stream: ResponseStream | null = null
  #hasWritten = false
  #isFull = false
  #ended = false
  #gone = false

  /** `open` puts the prelude before the first bytes. */
  constructor(open: (prelude: AnswerPrelude) => ResponseStream) {
    this.#open = open
  }

  get closed(): boolean {
    return this.#gone
  }

  get isWhole(): boolean {
    return this.#ended
  }

  onClosed(listener: () => void): void {
    if (this.#gone) listener()
    else this.#listeners.push(listener)
  }

  head(status: number, headers: readonly string[]): void {
    const stream = this.#open(preludeOf(status, headers))
    stream.on('error', () => this.#leave())
    stream.on('close', () => this.#leave())
    this.#stream = stream
  }

  write(bytes: Uint8Array): boolean {
    if (this.#gone || this.#stream === null) return true
    this.#hasWritten = true
    this.#isFull = !this.#stream.write(bytes)
    return !this.#isFull
  }

  drained(): Promise<void> {
    const stream = this.#stream
    if (stream === null || this.#gone || !this.#isFull) return Promise.resolve()
    return new Promise((resolve) => {
      stream.once('drain', () => {
        this.#isFull = false
        resolve()
      })
      this.onClosed(resolve)
    })
  }

  end(bytes?: Uint8Array): void {
    // The prelude goes out with the first write, if it is of nothing.
    if (bytes !== undefined || !this.#hasWritten) this.write(bytes ?? new Uint8Array())
    this.#ended = true
    if (!this.#gone) this.#stream?.end()
  }

  #leave(): void {
    if (this.#gone || this.#ended) return
    this.#gone = true
    for (const listener of this.#listeners) listener()
  }
}
