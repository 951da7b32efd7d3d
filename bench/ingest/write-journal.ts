import { setTimeout as sleep } from 'node:timers/promises'
import { openJournal, type Journal } from '@pointsman/journal'
import { sampleIntent, sampleRecord } from './sample-records.ts'

const together = 500

const open = (dir: string): Promise<Journal> =>
  openJournal({ dir, durability: 'write', reserveBytes: 0, minFreeBytes: 0 })

/** An intent and an outcome of each request, as a gateway writes them. */
async function write(journal: Journal, first: number, count: number): Promise<void> {
  const numbers = Array.from({ length: count }, (_, index) => first + index)
  for (const number of numbers) journal.append({ type: 'intent', intent: sampleIntent(number, Date.now()) })
  await Promise.all(
    numbers.map((number) => journal.commit({ type: 'outcome', record: sampleRecord(number, Date.now()) })),
  )
}

/** A journal as a busy gateway leaves it. */
export async function writeJournal(dir: string, records: number): Promise<void> {
  const journal = await open(dir)
  for (let done = 0; done < records; done += together)
    await write(journal, done, Math.min(together, records - done))
  await journal.close()
}

/** As requests come: a few every 20 ms. */
export async function writeSteadily(
  dir: string,
  {
    first,
    perSecond,
    seconds,
  }: { readonly first: number; readonly perSecond: number; readonly seconds: number },
): Promise<void> {
  const journal = await open(dir)
  const startedAtMs = performance.now()
  for (let done = 0; done < perSecond * seconds;) {
    const due = Math.min(
      perSecond * seconds,
      Math.floor(((performance.now() - startedAtMs) / 1_000) * perSecond),
    )
    if (due > done) await write(journal, first + done, due - done)
    done = Math.max(done, due)
    await sleep(20)
  }
  await journal.close()
}
