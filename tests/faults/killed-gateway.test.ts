import { join } from 'node:path'
import { listJournals } from '@pointsman/journal'
import { readAll } from '@pointsman/journal/testing'
import { expect, test } from 'vitest'
import { createDatabase } from '../../tools/postgres-for-tests.ts'
import { migratedFolder, removeFolder, startServer, type RunningServer } from '../server.ts'
import { reportFigure } from './figures.ts'
import { inLongForm, isSoak, seed, short } from './form.ts'
import { chanceOf } from '../chance.ts'
import {
  checkHistory,
  createRecorder,
  drive,
  gather,
  startVendor,
  type ClientEntry,
  type Evidence,
} from './history/index.ts'

/** What the rounds of kills left behind. */
interface Killed {
  readonly evidence: Evidence
  /** Of each kill: the answers that clients had in full by then and that the journal on the disk did not hold. */
  readonly notOnDisk: readonly string[]
  /** Answers looked for on the disk, and kills that came right behind a last byte. */
  readonly onDisk: number
  readonly atLastByte: number
  readonly readyAfterMs: readonly number[]
}

const kills = short(3, 33)
/** On PostgreSQL the ingest differs, not the journal: fewer rounds, and only in the long form. */
const database = isSoak ? await createDatabase() : null
const models = ['use-case/clinical', 'use-case/health', 'gpt-4.1', 'claude-haiku-5-5', 'gemini-3.5-flash']
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** The ids of all outcomes that stand in the journals of a data folder, read as the next start would. */
async function outcomesOnDisk(dataDir: string): Promise<ReadonlySet<string>> {
  const dir = join(dataDir, 'journal')
  const ids = new Set<string>()
  for (const { journal } of await listJournals(dir)) {
    for (const { record } of (await readAll(dir, journal)).records) {
      if (record.type === 'outcome') ids.add(record.record.requestId)
    }
  }
  return ids
}

const hasWhole = ({ end }: ClientEntry): boolean => end === 'ok'

/**
 * Rounds of load, each ended by SIGKILL: at any time, right behind the last byte of a stream, right behind that of a whole
 * answer, in turn. Each round's journal is read from the disk before anybody repairs it.
 */
async function killRounds(
  kills: number,
  environment: { readonly [name: string]: string } = {},
): Promise<Killed> {
  const vendor = await startVendor()
  const recorder = createRecorder()
  const dataDir = await migratedFolder()
  const chance = chanceOf(seed)
  const readyAfterMs: number[] = []
  const start = async (): Promise<RunningServer> => {
    const startedAt = performance.now()
    const server = await startServer({
      command: 'serve',
      dataDir,
      environment: { ...vendor.environment, ...environment },
    })
    readyAfterMs.push(performance.now() - startedAt)
    return server
  }
  let server = await start()
  let atLastByte = 0
  const notOnDisk: string[] = []
  let onDisk = 0
  const round = async (number: number): Promise<void> => {
    const exits: Promise<unknown>[] = []
    const kill = (): void => {
      recorder.killed(Date.now())
      exits.push(server.kill('SIGKILL'))
    }
    const mayEnd = performance.now() + 300 + chance() * 700
    const behind = ([null, true, false] as const)[number % 3]
    const load = drive(recorder, {
      seed: seed + number,
      server: () => server,
      models,
      clients: 12,
      requests: 5_000,
      leaves: 0.1,
      enough: () => exits.length > 0,
      ended: ({ end, stream }) => {
        if (exits.length > 0 || end !== 'ok' || stream !== behind || performance.now() < mayEnd) return
        atLastByte += 1
        kill()
      },
    })
    if (behind === null) await sleep(mayEnd - performance.now()).then(kill)
    await load
    if (exits.length === 0) throw new Error('no answer of this kind came in the round')
    await Promise.all(exits)
    const there = await outcomesOnDisk(dataDir)
    const answered = recorder.entries().filter(hasWhole)
    onDisk = answered.length
    notOnDisk.push(...answered.filter(({ requestId }) => !there.has(requestId ?? '')).map(({ mark }) => mark))
    server = await start()
  }
  try {
    for (let number = 0; number < kills; number += 1) await round(number)
    const evidence = await gather({ server, recorder, vendor })
    return { evidence, notOnDisk, onDisk, atLastByte, readyAfterMs: readyAfterMs.slice(1) }
  } finally {
    recorder.close()
    await server.kill('SIGTERM')
    await vendor.close()
    await removeFolder(dataDir)
  }
}

/** Both promises are about the same rounds, which are run once. */
let embedded: Promise<Killed> | undefined
const embeddedRounds = (): Promise<Killed> => (embedded ??= killRounds(kills))

const largest = (values: readonly number[]): number => Math.round(Math.max(...values))

function judgeRecords({ evidence, readyAfterMs }: Killed, where: string): void {
  expect(checkHistory(evidence), `seed ${seed}`).toEqual([])
  const ends = Map.groupBy(evidence.clients, ({ end }) => end)
  const unknown = evidence.records.filter(({ outcome }) => outcome === 'unknown').length
  // The method reaches what it is about: whole answers, and requests that were cut off.
  expect(ends.get('ok')?.length).toBeGreaterThan(kills * 5)
  expect(ends.get('unknown')?.length).toBeGreaterThan(kills)
  reportFigure(
    'T01',
    `${kills} kills (${where}): ${evidence.clients.length} requests, ${ends.get('ok')?.length} answered, none without its record, none twice; ${unknown} closed as unknown; ready again within ${largest(readyAfterMs)} ms (seed ${seed})`,
  )
}

test('T01 kill -9 under load, in rounds: no record lost, none doubled, no token or cost amiss', async () => {
  judgeRecords(await embeddedRounds(), 'embedded')
}, 600_000)

// In the long form, where a machine has a PostgreSQL: the short one of CI kills beside the embedded database.
test.runIf(database !== null)(
  inLongForm('T01 the same on PostgreSQL'),
  async () => {
    const environment = {
      DATABASE_URL: database?.url ?? '',
      POINTSMAN_MASTER_KEY: 'a master key for tests of 32 chars',
    }
    try {
      const killed = await killRounds(9, environment)
      expect(killed.notOnDisk, `seed ${seed}`).toEqual([])
      expect(checkHistory(killed.evidence), `seed ${seed}`).toEqual([])
    } finally {
      await database?.drop()
    }
  },
  600_000,
)

test('T02 what a client has in full is on the disk, also where the kill comes right behind the last byte', async () => {
  const { atLastByte, notOnDisk, onDisk } = await embeddedRounds()
  expect(notOnDisk, `seed ${seed}`).toEqual([])
  expect(atLastByte).toBe((kills / 3) * 2)
  reportFigure(
    'T02',
    `${kills} kills, ${atLastByte} right behind a last byte: all ${onDisk} answers that clients had in full stood on the disk (seed ${seed})`,
  )
}, 600_000)
