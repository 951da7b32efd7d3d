import { performance } from 'node:perf_hooks'
import { requestId, workspaceId } from '@pointsman/contract'
import * as registry from '@pointsman/registry'
import type { Database, UsageDimension } from '@pointsman/registry'
import { openServer } from '@pointsman/registry/server'
import { createDatabase, startPostgres } from '../../tools/postgres-for-tests.ts'
import type { Bench, BenchOptions, BenchResult, Measured } from '../bench.ts'
import { spanOf } from '../figures.ts'
import { addUpDays } from './add-up-days.ts'
import { fillUsage } from './fill-usage.ts'

/** The reports that a dashboard asks for, warm, over a month of traffic on PostgreSQL. */
export const dashboard: Bench = {
  name: 'dashboard',
  says: 'Reports over a month of usage on PostgreSQL: 500,000 records, with --long ten million (a few minutes to fill).',
  run: async (options) => {
    const postgres = await startPostgres()
    if (postgres === null)
      throw new Error('this bench needs the binaries of PostgreSQL 15 or newer, or DATABASE_URL')
    try {
      const made = await createDatabase(postgres.url)
      if (made === null) throw new Error('no database was made')
      const database = await openServer({ url: made.url, statementTimeoutMs: 600_000 })
      try {
        return await measure(database, made.url, options)
      } finally {
        await database.close()
        await made.drop()
      }
    } finally {
      await postgres.stop()
    }
  },
}

const dayMs = 86_400_000
const workspace = workspaceId('default')
const dimensions: readonly UsageDimension[] = [
  ...(['all', 'model', 'provider', 'agent', 'useCase'] as const),
  ...(['route', 'operation', 'key', 'user'] as const),
]
/** As a console draws them: a day by hours, a week and a month by days, a month as one list. */
const views = [
  { name: 'a day by hours', days: 1, interval: 'hour' },
  { name: 'a week by days', days: 7, interval: 'day' },
  { name: 'a month', days: 30 },
] as const

async function measure(database: Database, url: string, { long, tell }: BenchOptions): Promise<BenchResult> {
  await registry.migrate(database)
  const records = long ? 10_000_000 : 500_000
  await fillUsage(url, { records, usersAnHour: long ? 1_000 : 200 })
  tell(`${records} records are in`)
  await addUpDays(url)
  tell('days are added up')
  const setting = `${records / 1e6} million records`
  const measured: Measured[] = []
  for (const groupBy of dimensions) {
    for (const { days, name, ...interval } of views) {
      const toMs = Date.now()
      const question = { groupBy, ...interval, fromMs: toMs - days * dayMs, toMs, workspace, limit: 100 }
      measured.push(
        await timed(setting, `by ${groupBy}, ${name}`, () => registry.usageTotals(database, question)),
      )
    }
  }
  const ofLastHour = () =>
    ({ groupBy: 'all', fromMs: Date.now() - 3_600_000, toMs: Date.now(), workspace }) as const
  const hourViews = [
    ['all, an hour by minutes', { interval: 'minute' }],
    ['all, an hour', { precision: 'minute' }],
  ] as const
  for (const [what, view] of hourViews)
    measured.push(
      await timed(setting, what, () => registry.usageTotals(database, { ...ofLastHour(), ...view })),
    )
  const page = { limit: 100, cursor: null, workspace }
  const lists = [
    ['records, the newest 100', () => registry.usageRecords(database, page)],
    [
      'records of a conversation',
      () => registry.usageRecords(database, { ...page, conversationId: 'conversation 77' }),
    ],
    ['records of a user', () => registry.usageRecords(database, { ...page, userId: 'user 77' })],
    [
      'records of a model that failed',
      () => registry.usageRecords(database, { ...page, modelId: 'model 2', outcome: 'failed' }),
    ],
    ['explain one request', () => registry.findUsageRecord(database, requestId('request-4711'))],
  ] as const
  for (const [what, ask] of lists) measured.push(await timed(setting, what, ask))
  const slowest = Math.max(...measured.map(({ p50 }) => p50 ?? 0))
  return {
    measured,
    figures: [
      {
        name: `dashboard/${setting}: the slowest report, median`,
        value: slowest,
        unit: 'ms',
        bar: 150,
        aim: 50,
      },
    ],
    broken: [],
  }
}

const rounds = 9

/** Warm: the first is not counted. */
async function timed(setting: string, what: string, ask: () => Promise<unknown>): Promise<Measured> {
  await ask()
  const spans: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const beganAt = performance.now()
    await ask()
    spans.push(performance.now() - beganAt)
  }
  return spanOf(setting, what, spans)
}
