import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { journalId, type JournalRecord } from '@pointsman/contract'
import { expect, test } from 'vitest'
import { chanceOf, CrashFiles, type Chance, type CrashFilesOptions } from './testing/crash-files.ts'
import { openJournal } from './open-journal.ts'
import { recover, type Recovery } from './recover.ts'
import { listJournals } from './read-journal.ts'
import { intent, outcome, outcomeOf, readAll, requestIdOf } from './testing/records.ts'

const dir = '/data/journal'
const crashPoints = 1_000
const hourMs = 3_600_000

/** What the clients of one run were told. */
interface History {
  readonly handedIn: string[]
  readonly acknowledged: Set<string>
  readonly rejected: Set<string>
}

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve()
}

const openIn = (files: CrashFiles, chance: Chance, durability: 'fsync' | 'write') =>
  openJournal({
    dir,
    durability,
    files,
    segmentBytes: 2_000 + Math.floor(chance() * 8_000),
    reserveBytes: chance() < 0.5 ? 0 : 4_096,
    minFreeBytes: 0,
    checkSpaceEveryMs: hourMs,
    nowMs: () => 1_795_000_000_000,
    newId: () => journalId('00000000-0000-4000-8000-000000000001'),
  })

/** Requests that come at any time, each with an intent and mostly an outcome. */
async function workload(files: CrashFiles, chance: Chance, history: History, durability: 'fsync' | 'write') {
  const journal = await openIn(files, chance, durability)
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
  await Promise.all(Array.from({ length: count }, (_, number) => request(`request-${number}`)))
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

async function runToCrash(seed: number, durability: 'fsync' | 'write', faults?: CrashFilesOptions['faults']) {
  const chance = chanceOf(seed)
  const crashAt = 1 + Math.floor(chance() * 90)
  const files = new CrashFiles({ chance, crashAt, ...(faults === undefined ? {} : { faults }) })
  const history: History = { handedIn: [], acknowledged: new Set(), rejected: new Set() }
  await Promise.race([workload(files, chance, history, durability), files.crashed])
  files.crash()
  return { history, chance, after: files.afterCrash({ chance }) }
}

/** Recovers, in every second run with a crash in the middle of the recovery. */
async function recoverThrough(
  files: CrashFiles,
  chance: Chance,
): Promise<{ files: CrashFiles; recovery: Recovery }> {
  const options = { ownId: null, nowMs: 1_795_000_100_000 }
  if (chance() < 0.5) return { files, recovery: await recover(dir, { ...options, files }) }
  const dying = files.afterCrash({ chance, crashAt: 1 + Math.floor(chance() * 40) })
  await Promise.race([recover(dir, { ...options, files: dying }), dying.crashed])
  dying.crash()
  const last = dying.afterCrash({ chance })
  return { files: last, recovery: await recover(dir, { ...options, files: last }) }
}

async function readEverything(files: CrashFiles) {
  const records: JournalRecord[] = []
  for (const { journal } of await listJournals(dir, { files })) {
    const read = await readAll(dir, journal, { files, limitBytes: 700 })
    expect(read.ended).toBe(true)
    records.push(...read.records.map(({ record }) => record))
  }
  return records
}

function firstOutcomes(records: readonly JournalRecord[]) {
  const outcomes = new Map<string, unknown>()
  for (const record of records) {
    if (record.type !== 'outcome' || outcomes.has(record.record.requestId)) continue
    outcomes.set(record.record.requestId, record.record)
  }
  return outcomes
}

function checkRecords(records: readonly JournalRecord[], history: History): void {
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

test(
  'after a crash at any point all that was acknowledged is read, once recovered, and nothing torn',
  { timeout: 120_000 },
  async () => {
    let torn = 0
    let acknowledged = 0
    for (let seed = 1; seed <= crashPoints; seed += 1) {
      try {
        const { history, chance, after } = await runToCrash(seed, 'fsync')
        const tails = [...after.contents()].filter(
          ([path, content]) => path.endsWith('.log') && tornTailAt(content) !== null,
        )
        const first = await recover(dir, {
          ownId: null,
          nowMs: 1_795_000_100_000,
          files: after.afterCrash({ chance }),
        })
        const named = first.journals.flatMap(({ damage }) => damage)
        for (const [path] of tails) {
          expect(named.some(({ segment }) => path.endsWith(`${String(segment).padStart(6, '0')}.log`))).toBe(
            true,
          )
        }
        const { files } = await recoverThrough(after, chance)
        checkRecords(await readEverything(files), history)
        const again = await recover(dir, { ownId: null, nowMs: 1_795_000_200_000, files })
        expect(again).toEqual({ journals: [], failures: [] })
        torn += tails.length
        acknowledged += history.acknowledged.size
      } catch (error) {
        throw new Error(`crash point with seed ${seed}`, { cause: error })
      }
    }
    // The method reaches what it is about: torn tails, and records that had to survive.
    expect(torn).toBeGreaterThan(crashPoints / 20)
    expect(acknowledged).toBeGreaterThan(crashPoints)
  },
)

test('a kill, a recovery, then a power cut: what the recovery took for written stays written', async () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const chance = chanceOf(seed)
    const files = new CrashFiles({ chance, crashAt: 1 + Math.floor(chance() * 90) })
    const history: History = { handedIn: [], acknowledged: new Set(), rejected: new Set() }
    await Promise.race([workload(files, chance, history, 'fsync'), files.crashed])
    files.crash()
    const killed = files.afterKill({ chance })
    await recover(dir, { ownId: null, nowMs: 0, files: killed })
    killed.crash()
    const after = killed.afterCrash({ chance })
    await recover(dir, { ownId: null, nowMs: 0, files: after })
    checkRecords(await readEverything(after), history)
  }
})

test('the method sees loss: without the sync, acknowledged records go missing', async () => {
  let lost = 0
  for (let seed = 1; seed <= 100; seed += 1) {
    const { history, after } = await runToCrash(seed, 'write')
    await recover(dir, { ownId: null, nowMs: 0, files: after })
    const outcomes = firstOutcomes(await readEverything(after))
    for (const id of history.acknowledged) {
      const record = outcomes.get(id)
      if (record === undefined || JSON.stringify(record) !== JSON.stringify(outcomeOf(id))) lost += 1
    }
  }
  expect(lost).toBeGreaterThan(100)
})

test('failing writes and syncs at any point lose nothing, crash or not', { timeout: 120_000 }, async () => {
  let rejected = 0
  for (let seed = 1; seed <= 200; seed += 1) {
    try {
      const chance = chanceOf(seed)
      const from = 6 + Math.floor(chance() * 30)
      const faults = new Map<number, 'EIO' | 'ENOSPC'>([
        [from, chance() < 0.7 ? 'EIO' : 'ENOSPC'],
        [from + 1 + Math.floor(chance() * 12), 'EIO'],
      ])
      const files = new CrashFiles({ chance, faults })
      const history: History = { handedIn: [], acknowledged: new Set(), rejected: new Set() }
      const journal = await workload(files, chance, history, 'fsync')
      if (chance() < 0.5) {
        // No crash: what was rejected is written again, so in the end everything is there.
        // A fault may hit the closing itself: then the journal is not sealed, which is the recovery's matter.
        await Promise.allSettled([journal.close()])
        faults.clear()
        await recover(dir, { ownId: null, nowMs: 0, files })
        const outcomes = firstOutcomes(await readEverything(files))
        for (const id of history.rejected) expect(outcomes.get(id)).toEqual(outcomeOf(id))
        checkRecords(await readEverything(files), history)
      } else {
        files.crash()
        const { files: after } = await recoverThrough(files.afterCrash({ chance }), chance)
        checkRecords(await readEverything(after), history)
      }
      rejected += history.rejected.size
    } catch (error) {
      throw new Error(`faults with seed ${seed}`, { cause: error })
    }
  }
  expect(rejected).toBeGreaterThan(100)
})

test('a commit that resolves covers every append before it', async () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const chance = chanceOf(seed)
    const files = new CrashFiles({ chance, faults: new Map([[8 + (seed % 5), 'EIO']]) })
    const journal = await openIn(files, chance, 'fsync')
    for (let number = 0; number < 5; number += 1) {
      journal.append(intent(`earlier-${number}`))
      await turns(Math.floor(chance() * 30))
    }
    while (
      !(await journal.commit(outcome('last')).then(
        () => true,
        () => false,
      ))
    );
    files.crash()
    const after = files.afterCrash({ chance })
    const { records } = await readAll(dir, journal.id, { files: after })
    const ids = new Set(records.map(({ record }) => requestIdOf(record)))
    for (let number = 0; number < 5; number += 1) expect(ids, `seed ${seed}`).toContain(`earlier-${number}`)
  }
})

test('a journal whose folder holds nothing yet is recovered too', async () => {
  const files = new CrashFiles({ chance: chanceOf(1) })
  await files.makeDirectory(join(dir, '00000000-0000-4000-8000-000000000002'))
  const recovery = await recover(dir, { ownId: null, nowMs: 0, files })
  expect(recovery.journals).toMatchObject([{ records: 0, closedIntents: [], damage: [] }])
  expect(await readEverything(files)).toEqual([])
})
