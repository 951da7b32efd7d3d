/**
 * What a connection does to the bytes of one direction. Counts run from the connection's first byte, so that a limit set
 * while it is open acts with the next byte where it is passed already.
 */
export interface Toxics {
  /** Each piece arrives so much later, order kept. */
  readonly latencyMs?: number
  /** Adds or takes up to so much from `latencyMs`, drawn from the proxy's seed. */
  readonly jitterMs?: number
  readonly bytesPerSecond?: number
  /** Passes pieces of at most so many bytes, each in a write of its own. */
  readonly sliceBytes?: number
  /** Rest between two pieces. */
  readonly sliceDelayMs?: number
  /** Passes so many bytes and then ends both sides in order (FIN). */
  readonly cutAfterBytes?: number
  /** Passes so many bytes and then resets both sides (RST). What the receiver has not read by then, it may lose. */
  readonly resetAfterBytes?: number
  /** Passes so many bytes and then neither passes nor reads any more, with both sides left open. */
  readonly stallAfterBytes?: number
  /**
   * The sender's end or reset is not passed on: its peer holds a half-open connection and finds nobody reading, as when
   * a host vanishes or a middle box forgets the connection.
   */
  readonly dropEnd?: true
  /** The sender's end is passed on so much later. */
  readonly slowEndMs?: number
}

/** `up` = from the client to the target. */
export type Direction = 'up' | 'down'

const numbers = [
  'latencyMs',
  'jitterMs',
  'bytesPerSecond',
  'sliceBytes',
  'sliceDelayMs',
  'cutAfterBytes',
  'resetAfterBytes',
  'stallAfterBytes',
  'slowEndMs',
] as const satisfies readonly (keyof Toxics)[]

const atLeastOne: readonly string[] = ['bytesPerSecond', 'sliceBytes']

/** Throws a TypeError that names what is wrong: a fault that silently is none would prove anything. */
export function checkToxics(toxics: Toxics): Toxics {
  for (const name of Object.keys(toxics)) {
    if (name !== 'dropEnd' && !numbers.some((known) => known === name))
      throw new TypeError(`${name} is no toxic`)
  }
  for (const name of numbers) {
    const value = toxics[name]
    const least = atLeastOne.includes(name) ? 1 : 0
    if (value !== undefined && !(Number.isFinite(value) && value >= least))
      throw new TypeError(`${name} must be a number of at least ${least}`)
  }
  return { ...toxics }
}
