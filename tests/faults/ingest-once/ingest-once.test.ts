import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { openJournal, recover } from '@pointsman/journal'
import { intentOf, outcomeOf } from '@pointsman/journal/testing'
import * as registry from '@pointsman/registry'
import type { Database } from '@pointsman/registry'
import { openEmbedded } from '@pointsman/registry/embedded'
import { openServer } from '@pointsman/registry/server'
import { expect, test } from 'vitest'
import { createDatabase } from '../../../tools/postgres-for-tests.ts'
import { migratedFolder, removeFolder, temporaryFolder } from '../../server.ts'
import { reportFigure } from '../figures.ts'
import { seed, short } from '../form.ts'
import { chanceOf } from '../../chance.ts'
import type { DeathPoint } from './ingesting.ts'

const child = join(import.meta.dirname, 'ingesting.ts')
const points: readonly DeathPoint[] = ['before-commit', 'in-commit', 'after-commit']

/** Runs one ingesting process to its end; the signal that ended it, or its exit code. */
async function run(journalDir: string, where: string, point: DeathPoint, nth: number): Promise<unknown> {
  const process_ = spawn(process.execPath, [child, journalDir, where, point, String(nth)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code, signal] = (await once(process_, 'exit')) as [number | null, NodeJS.Signals | null]
  return signal ?? code
}

interface Written {
  /** Ids of all requests. */
  readonly ids: ReadonlySet<string>
  /** Outcomes that stand in the journals more than once. */
  readonly doubled: number
}

/**
 * Journals of three writers: requests with their outcomes, some delivered twice (as after a sync that failed and was tried
 * again), in the same journal or in another's; and requests that never ended, which a recovery closes.
 */
async function writeJournals(dir: string, chance: () => number, requests: number): Promise<Written> {
  const ids = new Set<string>()
  let doubled = 0
  const journals = await Promise.all(
    [1, 2, 3].map(() => openJournal({ dir, durability: 'write', reserveBytes: 0, minFreeBytes: 0 })),
  )
  const any = () =>
    journals[Math.floor(chance() * journals.length)] ?? Promise.reject(new Error('no journal'))
  const commits: Promise<void>[] = []
  for (let number = 0; number < requests; number += 1) {
    const id = randomUUID()
    ids.add(id)
    const journal = await any()
    journal.append({ type: 'intent', intent: intentOf(id) })
    if (chance() < 0.05) continue
    const outcome = { type: 'outcome', record: outcomeOf(id) } as const
    commits.push(journal.commit(outcome))
    if (chance() >= 0.1) continue
    doubled += 1
    commits.push((chance() < 0.5 ? journal : await any()).commit(outcome))
  }
  await Promise.all(commits)
  for (const journal of journals) await journal.close()
  expect((await recover(dir, { ownId: null, nowMs: Date.now() })).failures).toEqual([])
  return { ids, doubled }
}

const dayMs = 86_400_000

async function judge(database: Database, { ids }: Written): Promise<void> {
  const stored: string[] = []
  for (let cursor: string | null = null, more = true; more;) {
    const page: Awaited<ReturnType<typeof registry.usageRecords>> = await registry.usageRecords(database, {
      limit: 500,
      cursor,
    })
    stored.push(...page.data.map(({ requestId }) => requestId))
    cursor = page.nextCursor
    more = cursor !== null
  }
  expect(new Set(stored)).toEqual(ids)
  expect(stored).toHaveLength(ids.size)
  const atMs = outcomeOf('any').receivedAtMs
  const span = { fromMs: atMs - dayMs, toMs: atMs + dayMs }
  const { data } = await registry.usageRecords(database, { limit: 1_000, cursor: null, outcome: 'ok' })
  // Rollups of every dimension count what the records say, once.
  for (const groupBy of ['all', 'model', 'route', 'useCase'] as const) {
    const totals = await registry.usageTotals(database, { groupBy, ...span })
    const sum = (of: (total: (typeof totals)[number]) => number): number =>
      totals.reduce((all, total) => all + of(total), 0)
    expect(
      sum(({ requests }) => requests),
      groupBy,
    ).toBe(ids.size)
    expect(
      sum(({ outputTokens }) => outputTokens),
      groupBy,
    ).toBe(40 * data.length)
  }
}

interface Place {
  readonly kind: Database['kind']
  /** What the child opens. */
  readonly where: string
  open(): Promise<Database>
  remove(): Promise<void>
}

async function embeddedPlace(): Promise<Place> {
  const folder = await migratedFolder()
  const where = join(folder, 'database')
  return {
    kind: 'embedded',
    where,
    open: () => openEmbedded({ dataDir: where, watchdogMs: 60_000 }),
    remove: () => removeFolder(folder),
  }
}

async function serverPlace(): Promise<Place | null> {
  const made = await createDatabase()
  if (made === null) return null
  return {
    kind: 'server',
    where: made.url,
    open: () => openServer({ url: made.url, connections: 4 }),
    remove: () => made.drop(),
  }
}

/** Both databases' figures are kept together. */
const figures: string[] = []

/** Deaths at each point in turn, then what is left is taken in, and everything is counted. */
async function ingestThrough(place: Place, deaths: number): Promise<void> {
  const journalDir = await temporaryFolder()
  const chance = chanceOf(seed)
  try {
    const first = await place.open()
    await registry.migrate(first)
    await first.close()
    const written = await writeJournals(journalDir, chance, short(600, 900))
    let died = 0
    for (let number = 0; number < deaths; number += 1) {
      const point = points[number % points.length] ?? 'none'
      const ended = await run(journalDir, place.where, point, 1 + Math.floor(chance() * 3))
      if (ended === 'SIGKILL') died += 1
      else expect(ended, `seed ${seed}`).toBe(0)
    }
    expect(died).toBeGreaterThanOrEqual(Math.min(3, deaths))
    // The lock of the embedded folder lets one in at a time; a server's database takes two by mistake.
    const last = place.kind === 'server' ? 2 : 1
    await Promise.all(Array.from({ length: last }, () => run(journalDir, place.where, 'none', 0)))
    const database = await place.open()
    try {
      await judge(database, written)
    } finally {
      await database.close()
    }
    figures.push(
      `${place.kind}: ${died} deaths before, in and after a commit, ${written.ids.size} requests, ${written.doubled} delivered twice, each stored and counted once`,
    )
    reportFigure('T03', `${figures.join('; ')} (seed ${seed})`)
  } finally {
    await place.remove()
    await removeFolder(journalDir)
  }
}

test('T03 ingest is exactly once: killed between batch and checkpoint, outcomes delivered twice (embedded)', async () => {
  await ingestThrough(await embeddedPlace(), short(3, 15))
}, 600_000)

const server = await serverPlace()
// Where a machine has no PostgreSQL; in CI there is one, and POINTSMAN_REQUIRE_POSTGRES fails the run without it.
test.runIf(server !== null)(
  'T03 the same on PostgreSQL',
  async () => {
    if (server !== null) await ingestThrough(server, short(3, 15))
  },
  600_000,
)
