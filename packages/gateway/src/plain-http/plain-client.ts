import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { writtenName, type ClientSink } from '@pointsman/engine'
import { pieceBytes, ReaderWatch, type UnsentBytes } from '../reader-watch.ts'

/** What the connection does for the one answer that is under way on it. */
export interface AnswerOwner {
  readonly socket: Socket
  /** How long a client may leave what was written to it unread. */
  readonly stallMs: number
  readonly unsentBytes: UnsentBytes
  /** How long the connection is kept for the next request, as the client is told. */
  readonly idleMs: number
  /** Whether this answer is the connection's last one. Asked once, when its head is written. */
  isLast(): boolean
  /** The whole answer was handed to the socket. */
  answered(): void
}

/** Up to here head and body go out as one text: head and body in two pieces were 8 % of a request, in one 5 % (profile). */
const longestInOne = 16_384

const lastChunk = '0\r\n\r\n'
const noValue = /[^\t\x20-\x7e\x80-\xff]/

/** The client's side of one answer on a plain connection. */
export class PlainClient implements ClientSink {
  readonly #owner: AnswerOwner
  readonly #listeners: (() => void)[] = []
  /** Status line and headers, until they go out with the first bytes of the body. */
  #head: string | null = null
  #headSent = false
  #framing: 'length' | 'chunks' | 'none' | 'open' = 'open'
  #isLast = false
  #ended = false
  /** Made for the first answer that its client does not take at once. */
  #reader: ReaderWatch | null = null
  /** What of its own was handed to the socket and has not gone out. */
  #waiting = 0

  constructor(owner: AnswerOwner) {
    this.#owner = owner
  }

  get closed(): boolean {
    return !this.#ended && this.#owner.socket.destroyed
  }

  onClosed(listener: () => void): void {
    if (this.closed) listener()
    else this.#listeners.push(listener)
  }

  /** By the connection, when its socket has closed. */
  socketClosed(): void {
    this.#reader?.stop()
    if (this.#ended) return
    for (const listener of this.#listeners) listener()
  }

  get headSent(): boolean {
    return this.#headSent
  }

  /** Throws where a name or a value may not stand in a head, as Node's own writer does. */
  head(status: number, headers: readonly string[]): void {
    this.#headSent = true
    this.#isLast = this.#owner.isLast()
    let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}`
    let allValues = ''
    let isDated = false
    for (let at = 0; at + 1 < headers.length; at += 2) {
      const { decides, line } = writtenName(headers[at] ?? '')
      const value = headers[at + 1] ?? ''
      // Between us and this client: what another connection said of itself says nothing here.
      if (decides === 'connection' || decides === 'transfer-encoding') continue
      if (decides === 'date') isDated = true
      else if (decides === 'content-length') this.#framing = 'length'
      allValues += value
      text += line + value
    }
    // All at once: one look an answer, not one a header.
    if (noValue.test(allValues)) throw new TypeError('the value of a header cannot be written')
    if (status === 204 || status === 304) this.#framing = 'none'
    this.#head = `${text}${isDated ? '' : `\r\ndate: ${dateNow()}`}\r\n${this.#connectionLines()}`
  }

  #connectionLines(): string {
    if (this.#isLast) return 'connection: close\r\n'
    return `connection: keep-alive\r\nkeep-alive: timeout=${Math.floor(this.#owner.idleMs / 1_000)}\r\n`
  }

  write(bytes: Uint8Array): boolean {
    const { socket } = this.#owner
    if (socket.destroyed) return true
    if (this.#framing === 'open') this.#framing = 'chunks'
    const isChunked = this.#framing === 'chunks'
    const head = this.#takeHead(isChunked ? 'transfer-encoding: chunked\r\n\r\n' : '\r\n')
    // An empty chunk would be the last one.
    const isChunk = isChunked && bytes.byteLength > 0
    const before = isChunk ? `${head}${bytes.byteLength.toString(16)}\r\n` : head
    const hasRoom = this.#send(before, bytes, isChunk ? '\r\n' : '')
    if (!hasRoom) this.#watchReader()
    return hasRoom
  }

  end(bytes?: Uint8Array): void {
    this.#ended = true
    if (this.#owner.socket.destroyed) return
    const size = bytes?.byteLength ?? 0
    if (this.#framing === 'chunks') {
      this.#sendLast(
        size === 0 ? '' : `${size.toString(16)}\r\n`,
        bytes,
        size === 0 ? lastChunk : `\r\n${lastChunk}`,
      )
    } else {
      const before = this.#takeHead(this.#framing === 'open' ? `content-length: ${size}\r\n\r\n` : '\r\n')
      this.#sendLast(before, this.#framing === 'none' ? undefined : bytes, '')
    }
  }

  /** Piece by piece, each when the one before it has gone out. */
  #sendLast(before: string, bytes: Uint8Array | undefined, after: string): void {
    const { socket } = this.#owner
    if (bytes === undefined || bytes.byteLength <= pieceBytes) {
      this.#send(before, bytes, after)
      // Written to the end in most cases: nothing is left that a reader could leave lying.
      if (socket.writableLength > 0) this.#watchReader()
      if (this.#isLast) socket.destroySoon()
      return this.#owner.answered()
    }
    if (before !== '') socket.write(before, 'latin1')
    this.#waiting += 1
    socket.write(bytes.subarray(0, pieceBytes), (error) => {
      this.#moved()
      if (error == null && !socket.destroyed) this.#sendLast('', bytes.subarray(pieceBytes), after)
    })
    this.#watchReader()
  }

  #takeHead(framing: string): string {
    const head = this.#head
    this.#head = null
    return head === null ? '' : head + framing
  }

  #send(before: string, bytes: Uint8Array | undefined, after: string): boolean {
    const { socket } = this.#owner
    const size = bytes?.byteLength ?? 0
    if (bytes === undefined || before.length + size <= longestInOne) {
      const text =
        bytes === undefined ? '' : Buffer.from(bytes.buffer, bytes.byteOffset, size).toString('latin1')
      this.#waiting += 1
      return socket.write(before + text + after, 'latin1', this.#moved)
    }
    this.#waiting += after === '' ? 1 : 2
    socket.cork()
    if (before !== '') socket.write(before, 'latin1')
    let hasRoom = socket.write(bytes, this.#moved)
    if (after !== '') hasRoom = socket.write(after, 'latin1', this.#moved)
    socket.uncork()
    return hasRoom
  }

  /** As in `NodeClient`: who takes nothing for so long is gone. By a reset, so that nothing waits for it any more. */
  #watchReader(): void {
    const { socket, stallMs, unsentBytes } = this.#owner
    this.#reader ??= new ReaderWatch({
      stallMs,
      unsentBytes: () => unsentBytes(socket),
      drop: () => socket.resetAndDestroy(),
    })
    this.#reader.begin()
  }

  /** Something of what was written has gone out. */
  readonly #moved = (): void => {
    this.#waiting -= 1
    if (this.#reader?.isOn !== true) return
    this.#reader.stop()
    // What else waits has a time of its own. Not the next answer's bytes: nothing would tell this one that they went out.
    if (this.#waiting > 0) this.#watchReader()
  }

  drained(): Promise<void> {
    const { socket } = this.#owner
    if (socket.destroyed || !socket.writableNeedDrain) return Promise.resolve()
    return new Promise((resolve) => {
      const done = (): void => {
        socket.off('drain', done)
        socket.off('close', done)
        resolve()
      }
      socket.on('drain', done)
      socket.on('close', done)
    })
  }

  /** The answer cannot be finished truthfully: the connection is cut, so that nobody takes it for whole. */
  cut(): void {
    this.#ended = true
    this.#owner.socket.destroy()
  }
}

let dateText = ''
let dateSecond = 0

/** A holder of one text: it is made once a second. */
function dateNow(): string {
  const nowMs = Date.now()
  const second = Math.floor(nowMs / 1_000)
  if (second !== dateSecond) {
    dateSecond = second
    dateText = new Date(nowMs).toUTCString()
  }
  return dateText
}
