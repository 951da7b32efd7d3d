import { expect, test } from 'vitest'
import { FailureLog } from './failure-log.ts'

test('one line a second of each problem, and how many were left out', () => {
  const lines: unknown[] = []
  let nowMs = 10_000
  const failures = new FailureLog(
    (level, event, facts) => lines.push([level, event, facts]),
    () => nowMs,
  )
  for (let times = 0; times < 3; times += 1) failures.tell('info', 'denied', {})
  // What somebody has to mend is told beside what strangers do.
  failures.tell('error', 'untrusted', { cause: 'x' })
  nowMs += 1_000
  failures.tell('info', 'denied', {})
  failures.tell('info', 'denied', {})
  nowMs -= 500
  failures.tell('info', 'denied', {})
  expect(lines).toEqual([
    ['info', 'sign_in_failed', { problem: 'denied' }],
    ['error', 'sign_in_failed', { problem: 'untrusted', cause: 'x' }],
    ['info', 'sign_in_failed', { problem: 'denied', leftOut: 2 }],
    ['info', 'sign_in_failed', { problem: 'denied', leftOut: 1 }],
  ])
})
