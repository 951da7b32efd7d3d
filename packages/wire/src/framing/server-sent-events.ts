import { PointsmanError } from '@pointsman/contract'

import { ByteBuffer } from './byte-buffer.ts'

const lineFeed = 0x0a
const carriageReturn = 0x0d

/** One event with its closing blank line, as it came. All frames of a stream joined are the stream, byte for byte. */
export interface ServerSentFrame {
  readonly bytes: Uint8Array
}

/** A comment with its blank line: readers pass over it (WHATWG HTML, 9.2.6). */
export const sseComment: Uint8Array = new TextEncoder().encode(':\n\n')

/** An event never grows beyond this: what does is not an event stream. */
const largestEvent = 16 * 1024 * 1024

/**
 * Cuts a byte stream, cut anywhere, at blank lines. Works on bytes, so that a character split between two
 * pieces is never decoded in halves. Lines may end in LF, CR or CR LF.
 */
export class ServerSentEventSplitter {
  readonly #carry = new ByteBuffer()
  /** Bytes of the present line before its end. */
  #lineLength = 0
  #afterReturn = false
  /** A blank line ended in CR: the event is whole, but an LF that follows is still its own. */
  #wholeAtReturn = false
  #sawLine = false

  /** Nothing of an event has come that is not whole. */
  get isBetweenEvents(): boolean {
    return this.#carry.length === 0
  }

  push(bytes: Uint8Array): readonly ServerSentFrame[] {
    // Nearly every stream ends its lines in LF alone. Found by the platform's search, a relayed chunk of 330 bytes takes 0.7 µs
    // less than byte by byte (measured).
    const isPlain = !this.#afterReturn && !this.#wholeAtReturn && !bytes.includes(carriageReturn)
    return isPlain ? this.#cutAtFeeds(bytes) : this.#cutAtAny(bytes)
  }

  #cutAtFeeds(bytes: Uint8Array): readonly ServerSentFrame[] {
    const frames: ServerSentFrame[] = []
    let start = 0
    let lineStart = 0
    for (let at = bytes.indexOf(lineFeed); at !== -1; at = bytes.indexOf(lineFeed, lineStart)) {
      this.#lineLength += at - lineStart
      lineStart = at + 1
      if (!this.#endLine()) continue
      frames.push(this.#cut(bytes, start, lineStart))
      start = lineStart
    }
    this.#lineLength += bytes.length - lineStart
    this.#keep(bytes.subarray(start))
    return frames
  }

  #cutAtAny(bytes: Uint8Array): readonly ServerSentFrame[] {
    const frames: ServerSentFrame[] = []
    let start = 0
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at]
      if (this.#wholeAtReturn) {
        const end = byte === lineFeed ? at + 1 : at
        frames.push(this.#cut(bytes, start, end))
        start = end
        if (byte === lineFeed) continue
      }
      if (byte === lineFeed) {
        const isSecondHalf = this.#afterReturn
        this.#afterReturn = false
        if (isSecondHalf || !this.#endLine()) continue
        frames.push(this.#cut(bytes, start, at + 1))
        start = at + 1
      } else if (byte === carriageReturn) {
        this.#wholeAtReturn = this.#endLine()
        this.#afterReturn = !this.#wholeAtReturn
      } else {
        this.#afterReturn = false
        this.#lineLength += 1
      }
    }
    this.#keep(bytes.subarray(start))
    return frames
  }

  /** What is left when the source ends; null for nothing. It is an event only where its blank line came. */
  end(): (ServerSentFrame & { readonly isWhole: boolean }) | null {
    if (this.#carry.length === 0) return null
    const isWhole = this.#wholeAtReturn
    return { ...this.#cut(new Uint8Array(0), 0, 0), isWhole }
  }

  /** True where the line that ends here is blank and lines stood before it: the event's end. */
  #endLine(): boolean {
    const isBlank = this.#lineLength === 0
    this.#lineLength = 0
    const endsEvent = isBlank && this.#sawLine
    this.#sawLine = !isBlank
    return endsEvent
  }

  #cut(bytes: Uint8Array, start: number, end: number): ServerSentFrame {
    this.#wholeAtReturn = false
    this.#afterReturn = false
    const piece = bytes.subarray(start, end)
    if (this.#carry.length === 0) return { bytes: piece }
    this.#carry.append(piece)
    return { bytes: this.#carry.take() }
  }

  #keep(rest: Uint8Array): void {
    if (rest.length === 0) return
    this.#carry.append(rest)
    if (this.#carry.length > largestEvent) {
      throw new PointsmanError('upstream_broken', 'The vendor sent an event of more than 16 MB.')
    }
  }
}

/** What an event says. `data` is null where it has none: a comment, or an event that only names itself. */
export interface ServerSentEvent {
  readonly name: string | null
  readonly data: string | null
}

const lineEnds = /\r\n|\n|\r/
// Made once: making a decoder costs more than decoding an event.
const textDecoder = new TextDecoder('utf-8', { fatal: true })

/** Reads one frame. Throws `upstream_broken` where it is not UTF-8. */
export function readServerSentEvent(bytes: Uint8Array): ServerSentEvent {
  let text: string
  try {
    text = textDecoder.decode(bytes)
  } catch (thrown) {
    throw new PointsmanError('upstream_broken', 'The vendor sent text that is not UTF-8.', { cause: thrown })
  }
  let name: string | null = null
  const data: string[] = []
  for (const line of text.split(lineEnds)) {
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const rest = colon < 0 ? '' : line.slice(colon + 1)
    const value = rest.startsWith(' ') ? rest.slice(1) : rest
    if (field === 'data') data.push(value)
    else if (field === 'event') name = value
  }
  return { name, data: data.length === 0 ? null : data.join('\n') }
}

const encoder = new TextEncoder()

/** One event. `data` must hold no line end: JSON texts never do. */
export function encodeServerSentEvent(data: string, name: string | null = null): Uint8Array {
  return encoder.encode(name === null ? `data: ${data}\n\n` : `event: ${name}\ndata: ${data}\n\n`)
}
