import { PointsmanError } from '@pointsman/contract'

/** How the process is, as it was measured last. */
export interface Vitals {
  /** By how much the event loop has been late at least for a while: a standing queue, not one long step. */
  readonly lagMs: number
  /** What live and not yet collected objects and buffers take. */
  readonly memoryBytes: number
  /** What the objects alone take of what the engine lets them take, from 0 to 1: at 1 the process is ended. */
  readonly heapShare: number
}

export interface EntranceLimits {
  /** Requests to models at once. */
  readonly maxInFlight: number
  /** Bytes of the bodies of those, as their heads declare them. */
  readonly maxBodyBytes: number
  /** Above it some requests are refused, at twice as much all of them. */
  readonly maxLagMs: number
  readonly maxMemoryBytes: number
}

export interface EntranceOptions {
  readonly limits: EntranceLimits
  readonly vitals: () => Vitals
  /** From 0 up to 1. */
  readonly chance: () => number
}

/** The door of the data plane: what would only wait is told so at once, before its key is looked at or its body parsed. */
export interface Entrance {
  /** Null = it is in, and leaves later with the same size; else what it is refused with. */
  enter(bodyBytes: number): PointsmanError | null
  /** One that is in with `bodyBytes` takes more. Null = it does, and leaves with the new size; else what it is refused with. */
  grow(bodyBytes: number, growth: Growth): PointsmanError | null
  leave(bodyBytes: number): void
  /** What is in now, and how many were refused since the start. */
  load(): EntranceLoad
}

export interface Growth {
  readonly toBytes: number
  /** Who has not proved yet who they are may fill no more than half of the house. */
  readonly isProved: boolean
}

export interface EntranceLoad {
  readonly inFlight: number
  readonly bodyBytes: number
  readonly shed: number
}

/**
 * Where objects may take no more than a part of the machine's memory, that end comes first. Up to there what can be collected
 * may wait: with a live heap of 0.7 of its limit V8 collects all at 0.85, and near 0.8 it gives up after a few in vain.
 */
const maxHeapShare = 0.85
/** So many are let in all the same while memory is short: nothing is collected in a process that does nothing. */
const trickle = 0.05
/** Those refused at one moment shall not come back at one moment. */
const retryAfterMs = { least: 1_000, spread: 2_000 }

/** A mutable holder: two counters, each bounded by its limit. */
export function createEntrance({ chance, limits, vitals }: EntranceOptions): Entrance {
  let inFlight = 0
  let bodyBytes = 0
  let shed = 0
  // One alone may be as large as a body may be.
  const full = (others: number, bytes: number, maxBytes: number): string | null =>
    others > 0 && others + bytes > maxBytes ? `the requests under way hold ${maxBytes} bytes already` : null
  const refusal = (why: string): PointsmanError => {
    shed += 1
    return new PointsmanError(
      'overloaded',
      `This server has more to do than it can: ${why}. Send the request again after the time in retry-after.`,
      { retryAfterMs: retryAfterMs.least + chance() * retryAfterMs.spread },
    )
  }
  const problem = (bytes: number): string | null => {
    if (inFlight >= limits.maxInFlight) return `it answers ${limits.maxInFlight} requests already`
    const tooMuch = full(bodyBytes, bytes, limits.maxBodyBytes)
    if (tooMuch !== null) return tooMuch
    const { heapShare, lagMs, memoryBytes } = vitals()
    // A share that grows with the lag settles at what can be served; all or nothing would swing.
    if (lagMs > limits.maxLagMs && chance() < lagMs / limits.maxLagMs - 1) return 'it is late with its work'
    const isShort = memoryBytes > limits.maxMemoryBytes || heapShare > maxHeapShare
    if (isShort && chance() >= trickle) return 'its memory is short'
    return null
  }
  return {
    enter(bytes) {
      const why = problem(bytes)
      if (why !== null) return refusal(why)
      inFlight += 1
      bodyBytes += bytes
      return null
    },
    grow(bytes, { isProved, toBytes }) {
      const maxBytes = isProved ? limits.maxBodyBytes : Math.floor(limits.maxBodyBytes / 2)
      const why = full(bodyBytes - bytes, toBytes, maxBytes)
      if (why !== null) return refusal(why)
      bodyBytes += toBytes - bytes
      return null
    },
    leave(bytes) {
      inFlight -= 1
      bodyBytes -= bytes
    },
    load: () => ({ inFlight, bodyBytes, shed }),
  }
}
