import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { Chance } from '../answer/chance.ts'
import { Connection, type ChaosConnection } from './connection.ts'
import { checkToxics, type Direction, type Toxics } from './toxics.ts'

export interface ChaosProxyOptions {
  /** Where connections go to. Default host `127.0.0.1`. */
  readonly target: { readonly host?: string; readonly port: number }
  /** 0, the default, takes a free one. Listens on loopback only. */
  readonly port?: number
  /** Jitter is drawn from it: the same connections in the same order meet the same. Default 1. */
  readonly seed?: number
}

/**
 * `refuse`: nobody listens (ECONNREFUSED). `reset`: accepted and reset at once. `silent`: accepted, and nothing ever
 * comes back. Connections that are open already go on.
 */
export type Refusal = 'refuse' | 'reset' | 'silent'

export interface ChaosProxy {
  readonly port: number
  /** `127.0.0.1:port`. */
  readonly address: string
  /** Replaces the toxics of a direction, for open connections too. Throws a TypeError that names what is wrong. */
  set(direction: Direction, toxics: Toxics): void
  /** Takes all toxics away; what was stalled goes on. */
  clear(): void
  /** Null = accepts again, on the same port. */
  refuse(refusal: Refusal | null): Promise<void>
  /** Ends all open connections, in order (FIN) or by reset. */
  endAll(how: 'cut' | 'reset'): void
  /** Those open, the oldest first; half-open ones count. */
  connections(): readonly ChaosConnection[]
  /** Connections taken since the start. */
  accepted(): number
  close(): Promise<void>
}

/**
 * A TCP proxy that does to bytes what networks do: between gateway and provider, client and gateway, gateway and
 * database. What it does is set per direction and may be changed while connections are open.
 */
export async function startChaosProxy(options: ChaosProxyOptions): Promise<ChaosProxy> {
  const listening = new Listening(options)
  await listening.listen()
  return listening
}

export function chanceOf(seed: number, connection: number, direction: Direction): Chance {
  const mixed = (seed * 65_537 + connection * 2 + (direction === 'up' ? 0 : 1)) >>> 0
  return new Chance(mixed.toString(16).padStart(8, '0'))
}

class Listening implements ChaosProxy {
  port: number
  readonly #options: ChaosProxyOptions
  readonly #toxics = new Map<Direction, Toxics>()
  readonly #connections = new Set<Connection>()
  /** All sockets of both sides, the refused ones too. */
  readonly #sockets = new Set<Socket>()
  #server: Server | null = null
  #refusal: Refusal | null = null
  #accepted = 0

  constructor(options: ChaosProxyOptions) {
    this.#options = options
    this.port = options.port ?? 0
  }

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  async listen(): Promise<void> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#arrived(client))
    server.listen(this.port, '127.0.0.1', 4_096)
    await once(server, 'listening')
    this.port = (server.address() as AddressInfo).port
    this.#server = server
  }

  set(direction: Direction, toxics: Toxics): void {
    this.#toxics.set(direction, checkToxics(toxics))
    for (const connection of this.#connections) connection.changed()
  }

  clear(): void {
    this.#toxics.clear()
    for (const connection of this.#connections) connection.changed()
  }

  async refuse(refusal: Refusal | null): Promise<void> {
    this.#refusal = refusal
    if (refusal === 'refuse') {
      // Its callback waits for open connections, which go on: not waited for. The port is free at once.
      this.#server?.close()
      this.#server = null
    } else if (this.#server === null) await this.listen()
  }

  endAll(how: 'cut' | 'reset'): void {
    for (const connection of this.#connections) connection.end(how)
  }

  connections(): readonly ChaosConnection[] {
    return [...this.#connections].map(({ state }) => state)
  }

  accepted(): number {
    return this.#accepted
  }

  async close(): Promise<void> {
    const server = this.#server
    this.#server = null
    const closed = server === null ? null : once(server, 'close')
    server?.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #arrived(client: Socket): void {
    this.#keep(client)
    if (this.#refusal === 'reset') {
      client.on('error', () => client.destroy())
      client.resetAndDestroy()
      return
    }
    if (this.#refusal === 'silent') {
      client.on('error', () => client.destroy())
      return
    }
    const number = this.#accepted
    this.#accepted += 1
    const { host = '127.0.0.1', port } = this.#options.target
    const target = connect({ host, port, allowHalfOpen: true, noDelay: true })
    this.#keep(target)
    const connection = new Connection({
      client,
      target,
      chance: (direction) => chanceOf(this.#options.seed ?? 1, number, direction),
      toxics: (direction) => this.#toxics.get(direction) ?? {},
      closed: () => this.#connections.delete(connection),
    })
    this.#connections.add(connection)
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
  }
}
