import { expect, test } from 'vitest'
import { chanceOf } from '../../../tests/chance.ts'
import { CrashFiles } from './testing/crash-files.ts'
import { openJournal } from './open-journal.ts'
import { listJournals } from './read-journal.ts'
import { outcome, readAll } from './testing/records.ts'
import { recover } from './recover.ts'
import { markIngested, removeIngested } from './removal.ts'

const dir = '/data/journal'
const dayMs = 86_400_000

async function journalOn(files: CrashFiles, records = 30) {
  const journal = await openJournal({
    dir,
    durability: 'fsync',
    files,
    segmentBytes: 5_000,
    reserveBytes: 0,
    minFreeBytes: 0,
  })
  for (let number = 0; number < records; number += 1) await journal.commit(outcome(`request-${number}`))
  return journal
}
const segmentsIn = async (files: CrashFiles) => (await listJournals(dir, { files }))[0]?.segments ?? []

test('a segment goes so many days after it was marked, never without a mark, a live journal stays', async () => {
  const files = new CrashFiles({ chance: chanceOf(1) })
  const journal = await journalOn(files)
  const all = await segmentsIn(files)
  await markIngested(dir, { journal: journal.id, segment: 2 }, { files })
  files.nowMs = 3 * dayMs
  await markIngested(dir, { journal: journal.id, segment: 3 }, { files })
  const olderThanMs = 2 * dayMs
  expect(await removeIngested(dir, { olderThanMs, nowMs: dayMs, files })).toEqual({
    segments: 0,
    journals: [],
    failures: [],
  })
  expect(await removeIngested(dir, { olderThanMs, nowMs: 3 * dayMs, files })).toEqual({
    segments: 2,
    journals: [],
    failures: [],
  })
  expect(await segmentsIn(files)).toEqual(all.slice(2))
  await removeIngested(dir, { olderThanMs, nowMs: 100 * dayMs, files })
  expect(await segmentsIn(files)).toEqual(all.slice(3))
  await journal.commit(outcome('later'))
  await journal.close()
})

test('a sealed journal goes whole with its last segment, and comes out of a crash midway as one or the other', async () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const chance = chanceOf(seed)
    const files = new CrashFiles({ chance })
    const journal = await journalOn(files)
    await journal.close()
    await markIngested(dir, { journal: journal.id, segment: 1_000 }, { files })
    await files.syncDirectory(`${dir}/${journal.id}`)
    const dying = files.afterCrash({ chance, crashAt: 1 + Math.floor(chance() * 40) })
    const removal = { olderThanMs: dayMs, nowMs: 2 * dayMs }
    await Promise.race([removeIngested(dir, { ...removal, files: dying }), dying.crashed])
    dying.crash()
    const after = dying.afterCrash({ chance })
    // What the next start does, and the days after it.
    await recover(dir, { ownId: null, nowMs: 2 * dayMs, files: after })
    await markIngested(dir, { journal: journal.id, segment: 1_000 }, { files: after })
    await removeIngested(dir, { olderThanMs: dayMs, nowMs: 9 * dayMs, files: after })
    expect(await listJournals(dir, { files: after }), `seed ${seed}`).toEqual([])
  }
})

test('a journal that was not ingested is never touched', async () => {
  const files = new CrashFiles({ chance: chanceOf(1) })
  const journal = await journalOn(files)
  await journal.close()
  await removeIngested(dir, { olderThanMs: 0, nowMs: 1e15, files })
  expect((await readAll(dir, journal.id, { files })).records).toHaveLength(30)
})

test('one journal that cannot be listed does not keep the others', async () => {
  const files = new CrashFiles({ chance: chanceOf(1) })
  const [bad, good] = [await journalOn(files), await journalOn(files)]
  for (const journal of [bad, good]) {
    await journal.close()
    await markIngested(dir, { journal: journal.id, segment: 1_000 }, { files })
  }
  const list = files.list.bind(files)
  const error = new Error('EACCES')
  files.list = (path) => (path.endsWith(bad.id) ? Promise.reject(error) : list(path))
  const removal = await removeIngested(dir, { olderThanMs: dayMs, nowMs: 100 * dayMs, files })
  expect(removal).toMatchObject({ journals: [good.id], failures: [{ journal: bad.id, error }] })
})
