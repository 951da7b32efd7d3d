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

function house() {
  const faults = new Map<number, 'EIO'>()
  const files = new CrashFiles({ chance: chanceOf(1), faults })
  const said: string[] = []
  const own = new MemoryRegistry()
  const registry: SpendRegistry = {
    readBudgetSpend: () => Promise.resolve([{ budget: first, dayNanoUsd: 1, monthNanoUsd: 2 }]),
    readCheckpoints: own.readCheckpoints,
    listKeys: () => Promise.resolve([]),
  }
  const options = {
    ...{ journalDir, files, dayMs: 0, monthMs: 0 },
    log: (_level: string, event: string) => void said.push(event),
  }
  const open = (): Promise<Journal> =>
    openJournal({
      ...{ dir: journalDir, durability: 'fsync', files, reserveBytes: 0, minFreeBytes: 0 },
      gathered: () => Promise.resolve(),
    })
  return {
    ...{ faults, files, said, open },
    atStart: () => spendAtStart({ ...options, database: own.database, registry }),
    inJournals: () => spendInJournals({ ...options, budgets: new Map() }),
  }
}

const spentBy = (key: KeyId, id: string): JournalRecord => ({
  type: 'outcome',
  record: { ...outcomeOf(id), keyId: key },
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

test('a record that was written twice, after a sync that failed, is counted once', async () => {
  const { faults, files, open, atStart, inJournals } = house()
  const journal = await open()
  await journal.commit(spentBy(first, 'one'))
  // The write passes, and the sync after it does not.
  faults.set(files.operations + 2, 'EIO')
  await expect(journal.commit(spentBy(first, 'two'))).rejects.toThrow()
  await journal.commit(spentBy(first, 'three'))
  const { records } = await readAll(journalDir, journal.id, { files })
  expect(records.map(({ record }) => requestIdOf(record))).toEqual(['one', 'two', 'two', 'three'])
  expect((await atStart()).get(first)?.monthNanoUsd).toBe(2 + 3 * cost)
  expect((await inJournals()).get(first)?.monthNanoUsd).toBe(3 * cost)
})
