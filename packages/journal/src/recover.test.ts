import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { journalId, requestId } from '@pointsman/contract'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lineOf } from './line.ts'
import { nodeFiles, type FileLayer } from './file-layer.ts'
import type { JournalOptions } from './journal.ts'
import { openJournal } from './open-journal.ts'
import { listJournals } from './read-journal.ts'
import { markIngested } from './removal.ts'
import { intent, intentOf, outcome, readAll } from './testing/records.ts'
import { recover } from './recover.ts'

let dir = ''
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'journal-recover-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const open = (options: Partial<JournalOptions> = {}) =>
  openJournal({ dir, durability: 'fsync', reserveBytes: 4_096, minFreeBytes: 0, ...options })

test('closes what was open as unknown with all that the intent knew, once, and leaves the living alone', async () => {
  const dead = await open()
  for (const id of ['answered', 'open-1', 'open-2']) dead.append(intent(id))
  await dead.commit(outcome('answered'))
  // Closed with open intents it is not sealed: as if the process had died.
  expect(await dead.close()).toEqual({ sealed: false, openIntents: 2 })
  const own = await open()
  const sibling = await open()
  for (const living of [own, sibling]) {
    living.append(intent('in flight'))
    await living.commit(outcome('done'))
  }
  const options = { ownId: own.id, otherLiveIds: new Set([sibling.id]), nowMs: 1 }
  const recovery = await recover(dir, options)
  expect(recovery).toEqual({
    journals: [
      { journal: dead.id, records: 4, closedIntents: [requestId('open-1'), requestId('open-2')], damage: [] },
    ],
    failures: [],
  })
  const { records, ended, damage } = await readAll(dir, dead.id)
  expect({ ended, damage }).toEqual({ ended: true, damage: [] })
  expect(records).toHaveLength(6)
  expect(records[4]?.record).toMatchObject({
    type: 'outcome',
    record: {
      ...intentOf('open-1'),
      outcome: 'unknown',
      costNanoUsd: null,
      usage: { outputTokens: null },
      status: null,
    },
  })
  expect(await recover(dir, options)).toEqual({ journals: [], failures: [] })
  expect((await readAll(dir, dead.id)).records).toHaveLength(6)
  const sealed = (await listJournals(dir))
    .filter((listing) => listing.sealed)
    .map((listing) => listing.journal)
  expect(sealed).toEqual([dead.id])
  await own.close()
  await sibling.close()
})

test('one journal that cannot be recovered does not stop the others', async () => {
  const dead = await open()
  dead.append(intent('open'))
  await dead.close()
  const foreign = journalId('00000000-0000-4000-8000-000000000009')
  await mkdir(join(dir, foreign))
  const newer = { type: 'header', version: 9, journal: foreign, segment: 1, createdAtMs: 1 }
  await writeFile(join(dir, foreign, '000001.log'), lineOf(JSON.stringify(newer)))
  const recovery = await recover(dir, { ownId: null, nowMs: 1 })
  expect(recovery.journals.map(({ journal }) => journal)).toEqual([dead.id])
  expect(recovery.failures).toMatchObject([{ journal: foreign, error: { code: 'internal' } }])
})

/** The real files, with the segments that were opened. */
function watchedFiles() {
  const opened = new Set<string>()
  const files: FileLayer = {
    ...nodeFiles,
    open: (path, use) => {
      opened.add(basename(path))
      return nodeFiles.open(path, use)
    },
  }
  return { files, opened }
}

/** One request after the other, each batch in a segment of its own. */
async function deadAfter(steps: readonly (readonly [id: string, ends: boolean])[]) {
  const dead = await open({ segmentBytes: 1 })
  for (const [id, ends] of steps) {
    dead.append(intent(id))
    await dead.commit(ends ? outcome(id) : intent(`${id}, the same batch`))
  }
  await dead.close()
  return dead.id
}

const answered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => [`answered-${from + index}`, true] as const)

test('of a journal that is ingested only the segments are opened in which an intent may be open', async () => {
  const journal = await deadAfter([...answered(0, 9), ['open', false]])
  await markIngested(dir, { journal, segment: 9 })
  const { files, opened } = watchedFiles()
  const [recovered] = (await recover(dir, { ownId: null, nowMs: 1, files })).journals
  expect(recovered?.closedIntents).toEqual(['open', 'open, the same batch'])
  expect([...opened].sort()).toEqual(['000009.log', '000010.log'])
})

test('an open intent is found however far back it is, and so is what the database does not have', async () => {
  const far = await deadAfter([...answered(0, 3), ['open', false], ...answered(3, 9)])
  await markIngested(dir, { journal: far, segment: 9 })
  const first = watchedFiles()
  const [recovered] = (await recover(dir, { ownId: null, nowMs: 1, files: first.files })).journals
  expect(recovered?.closedIntents).toEqual(['open', 'open, the same batch'])
  expect([...first.opened].sort()[0]).toBe('000003.log')

  const away = await deadAfter(answered(0, 9))
  // As a process that died before it sealed.
  await rm(join(dir, away, 'sealed'))
  await markIngested(dir, { journal: away, segment: 4 })
  const second = watchedFiles()
  expect((await recover(dir, { ownId: null, nowMs: 1, files: second.files })).journals).toHaveLength(1)
  expect([...second.opened].sort()[0]).toBe('000005.log')
})

test('a segment that does not say what is open, and one whose beginning was lost, end nothing too early', async () => {
  const journal = await deadAfter([['open', false], ...answered(0, 4)])
  await markIngested(dir, { journal, segment: 5 })
  const older = { type: 'header', version: 1, journal, segment: 6, createdAtMs: 1 }
  await writeFile(join(dir, journal, '000006.log'), lineOf(JSON.stringify(older)))
  await writeFile(join(dir, journal, '000007.log'), '')
  const [recovered] = (await recover(dir, { ownId: null, nowMs: 1 })).journals
  expect(recovered).toMatchObject({ records: 10, closedIntents: ['open', 'open, the same batch'] })
})

test('an intent is open until its outcome is written, also where new segments begin meanwhile', async () => {
  const watched = { fails: false }
  const files: FileLayer = {
    ...nodeFiles,
    async create(path) {
      const file = await nodeFiles.create(path)
      return {
        ...file,
        // The header passes; what follows it does not.
        write: (bytes, offset) =>
          watched.fails && offset > 0 ? Promise.reject(new Error('EIO')) : file.write(bytes, offset),
      }
    },
  }
  const dead = await open({ files })
  await dead.commit(intent('lost'))
  watched.fails = true
  await expect(dead.commit(outcome('lost'))).rejects.toThrow()
  await expect(dead.close()).rejects.toThrow()
  const [listing] = await listJournals(dir)
  expect(listing?.segments.length).toBeGreaterThan(1)
  await markIngested(dir, { journal: dead.id, segment: listing?.segments.at(-1) ?? 0 })
  const [recovered] = (await recover(dir, { ownId: null, nowMs: 1 })).journals
  expect(recovered?.closedIntents).toEqual(['lost'])
})

/** The real files, of which a write and a sync can fail; a power cut takes what was not synced since. */
function unsafeFiles() {
  const failing = { writes: 0, syncs: 0 }
  const unsynced = new Set<string>()
  const fails = (what: keyof typeof failing): boolean => (failing[what] -= 1) >= 0
  const files: FileLayer = {
    ...nodeFiles,
    async create(path) {
      const file = await nodeFiles.create(path)
      return {
        ...file,
        async write(bytes, offset) {
          if (offset > 0 && fails('writes')) throw new Error('EIO')
          await file.write(bytes, offset)
          unsynced.add(path)
        },
        async datasync() {
          if (fails('syncs')) throw new Error('EIO')
          await file.datasync()
          unsynced.delete(path)
        },
      }
    },
  }
  return { failing, files, unsynced }
}

test.each([
  ['is synced', 0, ['still open']],
  ['cannot be synced', 1, ['early', 'still open']],
] as const)('a segment that a failed write ended %s: no intent stays open', async (_, syncs, closed) => {
  const { failing, files, unsynced } = unsafeFiles()
  const dead = await open({ durability: 'write', segmentBytes: 4_000, files })
  for (let each = 0; each < 9; each += 1) dead.append(intent('early'))
  await dead.commit(intent('still open'))
  await dead.commit(outcome('early'))
  Object.assign(failing, { writes: 1, syncs })
  await expect(dead.commit(intent('again'))).rejects.toThrow()
  await dead.commit(outcome('again'))
  const [listing] = await listJournals(dir)
  expect(listing?.segments).toEqual([1, 2, 3])
  const lost = [...unsynced].filter((path) => !path.endsWith('000003.log'))
  expect(lost).toHaveLength(syncs)
  await dead.close()
  for (const path of lost) await writeFile(path, '')
  await markIngested(dir, { journal: dead.id, segment: 1 })
  const [recovered] = (await recover(dir, { ownId: null, nowMs: 1 })).journals
  expect(recovered?.closedIntents).toEqual(closed)
})
