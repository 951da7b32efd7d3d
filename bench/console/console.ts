import { launchChromium } from '../../tests/browser/chromium.ts'
import { measuredPages, measurePage, type PageMeasure } from '../../tests/browser/measure-page.ts'
import { openSignedIn } from '../../tests/browser/signed-in.ts'
import { removeFolder, startServer, temporaryFolder, type RunningServer } from '../../tests/server.ts'
import { createDatabase, startPostgres } from '../../tools/postgres-for-tests.ts'
import type { Bench, BenchOptions, BenchResult } from '../bench.ts'
import { quantile } from '../figures.ts'
import { addUpDays } from '../dashboard/add-up-days.ts'
import { fillConsole } from './fill-console.ts'

/** Every page of the console over a large and old registry, in Chromium. */
export const consolePages: Bench = {
  name: 'console',
  says: 'Pages of the console with 1,000 models, 10,000 switches and 500,000 usage records on PostgreSQL, with --long ten million.',
  run: async (options) => {
    const postgres = await startPostgres()
    if (postgres === null)
      throw new Error('this bench needs the binaries of PostgreSQL 15 or newer, or DATABASE_URL')
    const made = await createDatabase(postgres.url)
    const dataDir = await temporaryFolder()
    try {
      if (made === null) throw new Error('no database was made')
      return await withServer(made.url, dataDir, options)
    } finally {
      await removeFolder(dataDir)
      await made?.drop()
      await postgres.stop()
    }
  },
}

/** Its registry is seeded by the first start, filled while nobody serves it, and published by the second. */
async function withServer(databaseUrl: string, dataDir: string, options: BenchOptions): Promise<BenchResult> {
  const environment = {
    DATABASE_URL: databaseUrl,
    POINTSMAN_MASTER_KEY: 'a master key of the bench, 32 characters',
  }
  const first = await startServer({ dataDir, environment })
  await first.kill('SIGTERM')
  const records = options.long ? 10_000_000 : 500_000
  await fillConsole(databaseUrl, {
    ...{ models: 1_000, switches: 10_000, records },
    usersAnHour: options.long ? 1_000 : 200,
  })
  options.tell(`${records} records are in`)
  await addUpDays(databaseUrl)
  options.tell('days are added up')
  const server = await startServer({ dataDir, environment })
  try {
    return await measure(server, options)
  } finally {
    await server.kill('SIGTERM')
  }
}

const rounds = 3

async function measure(server: RunningServer, { tell }: BenchOptions): Promise<BenchResult> {
  const browser = await launchChromium()
  try {
    await fetch(`${server.url}/console`)
    const { context } = await openSignedIn(browser, server, '/overview')
    const measured: (readonly PageMeasure[])[] = []
    for (const page of measuredPages) {
      const of: PageMeasure[] = []
      for (let round = 0; round < rounds; round += 1) of.push(await measurePage(context, server.url, page))
      measured.push(of)
      tell(page.path)
    }
    return resultOf(measured)
  } finally {
    await browser.close()
  }
}

const firstContentBarMs = 1_500

function resultOf(measured: readonly (readonly PageMeasure[])[]): BenchResult {
  const slowest = Math.max(...measured.flat().map(({ firstDataMs }) => firstDataMs))
  return {
    measured: [],
    tables: [
      {
        title: 'Pages of the console',
        heads: [
          'PAGE',
          'FIRST DATA MS',
          'WORST',
          'SETTLED MS',
          'REQUESTS',
          'KB',
          'LARGEST KB',
          'SLOWEST MS',
          'NODES',
        ],
        rows: measured.map(rowOf),
      },
    ],
    figures: [
      {
        name: 'console/first data of the slowest page',
        value: slowest,
        unit: 'ms',
        bar: firstContentBarMs,
        aim: null,
      },
    ],
    broken: [],
  }
}

function rowOf(of: readonly PageMeasure[]): readonly (string | number)[] {
  const [first] = of
  const median = (value: (one: PageMeasure) => number): number =>
    Math.round(quantile(of.map(value), 0.5) ?? 0)
  const responses = of.at(-1)?.responses ?? []
  const kilobytes = (bytes: number): number => Math.round(bytes / 1_024)
  const largest = responses.toSorted((one, other) => other.bytes - one.bytes)[0]
  const slowest = responses.toSorted((one, other) => other.tookMs - one.tookMs)[0]
  return [
    first?.path ?? '',
    median(({ firstDataMs }) => firstDataMs),
    Math.round(Math.max(...of.map(({ firstDataMs }) => firstDataMs))),
    median(({ settledMs }) => settledMs),
    responses.length,
    kilobytes(responses.reduce((sum, { bytes }) => sum + bytes, 0)),
    `${kilobytes(largest?.bytes ?? 0)} ${largest?.asked.slice(0, 60) ?? ''}`,
    `${slowest?.tookMs ?? 0} ${slowest?.asked.slice(0, 60) ?? ''}`,
    median(({ nodes }) => nodes),
  ]
}
