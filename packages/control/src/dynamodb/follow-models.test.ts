import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { DynamoTables, PlainItem } from '../../../../tools/dynamodb-for-tests.ts'
import {
  agentsTable,
  emptyTables,
  followTables,
  modelsTable,
  type FollowingControl,
} from '../testing/follow-tables.ts'
import { anyDatabase, openTestDatabase, type TestDatabase } from '../testing/start-control.ts'

const pro = 'eu.amazon.nova-pro-v1:0'
const lite = 'eu.amazon.nova-lite-v1:0'
const micro = 'eu.amazon.nova-micro-v1:0'
const model = (model_id: string, others: PlainItem = {}): PlainItem => ({
  ...{ pk: `bedrock#${model_id}`, provider: 'bedrock', model_id, display_name: 'Its name' },
  ...{ input_price: 1, output_price: 4, is_default: false, owner: 'kept' },
  ...others,
})
const keyOf = (model_id: string): PlainItem => ({ pk: `bedrock#${model_id}` })

let opened: TestDatabase
let tables: DynamoTables
let control: FollowingControl
beforeAll(async () => {
  opened = await openTestDatabase(anyDatabase)
})
afterAll(() => opened.drop())
beforeEach(async () => {
  tables = emptyTables()
  control = await followTables(opened.database, tables, { writeBack: true })
  // As the tests before left it.
  await control.ask('/api/v1/switches', { body: { modelId: pro, reason: 'as in the beginning' } })
  await control.newSwitches()
  return async () => {
    await control.stop()
    await opened.database.query('DELETE FROM pointsman.followed_tables')
  }
})

const shown = async (id: string) => (await control.ask(`/api/v1/models/${encodeURIComponent(id)}`)).body
const item = (id: string): PlainItem | undefined =>
  tables.items(modelsTable).find(({ model_id }) => model_id === id)
/** By their keys: what is newest stands first, and one look may take more than a millisecond. */
const aside = async () =>
  [...((await control.status())[0]?.aside ?? [])].sort((a, b) => (a.key < b.key ? -1 : 1))

test('facts and prices are taken in one revision, and of an edit only what was edited', async () => {
  tables.put(modelsTable, model(micro, { input_price: 0.05, output_price: 0.2 }))
  tables.put(modelsTable, model(lite, { input_price: 0.08, output_price: 0.32 }))
  await control.look()
  expect(await shown(micro)).toMatchObject({ name: 'Its name', inputCostPerMTok: 0.05 })
  const { body } = await control.ask('/api/v1/revisions?limit=1')
  expect(body.data[0]).toMatchObject({
    actor: { kind: 'table', id: `dynamodb:${modelsTable}` },
    reason: `Models of the DynamoDB table ${modelsTable}: 2 changed, 2 prices.`,
  })
  // A price that came from elsewhere since stays where the table speaks of something else.
  const elsewhere = JSON.stringify([model(micro, { input_price: 0.06, output_price: 0.24 })])
  await control.ask('/api/v1/models/import', { body: { text: elsewhere, name: 'elsewhere' } })
  tables.edit(modelsTable, keyOf(micro), { display_name: 'Another name' })
  await control.look()
  expect(await shown(micro)).toMatchObject({ name: 'Another name', inputCostPerMTok: 0.06 })
})

test('an item that is wrong is told with where and why, and holds up no other', async () => {
  tables.put(modelsTable, model(micro))
  tables.put(modelsTable, model(lite, { input_price: -1 }))
  tables.put(modelsTable, model(pro, { input_price: 9_000, output_price: 9_000 }))
  tables.put(modelsTable, {
    pk: 'twice',
    provider: 'bedrock',
    model_id: micro,
    input_price: 1,
    output_price: 4,
  })
  tables.put(modelsTable, model('of-nobody', { provider: 'nobody' }))
  tables.put(modelsTable, model('unstorable', { display_name: 'a\0b' }))
  await control.look()
  expect(await aside()).toEqual(
    [
      [`bedrock#${lite}`, /"input_price"/],
      [`bedrock#${pro}`, /The item is refused: "inputPicoUsd"/],
      ['bedrock#of-nobody', /no model here is served by/],
      ['bedrock#unstorable', /cannot be stored/],
      ['twice', /of the same model/],
    ].map(
      ([key, problem]) =>
        expect.objectContaining({
          key,
          state: 'refused',
          problem: expect.stringMatching(problem as RegExp) as unknown,
        }) as unknown,
    ),
  )
  expect(await shown(micro)).toMatchObject({ inputCostPerMTok: 1 })
  // Another default does not settle what a price was refused for.
  await control.ask('/api/v1/switches', { body: { modelId: micro, reason: 'test' } })
  await control.look()
  expect(await aside()).toHaveLength(5)
  tables.edit(modelsTable, keyOf(lite), { input_price: 0.07 })
  await control.look()
  expect(await shown(lite)).toMatchObject({ inputCostPerMTok: 0.07 })
})

test('the default of the table is switched, and the one of a switch is written', async () => {
  for (const id of [pro, lite, micro]) tables.put(modelsTable, model(id, { is_default: id === pro }))
  await control.look()
  expect(await control.newSwitches()).toEqual([])
  tables.edit(modelsTable, keyOf(lite), { is_default: true })
  await control.look()
  expect(await control.newSwitches()).toEqual([`default pro → lite by dynamodb:${modelsTable}`])
  expect([pro, lite, micro].map((id) => item(id)?.['is_default'])).toEqual([false, true, false])
  await control.ask('/api/v1/switches', { body: { modelId: micro, reason: 'test' } })
  await control.newSwitches()
  await control.look()
  await control.look()
  expect([pro, lite, micro].map((id) => item(id)?.['is_default'])).toEqual([false, false, true])
  expect([await control.newSwitches(), item(micro)?.['owner']]).toEqual([[], 'kept'])
})

test('two defaults at once are refused, and so is one that crosses a switch of ours', async () => {
  for (const id of [pro, lite, micro]) tables.put(modelsTable, model(id, { is_default: id === pro }))
  await control.look()
  for (const id of [lite, micro]) tables.edit(modelsTable, keyOf(id), { is_default: true })
  await control.look()
  expect(await aside()).toMatchObject([{ state: 'refused' }, { state: 'refused' }])
  for (const id of [lite, micro]) tables.edit(modelsTable, keyOf(id), { is_default: false })
  await control.look()
  expect([await aside(), await control.newSwitches()]).toEqual([[], []])
  await control.ask('/api/v1/switches', { body: { modelId: micro, reason: 'test' } })
  tables.edit(modelsTable, keyOf(lite), { is_default: true })
  await control.look()
  expect(await aside()).toMatchObject([{ key: `bedrock#${lite}`, state: 'conflict' }])
  expect((await shown(micro)).isDefault).toBe(true)
})

test('whether a model is on is switched by an edit, and written where it is switched here', async () => {
  tables.put(modelsTable, model(lite, { is_active: true }))
  tables.put(modelsTable, model(micro))
  await control.look()
  tables.edit(modelsTable, keyOf(lite), { is_active: false })
  await control.look()
  expect((await shown(lite)).isAvailable).toBe(false)
  expect(await control.newSwitches()).toEqual([`use-case/health lite → micro by dynamodb:${modelsTable}`])
  const change = { method: 'PATCH', body: { enabled: false, reason: 'test' } }
  await control.ask(`/api/v1/models/${encodeURIComponent(micro)}`, change)
  await control.newSwitches()
  await control.look()
  await control.look()
  expect([item(micro)?.['is_available'], item(lite)?.['is_available']]).toEqual([false, undefined])
  expect(await control.newSwitches()).toEqual([])
  for (const [id, member] of [
    [lite, 'is_active'],
    [micro, 'is_available'],
  ] as const)
    tables.edit(modelsTable, keyOf(id), { [member]: true })
  await control.look()
  expect([(await shown(lite)).isAvailable, (await shown(micro)).isAvailable]).toEqual([true, true])
})

test('a model and the agent that names it may be added in one breath', async () => {
  tables.put(modelsTable, model('gpt-at-once', { provider: 'openai', is_available: true }))
  tables.put(agentsTable, {
    agent_name: 'breath',
    version: '1',
    llm_provider: 'openai',
    llm_model: 'gpt-at-once',
  })
  await control.look()
  expect(await control.newSwitches()).toEqual([`agent/breath pro → gpt-at-once by dynamodb:${agentsTable}`])
})

test('an import shows its plan, takes what is right in one revision, and finds nothing the second time', async () => {
  tables.put(modelsTable, model(micro, { input_price: 0.055, output_price: 0.22, is_default: true }))
  tables.put(modelsTable, model(lite, { input_price: 'none' }))
  const body = { dynamodb: modelsTable }
  const planned = await control.ask('/api/v1/models/import?dryRun=true', { body })
  expect(planned.body).toMatchObject({
    ...{ applied: false },
    plan: {
      prices: [{ modelId: micro, to: { inputPicoUsd: 55_000 } }],
      skipped: [{ id: `bedrock#${lite}`, reason: '"input_price" should be a number' }],
      warnings: expect.arrayContaining([expect.stringContaining('no route was moved')]) as unknown,
    },
  })
  expect((await control.ask('/api/v1/models/import', { body })).body.applied).toBe(true)
  expect((await control.ask('/api/v1/models/import', { body })).body.applied).toBe(false)
  const stale = { body, headers: { 'if-match': '"1"' } }
  expect((await control.ask('/api/v1/models/import', stale)).status).toBe(412)
})

test.each([
  ['/api/v1/models/import', {}, 400],
  ['/api/v1/models/import', { dynamodb: modelsTable, text: '[]', name: 'n' }, 400],
  ['/api/v1/models/import', { dynamodb: 'a b' }, 400],
  ['/api/v1/models/import', { text: '[]' }, 400],
  ['/api/v1/models/import', { dynamodb: modelsTable }, 409],
  ['/api/v1/agents/import', { dynamodb: 'AgentRegistry-none' }, 502],
  ['/api/v1/agents/import', { text: '7' }, 400],
  ['/api/v1/agents/import', { text: '{', name: 'n' }, 400],
])('%s of %j answers %i', async (path, body, status) => {
  expect((await control.ask(path, { body })).status).toBe(status)
})

test('agents are taken of a file, plain or as DynamoDB writes it', async () => {
  const items = [
    { agent_name: 'filed_one', llm_provider: 'bedrock', llm_model: lite },
    { agent_name: { S: 'filed_two' }, llm_provider: { S: 'amazon' }, llm_model: { S: micro } },
    { llm_model: micro, agent_name: 'a name' },
  ]
  const ask = () =>
    control.ask('/api/v1/agents/import', { body: { text: JSON.stringify(items), name: 'agents.json' } })
  expect((await ask()).body.plan).toMatchObject({
    new: [
      { agent: 'filed_one', to: lite },
      { agent: 'filed_two', to: micro },
    ],
    refused: [{ key: 'a name' }],
  })
  expect(await control.newSwitches()).toEqual([
    'agent/filed_one pro → lite by service',
    'agent/filed_two pro → micro by service',
  ])
  expect((await ask()).body).toMatchObject({
    applied: false,
    plan: { unchanged: ['filed_one', 'filed_two'] },
  })
})
