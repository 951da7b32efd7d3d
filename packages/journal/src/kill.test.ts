import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { chanceOf } from '../../../tests/chance.ts'
import { listJournals } from './read-journal.ts'
import { outcomeOf, readAll, requestIdOf } from './testing/records.ts'
import { recover } from './recover.ts'

let dir = ''
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'journal-kill-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

/** Runs a writer, kills it some time after so many acknowledgements; the ids that it acknowledged. */
async function writeUntilKilled(prefix: string, lines: number, afterMs: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'testing/writer.ts'), dir, prefix], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  let killing: NodeJS.Timeout | null = null
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (text: string) => {
    printed += text
    if (killing === null && printed.split('\n').length > lines)
      killing = setTimeout(() => child.kill('SIGKILL'), afterMs)
  })
  const signal = await new Promise((resolve) => {
    child.once('close', (_code, by) => {
      resolve(by)
    })
  })
  expect(signal).toBe('SIGKILL')
  return printed.split('\n').slice(0, -1)
}

test('kill -9 at any time: all that was acknowledged is read, and every request has an outcome', async () => {
  const seed = Date.now() % 1_000_000
  const chance = chanceOf(seed)
  const acknowledged: string[] = []
  for (let round = 0; round < 5; round += 1) {
    acknowledged.push(
      ...(await writeUntilKilled(`seed-${seed}-round-${round}`, 1 + 6 * round, chance() * 150)),
    )
    const recovery = await recover(dir, { ownId: null, nowMs: 1 })
    expect(recovery.failures).toEqual([])
    expect(recovery.journals).toHaveLength(1)
  }
  const outcomes = new Map<string, unknown>()
  const intents: string[] = []
  for (const { journal } of await listJournals(dir)) {
    const { records, ended } = await readAll(dir, journal)
    expect(ended).toBe(true)
    for (const { record } of records) {
      const id = requestIdOf(record)
      if (record.type === 'intent') intents.push(id)
      else if (record.type === 'outcome') outcomes.set(id, record.record)
    }
  }
  expect(acknowledged.length).toBeGreaterThan(50)
  for (const id of acknowledged) expect(outcomes.get(id), `seed ${seed}`).toEqual(outcomeOf(id))
  for (const id of intents) expect(outcomes.has(id), `seed ${seed}`).toBe(true)
})
