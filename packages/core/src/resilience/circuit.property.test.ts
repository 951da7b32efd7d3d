import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  admission,
  afterCall,
  freshCircuit,
  probed,
  stateOf,
  type Admission,
  type CallOutcome,
  type Circuit,
} from './circuit.ts'
import { resilienceDefaults } from './resilience-numbers.ts'

const numbers = resilienceDefaults.breaker
const longestMs = numbers.longestOpenMs * 1.2

/** What a person would expect of a breaker, kept apart from its own state. */
interface Model {
  nowMs: number
  /** Failures since the last success while it was closed. */
  inARow: number
  /** Calls and failures since it closed. */
  calls: number
  failures: number
  isOpen: boolean
  probesUnderWay: number
  /** Latest instant that a vendor named for a call that was noted. */
  toldUntilMs: number
  openedAtMs: number
}

interface Real {
  circuit: Circuit
  /** Calls let through and not ended. */
  under: { admission: Admission; sinceMs: number }[]
}

class Pass implements fc.Command<Model, Real> {
  readonly ms: number
  constructor(ms: number) {
    this.ms = ms
  }
  check = () => true
  run(model: Model, real: Real): void {
    model.nowMs += this.ms
    // Probes that told nothing for their lease do not count any more.
    model.probesUnderWay = real.under.filter(
      (call) => call.admission === 'probe' && model.nowMs - call.sinceMs < numbers.probeLeaseMs,
    ).length
  }
  toString = () => `pass(${this.ms})`
}

class Begin implements fc.Command<Model, Real> {
  readonly forced: boolean
  constructor(forced: boolean) {
    this.forced = forced
  }
  check = () => true
  run(model: Model, real: Real): void {
    const admitted = admission(real.circuit, model.nowMs, numbers)
    expect(stateOf(real.circuit, model.nowMs) === 'closed').toBe(!model.isOpen)
    if (!model.isOpen) expect(admitted).toBe('pass')
    else expect(admitted).not.toBe('pass')
    if (model.isOpen && model.nowMs < model.toldUntilMs) expect(admitted, 'told').toBeNull()
    if (admitted === 'probe') {
      expect(model.probesUnderWay, 'one probe at a time').toBe(0)
      expect(model.nowMs).toBeGreaterThan(model.openedAtMs)
      real.circuit = probed(real.circuit, model.nowMs)
      model.probesUnderWay++
    }
    const made = admitted ?? (this.forced ? 'forced' : null)
    if (made !== null) real.under.push({ admission: made, sinceMs: model.nowMs })
  }
  toString = () => (this.forced ? 'begin(forced)' : 'begin')
}

class End implements fc.Command<Model, Real> {
  readonly outcome: CallOutcome
  readonly retryAfterMs: number | null
  readonly chance: number
  readonly which: number
  constructor(outcome: CallOutcome, retryAfterMs: number | null, chance: number, which: number) {
    this.outcome = outcome
    this.retryAfterMs = retryAfterMs
    this.chance = chance
    this.which = which
  }
  check = () => true
  run(model: Model, real: Real): void {
    const [call] = real.under.splice(this.which % Math.max(1, real.under.length), 1)
    if (call === undefined) return
    const { nowMs } = model
    const before = real.circuit
    real.circuit = afterCall(
      before,
      {
        outcome: this.outcome,
        admission: call.admission,
        retryAfterMs: this.retryAfterMs,
        nowMs,
        chance: this.chance,
      },
      numbers,
    )
    this.#expect(model, before, real.circuit, call)
    model.probesUnderWay = real.under.filter(
      (other) => other.admission === 'probe' && nowMs - other.sinceMs < numbers.probeLeaseMs,
    ).length
  }

  #expect(model: Model, before: Circuit, after: Circuit, call: { readonly admission: Admission }): void {
    const { nowMs } = model
    const toldMs = this.retryAfterMs ?? 0
    if (this.outcome === 'failure' && toldMs > 0)
      model.toldUntilMs = Math.max(model.toldUntilMs, nowMs + toldMs)
    if (model.isOpen) {
      const closes = this.outcome === 'success' && call.admission !== 'pass'
      expect(after.kind).toBe(closes ? 'closed' : 'open')
      if (closes) this.#closed(model)
      else if (call.admission === 'probe' && this.outcome === 'failure') {
        expect(stateOf(after, nowMs)).toBe('open')
        model.openedAtMs = nowMs
      }
    } else {
      if (this.outcome === 'success') model.inARow = 0
      if (this.outcome === 'failure') model.inARow++
      if (this.outcome !== 'neither') model.calls++
      if (this.outcome === 'failure') model.failures++
      if (this.outcome !== 'failure') expect(after.kind).toBe('closed')
      if (this.outcome === 'neither') expect(after).toBe(before)
      if (model.inARow >= numbers.consecutiveFailures || (this.outcome === 'failure' && toldMs > 0))
        expect(after.kind).toBe('open')
      // Too few calls and no row of failures: nothing opens it.
      else if (model.calls < numbers.leastCalls) expect(after.kind).toBe('closed')
      if (after.kind === 'open') {
        model.isOpen = true
        model.openedAtMs = nowMs
        expect(model.failures).toBeGreaterThan(0)
      }
    }
    if (after.kind === 'open')
      expect(after.untilMs).toBeLessThanOrEqual(
        Math.max(nowMs + longestMs, model.toldUntilMs, untilOf(before)),
      )
  }

  #closed(model: Model): void {
    Object.assign(model, { isOpen: false, inARow: 0, calls: 1, failures: 0, toldUntilMs: 0 })
  }
  toString = () => `end(${this.outcome}, ${this.retryAfterMs})`
}

const untilOf = (circuit: Circuit): number => (circuit.kind === 'open' ? circuit.untilMs : 0)

describe('the circuit breaker', () => {
  test('keeps its promises under any order of calls, ends and time', () => {
    const chance = fc.double({ min: 0, max: 0.999, noNaN: true })
    const end = (outcome: CallOutcome, told: fc.Arbitrary<number | null>) =>
      fc
        .tuple(told, chance, fc.nat(20))
        .map(([toldMs, drawn, which]) => new End(outcome, toldMs, drawn, which))
    const commands = fc.commands(
      [
        fc.integer({ min: 1, max: 40_000 }).map((ms) => new Pass(ms)),
        fc.integer({ min: 1, max: 500 }).map((ms) => new Pass(ms)),
        fc.constant(new Begin(false)),
        fc.constant(new Begin(false)),
        fc.constant(new Begin(true)),
        end('success', fc.constant(null)),
        end('failure', fc.constant(null)),
        end('failure', fc.constant(null)),
        end('failure', fc.constantFrom(0, 1_000, 30_000)),
        end('neither', fc.constant(null)),
      ],
      { maxCommands: 120 },
    )
    fc.assert(
      fc.property(commands, (run) => {
        const model: Model = {
          nowMs: 1_000_000,
          inARow: 0,
          calls: 0,
          failures: 0,
          isOpen: false,
          probesUnderWay: 0,
          toldUntilMs: 0,
          openedAtMs: 0,
        }
        fc.modelRun(() => ({ model, real: { circuit: freshCircuit, under: [] } }), run)
      }),
      { numRuns: 400 },
    )
  })

  const end = (
    circuit: Circuit,
    outcome: CallOutcome,
    nowMs: number,
    more: Partial<Parameters<typeof afterCall>[1]> = {},
  ) =>
    afterCall(circuit, { outcome, admission: 'pass', retryAfterMs: null, nowMs, chance: 0, ...more }, numbers)

  test('0 failures in a row: it never opens, whatever is told', () => {
    const never = { ...numbers, consecutiveFailures: 0 }
    let circuit: Circuit = freshCircuit
    for (let failures = 0; failures < 100; failures++) {
      const failed = {
        admission: 'pass',
        outcome: 'failure',
        retryAfterMs: 1_000,
        nowMs: failures,
        chance: 0,
      } as const
      circuit = afterCall(circuit, failed, never)
    }
    expect(circuit.kind).toBe('closed')
  })

  test('opens for longer each time, up to a bound, and forgets that after a calm', () => {
    let circuit: Circuit = freshCircuit
    let nowMs = 0
    const spans: number[] = []
    for (let failures = 0; failures < 5; failures++) circuit = end(circuit, 'failure', nowMs)
    for (let round = 0; round < 6; round++) {
      spans.push(untilOf(circuit) - nowMs)
      nowMs = untilOf(circuit)
      expect(admission(circuit, nowMs - 1, numbers)).toBeNull()
      expect(admission(circuit, nowMs, numbers)).toBe('probe')
      circuit = end(probed(circuit, nowMs), 'failure', nowMs, { admission: 'probe' })
    }
    expect(spans).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000])
    nowMs = untilOf(circuit)
    circuit = end(probed(circuit, nowMs), 'success', nowMs, { admission: 'probe' })
    expect(stateOf(circuit, nowMs)).toBe('closed')
    const openAgain = (atMs: number): Circuit => {
      let again = circuit
      for (let failures = 0; failures < 5; failures++) again = end(again, 'failure', atMs)
      return again
    }
    expect(untilOf(openAgain(nowMs + 59_999)) - nowMs - 59_999).toBe(60_000)
    expect(untilOf(openAgain(nowMs + 60_000)) - nowMs - 60_000).toBe(5_000)
  })

  test('opens at half of the calls failed although none stand in a row; old ones count less', () => {
    let circuit: Circuit = freshCircuit
    for (let calls = 0; calls < 19; calls++)
      circuit = end(circuit, calls % 2 === 0 ? 'failure' : 'success', 0)
    expect(circuit.kind).toBe('closed')
    expect(end(circuit, 'failure', 0).kind).toBe('open')
    // An hour later the failures of then weigh nothing.
    expect(end(circuit, 'failure', 3_600_000).kind).toBe('closed')
  })

  test('what began before it opened neither closes nor lengthens it, but a later Retry-After holds', () => {
    let circuit: Circuit = freshCircuit
    for (let failures = 0; failures < 5; failures++) circuit = end(circuit, 'failure', 0)
    expect(end(circuit, 'success', 1)).toBe(circuit)
    expect(end(circuit, 'failure', 1)).toBe(circuit)
    expect(untilOf(end(circuit, 'failure', 1, { retryAfterMs: 30_000 }))).toBe(30_001)
    expect(end(circuit, 'failure', 1, { retryAfterMs: 1_000 })).toBe(circuit)
  })

  test('replicas that opened together come back at different times', () => {
    const open = (chance: number): number => {
      let circuit: Circuit = freshCircuit
      for (let failures = 0; failures < 5; failures++) circuit = end(circuit, 'failure', 0, { chance })
      return untilOf(circuit)
    }
    expect([open(0), open(0.5), open(0.999)]).toEqual([5_000, 5_500, 5_999])
  })

  test('a probe that tells nothing lets another one go', () => {
    let circuit: Circuit = freshCircuit
    for (let failures = 0; failures < 5; failures++) circuit = end(circuit, 'failure', 0)
    circuit = probed(circuit, 5_000)
    expect(admission(circuit, 34_999, numbers)).toBeNull()
    expect(admission(circuit, 35_000, numbers)).toBe('probe')
    expect(admission(end(circuit, 'neither', 6_000, { admission: 'probe' }), 6_000, numbers)).toBe('probe')
  })
})
