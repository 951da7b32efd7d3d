import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  charged,
  earned,
  freshRetryBudget,
  spent,
  type RetryBudget,
  type RetryBudgetNumbers,
} from './retry-budget.ts'

const numbers: RetryBudgetNumbers = { percent: 20, saved: 10, floorEveryMs: 10_000 }

const call = (budget: RetryBudget): RetryBudget => ({ ...budget, balance: earned(budget.balance, numbers) })

describe('a retry budget', () => {
  test('a lone request may be tried again, also the next one a while later', () => {
    let budget = call(freshRetryBudget)
    for (const nowMs of [0, 10_000, 20_000, 30_000]) {
      const left = spent(call(budget), nowMs, numbers)
      expect(left, `at ${nowMs}`).not.toBeNull()
      budget = left ?? budget
      expect(spent(budget, nowMs + 9_999, numbers)).toBeNull()
    }
  })

  test('five calls earn one retry, once what was borrowed is paid back', () => {
    let budget = spent(call(freshRetryBudget), 0, numbers) ?? freshRetryBudget
    let retries = 0
    for (let calls = 2; calls <= 100; calls++) {
      budget = call(budget)
      const left = spent(budget, calls, numbers)
      if (left !== null) retries++
      budget = left ?? budget
    }
    expect(retries + 1).toBe(20)
  })

  test('quiet times save up ten retries and no more', () => {
    let budget: RetryBudget = { ...freshRetryBudget, lastAtMs: 0 }
    for (let calls = 0; calls < 1_000; calls++) budget = call(budget)
    let retries = 0
    for (let asked = 0; asked < 100; asked++) {
      const left = spent(budget, 1, numbers)
      if (left !== null) retries++
      budget = left ?? budget
    }
    expect(retries).toBe(10)
  })

  test('moves that failure forced are paid for by not retrying, up to a bound', () => {
    let balance = 0
    for (let moves = 0; moves < 1_000; moves++) balance = charged(balance)
    let calls = 0
    for (; balance < 100; calls++) balance = earned(balance, numbers)
    expect(calls).toBe(55)
  })

  test('under any traffic retries add a fifth of the calls at most, but for one borrowed in ten seconds', () => {
    const step = fc.record({ calls: fc.nat(30), asks: fc.nat(10), passMs: fc.nat(4_000) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let budget = freshRetryBudget
        let nowMs = 0
        let calls = 0
        let retries = 0
        for (const { asks, calls: more, passMs } of steps) {
          nowMs += passMs
          for (let call_ = 0; call_ < more; call_++) budget = call(budget)
          calls += more
          for (let ask = 0; ask < asks; ask++) {
            const left = spent(budget, nowMs, numbers)
            if (left !== null) retries++
            budget = left ?? budget
          }
        }
        expect(retries).toBeLessThanOrEqual(calls / 5 + 1 + nowMs / numbers.floorEveryMs)
      }),
    )
  })
})
