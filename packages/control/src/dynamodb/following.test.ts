import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { DynamoFault, type DynamoTables, type PlainItem } from '../../../../tools/dynamodb-for-tests.ts'
import type { DynamoDb } from '../ports.ts'
import {
  agentsTable,
  emptyTables,
  followTables,
  modelsTable,
  portOf,
  type FollowingControl,
} from '../testing/follow-tables.ts'
import { anyDatabase, openTestDatabase, type TestDatabase } from '../testing/start-control.ts'

const pro = 'eu.amazon.nova-pro-v1:0'
const lite = 'eu.amazon.nova-lite-v1:0'
const micro = 'eu.amazon.nova-micro-v1:0'
const agent = (agent_name: string, llm_model: string, others: PlainItem = {}): PlainItem => ({
  ...{ agent_name, version: 'v1', llm_provider: 'bedrock', llm_model, system_prompt: 'kept' },
  ...others,
})
const keyOf = (agent_name: string): PlainItem => ({ agent_name, version: 'v1' })

let opened: TestDatabase
let tables: DynamoTables
let running: FollowingControl[] = []
beforeAll(async () => {
  opened = await openTestDatabase(anyDatabase)
})
afterAll(() => opened.drop())

const start = async (writeBack = true): Promise<FollowingControl> => {
  const control = await followTables(opened.database, tables, { writeBack })
  running.push(control)
  return control
}
/** What a test leaves behind is nobody's beginning. */
beforeEach(async () => {
  tables = emptyTables()
  return async () => {
    for (const { stop } of running) await stop()
    running = []
    await opened.database.query('DELETE FROM pointsman.followed_tables')
  }
})
const serves = async (control: FollowingControl, name: string): Promise<unknown> =>
  (await control.ask(`/api/v1/agents/${name}`)).body.serves
const move = (control: FollowingControl, name: string, modelId: string) =>
  control.ask('/api/v1/switches', { body: { agent: name, modelId, reason: 'test' } })
const item = (name: string): PlainItem | undefined =>
  tables.items(agentsTable).find(({ agent_name }) => agent_name === name)

describe('agents', () => {
  test('the first look takes the table over in one revision; what is wrong is told, and recorded once', async () => {
    tables.put(agentsTable, agent('first_one', lite))
    tables.put(agentsTable, agent('first_two', micro))
    tables.put(agentsTable, agent('first_bad', 'no-such-model'))
    tables.put(agentsTable, { agent_name: 'first_worse', version: 'v1' })
    tables.put(agentsTable, agent('default', lite))
    tables.put(agentsTable, agent('nul\0', lite))
    tables.pageSize = 2
    const control = await start()
    const before = (await control.ask('/api/v1/revisions?limit=1')).body
    await control.look()
    await control.look()
    expect(await control.newSwitches()).toEqual([
      `agent/first_one pro → lite by dynamodb:${agentsTable}`,
      `agent/first_two pro → micro by dynamodb:${agentsTable}`,
      `agent/first_bad refused model_not_found by dynamodb:${agentsTable}`,
      `agent/default refused refused by dynamodb:${agentsTable}`,
    ])
    const after = (await control.ask('/api/v1/revisions?limit=1')).body
    const numberOf = (told: unknown) => (told as { data: { number: number }[] }).data[0]?.number ?? 0
    expect(numberOf(after) - numberOf(before)).toBe(1)
    expect(await control.status()).toMatchObject([
      { table: modelsTable, state: 'following', items: 0 },
      {
        ...{ table: agentsTable, state: 'following', items: 6, host: 'host', problem: null },
        aside: expect.arrayContaining([
          expect.objectContaining({
            key: 'first_worse/v1',
            state: 'refused',
            problem: '"llm_model" is missing',
          }),
          expect.objectContaining({ key: 'first_bad/v1', state: 'refused' }),
        ]) as unknown,
      },
    ])
  })

  test('an edit is a switch at the next look, and no restart makes it again or misses one', async () => {
    tables.put(agentsTable, agent('edited', lite))
    const first = await start()
    await first.look()
    await first.newSwitches()
    tables.edit(agentsTable, keyOf('edited'), { llm_model: micro })
    await first.look()
    await first.look()
    expect(await first.newSwitches()).toEqual([`agent/edited lite → micro by dynamodb:${agentsTable}`])
    await first.stop()
    tables.edit(agentsTable, keyOf('edited'), { llm_model: pro })
    const second = await start()
    await second.look()
    expect(await second.newSwitches()).toEqual([`agent/edited micro → pro by dynamodb:${agentsTable}`])
    const third = await start()
    await third.look()
    expect(await third.newSwitches()).toEqual([])
  })

  test('a switch is written into the item, beside all else it holds, and its echo is none', async () => {
    tables.put(agentsTable, agent('written', lite, { tools: ['a', 'b'] }))
    const control = await start()
    await control.look()
    await move(control, 'written', 'gpt-4o')
    await control.look()
    expect(item('written')).toEqual(agent('written', 'gpt-4o', { llm_provider: 'openai', tools: ['a', 'b'] }))
    await control.newSwitches()
    await control.look()
    await control.look()
    expect(await control.newSwitches()).toEqual([])
    expect(tables.asked.filter(({ operation }) => operation === 'UpdateItem')).toHaveLength(1)
  })

  test('an edit is taken back like any switch, and so is the item', async () => {
    tables.put(agentsTable, agent('reverted', lite))
    const control = await start()
    await control.look()
    tables.edit(agentsTable, keyOf('reverted'), { llm_model: micro })
    await control.look()
    const { body } = await control.ask('/api/v1/switches?agent=reverted&limit=1')
    await control.ask(`/api/v1/switches/${body.data[0].id}/revert`, { body: {} })
    await control.look()
    await control.look()
    expect([item('reverted')?.['llm_model'], await serves(control, 'reverted')]).toEqual([lite, lite])
  })

  test('unless asked for nothing is written; what the table says stays, and its next edit counts', async () => {
    tables.put(agentsTable, agent('unwritten', lite))
    const control = await start(false)
    await control.look()
    await move(control, 'unwritten', micro)
    await control.newSwitches()
    await control.look()
    await control.look()
    expect([item('unwritten')?.['llm_model'], await control.newSwitches()]).toEqual([lite, []])
    tables.edit(agentsTable, keyOf('unwritten'), { llm_model: pro })
    await control.look()
    expect(await control.newSwitches()).toEqual([`agent/unwritten micro → pro by dynamodb:${agentsTable}`])
  })

  test('where both sides changed between two looks neither is overwritten, and the next word decides', async () => {
    tables.put(agentsTable, agent('both', lite))
    const control = await start()
    await control.look()
    await move(control, 'both', micro)
    tables.edit(agentsTable, keyOf('both'), { llm_model: pro })
    await control.newSwitches()
    await control.look()
    await control.look()
    expect([await serves(control, 'both'), item('both')?.['llm_model'], await control.newSwitches()]).toEqual(
      [micro, pro, []],
    )
    const [, agents] = await control.status()
    expect(agents?.aside).toMatchObject([{ key: 'both/v1', state: 'conflict' }])
    await move(control, 'both', lite)
    await control.look()
    expect(item('both')?.['llm_model']).toBe(lite)
    expect((await control.status())[1]?.aside).toEqual([])
  })

  test('an edit that comes between our look and our write is not overwritten', async () => {
    tables.put(agentsTable, agent('raced', lite))
    const control = await start()
    await control.look()
    await move(control, 'raced', micro)
    tables.before = (operation) => {
      if (operation === 'UpdateItem') tables.edit(agentsTable, keyOf('raced'), { llm_model: pro })
    }
    await control.look()
    tables.before = () => undefined
    await control.look()
    expect([await serves(control, 'raced'), item('raced')?.['llm_model']]).toEqual([micro, pro])
    expect((await control.status())[1]?.aside).toMatchObject([{ key: 'raced/v1', state: 'conflict' }])
  })

  test('what could not be written is told and tried again', async () => {
    tables.put(agentsTable, agent('retried', lite))
    const control = await start()
    await control.look()
    await move(control, 'retried', micro)
    tables.fail(new DynamoFault('AccessDeniedException', 'no'), ['UpdateItem'])
    await control.look()
    expect((await control.status())[1]).toMatchObject({
      state: 'problem',
      problem: /retried\/v1.*AccessDenied/ as unknown as string,
    })
    tables.fail(null)
    await control.look()
    expect(item('retried')?.['llm_model']).toBe(micro)
    expect((await control.status())[1]).toMatchObject({ state: 'following', problem: null })
  })

  test('an item that was refused is taken once its model can be had', async () => {
    tables.put(agentsTable, agent('waiting', 'gpt-tomorrow', { llm_provider: 'openai' }))
    const control = await start()
    await control.look()
    await control.ask('/api/v1/aliases/other-name', { method: 'PUT', body: { target: pro } })
    await control.look()
    expect(await control.newSwitches()).toEqual([
      `agent/waiting refused model_not_found by dynamodb:${agentsTable}`,
    ])
    await control.ask('/api/v1/models', {
      body: { id: 'gpt-tomorrow', provider: 'openai', name: 'GPT Tomorrow' },
    })
    await control.look()
    expect(await control.newSwitches()).toEqual([
      `agent/waiting pro → gpt-tomorrow by dynamodb:${agentsTable}`,
    ])
    expect((await control.status())[1]?.aside).toEqual([])
  })

  test('an item that could not be read is taken once it can, and follows from there', async () => {
    tables.put(agentsTable, { agent_name: 'mended', version: 'v1', llm_provider: 'bedrock' })
    const control = await start()
    await control.look()
    tables.edit(agentsTable, keyOf('mended'), { llm_model: lite })
    await control.look()
    expect(await serves(control, 'mended')).toBe(lite)
    tables.edit(agentsTable, keyOf('mended'), { llm_model: null })
    await control.look()
    expect((await control.status())[1]?.aside).toMatchObject([{ state: 'refused' }])
    tables.edit(agentsTable, keyOf('mended'), { llm_model: micro })
    await control.look()
    expect([await serves(control, 'mended'), (await control.status())[1]?.aside]).toEqual([micro, []])
  })

  test('an agent that is removed here stays removed until its item is edited', async () => {
    tables.put(agentsTable, agent('removed', lite))
    const control = await start()
    await control.look()
    await control.ask('/api/v1/agents/removed', { method: 'DELETE' })
    await control.newSwitches()
    await control.look()
    await control.look()
    expect([item('removed')?.['llm_model'], await control.newSwitches()]).toEqual([lite, []])
    tables.edit(agentsTable, keyOf('removed'), { llm_model: micro })
    await control.look()
    expect(await control.newSwitches()).toEqual([`agent/removed pro → micro by dynamodb:${agentsTable}`])
  })

  test('of several versions the active and newest one counts', async () => {
    tables.put(agentsTable, agent('versioned', lite, { version: 'v9' }))
    tables.put(agentsTable, agent('versioned', micro, { version: 'v10' }))
    tables.put(agentsTable, agent('versioned', pro, { version: 'v11', status: 'retired' }))
    const control = await start()
    await control.look()
    expect(await serves(control, 'versioned')).toBe(micro)
    tables.remove(agentsTable, { agent_name: 'versioned', version: 'v10' })
    tables.edit(
      agentsTable,
      { agent_name: 'versioned', version: 'v12' },
      { llm_model: lite, llm_provider: 'bedrock' },
    )
    await control.look()
    expect(await serves(control, 'versioned')).toBe(lite)
  })

  test('an item that is gone leaves its agent as it is; an emptied table is not followed until somebody says so', async () => {
    for (const name of ['gone_one', 'gone_two', 'gone_three', 'gone_four'])
      tables.put(agentsTable, agent(name, lite))
    const control = await start()
    await control.look()
    tables.remove(agentsTable, keyOf('gone_one'))
    await control.look()
    expect((await control.status())[1]).toMatchObject({
      ...{ state: 'following', items: 3 },
      aside: [{ key: 'gone_one/v1', state: 'gone' }],
    })
    expect(await serves(control, 'gone_one')).toBe(lite)
    tables.create(agentsTable, ['agent_name', 'version'])
    await control.look()
    expect((await control.status())[1]).toMatchObject({
      problem: expect.stringMatching(/has no items any more.*put into it/) as unknown,
    })
    tables.create(agentsTable, ['agent_name', 'version'], [agent('stranger', micro)])
    await control.newSwitches()
    await control.look()
    expect(await control.newSwitches()).toEqual([])
    expect((await control.status())[1]).toMatchObject({
      state: 'problem',
      problem: expect.stringContaining('lacks') as unknown,
    })
    expect(control.control.services.tableNotes()).toHaveLength(1)
    const imported = await control.ask('/api/v1/agents/import', { body: { dynamodb: agentsTable } })
    expect(imported.body).toMatchObject({ applied: true, plan: { new: [{ agent: 'stranger', to: micro }] } })
    await control.look()
    expect((await control.status())[1]).toMatchObject({ state: 'following', items: 1, aside: [] })
    expect(control.control.services.tableNotes()).toEqual([])
  })
})

describe('a table', () => {
  test('that cannot be read is told, asked less and less often, and followed again', async () => {
    tables.put(agentsTable, agent('away', lite))
    const control = await start()
    await control.look()
    tables.fail(new DynamoFault('AccessDeniedException', 'User is not authorized'))
    await control.look()
    expect((await control.status()).map(({ state }) => state)).toEqual(['problem', 'problem'])
    expect(control.control.services.tableNotes()).toEqual([
      'AccessDeniedException: User is not authorized',
      'AccessDeniedException: User is not authorized',
    ])
    await control.look()
    const asked = tables.asked.length
    await control.look()
    expect(tables.asked.length).toBe(asked)
    tables.fail(null)
    tables.edit(agentsTable, keyOf('away'), { llm_model: micro })
    await control.look(30_000)
    expect(await serves(control, 'away')).toBe(micro)
    expect((await control.status()).map(({ state }) => state)).toEqual(['following', 'following'])
  })

  test('that hangs does not hold up the other one', async () => {
    tables.put(agentsTable, agent('beside', lite))
    const port = portOf(tables)
    let letGo: (error: Error) => void = () => undefined
    const ask: DynamoDb['ask'] = (operation, request) =>
      'TableName' in request && request.TableName === modelsTable
        ? new Promise((_, reject) => (letGo = reject))
        : port.ask(operation, request)
    const control = await followTables(opened.database, tables, {
      ...{ writeBack: true, dynamo: { ask }, firstRoundsAfterMs: 0 },
    })
    await expect.poll(() => serves(control, 'beside')).toBe(lite)
    letGo(new Error('it hung'))
    await control.stop()
  })

  test('is looked at although the clock was set back', async () => {
    tables.put(agentsTable, agent('set_back', lite))
    const control = await start()
    await control.look()
    tables.edit(agentsTable, keyOf('set_back'), { llm_model: micro })
    await control.look(-3_600_000)
    expect(await serves(control, 'set_back')).toBe(micro)
  })

  test('that is dear to read is looked at less often', async () => {
    tables.unitsPerPage = 100
    const control = await start()
    await control.look()
    const asked = tables.asked.length
    await control.look()
    expect(tables.asked.length).toBe(asked)
    await control.look()
    expect(tables.asked.length).toBeGreaterThan(asked)
    expect((await control.status())[0]).toMatchObject({ everyMs: 4_000 })
  })
})

const word = fc.oneof(
  fc.constant({ kind: 'look' } as const),
  fc.record({
    kind: fc.constantFrom('edit', 'switch', 'edit while we write'),
    model: fc.constantFrom(pro, lite, micro),
  }),
)

test('whoever says what in whatever order: it comes to rest, agreed or told as a conflict', async () => {
  const control = await start()
  const writes = (): number => tables.asked.filter(({ operation }) => operation === 'UpdateItem').length
  const edit = (name: string, llm_model: string): void => tables.edit(agentsTable, keyOf(name), { llm_model })
  let runs = 0
  const property = fc.asyncProperty(fc.array(word, { maxLength: 7 }), async (words) => {
    const name = `any_${(runs += 1)}`
    tables.put(agentsTable, agent(name, pro))
    await control.look()
    await control.newSwitches()
    for (const one of words) {
      if (one.kind === 'look') await control.look()
      else if (one.kind === 'edit') edit(name, one.model)
      else if (one.kind === 'switch') await move(control, name, one.model)
      else
        tables.before = (operation) => {
          if (operation === 'UpdateItem') edit(name, one.model)
        }
    }
    await control.look()
    tables.before = () => undefined
    await control.look()
    await control.look()
    const byTable = (await control.newSwitches()).filter((text) => text.includes('dynamodb:'))
    expect(byTable.length).toBeLessThanOrEqual(words.filter(({ kind }) => kind.startsWith('edit')).length)
    const written = writes()
    await control.look()
    expect([await control.newSwitches(), writes()]).toEqual([[], written])
    const aside = JSON.stringify((await control.status())[1]?.aside)
    const isAgreed = item(name)?.['llm_model'] === (await serves(control, name))
    expect(isAgreed || aside.includes(name)).toBe(true)
    tables.remove(agentsTable, keyOf(name))
    await opened.database.query('DELETE FROM pointsman.followed_items')
  })
  await fc.assert(property, { numRuns: 12 })
})
