import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { openJournal } from '@pointsman/journal'
import { intent, outcome } from '@pointsman/journal/testing'
import type { Bench, BenchOptions, Measured } from '../bench.ts'
import { spanOf } from '../figures.ts'

const modes = ['fsync', 'write'] as const
/** Requests at the same time; each waits for its outcome to be durable, as an answer's last byte does. */
const clients = [1, 16, 256] as const

/** What a request waits for its record, in each of the journal's two modes, on the disk that holds this folder. */
export const journal: Bench = {
  name: 'journal',
  says: 'What a record costs, durable and fast, by how many come together.',
  run: async (options) => {
    const measured: Measured[] = []
    for (const mode of modes)
      for (const count of clients) measured.push(...(await measure(mode, count, options)))
    return { measured, broken: [] }
  },
}

async function measure(
  mode: (typeof modes)[number],
  count: number,
  { long, tell }: BenchOptions,
): Promise<readonly Measured[]> {
  // Where the server would have its journal: a folder of the system's may lie in memory.
  const dir = await mkdtemp(join(process.env['POINTSMAN_BENCH_DIR'] ?? tmpdir(), 'pointsman-journal-'))
  try {
    const opened = await openJournal({ dir, durability: mode, reserveBytes: 0, minFreeBytes: 0 })
    const endsAt = performance.now() + (long ? 10_000 : 1_500)
    const waits: number[] = []
    const client = async (name: number): Promise<void> => {
      for (let number = 0; performance.now() < endsAt; number += 1) {
        const id = `client-${name}-${number}`
        opened.append(intent(id))
        const begun = performance.now()
        await opened.commit(outcome(id))
        waits.push(performance.now() - begun)
      }
    }
    const startedAt = performance.now()
    await Promise.all(Array.from({ length: count }, (_, name) => client(name)))
    const perSecond = (waits.length / (performance.now() - startedAt)) * 1_000
    const { batches } = opened.stats()
    await opened.close()
    tell(`${mode}, ${count} at a time: ${Math.round(perSecond)} requests a second in ${batches} batches`)
    return [spanOf(`${mode}, ${count} at a time`, 'wait for the record', waits)]
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}
