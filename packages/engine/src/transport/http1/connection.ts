import { connect, isIP, type LookupFunction, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { failureWords } from '@pointsman/contract'
import { AnswerReader, type Taken } from './answer-reader.ts'
import type { Call, Carrier } from './call.ts'
import type { ForwardProxy } from '../proxies.ts'
import { sendTogether, type Sender } from './sent-together.ts'
import { Tunnel } from './tunnel.ts'
import { writeRequest } from './written-request.ts'

/** Where connections go to, and what they have in common. */
export interface Place {
  readonly isSecure: boolean
  readonly host: string
  readonly port: number
  readonly lookup: LookupFunction | undefined
  /** Which proxy leads there; null = it is called directly. */
  readonly proxy: ForwardProxy | null
  readonly connectTimeoutMs: number
  /** Of the last handshake, so that the next one is shorter. */
  session: Buffer | undefined
}

/** What a connection tells its pool: `free` or `gone` once each time that it is rid of a call. */
export interface ConnectionOwner {
  /** It can carry another call. */
  free(connection: Connection): void
  /** With the call that it had, if nothing of that was sent. */
  gone(connection: Connection, unsent: Call | null): void
}

/**
 * All sockets read into these bytes, one read after the other: what is kept is copied before the next one. Node's own reads
 * take 64 KB each and give most of it back; a thousand waiting streams held some of it.
 */
const shared = Buffer.allocUnsafeSlow(65_536)

/** One connection, with at most one call at a time. */
export class Connection implements Carrier, Sender {
  readonly #place: Place
  readonly #owner: ConnectionOwner
  /** The vendor's; to a proxy until that has opened a way. */
  #socket: Socket
  readonly #tunnel: Tunnel | null
  readonly #reader = new AnswerReader()
  #call: Call | null = null
  /** The call waits for the turn's end: what comes until then, or that it closes, has nothing to do with it. */
  #isUnsent = false
  #isConnected = false
  /** The last read filled all bytes that it may: more may lie in the system. */
  #wasFull = false
  #error: Error | null = null
  #late: NodeJS.Timeout | null
  /** Until when it may rest; monotonic. */
  restsUntilMs = Infinity
  /** It keeps the process alive. */
  isHeld = true
  /** Its pool's: it has a call. */
  isBusy = false

  constructor(place: Place, owner: ConnectionOwner) {
    this.#place = place
    this.#owner = owner
    this.#tunnel = place.proxy === null ? null : new Tunnel(place.proxy, place, this.#onTunnel)
    this.#socket = this.#tunnel?.socket.on('error', this.#onError).on('close', this.#onClose) ?? this.#open()
    this.#late = setTimeout(() => {
      this.#socket.destroy(new Error(`no connection within ${place.connectTimeoutMs} ms`))
    }, place.connectTimeoutMs)
  }

  #open(): Socket {
    const { host, isSecure, lookup, port } = this.#place
    const options = {
      ...{ host, port, lookup, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 },
      onread: { buffer: shared, callback: this.#onRead },
    }
    const socket = isSecure ? this.#secured(options) : connect(options).on('connect', this.#onConnect)
    return this.#heard(socket)
  }

  #secured(options: ConnectionOptions): TLSSocket {
    const { host, session } = this.#place
    const socket = connectTls({
      ...options,
      // A name alone can be asked for; of an address the certificate is checked all the same.
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(session === undefined ? {} : { session }),
      ALPNProtocols: ['http/1.1'],
    })
    return socket
      .on('secureConnect', this.#onConnect)
      .on('session', (told: Buffer) => (this.#place.session = told))
  }

  #heard(socket: Socket): Socket {
    return socket.on('end', this.#onEnd).on('error', this.#onError).on('close', this.#onClose)
  }

  /** Sends the call as soon as there is a connection, at the end of the turn. Never calls back before it has returned. */
  carry(call: Call): void {
    this.#call = call
    if (!this.#isConnected) return
    if (!this.isHeld) this.#socket.ref()
    this.isHeld = true
    this.#isUnsent = true
    sendTogether(this)
  }

  send(): void {
    const call = this.#call
    // Given up meanwhile, or the connection is about to be gone.
    if (call === null || !this.isUsable) return
    this.#isUnsent = false
    this.#write(call)
  }

  #write(call: Call): void {
    this.#reader.begin()
    const { head, request } = call.take()
    writeRequest(this.#socket, head, request)
    call.connected()
  }

  /** Whether it can still be given a call. */
  get isUsable(): boolean {
    return !this.#socket.destroyed && this.#socket.writable && this.#error === null
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  rest(nowMs: number, forMs: number): void {
    this.restsUntilMs = nowMs + Math.min(forMs, (this.#reader.restsForMs ?? Infinity) - restMarginMs)
  }

  /** Nobody waits for anything on it: it does not keep the process alive. */
  letGo(): void {
    this.isHeld = false
    this.#socket.unref()
  }

  /** The call was given up, or nobody wants the connection any more. Whoever still waits for it is told nothing. */
  destroy(): void {
    this.#call = null
    this.#socket.destroy()
  }

  /** Node lets a socket that was there before read into no bytes of ours: what comes through a proxy comes as events. */
  readonly #onTunnel = (): void => {
    const { host, isSecure } = this.#place
    const way = this.#socket
    if (isSecure) {
      // Its end is the end of what goes through it, which tells of both.
      way.off('close', this.#onClose)
      this.#socket = this.#heard(this.#secured({ socket: way, host })).on('data', this.#onData)
    } else {
      way.on('end', this.#onEnd).on('data', this.#onData)
      this.#onConnect()
    }
  }

  readonly #onConnect = (): void => {
    this.#isConnected = true
    this.#clearLate()
    const call = this.#call
    // Given up while it was made.
    if (call === null) return void this.#socket.destroy()
    this.#write(call)
  }

  readonly #onRead = (size: number): boolean => {
    this.#read(shared, size)
    return true
  }

  readonly #onData = (bytes: Buffer): void => this.#read(bytes, bytes.length)

  #read(bytes: Buffer, size: number): void {
    const call = this.#call
    this.#wasFull = size === shared.length
    // Unasked: what else comes on it would be taken for the next call's answer.
    if (call === null || this.#isUnsent) this.#socket.destroy()
    else this.#tell(call, this.#reader.take(bytes, size))
  }

  #tell(call: Call, { body, ended, head, problem }: Taken): void {
    if (head !== null) call.head(head)
    if (body !== null && this.#call === call) call.data(body)
    if (this.#call !== call) return
    if (problem !== null) {
      this.#call = null
      this.#socket.destroy()
      call.failed(problem, true)
    } else if (ended) {
      this.#release()
      call.end()
    }
  }

  /** Before its call is told of the end: what it does next may need the place. */
  #release(): void {
    this.#call = null
    const socket = this.#socket
    // What of the request has not gone out would stand before the next one. What lies in the system behind a full read would be
    // taken for the next one's answer, where it is not read before the end of this turn.
    if (!this.#reader.keepAlive || socket.writableLength > 0 || this.#wasFull || !this.isUsable) {
      socket.destroy()
      return
    }
    if (socket.isPaused()) socket.resume()
    // One look at the system may bring several reads: each record of TLS is one. They find a call that is not sent yet, or none.
    this.#owner.free(this)
  }

  readonly #onEnd = (): void => {
    const call = this.#call
    // In a handshake nothing has been sent: the socket tells of it as of its own failure.
    if (call !== null && this.#isConnected && !this.#isUnsent) this.#tell(call, this.#reader.finish())
    this.#socket.destroy()
  }

  readonly #onError = (error: Error): void => {
    this.#error = error
  }

  readonly #onClose = (): void => {
    this.#clearLate()
    const call = this.#call
    this.#call = null
    const unsent = this.#isUnsent ? call : null
    this.#owner.gone(this, unsent)
    if (call === null || unsent !== null) return
    const cause = this.#error === null ? 'the connection was closed' : failureWords(this.#error)
    const message = this.#isConnected ? cause : (this.#tunnel?.problem(cause) ?? cause)
    call.failed(message, this.#isConnected)
  }

  #clearLate(): void {
    if (this.#late !== null) clearTimeout(this.#late)
    this.#late = null
  }
}

/** Less than the other side says: its clock began before ours, and a call that it no longer takes is on its way by then. */
const restMarginMs = 1_000
