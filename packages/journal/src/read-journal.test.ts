import fc from 'fast-check'
import { join } from 'node:path'
import { journalId, type JournalRecord } from '@pointsman/contract'
import { expect, test } from 'vitest'
import { chanceOf } from '../../../tests/chance.ts'
import { CrashFiles } from './testing/crash-files.ts'
import { startOf } from './folder.ts'
import { headerJson } from './header.ts'
import { lineOf } from './line.ts'
import { openJournal } from './open-journal.ts'
import { listJournals, readJournal } from './read-journal.ts'
import { intentOf, intent, outcome, readAll, requestIdOf } from './testing/records.ts'

const journal = journalId('00000000-0000-4000-8000-000000000001')
const header = (segment: number, version = 1): Buffer =>
  lineOf(headerJson({ journal, segment, createdAtMs: 1 }).replace('"version":1', `"version":${version}`))
const recordLine = (record: JournalRecord): Buffer => lineOf(JSON.stringify(record))
const bytesOf = (ids: readonly string[], segment = 1): Buffer =>
  Buffer.concat([header(segment), ...ids.map((id) => recordLine(intent(id)))])

const dir = '/data/journal'
let files = new CrashFiles({ chance: () => 0 })

/** A disk with exactly these segments. */
async function lay(segments: { readonly [segment: number]: Buffer }, sealed: boolean): Promise<void> {
  files = new CrashFiles({ chance: () => 0 })
  const folder = join(dir, journal)
  await files.makeDirectory(folder)
  for (const [segment, bytes] of Object.entries(segments)) {
    const file = await files.create(join(folder, `${segment.padStart(6, '0')}.log`))
    await file.write(bytes, 0)
  }
  if (sealed) await files.create(join(folder, 'sealed'))
}

const readLaid = (limitBytes = 1_000) => readAll(dir, journal, { files, limitBytes })

const idsOf = (records: readonly { readonly record: JournalRecord }[]): string[] =>
  records.map(({ record }) => requestIdOf(record))

test('any text comes back as it was written, whatever the size of a read', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: 'binary', maxLength: 200 }), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 50, max: 3_000 }),
      async (texts, limitBytes) => {
        const records: JournalRecord[] = texts.map((text) => ({
          type: 'intent',
          intent: intentOf('r', text),
        }))
        await lay({ 1: Buffer.concat([header(1), ...records.map(recordLine)]) }, true)
        const read = await readLaid(limitBytes)
        expect(read.records.map(({ record }) => record)).toEqual(records)
        expect(read.damage).toEqual([])
      },
    ),
    { numRuns: 100 },
  )
})

test('a segment that grows byte by byte is followed without losing, doubling or naming anything', async () => {
  const whole = bytesOf(['one', 'two', 'three'])
  await lay({ 1: Buffer.alloc(0) }, false)
  const file = await files.open(join(dir, journal, '000001.log'))
  const got: string[] = []
  let position = startOf(journal)
  for (let offset = 0; offset < whole.length; offset += 1) {
    await file?.write(whole.subarray(offset, offset + 1), offset)
    const read = await readJournal(dir, position, { files, limitBytes: 64 })
    expect(read).toMatchObject({ damage: [], ended: false })
    got.push(...idsOf(read.records))
    position = read.position
  }
  expect(got).toEqual(['one', 'two', 'three'])
})

test('a pre-allocated segment that is being written in any order shows whole lines only', async () => {
  const whole = bytesOf(['one', 'two', 'three'])
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }), async (arrived) => {
      const bytes = Buffer.alloc(whole.length + 5_000)
      const piece = Math.ceil(whole.length / arrived.length)
      arrived.forEach((here, index) => {
        if (here) whole.copy(bytes, index * piece, index * piece, (index + 1) * piece)
      })
      await lay({ 1: bytes }, false)
      const { records, damage } = await readLaid(100)
      expect(damage).toEqual([])
      expect(idsOf(records)).toEqual(['one', 'two', 'three'].slice(0, records.length))
    }),
    { numRuns: 100 },
  )
  await lay({ 1: Buffer.concat([whole, Buffer.alloc(5_000)]) }, true)
  expect(await readLaid(100)).toMatchObject({ damage: [], ended: true })
})

test('one altered byte anywhere is named with its place, and costs no more than the lines that it touches', async () => {
  const ids = ['one', 'two', 'three', 'four']
  const whole = bytesOf(ids)
  for (let offset = 0; offset < whole.length; offset += 1) {
    const bytes = Buffer.from(whole)
    bytes[offset] = (bytes[offset] ?? 0) ^ (1 + (offset % 255))
    await lay({ 1: bytes }, true)
    const { records, damage, ended } = await readLaid()
    expect(ended).toBe(true)
    expect(damage.length).toBeGreaterThan(0)
    expect(damage.some((each) => each.offset <= offset && offset < each.offset + each.bytes)).toBe(true)
    expect(ids.filter((id) => idsOf(records).includes(id))).toEqual(idsOf(records))
    // A changed newline joins two lines; more can never go.
    expect(records.length).toBeGreaterThanOrEqual(2)
    for (const { record } of records) expect(record).toEqual(intent(requestIdOf(record)))
  }
})

test('a bad line in the middle is skipped even while the writer lives', async () => {
  const bytes = bytesOf(['one', 'two', 'three'])
  const at = bytes.indexOf('two')
  bytes[at] = 0x54
  await lay({ 1: bytes }, false)
  const { records, damage } = await readLaid()
  expect(idsOf(records)).toEqual(['one', 'three'])
  expect(damage).toMatchObject([{ kind: 'bad-line', journal, segment: 1 }])
})

test('a torn tail is left alone while the writer lives, and named once another segment or the seal is there', async () => {
  const torn = bytesOf(['one', 'two']).subarray(0, -7)
  const place = { kind: 'torn-tail', journal, segment: 1, offset: bytesOf(['one']).length }
  await lay({ 1: torn }, false)
  const waiting = await readLaid()
  expect(waiting).toMatchObject({ damage: [], ended: false })
  await lay({ 1: torn }, true)
  expect(await readLaid()).toMatchObject({ damage: [place], ended: true })
  await lay({ 1: torn, 2: bytesOf(['two'], 2) }, false)
  const { records, damage } = await readLaid()
  expect(idsOf(records)).toEqual(['one', 'two'])
  expect(damage).toEqual([{ ...place, bytes: torn.length - place.offset }])
  // A consumer that stopped before the tail goes on behind it.
  const next = await readJournal(dir, waiting.records.at(-1)?.position ?? startOf(journal), { files })
  expect(idsOf(next.records)).toEqual(['two'])
})

test('a missing segment is named and passed over', async () => {
  await lay({ 2: bytesOf(['two'], 2), 4: bytesOf(['four'], 4) }, true)
  const { records, damage, ended } = await readLaid()
  expect(idsOf(records)).toEqual(['two', 'four'])
  expect(damage.map(({ kind, segment }) => `${kind} ${segment}`)).toEqual([
    'missing-segment 1',
    'missing-segment 3',
  ])
  expect(ended).toBe(true)
})

test('a place beyond the end (what was read was lost unsynced) goes on in the next segment', async () => {
  await lay({ 1: bytesOf(['one']), 2: bytesOf(['two'], 2) }, true)
  const read = await readJournal(dir, { journal, segment: 1, offset: 1_000_000 }, { files })
  expect(idsOf(read.records)).toEqual(['two'])
})

test('a segment of another journal or number, and a record of an unknown type, are named', async () => {
  const unknown = lineOf(JSON.stringify({ type: 'weather', rain: true }))
  await lay({ 1: Buffer.concat([bytesOf(['one'], 7), unknown, lineOf('[1]'), lineOf('not json')]) }, true)
  const { records, damage } = await readLaid()
  expect(idsOf(records)).toEqual(['one'])
  expect(damage.map(({ kind }) => kind)).toEqual([
    'bad-header',
    'unknown-record',
    'unknown-record',
    'unknown-record',
  ])
})

test('outcomes are told as they stand where the caller wants them so', async () => {
  const records = [intent('open'), outcome('one'), outcome('two')]
  await lay({ 1: Buffer.concat([bytesOf([]), ...records.map(recordLine)]) }, true)
  const options = { files, insteadOfOutcome: 'outcome' } as const
  const whole = await readJournal(dir, startOf(journal), options)
  expect(whole.records.map(({ record }) => record)).toEqual([intent('open'), 'outcome', 'outcome'])
  expect(whole.records.map(({ json }) => JSON.parse(Buffer.from(json).toString()) as unknown)).toEqual(
    records,
  )
  const first = await readJournal(dir, startOf(journal), { ...options, limitRecords: 2 })
  expect(first.records).toEqual(whole.records.slice(0, 2))
  expect(first.position).toEqual(first.records[1]?.position)
})

test('a segment of a newer version is refused in words', async () => {
  await lay({ 1: Buffer.concat([header(1, 2), recordLine(intent('one'))]) }, true)
  await expect(readJournal(dir, startOf(journal), { files })).rejects.toThrow(
    /000001\.log has version 2; this program reads up to 1/,
  )
})

test('a journal that is not there has nothing, and names of others are not journals', async () => {
  await lay({ 1: bytesOf(['one']) }, false)
  expect(await listJournals(join(dir, 'nowhere'), { files })).toEqual([])
  const absent = journalId('00000000-0000-4000-8000-00000000000f')
  expect(await readJournal(dir, startOf(absent), { files })).toMatchObject({
    records: [],
    ended: false,
    damage: [],
  })
  await files.makeDirectory(join(dir, 'lost+found'))
  expect((await listJournals(dir, { files })).map((listing) => listing.journal)).toEqual([journal])
})

test('a reader that follows a writer gets every record once, in order', async () => {
  for (let seed = 1; seed <= 30; seed += 1) {
    const chance = chanceOf(seed)
    files = new CrashFiles({ chance })
    const writer = await openJournal({
      dir: '/data/journal',
      durability: 'fsync',
      files,
      segmentBytes: 3_000,
      reserveBytes: 0,
      minFreeBytes: 0,
      // The reader asks again at once: the loop's turn would not end.
      gathered: () => Promise.resolve(),
    })
    const expected: string[] = []
    const write = async (): Promise<void> => {
      for (let number = 0; number < 60; number += 1) {
        expected.push(`r-${number}`)
        await writer.commit(outcome(`r-${number}`))
      }
      await writer.close()
    }
    const got: string[] = []
    const follow = async (): Promise<void> => {
      let position = startOf(writer.id)
      for (;;) {
        const read = await readJournal(dir, position, {
          files,
          limitBytes: 1 + Math.floor(chance() * 4_000),
        })
        expect(read.damage).toEqual([])
        got.push(...idsOf(read.records))
        if (read.ended) return
        position = read.position
      }
    }
    await Promise.all([write(), follow()])
    expect(got, `seed ${seed}`).toEqual(expected)
  }
})
