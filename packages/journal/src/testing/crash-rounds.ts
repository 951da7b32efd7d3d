import { crc32 } from 'node:zlib'
import { journalId, type JournalRecord } from '@pointsman/contract'
import { expect } from 'vitest'
import { openJournal } from '../open-journal.ts'
import { listJournals } from '../read-journal.ts'
import { markIngested } from '../removal.ts'
import { recover, type Recovery } from '../recover.ts'
import { chanceOf } from '../../../../tests/chance.ts'
import { CrashFiles, type Chance } from './crash-files.ts'
import { intent, outcome, outcomeOf, readAll, requestIdOf } from './records.ts'

export const crashDir = '/data/journal'
const hourMs = 3_600_000

/** What the clients of one run were told. */
export interface CrashHistory {
  readonly handedIn: string[]
  readonly acknowledged: Set<string>
  readonly rejected: Set<string>
}

export const newHistory = (): CrashHistory => ({
  handedIn: [],
  acknowledged: new Set(),
  rejected: new Set(),
})

export const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve()
}

/** Who writes: another process after each crash. */
export interface Writer {
  readonly durability: 'fsync' | 'write'
  readonly life: number
}

export const openIn = (files: CrashFiles, chance: Chance, { durability, life }: Writer) =>
  openJournal({
    dir: crashDir,
    durability,
    files,
    segmentBytes: 2_000 + Math.floor(chance() * 8_000),
    reserveBytes: chance() < 0.5 ? 0 : 4_096,
    minFreeBytes: 0,
    checkSpaceEveryMs: hourMs,
    // The clients of this workload live by microtasks: a turn of the loop would put all that they do into one batch.
    gathered: () => Promise.resolve(),
    nowMs: () => 1_795_000_000_000,
    newId: () => journalId(`00000000-0000-4000-8000-00000000000${life}`),
  })

/** Requests that come at any time, each with an intent and mostly an outcome. */
export async function workload(files: CrashFiles, chance: Chance, history: CrashHistory, writer: Writer) {
  const journal = await openIn(files, chance, writer)
  const request = async (id: string): Promise<void> => {
    await turns(Math.floor(chance() * 60))
    journal.append(intent(id))
    history.handedIn.push(`intent ${id}`)
    await turns(Math.floor(chance() * 40))
    if (chance() < 0.1) return
    history.handedIn.push(`outcome ${id}`)
    try {
      await journal.commit(outcome(id))
      history.acknowledged.add(id)
    } catch {
      // The client was told that nothing is certain: the record may be there or not.
      history.rejected.add(id)
    }
  }
  const count = 5 + Math.floor(chance() * 25)
  await Promise.all(Array.from({ length: count }, (_, number) => request(`request-${writer.life}-${number}`)))
  return journal
}

/** Bytes that stand behind the last good line of a segment, found without the journal's own reader. */
function tornTailAt(content: Buffer): number | null {
  let start = 0
  let good = 0
  for (let stop = content.indexOf(10); stop !== -1; stop = content.indexOf(10, start)) {
    const line = content.subarray(start, stop)
    if (line.subarray(0, 8).toString() === crc32(line.subarray(9)).toString(16).padStart(8, '0'))
      good = stop + 1
    start = stop + 1
  }
  return content.subarray(good).some((byte) => byte !== 0) ? good : null
}

/** One process on a disk, until the machine stops; the disk as the next start finds it. */
async function liveToCrash(
  disk: CrashFiles | null,
  chance: Chance,
  history: CrashHistory,
  writer: Writer,
): Promise<CrashFiles> {
  const options = { chance, crashAt: 1 + Math.floor(chance() * 90) }
  const files = disk === null ? new CrashFiles(options) : disk.afterCrash(options)
  await Promise.race([workload(files, chance, history, writer), files.crashed])
  files.crash()
  return files.afterCrash({ chance })
}

export async function runToCrash(seed: number, durability: 'fsync' | 'write') {
  const chance = chanceOf(seed)
  const history = newHistory()
  const after = await liveToCrash(null, chance, history, { durability, life: 1 })
  return { history, chance, after }
}

/** As if the database had all of it: a recovery then rests on what the segments say of open intents. */
async function markAll(files: CrashFiles): Promise<void> {
  for (const { journal, segments } of await listJournals(crashDir, { files }))
    await markIngested(crashDir, { journal, segment: segments.at(-1) ?? 0 }, { files })
}

/** Recovers, in every second run with a crash in the middle of the recovery. */
export async function recoverThrough(
  files: CrashFiles,
  chance: Chance,
): Promise<{ files: CrashFiles; recovery: Recovery }> {
  const options = { ownId: null, nowMs: 1_795_000_100_000 }
  if (chance() < 0.5) await markAll(files)
  if (chance() < 0.5) return { files, recovery: await recover(crashDir, { ...options, files }) }
  const dying = files.afterCrash({ chance, crashAt: 1 + Math.floor(chance() * 40) })
  await Promise.race([recover(crashDir, { ...options, files: dying }), dying.crashed])
  dying.crash()
  const last = dying.afterCrash({ chance })
  return { files: last, recovery: await recover(crashDir, { ...options, files: last }) }
}

export async function readEverything(files: CrashFiles) {
  const records: JournalRecord[] = []
  for (const { journal } of await listJournals(crashDir, { files })) {
    const read = await readAll(crashDir, journal, { files, limitBytes: 700 })
    expect(read.ended).toBe(true)
    records.push(...read.records.map(({ record }) => record))
  }
  return records
}

export function firstOutcomes(records: readonly JournalRecord[]) {
  const outcomes = new Map<string, unknown>()
  for (const record of records) {
    if (record.type !== 'outcome' || outcomes.has(record.record.requestId)) continue
    outcomes.set(record.record.requestId, record.record)
  }
  return outcomes
}

export function checkRecords(records: readonly JournalRecord[], history: CrashHistory): void {
  const outcomes = firstOutcomes(records)
  const order = records.map((record) => `${record.type} ${requestIdOf(record)}`)
  for (const id of history.acknowledged) {
    expect(outcomes.get(id)).toEqual(outcomeOf(id))
    // Written twice or not, the order in which records were handed in holds.
    expect(order).toContain(`intent ${id}`)
    expect(order.lastIndexOf(`intent ${id}`)).toBeLessThan(order.lastIndexOf(`outcome ${id}`))
  }
  for (const record of records) {
    const id = requestIdOf(record)
    if (record.type === 'intent') expect(outcomes.has(id)).toBe(true)
    if (record.type !== 'outcome' || record.record.outcome === 'unknown') continue
    expect(history.handedIn).toContain(`outcome ${id}`)
    expect(record.record).toEqual(outcomeOf(id))
  }
}

/** Each segment that a crash left torn, and that a recovery names. */
async function tornTails(after: CrashFiles, chance: Chance): Promise<number> {
  const tails = [...after.contents()].filter(
    ([path, content]) => path.endsWith('.log') && tornTailAt(content) !== null,
  )
  const first = await recover(crashDir, {
    ownId: null,
    nowMs: 1_795_000_100_000,
    files: after.afterCrash({ chance }),
  })
  for (const [path] of tails) {
    const named = first.journals.some(({ damage, journal }) =>
      damage.some(
        ({ segment }) => path.includes(journal) && path.endsWith(`${String(segment).padStart(6, '0')}.log`),
      ),
    )
    // One that was sealed by an earlier recovery had its tail named by that.
    const isSealed = !first.journals.some(({ journal }) => path.includes(journal))
    expect(named || isSealed, `${path} is torn and was not named`).toBe(true)
  }
  return tails.length
}

export interface CrashFigures {
  readonly crashes: number
  readonly torn: number
  readonly acknowledged: number
}

/**
 * Crash points, each drawn from a seed of its own: one to three processes after each other on one disk, each ended by a
 * crash at any operation, each followed by a recovery that may be ended so too. After the last one everything that any of
 * them acknowledged is read, and nothing that is torn.
 */
export async function crashRounds(firstSeed: number, rounds: number): Promise<CrashFigures> {
  let [crashes, torn, acknowledged] = [0, 0, 0]
  for (let seed = firstSeed; seed < firstSeed + rounds; seed += 1) {
    try {
      const chance = chanceOf(seed)
      const history = newHistory()
      let disk: CrashFiles | null = null
      for (let life = 1; life <= 1 + (seed % 3); life += 1) {
        const after: CrashFiles = await liveToCrash(disk, chance, history, { durability: 'fsync', life })
        torn += await tornTails(after, chance)
        disk = (await recoverThrough(after, chance)).files
        crashes += 1
      }
      if (disk === null) throw new Error('nobody lived')
      checkRecords(await readEverything(disk), history)
      const again = await recover(crashDir, { ownId: null, nowMs: 1_795_000_200_000, files: disk })
      expect(again).toEqual({ journals: [], failures: [] })
      acknowledged += history.acknowledged.size
    } catch (error) {
      throw new Error(`crash point with seed ${seed}`, { cause: error })
    }
  }
  return { crashes, torn, acknowledged }
}
