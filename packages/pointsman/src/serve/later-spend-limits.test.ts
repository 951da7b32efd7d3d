import {
  defaultWorkspace,
  keyId,
  type Key,
  type SnapshotManifest,
  type SnapshotPart,
} from '@pointsman/contract'
import type { SnapshotSource } from '@pointsman/engine'
import { createMemoryLedger, windowOf } from '@pointsman/gateway'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { followSpendLimits } from './later-spend-limits.ts'
import { createSpendOpenings, spendWindowsAt } from './spend-openings.ts'

beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 10, 30, 12) }))
afterEach(() => void vi.useRealTimers())

const key = (id: string, more: Partial<Key> = {}): Key => ({
  ...{ id: keyId(id), name: id, workspace: defaultWorkspace, digest: '00', scopes: ['invoke'], routes: null },
  ...{ models: null, requestsPerMinute: null, spendPerDayNanoUsd: null, expiresAtMs: null, ...more },
})

/** Publishes keys in parts, each under a hash of its content; counts what is asked for. */
function registryOf(...first: readonly (readonly Key[])[]) {
  let parts = first
  const listeners = new Set<() => void>()
  const hashOf = (keys: readonly Key[]): string => JSON.stringify(keys)
  const manifest = (): SnapshotManifest => ({
    ...{ schema: 'v1', revision: { epoch: 1, number: 1 }, hash: 'whole', createdAtMs: 1 },
    parts: [
      { kind: 'models', hash: 'models', count: 0 },
      ...parts.map((keys) => ({ kind: 'keys' as const, hash: hashOf(keys), count: keys.length })),
    ],
  })
  const asked: string[][] = []
  const source: SnapshotSource = {
    latest: async () => manifest(),
    parts: async (hashes) => {
      asked.push([...hashes])
      return parts.flatMap((entries): SnapshotPart[] =>
        hashes.includes(hashOf(entries)) ? [{ kind: 'keys', entries }] : [],
      )
    },
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  const publish = (...next: readonly (readonly Key[])[]): void => {
    parts = next
    for (const listener of listeners) listener()
  }
  return { asked, listeners, publish, source }
}

function follow(source: SnapshotSource, fails = false) {
  const reads: string[][] = []
  const said: string[] = []
  const following = followSpendLimits({
    source,
    log: (_level, event) => void said.push(event),
    read: async (budgets) => {
      reads.push([...budgets])
      if (fails) throw new Error('away')
    },
  })
  return { following, reads, said }
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

test('a limit of spend that a key is given later is read of at once, and until all records must be in; others are not', async () => {
  const limited = key('limited', { spendPerDayNanoUsd: 5 })
  const registry = registryOf([limited, key('a'), key('b')], [key('c')])
  const { reads } = follow(registry.source)
  await pass(2_000)
  // What a snapshot says first was read at the start; and a limit of requests is none of spend.
  registry.publish([limited, key('a', { requestsPerMinute: 1 }), key('b')], [key('c')])
  await pass(2_000)
  expect(reads).toEqual([])
  registry.publish([limited, key('a', { spendPerDayNanoUsd: 1 }), key('b')], [key('c')])
  await pass(1)
  expect(reads).toEqual([['a']])
  // A month's beside a day's, and one that changes only.
  registry.publish(
    [{ ...limited, spendPerMonthNanoUsd: 6 }, key('a', { spendPerDayNanoUsd: 2 }), key('b')],
    [key('c')],
  )
  await pass(2_000)
  expect(reads).toEqual([['a'], ['limited']])
  await pass(60_000)
  expect(reads.slice(2)).toEqual([['a'], ['limited'], ['a'], ['limited']])
  await pass(3_600_000)
  expect(reads.slice(6)).toEqual([['a'], ['limited']])
  // Of the part that did not change nothing was asked for again.
  expect(registry.asked.slice(1).every((hashes) => hashes.length === 1)).toBe(true)
})

test('a successor is read of as its budget; limits that are set one by one are read of together', async () => {
  const keys = Array.from({ length: 50 }, (_, index) => key(`k${index}`))
  const registry = registryOf(keys)
  const { reads } = follow(registry.source)
  await pass(1)
  for (let count = 1; count <= keys.length; count++) {
    registry.publish(
      keys.map((one, index) =>
        index < count ? { ...one, budget: keyId(`first-${index}`), spendPerMonthNanoUsd: 1 } : one,
      ),
    )
    await pass(1)
  }
  await pass(1_500)
  expect(reads.length).toBeLessThan(4)
  expect(reads.flat().sort()).toEqual(keys.map((_, index) => `first-${index}`).sort())
})

test('a read that fails is told and tried at the next time; nothing is read after the stop', async () => {
  const registry = registryOf([key('a')])
  const { following, reads, said } = follow(registry.source, true)
  await pass(1)
  registry.publish([key('a', { spendPerDayNanoUsd: 1 })])
  await pass(6_000)
  expect([reads.length, said]).toEqual([2, ['spend_not_read', 'spend_not_read']])
  following.stop()
  await pass(3_600_000)
  expect([reads.length, registry.listeners.size, vi.getTimerCount()]).toEqual([2, 0, 0])
})

test('a budget is opened in the windows that it was read in, never below what was known of them', () => {
  const openings = createSpendOpenings()
  const ledger = createMemoryLedger({ nowMs: Date.now, opening: openings.of })
  const used = (budget: string) => {
    const windowMs = windowOf('spend-day', Date.now())
    return ledger.used?.({ budget, kind: 'spend-day', windowMs })
  }
  const told = (budget: string, dayNanoUsd: number) => {
    openings.add(spendWindowsAt(Date.now()), [{ budget, dayNanoUsd, monthNanoUsd: dayNanoUsd }])
    ledger.raise()
  }
  told('journal', 7)
  told('journal', 3)
  expect([used('journal'), used('later')]).toEqual([7, 0])
  vi.setSystemTime(Date.UTC(2026, 11, 1, 1))
  expect([used('journal'), used('later')]).toEqual([0, 0])
  told('later', 9)
  expect([used('journal'), used('later')]).toEqual([0, 9])
})
