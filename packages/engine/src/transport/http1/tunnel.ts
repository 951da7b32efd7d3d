import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { UpstreamHead } from '../../ports.ts'
import type { ForwardProxy } from '../proxies.ts'
import { AnswerReader } from './answer-reader.ts'

/** What lies behind the proxy. */
export interface Target {
  readonly host: string
  readonly port: number
}

/**
 * A socket to a proxy that is asked for a way to a target (RFC 9110, CONNECT), for plain http as for https: what comes back is then
 * the vendor's alone, the proxy's own user and password never stand in a request, and no request costs more than a direct one.
 */
export class Tunnel {
  readonly socket: Socket
  readonly #proxy: ForwardProxy
  readonly #target: string
  readonly #reader = new AnswerReader()
  readonly #onOpen: () => void
  #isOpen = false
  #refusal: string | null = null

  /** `onOpen`: what is written from now on reaches the target. Else the socket closes, and `problem` says why. */
  constructor(proxy: ForwardProxy, { host, port }: Target, onOpen: () => void) {
    this.#proxy = proxy
    this.#target = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`
    this.#onOpen = onOpen
    // Whoever named the proxy means its address, wherever that lies: no guard looks it up.
    const options = {
      ...{ host: proxy.host, port: proxy.port },
      ...{ noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 },
    }
    this.socket = proxy.isSecure
      ? connectTls({
          ...options,
          ...(isIP(proxy.host) === 0 ? { servername: proxy.host } : {}),
          ALPNProtocols: ['http/1.1'],
        })
      : connect(options)
    this.socket.once(proxy.isSecure ? 'secureConnect' : 'connect', () => this.#ask()).on('data', this.#onData)
  }

  #ask(): void {
    const { authorization } = this.#proxy
    const proof = authorization === null ? '' : `proxy-authorization: ${authorization}\r\n`
    this.#reader.begin()
    this.socket.write(`CONNECT ${this.#target} HTTP/1.1\r\nhost: ${this.#target}\r\n${proof}\r\n`)
  }

  readonly #onData = (bytes: Buffer): void => {
    const { body, head, problem } = this.#reader.take(bytes, bytes.length)
    if (head === null && problem === null) return
    this.socket.off('data', this.#onData)
    if (head === null) this.#refused(`gave an answer that cannot be read: ${problem ?? ''}`)
    else if (head.status >= 300) this.#refused(this.#wordsFor(head))
    // Nobody has been asked for anything yet: it would be taken for the vendor's.
    else if (body !== null) this.#refused('sent more than its answer')
    else {
      this.#isOpen = true
      this.#onOpen()
    }
  }

  #refused(why: string): void {
    this.#refusal = `The proxy ${this.#proxy.shown} ${why}`
    this.socket.destroy()
  }

  #wordsFor({ headers, status }: UpstreamHead): string {
    const { authorization, shown, variable } = this.#proxy
    const answered = `answered ${status} when it was asked for a way to ${this.#target}`
    if (status === 403)
      return `${answered}: it does not let this server go there. Have it allowed, or name the host in NO_PROXY if it is reached without a proxy`
    // Some say 401 of a password that they do not take (tinyproxy, 1.11).
    if (status !== 407 && status !== 401) return `${answered}. See its log for why`
    const wanted =
      authorization === null
        ? `${variable} holds no user and password`
        : `it does not take the user and password in ${variable}`
    const [protocol = '', host = ''] = shown.split('//')
    return `${answered}: ${wanted}. Set it to ${protocol}//user:password@${host}${otherSchemes(headers['proxy-authenticate'])}`
  }

  /** Why it closed before anything was sent to the target, without the proxy's user and password. `cause`: what the socket says. */
  problem(cause: string): string {
    if (this.#refusal !== null) return this.#refusal
    const { shown, variable } = this.#proxy
    if (!this.#isOpen)
      return `The proxy ${shown} cannot be used: ${cause}. See whether it runs there, and what ${variable} says`
    const hint = /certificate/i.test(cause)
      ? '. Where the proxy opens what is encrypted, NODE_EXTRA_CA_CERTS has to name the file with its certificate'
      : ''
    return `Through the proxy ${shown}: ${cause}${hint}`
  }
}

/** What else than Basic it asks for, which nobody speaks here. */
function otherSchemes(asked: string | undefined): string {
  const scheme = /^[a-z]{1,20}/i.exec(asked ?? '')?.[0]
  return scheme === undefined || scheme.toLowerCase() === 'basic'
    ? ''
    : `. It asks for ${scheme} first, and Basic alone is spoken here`
}
