import { beforeEach, expect, test } from 'vitest'
import type { DynamoTables } from '../../../../tools/dynamodb-for-tests.ts'
import { emptyTables, modelsTable, portOf } from '../testing/follow-tables.ts'
import { catalogue, testClock } from '../testing/start-control.ts'
import { readModelItems } from './model-items.ts'
import { populateModels, type PopulateOrder } from './populate-models.ts'
import { openTable, readTable } from './table.ts'

const pro = 'eu.amazon.nova-pro-v1:0'
let tables: DynamoTables
beforeEach(() => {
  tables = emptyTables()
})
const populate = (order: Partial<PopulateOrder> = {}) =>
  populateModels(portOf(tables), testClock, {
    ...{
      table: modelsTable,
      catalogue,
      region: 'eu-central-1',
      providers: null,
      create: false,
      dryRun: false,
    },
    ...order,
  })
const item = (id: string) => tables.items(modelsTable).find(({ model_id }) => model_id === id)

test('items have the form of seed 003, can be read back, and are written once', async () => {
  const { added } = await populate()
  expect(item(pro)).toEqual({
    ...{ pk: `bedrock#${pro}`, provider: 'bedrock', model_id: pro, display_name: 'Amazon Nova Pro' },
    ...{ input_price: 1.05, output_price: 4.2, max_tokens: 300_000 },
    ...{ supports_tools: true, supports_vision: true, is_default: true },
  })
  expect(tables.items(modelsTable).filter(({ is_default }) => is_default === true)).toHaveLength(1)
  const { items } = await readTable(portOf(tables), await openTable(portOf(tables), modelsTable))
  expect(readModelItems(items)).toMatchObject({ refused: [], items: { length: added.length } })
  expect(await populate()).toMatchObject({ added: [], changed: [], unchanged: added.length })
})

test('of an item that is there only what the catalogue knows is corrected', async () => {
  tables.put(modelsTable, {
    ...{ pk: 'mine', provider: 'Amazon', model_id: pro, display_name: 'Amazon Nova Pro', input_price: 0.8 },
    ...{ output_price: 4.2, max_tokens: 300_000, is_default: false, note: 'kept' },
  })
  tables.put(modelsTable, { pk: 'other', provider: 'openai', model_id: 'mine', is_default: true })
  expect((await populate({ dryRun: true })).changed).toEqual([
    { key: 'mine', members: ['input_price', 'supports_tools', 'supports_vision'] },
  ])
  expect(item(pro)?.['input_price']).toBe(0.8)
  await populate({ providers: ['bedrock'] })
  expect(item(pro)).toMatchObject({
    pk: 'mine',
    provider: 'Amazon',
    input_price: 1.05,
    is_default: false,
    note: 'kept',
  })
  expect(tables.items(modelsTable).filter(({ is_default }) => is_default === true)).toHaveLength(1)
})

test('an item that somebody writes in between is left as it is', async () => {
  tables.put(modelsTable, {
    pk: 'mine',
    provider: 'bedrock',
    model_id: pro,
    input_price: 0.8,
    output_price: 4.2,
  })
  tables.before = (operation) => {
    if (operation === 'UpdateItem') tables.edit(modelsTable, { pk: 'mine' }, { input_price: 0.9 })
  }
  expect((await populate({ providers: ['bedrock'] })).raced).toEqual(['mine'])
  expect(item(pro)?.['input_price']).toBe(0.9)
})

test('a table that is not there is made where that is asked for, and not in a rehearsal', async () => {
  await expect(populate({ table: 'LLMModels-new' })).rejects.toThrow('ResourceNotFoundException')
  expect(await populate({ table: 'LLMModels-new', create: true, dryRun: true })).toMatchObject({ made: true })
  await expect(populate({ table: 'LLMModels-new' })).rejects.toThrow('ResourceNotFoundException')
  expect(await populate({ table: 'LLMModels-new', create: true, providers: ['google'] })).toMatchObject({
    made: true,
  })
  expect(tables.items('LLMModels-new').every(({ provider }) => provider === 'google')).toBe(true)
})

test('a table with a key of two parts is refused', async () => {
  await expect(populate({ table: 'AgentRegistry-dev' })).rejects.toThrow('agent_name and version')
})
