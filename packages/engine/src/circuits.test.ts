import { expect, test } from 'vitest'
import { modelId } from '@pointsman/contract'
import { resilienceDefaults, type CallOutcome } from '@pointsman/core'
import { createCircuits, type CircuitChange, type Circuits } from './circuits.ts'
import { createRetryBudgets } from './retry-budgets.ts'

const numbers = resilienceDefaults.breaker
const nova = { modelId: modelId('nova'), region: 'eu-central-1' }
const far = { modelId: modelId('nova'), region: 'us-east-1' }

const note = (circuits: Circuits, outcome: CallOutcome, nowMs: number, more: object = {}): void =>
  circuits.note(nova, { outcome, admission: 'pass', retryAfterMs: null, ...more }, nowMs)

const failed = (circuits: Circuits, nowMs: number): void => {
  for (let calls = 0; calls < numbers.consecutiveFailures; calls++) note(circuits, 'failure', nowMs)
}

test('a circuit is of a model in a region, and its opening and closing are told once each', () => {
  const changes: CircuitChange[] = []
  const circuits = createCircuits({ numbers, chance: () => 0, onChange: (change) => changes.push(change) })
  failed(circuits, 1_000)
  expect([...circuits.open(1_000)]).toEqual(['nova@eu-central-1'])
  expect(circuits.admit(nova, 1_000)).toBeNull()
  expect(circuits.admit(far, 1_000)).toBe('pass')
  expect(circuits.heldUntilMs(nova)).toBe(6_000)
  const held = { ...nova, sinceMs: 1_000, untilMs: 6_000, cause: 'failures' }
  expect(circuits.held()).toEqual([held])
  // Half open: one call at a time, and nobody else is told that the model may be called.
  expect([...circuits.open(6_000)]).toEqual([])
  expect(circuits.admit(nova, 6_000)).toBe('probe')
  expect([...circuits.open(6_000)]).toEqual(['nova@eu-central-1'])
  expect(circuits.admit(nova, 6_001)).toBeNull()
  note(circuits, 'failure', 6_100, { admission: 'probe' })
  expect([...circuits.open(16_099)]).toEqual(['nova@eu-central-1'])
  expect([...circuits.open(16_100)]).toEqual([])
  expect(circuits.admit(nova, 16_100)).toBe('probe')
  note(circuits, 'success', 16_200, { admission: 'probe' })
  expect([circuits.admit(nova, 16_200), circuits.held(), circuits.open(16_200).size]).toEqual(['pass', [], 0])
  expect(changes.map((change) => [change.held, change.nowMs])).toEqual([
    [held, 1_000],
    [null, 16_200],
  ])
})

test('a probe that was never noted gives way to another one after its lease', () => {
  const circuits = createCircuits({ numbers, chance: () => 0 })
  failed(circuits, 0)
  expect(circuits.admit(nova, 5_000)).toBe('probe')
  expect([...circuits.open(34_999)]).toHaveLength(1)
  expect([...circuits.open(35_000)]).toEqual([])
  expect(circuits.admit(nova, 35_000)).toBe('probe')
})

test('the set of those held back stays the same object while nothing changes', () => {
  const circuits = createCircuits({ numbers, chance: () => 0 })
  expect(circuits.open(0)).toBe(circuits.open(1))
  failed(circuits, 0)
  const open = circuits.open(1)
  expect(circuits.open(2)).toBe(open)
  note(circuits, 'failure', 3, { retryAfterMs: 60_000 })
  expect([...circuits.open(59_999)]).toHaveLength(1)
})

test('is bounded: a closed one makes room before one that is held back', () => {
  const circuits = createCircuits({ numbers, chance: () => 0, maxCircuits: 3 })
  failed(circuits, 0)
  for (let model = 0; model < 20; model++) {
    const called = { modelId: modelId(`model-${model}`), region: 'r' }
    circuits.note(called, { outcome: 'success', admission: 'pass', retryAfterMs: null }, 1)
  }
  expect(circuits.held()).toHaveLength(1)
  for (let model = 0; model < 20; model++) {
    const called = { modelId: modelId(`model-${model}`), region: 'r' }
    circuits.note(called, { outcome: 'failure', admission: 'pass', retryAfterMs: 9_000 }, 2)
  }
  expect(circuits.held()).toHaveLength(3)
  expect(circuits.open(3).size).toBe(3)
})

test('retry budgets: each model its own, and one for the process above them', () => {
  const retryBudgets = createRetryBudgets(resilienceDefaults.retry)
  retryBudgets.called('a')
  expect(retryBudgets.take('a', 0)).toBe(true)
  expect(retryBudgets.take('a', 1)).toBe(false)
  // Another model may borrow too, but not all of them at the same moment.
  retryBudgets.called('b')
  expect([retryBudgets.take('b', 2), retryBudgets.take('b', 1_001)]).toEqual([false, true])
  for (let calls = 0; calls < 100; calls++) retryBudgets.called('a')
  let retries = 0
  for (let asked = 0; asked < 100; asked++) if (retryBudgets.take('a', 1_002)) retries++
  expect(retries).toBe(10)
  for (let moves = 0; moves < 5; moves++) retryBudgets.movedOn('a')
  for (let calls = 0; calls < 25; calls++) retryBudgets.called('a')
  expect(retryBudgets.take('a', 1_003)).toBe(false)
})

test('retry budgets are bounded: the one known for longest makes room', () => {
  const retryBudgets = createRetryBudgets(resilienceDefaults.retry, 2)
  for (const key of ['a', 'b', 'c']) for (let calls = 0; calls < 10; calls++) retryBudgets.called(key)
  expect([0, 0, 0].map((nowMs) => retryBudgets.take('c', nowMs))).toEqual([true, true, false])
  // Of what it had earned nothing is left: it may borrow like one that was never called.
  expect([0, 0].map((nowMs) => retryBudgets.take('a', nowMs))).toEqual([true, false])
})
