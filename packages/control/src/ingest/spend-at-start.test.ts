import { keyId, type JournalRecord, type KeyId } from '@pointsman/contract'
import { openJournal, type Journal } from '@pointsman/journal'
import { CrashFiles, outcomeOf, readAll, requestIdOf } from '@pointsman/journal/testing'
import { expect, test } from 'vitest'
import { chanceOf } from '../../../../tests/chance.ts'
import { spendAtStart, spendInJournals, type SpendRegistry } from './spend-at-start.ts'
import { MemoryRegistry } from './testing/memory-registry.ts'
import { addNewerSegment } from './testing/newer-segment.ts'

const journalDir = '/data/journal'
const first = keyId('first')
const cost = 41_600

const dayMs = Date.UTC(2026, 10, 30)
const monthMs = Date.UTC(2026, 10)

function house() {
  const faults = new Map<number, 'EIO'>()
  const files = new CrashFiles({ chance: chanceOf(1), faults })
  const said: string[] = []
  const own = new MemoryRegistry()
  const registry: SpendRegistry = {
    readBudgetSpend: () => Promise.resolve([{ budget: first, dayNanoUsd: 1, monthNanoUsd: 2 }]),
    readCheckpoints: own.readCheckpoints,
    storedRequests: (_database, records) =>
      Promise.resolve(
        new Set(records.flatMap(({ requestId }) => (own.state.records.has(requestId) ? [requestId] : []))),
      ),
    listKeys: () => Promise.resolve([]),
  }
  const options = {
    ...{ journalDir, files, dayMs, monthMs },
    log: (_level: string, event: string) => void said.push(event),
  }
  const open = (): Promise<Journal> =>
    openJournal({
      ...{ dir: journalDir, durability: 'fsync', files, reserveBytes: 0, minFreeBytes: 0 },
      gathered: () => Promise.resolve(),
    })
  return {
    ...{ faults, files, said, open, own },
    atStart: () => spendAtStart({ ...options, database: own.database, registry }),
    inJournals: () => spendInJournals({ ...options, budgets: new Map() }),
  }
}

const spentBy = (key: KeyId, id: string, receivedAtMs = dayMs): JournalRecord => ({
  type: 'outcome',
  record: { ...outcomeOf(id), keyId: key, receivedAtMs },
})

test('what is dated before or after the day or the month, by a clock that ran ahead, counts in neither', async () => {
  const { open, atStart } = house()
  const journal = await open()
  const nextMonthMs = Date.UTC(2026, 11)
  for (const atMs of [monthMs - 1, monthMs, dayMs - 1, dayMs, nextMonthMs - 1, nextMonthMs, Date.UTC(2031)])
    await journal.commit(spentBy(first, `at ${atMs}`, atMs))
  expect((await atStart()).get(first)).toEqual({ dayNanoUsd: 1 + 2 * cost, monthNanoUsd: 2 + 4 * cost })
})

test('a journal that cannot be listed is told, and the others are counted', async () => {
  const { files, said, open, atStart, inJournals } = house()
  const bad = await open()
  const good = await open()
  await good.commit(spentBy(first, 'one'))
  const list = files.list.bind(files)
  files.list = (path) => (path.endsWith(bad.id) ? Promise.reject(new Error('EACCES')) : list(path))
  expect((await atStart()).get(first)).toEqual({ dayNanoUsd: 1 + cost, monthNanoUsd: 2 + cost })
  expect((await inJournals()).get(first)?.dayNanoUsd).toBe(cost)
  expect(said).toEqual(['journal_not_counted', 'journal_not_counted'])
})

test('a journal that cannot be read is told, and neither the others nor what stands before the bad place go uncounted', async () => {
  const { files, said, open, atStart, inJournals } = house()
  const bad = await open()
  await bad.commit(spentBy(first, 'one'))
  await addNewerSegment(files, bad.id, 2)
  await addNewerSegment(files, '00000000-0000-4000-8000-000000000000', 1)
  const good = await open()
  await good.commit(spentBy(first, 'two'))
  expect((await atStart()).get(first)).toEqual({ dayNanoUsd: 1 + 2 * cost, monthNanoUsd: 2 + 2 * cost })
  expect(said.splice(0)).toEqual(['journal_not_counted', 'journal_not_counted'])
  expect((await inJournals()).get(first)).toEqual({ dayNanoUsd: 2 * cost, monthNanoUsd: 2 * cost })
  expect(said).toEqual(['journal_not_counted', 'journal_not_counted'])
})

/** A journal in which the second of three records stands twice: the write passes, and the sync after it does not. */
async function repeating({
  faults,
  files,
  open,
}: Pick<ReturnType<typeof house>, 'faults' | 'files' | 'open'>) {
  const journal = await open()
  await journal.commit(spentBy(first, 'one'))
  faults.set(files.operations + 2, 'EIO')
  await expect(journal.commit(spentBy(first, 'two'))).rejects.toThrow()
  await journal.commit(spentBy(first, 'three'))
  return journal
}

test('a record that was written twice, after a sync that failed, is counted once', async () => {
  const { files, atStart, inJournals, ...others } = house()
  const journal = await repeating({ files, ...others })
  const { records } = await readAll(journalDir, journal.id, { files })
  expect(records.map(({ record }) => requestIdOf(record))).toEqual(['one', 'two', 'two', 'three'])
  expect((await atStart()).get(first)?.monthNanoUsd).toBe(2 + 3 * cost)
  expect((await inJournals()).get(first)?.monthNanoUsd).toBe(3 * cost)
})

test('a record whose repeat stands behind the checkpoint is counted by the registry alone', async () => {
  const { files, atStart, own, ...others } = house()
  const journal = await repeating({ files, ...others })
  const { records } = await readAll(journalDir, journal.id, { files })
  const stored = records.slice(0, 2)
  const ids = [stored, records.slice(2)].map((side) => side.map(({ record }) => requestIdOf(record)))
  expect(ids).toEqual([
    ['one', 'two'],
    ['two', 'three'],
  ])
  const position = stored[1]?.position
  if (position === undefined) throw new Error('no record')
  await own.database.transaction({ purpose: 'plain' }, (transaction) =>
    own.ingestBatch(transaction, { lines: stored.map(({ json }) => json), position }),
  )
  expect((await atStart()).get(first)?.monthNanoUsd).toBe(2 + cost)
})
