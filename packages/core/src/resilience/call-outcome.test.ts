import { expect, test } from 'vitest'
import type { ErrorCode } from '@pointsman/contract'
import { outcomeOf } from './call-outcome.ts'

const outcome = (code: ErrorCode | null, changes = {}) =>
  outcomeOf({ code, firstContentAfterMs: null, endedAfterMs: 100, totalMs: 1_000, ...changes })

test.each<[ErrorCode | null, string]>([
  [null, 'success'],
  ['upstream_throttled', 'failure'],
  ['upstream_error', 'failure'],
  ['upstream_timeout_idle', 'failure'],
  ['upstream_broken', 'failure'],
  ['provider_auth', 'failure'],
  ['upstream_model_unavailable', 'failure'],
  ['upstream_rejected', 'neither'],
  ['upstream_content_policy', 'neither'],
  ['client_closed', 'neither'],
  ['credentials_missing', 'neither'],
  ['overloaded', 'neither'],
  ['internal', 'neither'],
])('%s is a %s of the model', (code, told) => {
  expect(outcome(code)).toBe(told)
})

test('the request’s deadline blames the model that used it up in silence', () => {
  expect(outcome('upstream_timeout_total', { endedAfterMs: 500 })).toBe('failure')
  expect(outcome('upstream_timeout_total', { endedAfterMs: 499 })).toBe('neither')
  expect(outcome('upstream_timeout_total', { endedAfterMs: 900, firstContentAfterMs: 100 })).toBe('neither')
})
