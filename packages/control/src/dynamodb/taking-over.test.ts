import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { DynamoTables, PlainItem } from '../../../../tools/dynamodb-for-tests.ts'
import {
  agentsTable,
  emptyTables,
  followTables,
  portOf,
  type FollowingControl,
} from '../testing/follow-tables.ts'
import { anyDatabase, openTestDatabase, type TestDatabase } from '../testing/start-control.ts'

const lite = 'eu.amazon.nova-lite-v1:0'
const micro = 'eu.amazon.nova-micro-v1:0'
const key = (agent_name: string): PlainItem => ({ agent_name, version: 'v1' })

let opened: TestDatabase
let tables: DynamoTables
let running: FollowingControl[] = []
beforeAll(async () => {
  opened = await openTestDatabase(anyDatabase)
})
afterAll(() => opened.drop())

const start = async (dynamo = portOf(tables)): Promise<FollowingControl> => {
  const control = await followTables(opened.database, tables, { writeBack: true, dynamo })
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

test('a table is looked at by one process of many, and by another one when that ends', async () => {
  tables.put(agentsTable, { ...key('held'), llm_model: lite })
  const [one, other] = [await start(), await start()]
  await one.look()
  const asked = tables.asked.length
  await other.look()
  expect(tables.asked.length).toBe(asked)
  await one.stop()
  running = running.filter((control) => control !== one)
  tables.edit(agentsTable, key('held'), { llm_model: micro })
  await other.look()
  expect((await other.ask('/api/v1/agents/held')).body.serves).toBe(micro)
})

test('a table is taken by nobody as it was before another process took it over', async () => {
  tables.put(agentsTable, { ...key('overtaken'), llm_model: lite })
  let stall: (() => Promise<void>) | null = null
  const slow = await start({
    ask: async (operation, request) => {
      const answer = await portOf(tables).ask(operation, request)
      const stalled = operation === 'Scan' && answer.includes('overtaken') ? stall : null
      stall = stalled === null ? stall : null
      await stalled?.()
      return answer
    },
  })
  const other = await start()
  await slow.look()
  await slow.newSwitches()
  stall = async () => {
    await opened.database.query(`UPDATE pointsman.followed_tables SET held_until = now() - interval '1 s'`)
    tables.edit(agentsTable, key('overtaken'), { llm_model: micro })
    await other.look()
    await slow.control.services.look()
  }
  await slow.look()
  expect(stall).toBe(null)
  await other.look()
  expect(await slow.newSwitches()).toEqual([`agent/overtaken lite → micro by dynamodb:${agentsTable}`])
  expect(tables.items(agentsTable)[0]?.['llm_model']).toBe(micro)
})
