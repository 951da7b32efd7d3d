import type { BreakerNumbers } from './resilience-numbers.ts'

/**
 * The circuit breaker of one model in one region, as a value. Closed: calls pass and are counted. Open: it is left alone
 * until `untilMs`. From then on it is half open: one call at a time probes it.
 */
export type Circuit = ClosedCircuit | OpenCircuit

export interface ClosedCircuit {
  readonly kind: 'closed'
  /** Weights at `atMs`: both lose half of theirs in the half-life. */
  readonly calls: number
  readonly failures: number
  /** Failures since the last success. */
  readonly inARow: number
  readonly atMs: number
  /** Openings in a row before this calm. */
  readonly openings: number
  readonly closedAtMs: number
}

export interface OpenCircuit {
  readonly kind: 'open'
  readonly sinceMs: number
  readonly untilMs: number
  /** In a row, this one included. */
  readonly openings: number
  /** `told`: the vendor named the time (Retry-After). */
  readonly cause: 'failures' | 'told'
  /** When the probe under way began; null = none is. */
  readonly probeSinceMs: number | null
}

export const freshCircuit: ClosedCircuit = {
  kind: 'closed',
  calls: 0,
  failures: 0,
  inARow: 0,
  atMs: 0,
  openings: 0,
  closedAtMs: 0,
}

export type CircuitState = 'closed' | 'open' | 'half-open'

export const stateOf = (circuit: Circuit, nowMs: number): CircuitState =>
  circuit.kind === 'closed' ? 'closed' : nowMs < circuit.untilMs ? 'open' : 'half-open'

/** `forced`: the call is made although the circuit is open, because nobody else is left. */
export type Admission = 'pass' | 'probe' | 'forced'

/** Whether a call may be made now; null = it is held back. */
export function admission(
  circuit: Circuit,
  nowMs: number,
  { probeLeaseMs }: BreakerNumbers,
): Exclude<Admission, 'forced'> | null {
  if (circuit.kind === 'closed') return 'pass'
  if (nowMs < circuit.untilMs) return null
  const { probeSinceMs } = circuit
  return probeSinceMs === null || nowMs - probeSinceMs >= probeLeaseMs ? 'probe' : null
}

/** The circuit while a probe is under way. */
export const probed = (circuit: Circuit, nowMs: number): Circuit =>
  circuit.kind === 'closed' ? circuit : { ...circuit, probeSinceMs: nowMs }

/** What a call told of its model. `neither`: the caller left, or the request itself was refused. */
export type CallOutcome = 'success' | 'failure' | 'neither'

export interface CallEnd {
  readonly outcome: CallOutcome
  readonly admission: Admission
  /** What the vendor named; null or 0 = nothing. */
  readonly retryAfterMs: number | null
  readonly nowMs: number
  /** 0 ≤ chance < 1: replicas that opened together probe at different times. */
  readonly chance: number
}

/** The circuit after a call has ended. */
export function afterCall(circuit: Circuit, end: CallEnd, numbers: BreakerNumbers): Circuit {
  return circuit.kind === 'closed' ? afterPassed(circuit, end, numbers) : afterHeld(circuit, end, numbers)
}

function afterPassed(circuit: ClosedCircuit, end: CallEnd, numbers: BreakerNumbers): Circuit {
  const { nowMs, outcome } = end
  if (outcome === 'neither' || numbers.consecutiveFailures === 0) return circuit
  const isCalm = circuit.openings > 0 && nowMs - circuit.closedAtMs >= numbers.calmMs
  const weight = 0.5 ** (Math.max(0, nowMs - circuit.atMs) / numbers.halfLifeMs)
  const failed = outcome === 'failure' ? 1 : 0
  const next: ClosedCircuit = {
    kind: 'closed',
    calls: circuit.calls * weight + 1,
    failures: circuit.failures * weight + failed,
    inARow: failed === 0 ? 0 : circuit.inARow + 1,
    atMs: Math.max(nowMs, circuit.atMs),
    openings: isCalm ? 0 : circuit.openings,
    closedAtMs: circuit.closedAtMs,
  }
  if (failed === 0) return next
  if ((end.retryAfterMs ?? 0) > 0) return told(next.openings, end)
  return isFailing(next, numbers) ? opened(next.openings + 1, end, numbers) : next
}

const isFailing = ({ calls, failures, inARow }: ClosedCircuit, numbers: BreakerNumbers): boolean =>
  inARow >= numbers.consecutiveFailures ||
  (calls >= numbers.leastCalls && failures >= calls * numbers.failureShare)

/** While it is open only the probe, and a call that was forced, decide: others began before it opened. */
function afterHeld(circuit: OpenCircuit, end: CallEnd, numbers: BreakerNumbers): Circuit {
  const { nowMs, outcome } = end
  const decides = end.admission !== 'pass'
  if (outcome === 'success') return decides ? closedAgain(circuit, nowMs) : circuit
  const isProbe = end.admission === 'probe'
  if (outcome === 'neither') return isProbe ? { ...circuit, probeSinceMs: null } : circuit
  const untilMs = nowMs + (end.retryAfterMs ?? 0)
  const isTold = (end.retryAfterMs ?? 0) > 0
  if (isProbe) {
    const again = isTold ? told(circuit.openings, end) : opened(circuit.openings + 1, end, numbers)
    return { ...again, sinceMs: circuit.sinceMs, untilMs: Math.max(again.untilMs, circuit.untilMs) }
  }
  return isTold && untilMs > circuit.untilMs ? { ...circuit, untilMs, cause: 'told' } : circuit
}

const closedAgain = ({ openings }: OpenCircuit, nowMs: number): ClosedCircuit => ({
  ...freshCircuit,
  calls: 1,
  atMs: nowMs,
  openings,
  closedAtMs: nowMs,
})

const told = (openings: number, { nowMs, retryAfterMs }: CallEnd): OpenCircuit => ({
  kind: 'open',
  sinceMs: nowMs,
  untilMs: nowMs + (retryAfterMs ?? 0),
  openings,
  cause: 'told',
  probeSinceMs: null,
})

/** Up to a fifth longer by chance, the longest time included. */
function opened(openings: number, { chance, nowMs }: CallEnd, numbers: BreakerNumbers): OpenCircuit {
  const spanMs = Math.min(numbers.openMs * 2 ** (openings - 1), numbers.longestOpenMs)
  return {
    kind: 'open',
    sinceMs: nowMs,
    untilMs: nowMs + Math.round(spanMs * (1 + chance / 5)),
    openings,
    cause: 'failures',
    probeSinceMs: null,
  }
}
