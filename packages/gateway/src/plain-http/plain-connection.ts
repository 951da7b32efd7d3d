import type { Socket } from 'node:net'
import { closeGently } from '../close-gently.ts'
import type { ConnectionMemory, Exchange } from '../exchange.ts'
import { bodyLate, clientLeft } from '../exchange-failures.ts'
import type { QuietConnections } from '../quiet-connections.ts'
import type { UnsentBytes } from '../stall-watch.ts'
import { ComingBody } from './coming-body.ts'
import { PlainClient, type AnswerOwner } from './plain-client.ts'
import { PlainExchange, type PlainBegun } from './plain-exchange.ts'
import { PlainHeadReader, type PlainHead } from './read-head.ts'
import { readShared } from './shared-reads.ts'

export interface PlainHouse {
  readonly carry: (exchange: Exchange & { fail(): void }) => void
  /** Monotonic microseconds. */
  readonly nowUs: () => number
  /** To Node's own server, for good, with what was read and not used. */
  readonly handOver: (socket: Socket, unused: Buffer) => void
  /** Whether each answer is its connection's last one. */
  readonly leaving: () => boolean
  readonly requestTimeoutMs: number
  readonly stallMs: number
  readonly unsentBytes: UnsentBytes
  readonly idleMs: number
  readonly keepAliveLines: string
  readonly quiet: QuietConnections
}

/** Who is where, of all connections of the fast lane. */
export interface PlainRegister {
  /** For the rest of a body; false = so many do already. */
  mayWait(connection: PlainConnection): boolean
  waitsNoMore(connection: PlainConnection): void
  gone(connection: PlainConnection): void
}

/** A body that fits into one read of a socket. */
const longestBeforeKey = 65_536
/** More than a client sends that waits for its answers; a socket that is not read tells nobody that its client has left. */
const longestAhead = 65_536

/**
 * The fast lane of HTTP/1.1: requests that are plain (`PlainHeadReader`) and whole are read and answered here, straight on the
 * socket. `node:http` costs 25 µs of processor time a request beside it (16 against 41, a bare relay on Node 26.10): streams
 * and objects that no stage of ours looks at. At the first request that is not plain the connection goes to Node's server
 * and stays there, so that there is one judge of all that is odd. The key of a request is looked at when its body is there:
 * 64 KB at most, which had come with its head or would be in the system's buffers. A longer body is read after its key.
 */
export class PlainConnection implements AnswerOwner, PlainBegun {
  readonly socket: Socket
  readonly stallMs: number
  readonly unsentBytes: UnsentBytes
  readonly keepAliveLines: string
  readonly #house: PlainHouse
  readonly #register: PlainRegister
  readonly #heads = new PlainHeadReader()
  readonly #stopReading: () => void
  /** What came and was not used, its own: a head whose body still comes, or requests ahead of their turn. */
  #unused: Buffer | null = null
  /** The request whose body still comes. */
  #coming: PlainHead | null = null
  /** The longer body of the request under way, until it is whole. */
  #body: ComingBody | null = null
  startedAtUs = 0
  readonly memory: ConnectionMemory = { key: null }
  /** Since which look it rests, or waits for the rest of a body; null = it did neither then. No request reads a clock for it. */
  #quietSinceMs: number | null = null
  #current: PlainClient | null = null
  #lastOne = false

  constructor(socket: Socket, house: PlainHouse, register: PlainRegister) {
    this.socket = socket
    this.#house = house
    this.stallMs = house.stallMs
    this.unsentBytes = house.unsentBytes
    this.keepAliveLines = house.keepAliveLines
    this.#register = register
    this.#stopReading = readShared(socket, this.#onData)
    socket.on('drain', this.#goOn)
    socket.on('close', this.#onClose).on('error', this.#onError)
  }

  /** The first bytes, which told that this is not HTTP/2. */
  begin(bytes: Buffer): void {
    this.#onData(bytes)
  }

  get isIdle(): boolean {
    // One whose answer was its last may still wait for its client to read that.
    return (
      this.#current === null &&
      this.#unused === null &&
      this.socket.writable &&
      this.socket.writableLength === 0
    )
  }

  /** A client that asks and does not read is answered no further: its answers would pile up here. */
  get #isBusy(): boolean {
    return this.#current !== null || this.socket.writableNeedDrain
  }

  /** Of the limits that a connection has while no answer is under way on it, or the body of the request still comes. */
  check(nowMs: number): void {
    const { idleMs, requestTimeoutMs } = this.#house
    // What has had its last answer is `endWithin`'s.
    if (!this.socket.writable || (this.#current !== null && this.#body === null)) return
    // A slow reader still takes its answer; who takes nothing for too long is seen to by that answer.
    if (this.socket.writableLength > 0) this.#quietSinceMs = null
    this.#quietSinceMs ??= nowMs
    const quietMs = nowMs - this.#quietSinceMs
    if (this.#body !== null) {
      if (quietMs > requestTimeoutMs) this.#body.fail(bodyLate(requestTimeoutMs))
    } else if (this.#unused === null) {
      if (quietMs > idleMs) this.socket.destroy()
    } else if (quietMs > requestTimeoutMs) {
      this.socket.write('HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
      this.#register.waitsNoMore(this)
      this.#close(true)
    }
  }

  isLast(): boolean {
    return this.#lastOne || this.#body !== null || this.#house.leaving()
  }

  answered(isLast: boolean): void {
    const unread = this.#body
    // Whoever still reads it does so for nobody.
    unread?.fail(clientLeft())
    this.#current = null
    this.#quietSinceMs = null
    this.#body = null
    if (isLast) return this.#close(unread !== null)
    if (this.#unused === null) this.#house.quiet.rests(this.socket)
    if (this.#unused === null || !this.socket.writable) return
    // Not from within the answer that has just ended.
    queueMicrotask(this.#goOn)
  }

  /** Gently where the client has sent more, or may have: of what lies unread in the system the answer would be cut. */
  #close(isBodyUnread: boolean): void {
    const { socket } = this
    if (!isBodyUnread && this.#unused === null && !socket.isPaused()) return socket.destroySoon()
    this.#unused = null
    this.#stopReading()
    closeGently(socket, socket, this.#house.quiet)
  }

  readonly #goOn = (): void => {
    const bytes = this.#unused
    if (bytes === null || this.#isBusy || !this.socket.writable) return
    this.#unused = null
    if (this.socket.isPaused()) this.socket.resume()
    this.#take(bytes)
  }

  /** The bytes are the next read's when this returns. */
  readonly #onData = (read: Buffer): void => {
    // After the last answer nothing is taken any more.
    if (!this.socket.writable) return
    if (this.#body !== null) return this.#goOnWith(this.#body, read)
    const bytes = this.#unused === null ? read : Buffer.concat([this.#unused, read])
    if (!this.#isBusy) {
      this.#unused = null
      this.#take(bytes)
      return
    }
    this.#unused = this.#unused === null ? Buffer.from(read) : bytes
    if (bytes.length > longestAhead) this.socket.pause()
  }

  #goOnWith(body: ComingBody, read: Buffer): void {
    const taken = body.take(read)
    if (taken < read.length) this.#unused = Buffer.from(read.subarray(taken))
    if (body.isWhole) this.#body = null
  }

  /** Of these bytes nothing is kept that is not copied. */
  #take(bytes: Buffer): void {
    let head = this.#coming
    if (head === null) {
      head = this.#heads.read(bytes)
      if (head === null) return this.#leave(bytes)
      this.startedAtUs = this.#house.nowUs()
      this.#quietSinceMs = null
      this.#house.quiet.works(this.socket)
    }
    const end = head.bytes + head.bodyBytes
    if (bytes.length < end) {
      if (head.bodyBytes > longestBeforeKey) {
        this.#body = new ComingBody(this.socket, head.bodyBytes, bytes.subarray(head.bytes))
        return this.#carry(head, this.#body)
      }
      if (!this.#register.mayWait(this)) return this.#leave(bytes)
      this.#coming = head
      this.#unused = Buffer.from(bytes)
      return
    }
    if (this.#coming !== null) this.#register.waitsNoMore(this)
    this.#coming = null
    this.#unused = bytes.length > end ? Buffer.from(bytes.subarray(end)) : null
    this.#carry(head, Buffer.from(bytes.subarray(head.bytes, end)))
  }

  #carry(head: PlainHead, body: Buffer | ComingBody): void {
    this.#lastOne = !head.keepAlive
    const client = new PlainClient(this)
    this.#current = client
    this.#house.carry(new PlainExchange(head, body, this, client))
  }

  #leave(bytes: Buffer): void {
    const { socket } = this
    this.#register.gone(this)
    // What Node's server makes of it, it tells itself.
    this.#house.quiet.rests(socket)
    this.#stopReading()
    socket.off('drain', this.#goOn)
    socket.off('close', this.#onClose).off('error', this.#onError)
    this.#house.handOver(socket, Buffer.from(bytes))
  }

  readonly #onClose = (): void => {
    this.#register.gone(this)
    this.#body?.fail(clientLeft())
    this.#current?.socketClosed()
  }

  // `close` follows.
  readonly #onError = (): void => void this.socket.destroy()
}
