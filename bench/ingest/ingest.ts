import { readFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createDatabase, onServer, startPostgres } from '../../tools/postgres-for-tests.ts'
import type { Bench, BenchOptions, Figure } from '../bench.ts'
import { cores, runPinned } from '../side-by-side/processes.ts'
import type { Carried } from './carry.ts'
import { writeJournal, writeSteadily } from './write-journal.ts'

const carryFile = fileURLToPath(new URL('carry.ts', import.meta.url))
const mostBehindMs = 2_000

/** What a usage record costs on its way from the journal into the registry: the control process, and PostgreSQL beside it. */
export const ingest: Bench = {
  name: 'ingest',
  says: 'What a usage record costs the control process and the database, from a backlog and as requests come.',
  run: async (options) => {
    const results = [...(await onPostgres(options)), await embedded(options)]
    return {
      measured: [],
      tables: [
        {
          title: 'Processor time a usage record, µs',
          heads: [
            'SETTING',
            'RECORDS',
            'BATCHES',
            'MAIN THREAD',
            'ITS OTHER THREADS',
            'POSTGRESQL',
            'READ AND PARSE ALONE',
            'A SECOND',
            'LONGEST LAG MS',
          ],
          rows: results.map(({ carried: it, setting }) => [
            setting,
            it.records,
            it.batches,
            perRecord(it, it.ownUs),
            perRecord(it, it.otherThreadsUs),
            it.postgresUs === null ? null : perRecord(it, it.postgresUs),
            perRecord(it, it.bareUs),
            Math.round((it.records / it.wallMs) * 1_000),
            it.longestLagMs,
          ]),
        },
      ],
      figures: results.flatMap(figuresOf),
      broken: results.flatMap(({ carried, setting }) =>
        carried.longestLagMs > mostBehindMs
          ? [`${setting}: the registry was ${carried.longestLagMs} ms behind`]
          : [],
      ),
    }
  },
}

interface Result {
  readonly setting: string
  readonly carried: Carried
  /** Of the main thread, µs a record; null = there is none. */
  readonly bar: number | null
  readonly aim: number | null
}

const perRecord = ({ records }: Carried, us: number): number => Math.round((us / records) * 10) / 10

const figuresOf = ({ aim, bar, carried, setting }: Result): readonly Figure[] => [
  {
    name: `ingest/${setting}: processor time a record`,
    value: carried.ownUs / carried.records,
    unit: 'µs',
    bar,
    aim,
  },
  {
    name: `ingest/${setting}: against read and parse alone`,
    value: carried.ownUs / carried.bareUs,
    unit: '×',
    bar: null,
    aim: null,
  },
]

async function onPostgres({ long, tell }: BenchOptions): Promise<readonly Result[]> {
  const postgres = await startPostgres()
  if (postgres === null) {
    tell('neither PostgreSQL 15 or newer nor DATABASE_URL: the embedded database alone')
    return []
  }
  try {
    const records = long ? 200_000 : 40_000
    const backlog = await withDatabase(postgres.url, async (target) => {
      const carried = await withJournals(async (dir) => {
        await writeJournal(dir, records)
        return carry(dir, { warm: records / 4, records, target })
      })
      return { setting: 'PostgreSQL, a backlog', carried, bar: 12, aim: 6 }
    })
    tell('a backlog is in')
    const steady = await withDatabase(postgres.url, async (target) => {
      const [perSecond, seconds, warm] = [1_000, long ? 60 : 8, records / 4]
      const carried = await withJournals(async (dir) => {
        // A second of requests is not enough for the code to be warm: it would be compiled in what is measured.
        await writeJournal(dir, warm)
        const warmed = Promise.withResolvers<undefined>()
        const stored = carry(dir, {
          ...{ warm, records: warm + perSecond * seconds, target },
          onWarm: () => warmed.resolve(undefined),
        })
        // Before that they would be a backlog, too: a server that starts and migrates takes in nothing for seconds.
        await Promise.race([warmed.promise, stored])
        await writeSteadily(dir, { first: warm, perSecond, seconds })
        return stored
      })
      return { setting: `PostgreSQL, ${perSecond} a second`, carried, bar: null, aim: null }
    })
    return [backlog, steady]
  } finally {
    await postgres.stop()
  }
}

async function embedded({ long }: BenchOptions): Promise<Result> {
  const records = long ? 50_000 : 10_000
  return withJournals(async (dir) => {
    await writeJournal(dir, records)
    const folder = join(dir, '..', 'database')
    const carried = await carry(dir, { warm: records / 4, records, target: ['--folder', folder] })
    return { setting: 'embedded, a backlog', carried, bar: null, aim: null }
  })
}

interface CarryOptions {
  readonly warm: number
  readonly records: number
  readonly target: readonly string[]
  /** The first records are in. */
  readonly onWarm?: () => void
}

async function carry(dir: string, { onWarm, records, target, warm }: CarryOptions): Promise<Carried> {
  const command = [
    process.execPath,
    carryFile,
    '--journals',
    dir,
    '--warm',
    String(warm),
    '--records',
    String(records),
    ...target,
  ]
  const printed = await runPinned(command, {
    core: cores.measured,
    onPrinted: () => onWarm?.(),
  })
  return JSON.parse(printed.trim().split('\n').at(-1) ?? '') as Carried
}

async function withJournals<Result>(work: (dir: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(process.env['POINTSMAN_BENCH_DIR'] ?? tmpdir(), 'pointsman-ingest-'))
  try {
    return await work(join(folder, 'journal'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function withDatabase<Result>(
  serverUrl: string,
  work: (target: readonly string[]) => Promise<Result>,
): Promise<Result> {
  const database = await createDatabase(serverUrl)
  if (database === null) throw new Error('no database was made')
  try {
    const postmaster = await postmasterOf(database.url)
    return await work([
      '--url',
      database.url,
      ...(postmaster === null ? [] : ['--postmaster', String(postmaster)]),
    ])
  } finally {
    await database.drop()
  }
}

/** The parent of all its processes; null where the server runs on another machine. */
const postmasterOf = (url: string): Promise<number | null> =>
  onServer(url, async (client) => {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    const status = await readFile(`/proc/${rows[0]?.pid ?? 0}/status`, 'utf8').catch(() => '')
    const isServer = /^Name:\s+postgres/m.test(status)
    return isServer ? Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]) : null
  })
