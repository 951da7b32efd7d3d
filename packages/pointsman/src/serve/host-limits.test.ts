import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultWorkspace, keyId, type Key, type KeyId, type SnapshotManifest } from '@pointsman/contract'
import { windowOf } from '@pointsman/gateway'
import { openJournal } from '@pointsman/journal'
import { outcomeOf } from '@pointsman/journal/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createHostLimits } from './host-limits.ts'
import { lastGoodFolder } from './last-good.ts'

const first = keyId('first')
const successor = keyId('successor')
const cost = 41_600

const key = (id: KeyId, more: Partial<Key> = {}): Key => ({
  ...{
    id,
    name: id,
    workspace: defaultWorkspace,
    digest: '00',
    scopes: ['invoke'],
    routes: null,
    models: null,
  },
  ...{ requestsPerMinute: null, spendPerDayNanoUsd: 1_000_000, expiresAtMs: null, ...more },
})

const manifest: SnapshotManifest = {
  ...{ schema: 'v1', revision: { epoch: 1, number: 1 }, hash: 'whole', createdAtMs: 1 },
  parts: [{ kind: 'keys', hash: 'keys', count: 1 }],
}

let dataDir = ''
let said: string[] = []

/** Two requests of a key and its successor; the database is away. */
beforeEach(async () => {
  said = []
  dataDir = await mkdtemp(join(tmpdir(), 'pointsman-test-'))
  const journal = await openJournal({
    ...{ dir: join(dataDir, 'journal'), durability: 'write', reserveBytes: 0, minFreeBytes: 0 },
  })
  for (const id of [first, successor])
    await journal.commit({
      type: 'outcome',
      record: { ...outcomeOf(`by-${id}`), keyId: id, receivedAtMs: Date.now() },
    })
  await journal.close()
})
afterEach(() => rm(dataDir, { recursive: true }))

async function spentToday(budget: KeyId): Promise<number | undefined> {
  const settings = { dataDir, databaseUrl: null, limitsWhenAway: 'count' } as const
  const limits = createHostLimits({ settings, log: (_level, event) => void said.push(event) })
  await limits.openWithout()
  const windowMs = windowOf('spend-day', Date.now())
  return limits.forDataPlane.leases.used?.({ budget, kind: 'spend-day', windowMs })
}

test('without a database, what a key spent counts for the budget that the last good snapshot says it shares', async () => {
  const parts = [{ kind: 'keys', entries: [key(successor, { budget: first })] }] as const
  await lastGoodFolder(dataDir).save(manifest, parts)
  expect(await spentToday(first)).toBe(2 * cost)
  expect(said).toEqual(['limits_opened_from_journals'])
})

test('without a last good snapshot each key counts for itself; one that cannot be read is told', async () => {
  expect(await spentToday(first)).toBe(cost)
  expect(said.splice(0)).toEqual(['limits_opened_from_journals'])
  await lastGoodFolder(dataDir).save(manifest, [])
  await writeFile(join(dataDir, 'last-good', 'keys.json'), 'torn')
  expect(await spentToday(successor)).toBe(cost)
  expect(said).toEqual(['shared_budgets_not_known', 'limits_opened_from_journals'])
})

test('journals that could not be read are read at the next try', async () => {
  const settings = { dataDir, databaseUrl: null, limitsWhenAway: 'count' } as const
  const limits = createHostLimits({ settings, log: (_level, event) => void said.push(event) })
  const journalDir = join(dataDir, 'journal')
  await rename(journalDir, `${journalDir}.away`)
  await writeFile(journalDir, 'no folder')
  await limits.openWithout()
  await rm(journalDir)
  await rename(`${journalDir}.away`, journalDir)
  await limits.openWithout()
  await limits.openWithout()
  expect(said).toEqual(['limits_not_opened', 'limits_opened_from_journals'])
})

test('the journals are read once a start, however often the database is tried', async () => {
  const settings = { dataDir, databaseUrl: null, limitsWhenAway: 'count' } as const
  const limits = createHostLimits({ settings, log: (_level, event) => void said.push(event) })
  await Promise.all([limits.openWithout(), limits.openWithout()])
  await limits.openWithout()
  expect(said).toEqual(['limits_opened_from_journals'])
})
