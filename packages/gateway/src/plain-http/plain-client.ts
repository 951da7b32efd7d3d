import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { writtenName, type ClientSink } from '@pointsman/engine'
import { latin1Of } from '@pointsman/engine/latin1'
import { pieceBytes, StallWatch, type UnsentBytes } from '../stall-watch.ts'

/** What the connection does for the one answer that is under way on it. */
export interface AnswerOwner {
  readonly socket: Socket
  /** How long a client may leave what was written to it unread. */
  readonly stallMs: number
  readonly unsentBytes: UnsentBytes
  /** What the client is told of how long the connection is kept for its next request. */
  readonly keepAliveLines: string
  /** Whether this answer is the connection's last one. Asked once, when its head is written. */
  isLast(): boolean
  /** The whole answer was handed to the socket; `isLast` as it was told in its head. */
  answered(isLast: boolean): void
}

/** Up to here head and body go out as one text: head and body in two pieces were 8 % of a request, in one 5 % (profile). */
const longestInOne = 16_384

const lastChunk = '0\r\n\r\n'

/** The client's side of one answer on a plain connection. */
export class PlainClient implements ClientSink {
  readonly #owner: AnswerOwner
  /** The engine's, or that of whoever forwards the request. */
  #listener: (() => void) | null = null
  /** Status line and headers, until they go out with the first bytes of the body. */
  #head: string | null = null
  #headSent = false
  #framing: 'length' | 'chunks' | 'none' | 'open' = 'open'
  #isLast = false
  #ended = false
  /** All of it was handed to the socket: what happens there now is the next one's. */
  #isWhole = false
  /** Made for the first answer that its client does not take at once. */
  #reader: StallWatch | null = null

  constructor(owner: AnswerOwner) {
    this.#owner = owner
  }

  get closed(): boolean {
    return !this.#ended && this.#owner.socket.destroyed
  }

  onClosed(listener: () => void): void {
    const before = this.#listener
    if (this.closed) listener()
    else if (before === null) this.#listener = listener
    else
      this.#listener = () => {
        before()
        listener()
      }
  }

  /** By the connection, when its socket has closed. */
  socketClosed(): void {
    this.#reader?.stop()
    if (!this.#ended) this.#listener?.()
  }

  get headSent(): boolean {
    return this.#headSent
  }

  /** Throws where a name or a value may not stand in a head, as Node's own writer does. */
  head(status: number, headers: readonly string[]): void {
    this.#headSent = true
    this.#isLast = this.#owner.isLast()
    let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}`
    let isDated = false
    for (let at = 0; at + 1 < headers.length; at += 2) {
      const name = writtenName(headers[at] ?? '')
      const { decides } = name
      // Between us and this client: what another connection said of itself says nothing here.
      if (decides === 'connection' || decides === 'transfer-encoding') continue
      if (decides === 'date') isDated = true
      else if (decides === 'content-length') this.#framing = 'length'
      text += name.with(headers[at + 1] ?? '')
    }
    if (status === 204 || status === 304) this.#framing = 'none'
    this.#head = `${text}${isDated ? '' : `\r\ndate: ${dateNow()}`}\r\n${this.#connectionLines()}`
  }

  #connectionLines(): string {
    if (this.#isLast) return 'connection: close\r\n'
    return this.#owner.keepAliveLines
  }

  write(bytes: Uint8Array): boolean {
    const { socket } = this.#owner
    if (socket.destroyed) return true
    if (this.#framing === 'open') this.#framing = 'chunks'
    if (this.#framing === 'none') return this.#headAlone()
    const isChunked = this.#framing === 'chunks'
    const head = this.#takeHead(isChunked ? 'transfer-encoding: chunked\r\n\r\n' : '\r\n')
    // An empty chunk would be the last one.
    const isChunk = isChunked && bytes.byteLength > 0
    const before = isChunk ? `${head}${bytes.byteLength.toString(16)}\r\n` : head
    const hasRoom = this.#send(before, bytes, isChunk ? '\r\n' : '')
    if (!hasRoom) this.#awaitRoom()
    return hasRoom
  }

  /** Of a status that has no body, whatever is written: the next answer would begin behind it. */
  #headAlone(): true {
    const head = this.#takeHead('\r\n')
    if (head !== '') this.#owner.socket.write(head, 'latin1')
    return true
  }

  /** By one event for all that waits: a callback for each write took a tick of the loop, also where the system took all at once. */
  #awaitRoom(): void {
    if (this.#reader?.isOn !== true) this.#owner.socket.once('drain', this.#moved)
    this.#watchReader()
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
      // Mostly the system took all at once: then nothing is left that a reader could leave lying, and nobody has to hear of it.
      if (socket.writableLength > 0) {
        this.#watchReader()
        socket.write('', this.#moved)
      }
      this.#isWhole = true
      return this.#owner.answered(this.#isLast)
    }
    if (before !== '') socket.write(before, 'latin1')
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
      const text = bytes === undefined ? '' : latin1Of(bytes)
      return socket.write(before + text + after, 'latin1')
    }
    socket.cork()
    if (before !== '') socket.write(before, 'latin1')
    let hasRoom = socket.write(bytes)
    if (after !== '') hasRoom = socket.write(after, 'latin1')
    socket.uncork()
    return hasRoom
  }

  /** As in `NodeClient`: who takes nothing for so long is gone. By a reset, so that nothing waits for it any more. */
  #watchReader(): void {
    const { socket, stallMs, unsentBytes } = this.#owner
    this.#reader ??= new StallWatch({
      stallMs,
      leftBytes: () => unsentBytes(socket),
      drop: () => socket.resetAndDestroy(),
    })
    this.#reader.begin()
  }

  /** What waited has gone out. What is written next has a time of its own. */
  readonly #moved = (): void => this.#reader?.stop()

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
    if (this.#isWhole) return
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
