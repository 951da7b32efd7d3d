import type { Socket } from 'node:net'
import type { Chance } from '../answer/chance.ts'
import { Pipe } from './pipe.ts'
import type { Direction, Toxics } from './toxics.ts'

export interface ConnectionSetup {
  readonly client: Socket
  readonly target: Socket
  readonly chance: (direction: Direction) => Chance
  toxics(direction: Direction): Toxics
  closed(): void
}

/** What is known of a connection through the proxy. */
export interface ChaosConnection {
  readonly upBytes: number
  readonly downBytes: number
  /** Null while the side is connected. */
  readonly clientClosedAtMs: number | null
  readonly targetClosedAtMs: number | null
}

/** Both directions of one connection, and its end by whichever toxic. */
export class Connection {
  readonly #setup: ConnectionSetup
  readonly #up: Pipe
  readonly #down: Pipe
  #clientClosedAtMs: number | null = null
  #targetClosedAtMs: number | null = null
  /** Ended by a toxic, or half of it swallowed: what its sides still do is not passed on. */
  #over = false

  constructor(setup: ConnectionSetup) {
    this.#setup = setup
    const { client, target } = setup
    this.#up = this.#pipe('up', client, target)
    this.#down = this.#pipe('down', target, client)
    // Errors are followed by `close`, and that is where both sides are told of it.
    client.on('error', () => this.#gone('up', client, target))
    target.on('error', () => this.#gone('down', target, client))
    client.on('close', () => {
      this.#clientClosedAtMs = Date.now()
      this.#sideClosed('up', client, target)
    })
    target.on('close', () => {
      this.#targetClosedAtMs = Date.now()
      this.#sideClosed('down', target, client)
    })
  }

  get state(): ChaosConnection {
    return {
      upBytes: this.#up.passedBytes,
      downBytes: this.#down.passedBytes,
      clientClosedAtMs: this.#clientClosedAtMs,
      targetClosedAtMs: this.#targetClosedAtMs,
    }
  }

  changed(): void {
    this.#up.changed()
    this.#down.changed()
  }

  end(how: 'cut' | 'reset'): void {
    if (this.#over) return
    this.#stop()
    for (const side of [this.#setup.client, this.#setup.target]) {
      if (how === 'reset') reset(side)
      else {
        side.end()
        // What still comes is read and dropped: unread bytes would turn the orderly end into a reset.
        side.resume()
      }
    }
  }

  #stop(): void {
    this.#over = true
    this.#up.stop()
    this.#down.stop()
  }

  #pipe(direction: Direction, from: Socket, to: Socket): Pipe {
    return new Pipe({
      from,
      to,
      chance: this.#setup.chance(direction),
      toxics: () => this.#setup.toxics(direction),
      broken: (how) => this.end(how),
      endDropped: () => this.#dropEnd(from, to),
    })
  }

  /** The side that is gone takes its socket along; its peer is neither told nor read any more. */
  #dropEnd(from: Socket, to: Socket): void {
    this.#stop()
    to.pause()
    from.destroy()
  }

  /** A reset, or an error of the socket: passed on as one, unless ends are dropped. */
  #gone(direction: Direction, from: Socket, to: Socket): void {
    if (this.#over) return
    if (this.#setup.toxics(direction).dropEnd === true) this.#dropEnd(from, to)
    else this.end('reset')
  }

  #sideClosed(direction: Direction, side: Socket, other: Socket): void {
    if (this.#clientClosedAtMs !== null && this.#targetClosedAtMs !== null) this.#setup.closed()
    // Closed in order on both halves: then the pipe has passed the end on, or will.
    if (this.#over || other.destroyed || side.readableEnded) return
    this.#gone(direction, side, other)
  }
}

const noBytes = new Uint8Array(0)
// Who does not read is reset all the same.
const longestFlushMs = 100

function reset(side: Socket): void {
  const late = setTimeout(() => side.resetAndDestroy(), longestFlushMs)
  // A write's callback comes after all writes before it: what was passed is on its way.
  side.write(noBytes, () => {
    clearTimeout(late)
    side.resetAndDestroy()
  })
}
