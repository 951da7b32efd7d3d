import { expect, test } from 'vitest'
import { chanceOf } from '../../../tests/chance.ts'
import { CrashFiles } from './testing/crash-files.ts'
import type { JournalRoom } from './journal.ts'
import { openJournal } from './open-journal.ts'
import { recover } from './recover.ts'
import { intent, outcome, outcomeOf, readAll, requestIdOf } from './testing/records.ts'

const dir = '/data/journal'
const capacityBytes = 1_000_000

async function openOn(files: CrashFiles, options: { reserveBytes?: number; minFreeBytes?: number } = {}) {
  const rooms: JournalRoom[] = []
  const journal = await openJournal({
    dir,
    durability: 'fsync',
    files,
    segmentBytes: 50_000,
    reserveBytes: 40_000,
    minFreeBytes: 20_000,
    checkSpaceEveryMs: 5,
    ...options,
  })
  journal.onRoom((room) => rooms.push(room))
  return { journal, rooms }
}

const diskOf = (seed = 1) => new CrashFiles({ chance: chanceOf(seed), capacityBytes })
const fill = async (files: CrashFiles, leaveBytes: number) => {
  files.usedByOthers += (await files.freeBytes(dir)) - leaveBytes
}

test('below the mark it says so before a write fails, and opens by itself when space returns', async () => {
  const files = diskOf()
  const { journal, rooms } = await openOn(files)
  expect(journal.room).toBe('open')
  await fill(files, 15_000)
  await expect.poll(() => journal.room).toBe('full')
  // In flight: still taken, in the space that is left.
  await journal.commit(outcome('in flight'))
  expect(journal.stats().failures).toBe(0)
  files.usedByOthers = 0
  await expect.poll(() => journal.room).toBe('open')
  expect(rooms).toEqual(['full', 'open'])
  await journal.close()
})

test('a disk that others filled up: those in flight commit in the reserve, then it goes on as before', async () => {
  const files = diskOf()
  const { journal, rooms } = await openOn(files)
  const ids = Array.from({ length: 20 }, (_, number) => `request-${number}`)
  for (const id of ids) journal.append(intent(id))
  await journal.commit(outcome('first'))
  await fill(files, 100)
  for (const id of ids) await journal.commit(outcome(id))
  expect(rooms).toEqual(['full'])
  expect(journal.stats().failures).toBe(0)
  // A reader sees them where they are, in the middle of the reserve.
  const live = await readAll(dir, journal.id, { files })
  expect(live.records).toHaveLength(41)
  files.usedByOthers = 0
  await expect.poll(() => journal.room).toBe('open')
  await journal.commit(outcome('afterwards'))
  expect((await journal.close()).sealed).toBe(true)
  const { records, ended } = await readAll(dir, journal.id, { files })
  expect(ended).toBe(true)
  expect(new Set(records.map(({ record }) => requestIdOf(record)))).toEqual(
    new Set([...ids, 'first', 'afterwards']),
  )
  // The reserve segment is cut to what it holds, and the new reserve went with the closing.
  expect([...files.contents().values()].every((content) => content.at(-1) !== 0)).toBe(true)
})

test('with the reserve used up commits are refused as storage_full, and what was refused is written later', async () => {
  const files = diskOf()
  const { journal } = await openOn(files, { reserveBytes: 6_000 })
  await fill(files, 0)
  const commit = (number: number) =>
    journal.commit(outcome(`request-${number}`)).then(
      () => 'written',
      (error: unknown) => (error as { code?: unknown }).code,
    )
  // The first alone: all of them at once are more than the reserve holds.
  const first = await commit(0)
  const others = await Promise.all(Array.from({ length: 29 }, (_, number) => commit(number + 1)))
  expect(first).toBe('written')
  expect(others).toContain('storage_full')
  expect(journal.room).toBe('full')
  // A disk that stays full does not collect segments.
  expect([...files.contents().keys()].filter((path) => path.endsWith('.log')).length).toBeLessThan(5)
  files.usedByOthers = 0
  await expect.poll(() => journal.room).toBe('open')
  await expect.poll(() => journal.stats().queuedRecords).toBe(0)
  await journal.close()
  const { records } = await readAll(dir, journal.id, { files })
  expect(new Set(records.map(({ record }) => requestIdOf(record))).size).toBe(30)
})

test('everybody who waits is told, however much waits, and not before the disk had its second chance', async () => {
  const files = diskOf()
  const { journal } = await openOn(files, { reserveBytes: 0 })
  await fill(files, 0)
  const large = {
    type: 'outcome',
    record: { ...outcomeOf('large'), requested: 'x'.repeat(400_000) },
  } as const
  const answers = await Promise.allSettled(Array.from({ length: 9 }, () => journal.commit(large)))
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 9 }, () => 'rejected'))
  // More keeps coming; it is told as well.
  await expect(journal.commit(large)).rejects.toMatchObject({ code: 'storage_full' })
  expect(journal.stats().queuedRecords).toBe(10)
  await expect(journal.close()).rejects.toThrow(/10 records that could not be written/)
})

test('a crash with the disk full loses nothing that was acknowledged, in the reserve or before it', async () => {
  for (let seed = 1; seed <= 100; seed += 1) {
    const files = diskOf(seed)
    const { journal } = await openOn(files)
    await journal.commit(outcome('early'))
    await fill(files, seed * 10)
    const ids = Array.from({ length: 1 + (seed % 12) }, (_, number) => `request-${number}`)
    for (const id of ids) await journal.commit(outcome(id))
    journal.append(intent('open'))
    files.crash()
    const after = files.afterCrash({ chance: chanceOf(seed) })
    await recover(dir, { ownId: null, nowMs: 0, files: after })
    const { records } = await readAll(dir, journal.id, { files: after })
    for (const id of ['early', ...ids]) {
      expect(
        records.map(({ record }) => record),
        `seed ${seed}`,
      ).toContainEqual({ type: 'outcome', record: outcomeOf(id) })
    }
  }
})

test('a journal opened on a disk with too little space is full from the start', async () => {
  const files = diskOf()
  files.usedByOthers = capacityBytes - 30_000
  const { journal } = await openOn(files)
  expect(journal.room).toBe('full')
  files.usedByOthers = 0
  await expect.poll(() => journal.room).toBe('open')
  await journal.commit(outcome('one'))
  await journal.close()
})

test('a line that a full disk cut in the middle is taken away: nothing of it was acknowledged', async () => {
  const files = diskOf()
  const { journal } = await openOn(files)
  await journal.commit(outcome('before'))
  await fill(files, 100)
  await journal.commit(outcome('in the reserve'))
  files.usedByOthers = 0
  await expect.poll(() => journal.room).toBe('open')
  await journal.commit(outcome('afterwards'))
  await journal.close()
  const { damage, records } = await readAll(dir, journal.id, { files })
  expect(damage).toEqual([])
  expect(records.map(({ record }) => requestIdOf(record))).toEqual(['before', 'in the reserve', 'afterwards'])
})

test.each(['EACCES', 'EPERM', 'EROFS'])(
  'a folder that may not be written (%s) is refused with its name and what it needs',
  async (code) => {
    const files = Object.assign(diskOf(), {
      makeDirectory: () => Promise.reject(Object.assign(new Error(`${code}: no`), { code })),
    })
    await expect(openOn(files)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/\/data\/journal.*the right to write/) as string,
    })
  },
)
