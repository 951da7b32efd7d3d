import { connect, type Socket } from 'node:net'
import { mark, nowUs, stampDigits } from './chunks.ts'

/** What the clients of one turn have seen. */
export interface Seen {
  chunks: number
  reads: number
  failures: number
  /** Delays of chunks are noted while this is true. */
  counting: boolean
  /** From the vendor's write to here, microseconds. */
  readonly delaysUs: number[]
}

export interface Asking {
  readonly port: number
  /** A whole request of HTTP/1.1. */
  readonly request: string
  readonly seen: Seen
}

/** A connection that asks for streams, one after the other; straight on the socket, so that it costs little. */
export class StreamClient {
  readonly #socket: Socket
  readonly #asking: Asking
  #left = ''
  #askedAtUs = 0
  #sawContent = false
  #first = Promise.withResolvers<number>()
  #ended = Promise.withResolvers<null>()

  constructor(asking: Asking) {
    this.#asking = asking
    this.#socket = connect({ port: asking.port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('data', (bytes: Buffer) => this.#read(bytes))
    this.#socket.on('error', () => this.#fail())
    this.#socket.on('close', () => this.#fail())
  }

  /** Asks; answers after how many microseconds the first content came, NaN where none did. */
  ask(): Promise<number> {
    this.#left = ''
    this.#sawContent = false
    this.#first = Promise.withResolvers()
    this.#ended = Promise.withResolvers()
    this.#askedAtUs = nowUs()
    this.#socket.write(this.#asking.request)
    return this.#first.promise
  }

  ended(): Promise<null> {
    return this.#ended.promise
  }

  close(): void {
    this.#socket.removeAllListeners('close')
    this.#socket.destroy()
  }

  #fail(): void {
    this.#asking.seen.failures++
    this.#first.resolve(Number.NaN)
    this.#ended.resolve(null)
  }

  #read(bytes: Buffer): void {
    const { seen } = this.#asking
    const atUs = nowUs()
    let text = this.#left + bytes.toString('latin1')
    if (
      this.#left === '' &&
      !this.#sawContent &&
      text.startsWith('HTTP/1.1 ') &&
      !text.startsWith('HTTP/1.1 200')
    ) {
      seen.failures++
      this.#first.resolve(Number.NaN)
      this.#ended.resolve(null)
      return
    }
    const before = seen.chunks
    for (;;) {
      const at = text.indexOf(mark)
      if (at === -1 || text.length < at + 1 + stampDigits) break
      seen.chunks++
      if (seen.counting) seen.delaysUs.push(atUs - Number(text.slice(at + 1, at + 1 + stampDigits)))
      text = text.slice(at + 1 + stampDigits)
      if (this.#sawContent) continue
      this.#sawContent = true
      this.#first.resolve(atUs - this.#askedAtUs)
    }
    if (seen.chunks > before) seen.reads++
    if (text.endsWith('0\r\n\r\n')) this.#ended.resolve(null)
    // A mark whose stamp still comes, or the beginning of an end.
    const at = text.indexOf(mark)
    this.#left = at === -1 ? text.slice(-8) : text.slice(at)
  }
}
