import { join } from 'node:path'
import { expect, test } from 'vitest'
import { recover } from './recover.ts'
import { chanceOf } from '../../../tests/chance.ts'
import { CrashFiles } from './testing/crash-files.ts'
import {
  checkRecords,
  crashDir,
  crashRounds,
  firstOutcomes,
  newHistory,
  openIn,
  readEverything,
  recoverThrough,
  runToCrash,
  turns,
  workload,
} from './testing/crash-rounds.ts'
import { intent, outcome, outcomeOf, readAll, requestIdOf } from './testing/records.ts'

const rounds = 100

test('T04 after a crash at any point all that was acknowledged is read, once recovered, and nothing torn', async () => {
  const { acknowledged, torn } = await crashRounds(1, rounds)
  // The method reaches what it is about: torn tails, and records that had to survive.
  expect(torn).toBeGreaterThan(rounds / 20)
  expect(acknowledged).toBeGreaterThan(rounds)
})

test('a kill, a recovery, then a power cut: what the recovery took for written stays written', async () => {
  for (let seed = 1; seed <= 150; seed += 1) {
    const chance = chanceOf(seed)
    const files = new CrashFiles({ chance, crashAt: 1 + Math.floor(chance() * 90) })
    const history = newHistory()
    await Promise.race([workload(files, chance, history, { durability: 'fsync', life: 1 }), files.crashed])
    files.crash()
    const killed = files.afterKill({ chance })
    await recover(crashDir, { ownId: null, nowMs: 0, files: killed })
    killed.crash()
    const after = killed.afterCrash({ chance })
    await recover(crashDir, { ownId: null, nowMs: 0, files: after })
    checkRecords(await readEverything(after), history)
  }
})

test('the method sees loss: without the sync, acknowledged records go missing', async () => {
  let lost = 0
  for (let seed = 1; seed <= 100; seed += 1) {
    const { history, after } = await runToCrash(seed, 'write')
    await recover(crashDir, { ownId: null, nowMs: 0, files: after })
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
      const history = newHistory()
      const journal = await workload(files, chance, history, { durability: 'fsync', life: 1 })
      if (chance() < 0.5) {
        // No crash: what was rejected is written again, so in the end everything is there.
        // A fault may hit the closing itself: then the journal is not sealed, which is the recovery's matter.
        await Promise.allSettled([journal.close()])
        faults.clear()
        await recover(crashDir, { ownId: null, nowMs: 0, files })
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
    const journal = await openIn(files, chance, { durability: 'fsync', life: 1 })
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
    const { records } = await readAll(crashDir, journal.id, { files: after })
    const ids = new Set(records.map(({ record }) => requestIdOf(record)))
    for (let number = 0; number < 5; number += 1) expect(ids, `seed ${seed}`).toContain(`earlier-${number}`)
  }
})

test('a journal whose folder holds nothing yet is recovered too', async () => {
  const files = new CrashFiles({ chance: chanceOf(1) })
  await files.makeDirectory(join(crashDir, '00000000-0000-4000-8000-000000000002'))
  const recovery = await recover(crashDir, { ownId: null, nowMs: 0, files })
  expect(recovery.journals).toMatchObject([{ records: 0, closedIntents: [], damage: [] }])
  expect(await readEverything(files)).toEqual([])
})
