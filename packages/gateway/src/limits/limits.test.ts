import {
  defaultWorkspace,
  keyId,
  modelId,
  PointsmanError,
  requestId,
  unknownUsage,
  type Key,
  type UsageBuckets,
  type UsageRecord,
} from '@pointsman/contract'
import { principalOfKey } from '@pointsman/core'
import type { Limits } from '@pointsman/engine'
import { expect, test, vi } from 'vitest'
import type { LimitLeases } from '../ports.ts'
import { createLimits } from './limits.ts'
import { createMemoryLedger } from './memory-ledger.ts'
import { Meter } from './meter.ts'
import { windowOf } from './windows.ts'

const plain: Key = {
  id: keyId('k1'),
  name: 'ward',
  workspace: defaultWorkspace,
  digest: '00',
  scopes: ['invoke'],
  routes: null,
  models: null,
  requestsPerMinute: null,
  spendPerDayNanoUsd: null,
  expiresAtMs: null,
}
const noon = Date.UTC(2026, 10, 21, 12, 0, 30)
const hourMs = 3_600_000

const ledgerAt = (nowMs: number, opened: { [kind: string]: number } = {}): LimitLeases =>
  createMemoryLedger({ nowMs: () => nowMs, opening: ({ kind }) => opened[kind] ?? 0 })

const limitsOf = (key: Key, leases = ledgerAt(noon), share = 0): Limits =>
  createLimits({ keyOf: () => key, leases, share })

const never = (): never => {
  throw new Error('the key has ended')
}

let asked = 0
/** Reserves for one request and tells its id. */
async function begin(limits: Limits, key: Key, estimate = { tokens: 1, costNanoUsd: 1 }, nowMs = noon) {
  const id = requestId(`r${++asked}`)
  const principal = principalOfKey(key, nowMs) ?? never()
  await limits.reserve({ requestId: id, principal, estimate: () => estimate }, nowMs)
  return id
}

function end(limits: Limits, id: string, used: Partial<UsageRecord> = {}, nowMs = noon): void {
  const record = { requestId: id, modelId: modelId('m'), usage: unknownUsage, costNanoUsd: null, ...used }
  limits.settle(record as UsageRecord, nowMs)
}

async function refusal(work: Promise<unknown>): Promise<PointsmanError> {
  const thrown: unknown = await work.then(
    () => null,
    (error: unknown) => error,
  )
  if (thrown instanceof PointsmanError) return thrown
  throw new Error('was not refused')
}

test('a minute holds so many requests, and the next one begins anew', async () => {
  const key = { ...plain, requestsPerMinute: 2 }
  const limits = limitsOf(key)
  for (let call = 0; call < 2; call++) end(limits, await begin(limits, key))
  const error = await refusal(begin(limits, key))
  expect(error).toMatchObject({ code: 'limit_reached', status: 429, details: { retryAfterMs: 30_000 } })
  await begin(limits, key, undefined, noon + 30_000)
})

const used = (inputTokens: number, outputTokens: number): UsageBuckets => ({
  ...unknownUsage,
  ...{ inputTokens, outputTokens },
})

test('what other models took counts, whether one served in the end or none', async () => {
  const key = { ...plain, tokensPerMinute: 1_000, spendPerDayNanoUsd: 1_000 }
  const limits = limitsOf(key)
  const others = [
    { model: 'advisor', usage: used(100, 50) },
    { model: 'silent', usage: unknownUsage },
  ]
  const standing = () =>
    limits.standing?.(principalOfKey(key, noon) ?? never(), noon).map(({ remaining }) => remaining)
  end(limits, await begin(limits, key), { usage: { ...used(30, 20), others }, costNanoUsd: 700 })
  expect(standing()).toEqual([800])
  end(limits, await begin(limits, key), {
    modelId: null,
    usage: { ...unknownUsage, others },
    costNanoUsd: 300,
  })
  expect(standing()).toEqual([650])
  expect((await refusal(begin(limits, key))).message).toContain('US dollars')
})

test('spend: 200 at once on money for ten, each reserved before its cost is known', async () => {
  const key = { ...plain, spendPerDayNanoUsd: 1_000 }
  const limits = limitsOf(key)
  const cost = { tokens: 0, costNanoUsd: 100 }
  const begun = await Promise.allSettled(Array.from({ length: 200 }, () => begin(limits, key, cost)))
  const served = begun.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  expect(served).toHaveLength(10)
  // Those under way may cost less than they reserved: soon there may be room.
  expect((await refusal(begin(limits, key, cost))).details.retryAfterMs).toBe(1_000)
  for (const id of served) end(limits, id, { costNanoUsd: 50 })
  const again = await Promise.allSettled(Array.from({ length: 200 }, () => begin(limits, key, cost)))
  expect(again.filter(({ status }) => status === 'fulfilled')).toHaveLength(5)
})

test('the last request overruns by itself alone, and the next waits for the next day', async () => {
  const key = { ...plain, spendPerDayNanoUsd: 1_000 }
  const limits = limitsOf(key)
  end(limits, await begin(limits, key, { tokens: 0, costNanoUsd: 999 }), { costNanoUsd: 999 })
  const last = await begin(limits, key, { tokens: 0, costNanoUsd: 5_000 })
  await refusal(begin(limits, key, { tokens: 0, costNanoUsd: 1 }))
  end(limits, last, { costNanoUsd: 4_000 })
  const error = await refusal(begin(limits, key, { tokens: 0, costNanoUsd: 1 }))
  expect(error.message).toContain('0.000001 US dollars of this day')
  expect(error.details.retryAfterMs).toBe(12 * hourMs - 30_000)
  await begin(limits, key, undefined, noon + 12 * hourMs)
})

test('a cost that nobody knows is what was reserved; what no model served costs nothing', async () => {
  const key = { ...plain, spendPerDayNanoUsd: 100 }
  const limits = limitsOf(key)
  end(limits, await begin(limits, key, { tokens: 0, costNanoUsd: 90 }), { modelId: null })
  end(limits, await begin(limits, key, { tokens: 0, costNanoUsd: 100 }))
  await refusal(begin(limits, key))
})

test('a month outlasts its days, and its limit tells when it ends', async () => {
  const key = { ...plain, spendPerDayNanoUsd: 100, spendPerMonthNanoUsd: 150 }
  const limits = limitsOf(key)
  end(limits, await begin(limits, key, { tokens: 0, costNanoUsd: 100 }), { costNanoUsd: 100 })
  const tomorrow = noon + 24 * hourMs
  end(
    limits,
    await begin(limits, key, { tokens: 0, costNanoUsd: 50 }, tomorrow),
    { costNanoUsd: 50 },
    tomorrow,
  )
  const error = await refusal(begin(limits, key, undefined, tomorrow))
  expect(error.message).toContain('of this month')
  expect(error.details.retryAfterMs).toBe(Date.UTC(2026, 11, 1) - tomorrow)
  await begin(limits, key, undefined, Date.UTC(2026, 11, 1))
})

test('tokens of a minute, by what was really used', async () => {
  const key = { ...plain, tokensPerMinute: 1_000 }
  const limits = limitsOf(key)
  const usage = { ...unknownUsage, inputTokens: 100, cacheReadTokens: 50, outputTokens: 50 }
  end(limits, await begin(limits, key, { tokens: 900, costNanoUsd: 0 }), { usage })
  const other = await begin(limits, key, { tokens: 800, costNanoUsd: 0 })
  await refusal(begin(limits, key, { tokens: 1, costNanoUsd: 0 }))
  end(limits, other, { usage })
  await begin(limits, key, { tokens: 1, costNanoUsd: 0 })
})

test('a request that may use more than the whole limit holds all of it, and what was used before stays used', async () => {
  const key = { ...plain, tokensPerMinute: 1_000, spendPerDayNanoUsd: 1_000 }
  const asked: number[] = []
  const ledger = ledgerAt(noon)
  const lease: LimitLeases['lease'] = (asks) => {
    asked.push(...asks.map(({ amount }) => amount))
    return ledger.lease(asks)
  }
  const limits = limitsOf(key, { ...ledger, lease })
  const usage = { ...unknownUsage, inputTokens: 600, outputTokens: 300 }
  end(limits, await begin(limits, key, { tokens: 900, costNanoUsd: 900 }), { usage, costNanoUsd: 900 })
  const huge = await begin(limits, key, { tokens: 6e304, costNanoUsd: Number.MAX_SAFE_INTEGER })
  await refusal(begin(limits, key))
  end(limits, huge, { modelId: null })
  expect(Math.max(...asked)).toBeLessThanOrEqual(1_000)
  const [standing] = limits.standing?.(principalOfKey(key, noon) ?? never(), noon) ?? []
  expect(standing?.remaining).toBe(100)
})

test('a limit of nothing lets nothing in', async () => {
  const key = { ...plain, spendPerDayNanoUsd: 0 }
  await refusal(begin(limitsOf(key), key))
})

test('requests under way at once: an end makes room, whatever the minute', async () => {
  const key = { ...plain, concurrentRequests: 2 }
  const limits = limitsOf(key)
  const first = await begin(limits, key)
  await begin(limits, key)
  expect((await refusal(begin(limits, key))).details.retryAfterMs).toBe(1_000)
  await refusal(begin(limits, key, undefined, noon + hourMs))
  end(limits, first)
  await begin(limits, key, undefined, noon + hourMs)
})

test('a refusal by one limit takes nothing of the others', async () => {
  const key = { ...plain, concurrentRequests: 1, requestsPerMinute: 3 }
  const limits = limitsOf(key)
  const first = await begin(limits, key)
  for (let call = 0; call < 10; call++) await refusal(begin(limits, key))
  end(limits, first)
  for (let call = 0; call < 2; call++) end(limits, await begin(limits, key))
  await refusal(begin(limits, key))
})

test('a key that took another one’s place goes on with its budget', async () => {
  const key = { ...plain, requestsPerMinute: 2 }
  const next = { ...key, id: keyId('k2'), budget: key.id }
  const keys = new Map([key, next].map((one) => [one.id as string, one]))
  const limits = createLimits({ keyOf: (id) => keys.get(id), leases: ledgerAt(noon), share: 0 })
  await begin(limits, key)
  await begin(limits, next)
  await refusal(begin(limits, key))
  await refusal(begin(limits, next))
})

test('a process begins with what was spent before it', async () => {
  const key = { ...plain, spendPerDayNanoUsd: 100 }
  const limits = limitsOf(key, ledgerAt(noon, { 'spend-day': 95 }))
  await begin(limits, key, { tokens: 0, costNanoUsd: 5 })
  await refusal(begin(limits, key, { tokens: 0, costNanoUsd: 5 }))
})

test('the service key and keys without limits are not counted', async () => {
  const limits = createLimits({ keyOf: () => undefined, leases: ledgerAt(noon), share: 0 })
  for (let call = 0; call < 100; call++) await begin(limits, { ...plain, requestsPerMinute: 1 })
})

/** As behind a socket: every answer comes later. */
const later = (ledger: LimitLeases, calls: { leases: number }): LimitLeases => ({
  lease: async (asks) => {
    calls.leases += 1
    await Promise.resolve()
    return ledger.lease(asks)
  },
  charge: (changes) => ledger.charge(changes),
})

test('leased in slices by four processes: never more than the limit, and few leases', async () => {
  const key = { ...plain, requestsPerMinute: 1_000, spendPerDayNanoUsd: 100_000 }
  const ledger = ledgerAt(noon)
  const calls = { leases: 0 }
  const worker = () => limitsOf(key, later(ledger, calls), 1 / 20)
  const workers = [worker(), worker(), worker(), worker()] as const
  const cost = { tokens: 0, costNanoUsd: 100 }
  const burst = (limits: Limits) => Array.from({ length: 500 }, () => begin(limits, key, cost))
  const begun = await Promise.allSettled(workers.flatMap(burst))
  const served = begun.filter(({ status }) => status === 'fulfilled').length
  expect(served).toBeLessThanOrEqual(1_000)
  // What one process holds and does not use is out of reach of the others: two slices each at most.
  expect(served).toBeGreaterThanOrEqual(1_000 - 4 * 2 * 50)
  expect(calls.leases).toBeLessThan(1_200)
})

test('what a process leased and does not use goes back within two looks, what it uses and has under way stays', async () => {
  const key = { ...plain, requestsPerMinute: 20, spendPerDayNanoUsd: 100_000 }
  const ledger = ledgerAt(noon)
  const worker = () => createLimits({ keyOf: () => key, leases: later(ledger, { leases: 0 }), share: 1 / 20 })
  const [one, other] = [worker(), worker()]
  const cost = { tokens: 0, costNanoUsd: 10_000 }
  end(one, await begin(one, key, cost), { costNanoUsd: 1_000 })
  const under = await begin(one, key, cost)
  for (let look = 1; look <= 6; look++) one.tend(noon + look * 1_000)
  const nowMs = noon + 6_000
  const spent = { costNanoUsd: 1_000 }
  for (let call = 0; call < 18; call++) end(other, await begin(other, key, cost, nowMs), spent, nowMs)
  expect((await refusal(begin(other, key, cost, nowMs))).message).toContain('its 20 requests')
  end(one, under, spent, nowMs)
  for (const limits of [one, other]) for (const look of [1, 2]) limits.tend(nowMs + look)
  const day = { budget: key.id, kind: 'spend-day', windowMs: windowOf('spend-day', noon) } as const
  expect(ledger.used?.(day)).toBe(20_000)
})

test('a look is at the budgets that were used since the last one, and at those that still hold something', async () => {
  const keys = Array.from({ length: 50 }, (_, index) => ({
    ...plain,
    id: keyId(`k${index}`),
    spendPerDayNanoUsd: 100_000,
  }))
  const byId = new Map(keys.map((key) => [key.id as string, key]))
  const ledger = ledgerAt(noon)
  const limits = createLimits({ keyOf: (id) => byId.get(id), leases: ledger, share: 1 / 20 })
  const cost = { tokens: 0, costNanoUsd: 1_000 }
  const under = await Promise.all(keys.map((key) => begin(limits, key, cost)))
  const looks = vi.spyOn(Meter.prototype, 'takeUnused')
  const looked = (): number => {
    looks.mockClear()
    limits.tend(noon)
    return looks.mock.calls.length
  }
  expect([looked(), looked(), looked(), looked()]).toEqual([250, 250, 0, 0])
  end(limits, under[0] ?? never(), { costNanoUsd: 10 })
  expect([looked(), looked()]).toEqual([5, 0])
  const day = { budget: 'k0', kind: 'spend-day', windowMs: windowOf('spend-day', noon) } as const
  expect(ledger.used?.(day)).toBe(10)
  looks.mockRestore()
})
