import { journalId, requestId } from '@pointsman/contract'
import { ingestBatch, type Database } from '@pointsman/registry'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readCatalogue } from '../../packages/control/src/catalogue/catalogue-file.ts'
import {
  anyDatabase,
  openTestDatabase,
  startControl,
  testClock,
  type TestControl,
} from '../../packages/control/src/testing/start-control.ts'
import { usageRecord } from '../../packages/control/src/testing/usage-record.ts'
import models from '../../catalogue/models.json' with { type: 'json' }
import routes from '../../catalogue/routes.json' with { type: 'json' }
import { reportFigure } from './figures.ts'

let at: TestControl
let database: Database
let drop: () => Promise<void>
beforeAll(async () => {
  const opened = await openTestDatabase(anyDatabase)
  ;({ database, drop } = opened)
  at = await startControl(database, {})
})
afterAll(async () => {
  await at.stop()
  await drop()
})

type Row = { readonly [name: string]: unknown }
const own = new Set(['id', 'effectiveFrom', 'effectiveFromMs', 'revision'])

/** The table that is in force, as a program would send it again. */
async function inForce(): Promise<readonly Row[]> {
  const asOf = new Date(testClock.nowMs()).toISOString()
  const { body } = await at.ask(`/api/v1/prices?limit=1000&asOf=${asOf}`)
  return (body.data as unknown as readonly Row[]).map((row) =>
    Object.fromEntries(Object.entries(row).filter(([name]) => !own.has(name))),
  )
}

const changed = (rows: readonly Row[], change: (row: Row) => Row): readonly Row[] =>
  rows.with(3, change(rows[3] ?? {}))
const scaled = (row: Row, factor: number): Row => ({
  ...row,
  inputPicoUsd: Number(row['inputPicoUsd']) * factor,
})

const badTables: readonly (readonly [string, (rows: readonly Row[]) => unknown])[] = [
  ['a negative rate', (rows) => ({ prices: changed(rows, (row) => ({ ...row, inputPicoUsd: -1 })) })],
  ['a row short', (rows) => ({ prices: rows.slice(1) })],
  ['shrunk by a third', (rows) => ({ prices: rows.filter((_, index) => index % 3 !== 0) })],
  ['empty', () => ({ prices: [] })],
  ['cut off', (rows) => JSON.stringify({ prices: rows }).slice(0, -40)],
  ['NaN', (rows) => JSON.stringify({ prices: rows }).replace(/"inputPicoUsd":\d+/, '"inputPicoUsd":NaN')],
  [
    'endless',
    (rows) => JSON.stringify({ prices: rows }).replace(/"inputPicoUsd":\d+/, '"inputPicoUsd":1e999'),
  ],
  ['a text', (rows) => ({ prices: changed(rows, (row) => ({ ...row, inputPicoUsd: '0.8' })) })],
  ['a rate left out', (rows) => ({ prices: changed(rows, ({ outputPicoUsd: _, ...row }) => row) })],
  ['a rate unknown now', (rows) => ({ prices: changed(rows, (row) => ({ ...row, outputPicoUsd: null })) })],
  ['free', (rows) => ({ prices: changed(rows, (row) => ({ ...row, inputPicoUsd: 0 })) })],
  ['a thousand times the price', (rows) => ({ prices: changed(rows, (row) => scaled(row, 1_000)) })],
  [
    'members renamed',
    (rows) => ({ prices: rows.map(({ inputPicoUsd: input, ...row }) => ({ ...row, input })) }),
  ],
  ['a model renamed', (rows) => ({ prices: changed(rows, (row) => ({ ...row, modelId: 'no-such-model' })) })],
]

interface AlarmShown {
  readonly id: string
  readonly kind: string
  readonly message: string
}
async function alarms(): Promise<readonly AlarmShown[]> {
  const { body } = await at.ask('/api/v1/alarms')
  return (body.data as unknown as readonly AlarmShown[]).filter(({ kind }) => kind === 'prices_refused')
}

test('T10 a bad table of prices is refused whole by every door, with an alarm; the old one stays', async () => {
  const before = await inForce()
  expect(before.length).toBeGreaterThan(20)
  for (const [name, tableOf] of badTables) {
    const body = tableOf(before)
    const answer = await at.ask('/api/v1/prices', { method: 'PUT', body })
    expect([400, 404, 409], `${name}: ${JSON.stringify(answer.body)}`).toContain(answer.status)
    expect(await inForce(), name).toEqual(before)
    await expect.poll(alarms, { message: name }).toHaveLength(1)
    const [alarm] = await alarms()
    await at.ask(`/api/v1/alarms/${alarm?.id ?? ''}/clear`, { body: {} })
    expect(await alarms(), name).toEqual([])
  }
  const good = await at.ask('/api/v1/prices', { method: 'PUT', body: { prices: before } })
  expect([good.status, good.body.added]).toEqual([200, 0])
  await refusedByImports(before)
  await refusedBySql()
  reportFigure(
    'T10',
    `${badTables.length} bad tables and ${badImports.length} imports through the API, ${badFiles.length} files, 3 statements of SQL: all refused whole`,
  )
})

type Prices = typeof models.prices
const withFirst = (prices: Prices, change: object): readonly unknown[] =>
  prices.map((row, index) => (index === 0 ? { ...row, ...change } : row))
const pro = 'eu.amazon.nova-pro-v1:0'
const item = { provider: 'bedrock', model_id: pro, input_price: 1.05, output_price: 4.2 }
const listed = {
  litellm_provider: 'openai',
  mode: 'chat',
  input_cost_per_token: 2.5e-6,
  output_cost_per_token: 1e-5,
}
const entry = models.models.find(({ id }) => id === pro)
const ownPrices = models.prices.filter(({ modelId }) => modelId === pro)
/** Files as operators' programs hand them over, each with one thing wrong. */
const badImports: readonly (readonly [string, unknown])[] = [
  ['items: negative', [{ ...item, input_price: -1 }]],
  ['items: a price left out', [{ ...item, output_price: undefined }]],
  ['items: not a number', [{ ...item, input_price: 'NaN' }]],
  ['items: a thousand times', [{ ...item, input_price: 1_050 }]],
  ['items: free', [{ ...item, input_price: 0 }]],
  ['price catalogue: negative', { 'gpt-4o': { ...listed, output_cost_per_token: -1e-5 } }],
  ['price catalogue: a price left out', { 'gpt-4o': { ...listed, input_cost_per_token: undefined } }],
  ['price catalogue: per million', { 'gpt-4o': { ...listed, input_cost_per_token: 2.5 } }],
  ['catalogue: a row short', { models: [entry], prices: ownPrices.slice(1) }],
  ['catalogue: negative', { models: [entry], prices: withFirst(ownPrices, { inputPicoUsd: -1 }) }],
  ['catalogue: history rewritten', { models: [entry], prices: withFirst(ownPrices, { inputPicoUsd: 1 }) }],
]

async function refusedByImports(before: readonly Row[]): Promise<void> {
  for (const [name, file] of badImports) {
    const body = { text: JSON.stringify(file), name: 'nightly' }
    const answer = await at.ask('/api/v1/models/import', { body })
    expect([400, 409], `${name}: ${JSON.stringify(answer.body)}`).toContain(answer.status)
    expect(await inForce(), name).toEqual(before)
  }
}

async function refusedBySql(): Promise<void> {
  const columns = 'id, model_id, region, effective_from, input_pico_usd, output_pico_usd, source, source_date'
  const values = ['-1', "'NaN'::numeric::bigint", '9223372036854775808']
  for (const value of values) {
    const insert = `INSERT INTO pointsman.prices (${columns})
      VALUES ('bad', 'eu.amazon.nova-pro-v1:0', 'eu-central-1', now(), ${value}, 1, 'a test', '2026-11-26')`
    await expect(database.query(insert), value).rejects.toThrow()
  }
}

const badFiles: readonly (readonly [string, (prices: Prices) => unknown])[] = [
  ['a negative rate', (prices) => withFirst(prices, { inputPicoUsd: -1 })],
  ['NaN', (prices) => withFirst(prices, { inputPicoUsd: Number.NaN })],
  ['a price of no model', (prices) => withFirst(prices, { modelId: 'no-such-model' })],
  ['one twice', (prices) => [...prices, prices[0]]],
  ['no list', () => ({})],
]

test('T10 a catalogue file with such a row is not begun with', () => {
  expect(readCatalogue(models, routes).prices.length).toBe(models.prices.length)
  for (const [name, change] of badFiles) {
    expect(() => readCatalogue({ ...models, prices: change(models.prices) }, routes), name).toThrow()
  }
})

test('T10 what no price is known of costs null and is counted, never 0', async () => {
  const receivedAtMs = testClock.nowMs()
  const record = { ...usageRecord('unpriced', receivedAtMs), costNanoUsd: null, priceId: null }
  const position = { journal: journalId('00000000-0000-4000-8000-000000000010'), segment: 1, offset: 100 }
  await database.transaction({ purpose: 'plain' }, (transaction) =>
    ingestBatch(transaction, { records: [{ ...record, requestId: requestId('unpriced') }], position }),
  )
  const { body } = await at.ask('/api/v1/usage?groupBy=all')
  expect(body.data).toMatchObject([{ requests: 1, unpricedRequests: 1, costUsd: 0 }])
  const { body: listed } = await at.ask('/api/v1/usage/records?limit=1')
  expect(listed.data).toMatchObject([{ requestId: 'unpriced', costNanoUsd: null }])
})
