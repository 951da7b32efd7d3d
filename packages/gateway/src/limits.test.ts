import { defaultWorkspace, keyId, PointsmanError, type Key, type Principal } from '@pointsman/contract'
import { expect, test } from 'vitest'
import { createLimits } from './limits.ts'

const key: Key = {
  id: keyId('k1'),
  name: 'ward',
  workspace: defaultWorkspace,
  digest: '00',
  scopes: ['invoke'],
  routes: null,
  models: null,
  requestsPerMinute: 2,
  spendPerDayNanoUsd: 1_000,
  expiresAtMs: null,
}
const principal: Principal = {
  kind: 'key',
  id: 'k1',
  workspace: defaultWorkspace,
  scopes: ['invoke'],
  routes: null,
  models: null,
  userId: null,
}
const noon = Date.UTC(2026, 10, 21, 12, 0, 30)

const refusal = (work: () => void): PointsmanError => {
  try {
    work()
  } catch (error) {
    if (error instanceof PointsmanError) return error
  }
  throw new Error('was not refused')
}

test('a minute holds so many requests, and the next one begins anew', () => {
  const limits = createLimits({ keyOf: () => key })
  limits.reserve(principal, noon)
  limits.reserve(principal, noon)
  const error = refusal(() => limits.reserve(principal, noon))
  expect(error).toMatchObject({ code: 'limit_reached', status: 429, details: { retryAfterMs: 30_000 } })
  limits.reserve(principal, noon + 30_000)
})

test('spend counts by UTC day; an unknown cost counts nothing', () => {
  const limits = createLimits({ keyOf: () => ({ ...key, requestsPerMinute: null }) })
  limits.settle(principal, null, noon)
  limits.settle(principal, 999, noon)
  limits.reserve(principal, noon)
  limits.settle(principal, 1, noon)
  expect(refusal(() => limits.reserve(principal, noon)).message).toContain('0.000001 US dollars')
  limits.reserve(principal, noon + 12 * 3_600_000)
})

test('the service key and keys without limits are not counted', () => {
  const limits = createLimits({ keyOf: () => undefined })
  for (let call = 0; call < 100; call++) limits.reserve({ ...principal, kind: 'service' }, noon)
})

test('what a key used is forgotten once the snapshot lacks it, so that revoked keys do not add up', () => {
  const keys = new Map([key, { ...key, id: keyId('k2') }].map((one) => [one.id as string, one]))
  const limits = createLimits({ keyOf: (id) => keys.get(id) })
  limits.settle(principal, 1_000, noon)
  limits.reserve({ ...principal, id: 'k2' }, noon)
  expect(refusal(() => limits.reserve(principal, noon + 60_000))).toMatchObject({ code: 'limit_reached' })
  keys.delete('k1')
  limits.reserve({ ...principal, id: 'k2' }, noon + 120_000)
  keys.set('k1', key)
  // Only to look inside: an id never comes back.
  limits.reserve(principal, noon + 120_000)
})
