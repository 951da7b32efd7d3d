import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { nodeFiles, type FileLayer } from './file-layer.ts'
import type { JournalCommit, JournalFailure, JournalOptions, JournalRoom } from './journal.ts'
import { openJournal } from './open-journal.ts'
import { listJournals } from './read-journal.ts'
import { intent, outcome, readAll, requestIdOf } from './testing/records.ts'

let dir = ''
beforeEach(async () => {
  dir = join(await mkdtemp(join(tmpdir(), 'journal-')), 'journal')
})
afterEach(async () => {
  await rm(join(dir, '..'), { recursive: true, force: true })
})

const open = (options: Partial<JournalOptions> = {}) =>
  openJournal({ dir, durability: 'fsync', reserveBytes: 4_096, minFreeBytes: 0, ...options })

/** The real files, with a count of syncs and a way to make them fail. */
function watchedFiles() {
  const watched = { syncs: 0, failing: false }
  const files: FileLayer = {
    ...nodeFiles,
    async create(path) {
      const file = await nodeFiles.create(path)
      return {
        ...file,
        async datasync() {
          watched.syncs += 1
          if (watched.failing) throw Object.assign(new Error('EIO: the disk is gone'), { code: 'EIO' })
          await file.datasync()
        },
      }
    },
  }
  return { files, watched }
}

test('records come back in order, across segments, with the place after each', async () => {
  const journal = await open({ segmentBytes: 4_000 })
  for (let number = 0; number < 40; number += 1) {
    journal.append(intent(`request-${number}`))
    await journal.commit(outcome(`request-${number}`))
  }
  expect(await journal.close()).toEqual({ sealed: true, openIntents: 0 })
  const [listing] = await listJournals(dir)
  expect(listing?.segments.length).toBeGreaterThan(5)
  const { records, damage, ended } = await readAll(dir, journal.id)
  expect(damage).toEqual([])
  expect(ended).toBe(true)
  expect(records.map(({ record }) => `${record.type} ${requestIdOf(record)}`)).toEqual(
    Array.from({ length: 40 }, (_, number) => [
      `intent request-${number}`,
      `outcome request-${number}`,
    ]).flat(),
  )
  expect(records.at(-1)?.position).toEqual(journal.position())
  for (const segment of listing?.segments ?? []) {
    const lines = (
      await readFile(join(dir, journal.id, `${String(segment).padStart(6, '0')}.log`), 'utf8')
    ).split('\n')
    expect(lines[0]).toMatch(
      new RegExp(`^[0-9a-f]{8} {"type":"header","version":1,"journal":"${journal.id}","segment":${segment},`),
    )
  }
})

test('what is committed at once shares one sync, and what comes meanwhile the next', async () => {
  const { files, watched } = watchedFiles()
  const journal = await open({ files, reserveBytes: 0, gathered: () => Promise.resolve() })
  const commits: JournalCommit[] = []
  journal.onCommit((commit) => commits.push(commit))
  const first = Array.from({ length: 50 }, (_, number) => journal.commit(outcome(`first-${number}`)))
  await Promise.resolve()
  await Promise.resolve()
  const second = Array.from({ length: 70 }, (_, number) => journal.commit(outcome(`second-${number}`)))
  await Promise.all([...first, ...second])
  expect(commits.map(({ records }) => records)).toEqual([50, 70])
  expect(watched.syncs).toBe(2)
  expect(commits.at(-1)?.position).toEqual(journal.position())
  expect(journal.stats()).toMatchObject({
    batches: 2,
    records: 120,
    failures: 0,
    queuedRecords: 0,
    queuedBytes: 0,
  })
  await journal.close()
})

test('an append is written without anybody waiting for it', async () => {
  const journal = await open()
  const done = new Promise<JournalCommit>((resolve) => journal.onCommit(resolve))
  journal.append(intent('lonely'))
  expect((await done).records).toBe(1)
  expect((await readAll(dir, journal.id)).records).toHaveLength(1)
  expect(journal.stats().openIntents).toBe(1)
  expect(await journal.close()).toEqual({ sealed: false, openIntents: 1 })
})

test('a failing sync rejects the batch, leaves the segment and writes the batch again elsewhere', async () => {
  const { files, watched } = watchedFiles()
  const failures: JournalFailure[] = []
  const rooms: JournalRoom[] = []
  const journal = await open({ files, onFailure: (failure) => failures.push(failure) })
  journal.onRoom((room) => rooms.push(room))
  await journal.commit(outcome('before'))
  watched.failing = true
  journal.append(intent('doubtful'))
  await expect(journal.commit(outcome('doubtful'))).rejects.toMatchObject({ code: 'internal' })
  expect(journal.room).toBe('failing')
  watched.failing = false
  // Accepted while failing, as everything in flight is.
  await journal.commit(outcome('after'))
  expect(rooms).toEqual(['failing', 'open'])
  expect(failures[0]).toMatchObject({ kind: 'write', tries: 1, error: { code: 'EIO' } })
  expect(journal.stats().failures).toBeGreaterThanOrEqual(failures.length)
  await journal.close()
  const { records } = await readAll(dir, journal.id)
  const ids = records.map(({ record, position }) => `${position.segment} ${requestIdOf(record)}`)
  expect(ids).toContain('1 before')
  // Once where it was uncertain, and again where it is certain.
  expect(ids.filter((id) => id.endsWith(' doubtful')).length).toBeGreaterThanOrEqual(4)
  expect(ids.some((id) => id.endsWith(' doubtful') && !id.startsWith('1 '))).toBe(true)
  expect(records.at(-1)?.record).toEqual(outcome('after'))
})

test('closing a journal that cannot write says how many records are lost, and does not hang', async () => {
  const { files, watched } = watchedFiles()
  const journal = await open({ files })
  watched.failing = true
  const commit = journal.commit(outcome('lost'))
  const closed = journal.close()
  await expect(commit).rejects.toMatchObject({ code: 'internal' })
  await expect(closed).rejects.toThrow(/1 records that could not be written/)
  expect(await readdir(join(dir, journal.id))).not.toContain('sealed')
})

test('says that it is overloaded while too much waits, and still takes what comes', async () => {
  const journal = await open({ maxQueueBytes: 20_000 })
  const rooms: JournalRoom[] = []
  const stop = journal.onRoom((room) => rooms.push(room))
  const commits = Array.from({ length: 60 }, (_, number) => journal.commit(outcome(`request-${number}`)))
  expect(journal.room).toBe('overloaded')
  await Promise.all(commits)
  expect(journal.room).toBe('open')
  expect(rooms).toEqual(['overloaded', 'open'])
  stop()
  const more = Array.from({ length: 60 }, (_, number) => journal.commit(outcome(`again-${number}`)))
  await Promise.all(more)
  expect(rooms).toHaveLength(2)
  await journal.close()
})

test('a listener that throws is reported and stops nobody', async () => {
  const failures: JournalFailure[] = []
  const journal = await open({ onFailure: (failure) => failures.push(failure) })
  journal.onCommit(() => {
    throw new Error('listener')
  })
  await journal.commit(outcome('one'))
  await journal.commit(outcome('two'))
  expect(failures.map(({ kind }) => kind)).toEqual(['listener', 'listener'])
  await journal.close()
})

test('takes nothing once it is being closed, and closes once', async () => {
  const journal = await open()
  const last = journal.commit(outcome('last'))
  const closed = journal.close()
  expect(() => journal.append(intent('late'))).toThrow(/closed/)
  await expect(journal.commit(outcome('late'))).rejects.toMatchObject({ code: 'shutting_down' })
  await last
  expect(journal.close()).toBe(closed)
  await closed
  expect((await readdir(join(dir, journal.id))).sort()).toEqual(['000001.log', 'sealed'])
})

test('a record that JSON cannot say rejects alone', async () => {
  const journal = await open()
  const good = journal.commit(outcome('good'))
  const broken = { ...outcome('broken'), big: 1n }
  await expect(journal.commit(broken)).rejects.toThrow(/BigInt/)
  await good
  await journal.close()
  expect((await readAll(dir, journal.id)).records).toHaveLength(1)
})

test('batches larger than a segment, and records larger than a batch, are written whole', async () => {
  const journal = await open({ segmentBytes: 2_000 })
  const long = intent('long')
  if (long.type !== 'intent') throw new Error('not an intent')
  const huge = { type: 'intent', intent: { ...long.intent, requested: '–€😀'.repeat(400_000) } } as const
  journal.append(huge)
  await Promise.all([
    journal.commit(outcome('long')),
    ...Array.from({ length: 30 }, (_, n) => journal.commit(outcome(`r-${n}`))),
  ])
  await journal.close()
  const { records, damage } = await readAll(dir, journal.id, { limitBytes: 100 })
  expect(damage).toEqual([])
  expect(records[0]?.record).toEqual(huge)
  expect(records).toHaveLength(32)
})

test('its folders are for nobody else: records name people', async () => {
  const journal = await open()
  const folders = [dir, join(dir, journal.id)]
  for (const folder of folders) expect(((await stat(folder)).mode & 0o777).toString(8)).toBe('700')
  await journal.close()
})
