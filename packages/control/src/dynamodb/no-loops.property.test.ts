import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DynamoTables } from '../../../../tools/dynamodb-for-tests.ts'
import { agentsTable, emptyTables, followTables, type FollowingControl } from '../testing/follow-tables.ts'
import { anyDatabase, openTestDatabase, type TestDatabase } from '../testing/start-control.ts'

const models = ['pro', 'lite', 'micro'].map((size) => `eu.amazon.nova-${size}-v1:0`)
const key = (agent_name: string) => ({ agent_name, version: 'v1' })

let opened: TestDatabase
let tables: DynamoTables
let control: FollowingControl
beforeAll(async () => {
  opened = await openTestDatabase(anyDatabase)
  tables = emptyTables()
  control = await followTables(opened.database, tables, { writeBack: true })
})
afterAll(async () => {
  await control.stop()
  await opened.drop()
})

const word = fc.oneof(
  fc.constant({ kind: 'look' } as const),
  fc.record({
    kind: fc.constantFrom('edit', 'switch', 'edit while we write'),
    model: fc.constantFrom(...models),
  }),
)
const writes = (): number => tables.asked.filter(({ operation }) => operation === 'UpdateItem').length
let runs = 0

test('whoever says what in whatever order: it comes to rest, agreed or told as a conflict', async () => {
  const property = fc.asyncProperty(fc.array(word, { maxLength: 7 }), async (words) => {
    const name = `agent_${(runs += 1)}`
    tables.put(agentsTable, { ...key(name), llm_provider: 'bedrock', llm_model: models[0] ?? '' })
    await control.look()
    await control.newSwitches()
    for (const one of words) {
      if (one.kind === 'look') await control.look()
      else if (one.kind === 'edit') tables.edit(agentsTable, key(name), { llm_model: one.model })
      else if (one.kind === 'switch')
        await control.ask('/api/v1/switches', { body: { agent: name, modelId: one.model, reason: 'test' } })
      else
        tables.before = (operation) => {
          if (operation === 'UpdateItem') tables.edit(agentsTable, key(name), { llm_model: one.model })
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
    const said = tables.items(agentsTable).find(({ agent_name }) => agent_name === name)?.['llm_model']
    const { body } = await control.ask(`/api/v1/agents/${name}`)
    const aside = JSON.stringify((await control.status())[1]?.aside)
    expect(said === body.serves || aside.includes(name)).toBe(true)
    tables.remove(agentsTable, key(name))
    await opened.database.query('DELETE FROM pointsman.followed_items')
  })
  await fc.assert(property, { numRuns: 12 })
})
