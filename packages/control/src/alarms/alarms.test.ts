import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  anyDatabase,
  openTestDatabase,
  startControl,
  type TestControl,
  type TestDatabase,
} from '../testing/start-control.ts'

const lite = 'eu.amazon.nova-lite-v1:0'

let made: TestDatabase
let at: TestControl
let other: TestControl
beforeAll(async () => {
  made = await openTestDatabase(anyDatabase)
  // What both do by themselves now and then is done when it is asked for.
  const quiet = { firstRoundsAfterMs: 3_600_000 }
  at = await startControl(made.database, { ...quiet, host: 'this-host' })
  other = await startControl(made.database, { ...quiet, host: 'other-host' })
})
afterAll(async () => {
  await at.stop()
  await other.stop()
  await made.drop()
})

/** How the alarms of a kind stand, after both hosts have looked twice. */
const reviewed = async (kind: string): Promise<readonly string[]> => {
  for (const one of [at, other, at, other]) await one.control.services.reviewAlarms()
  const { data } = (await at.ask('/api/v1/alarms?includeCleared=true')).body
  return data
    .filter((alarm) => alarm.kind === kind)
    .map((alarm) => ('clearedAt' in alarm && alarm.clearedAt === null ? 'stands' : 'over'))
}
const past = (text: string) =>
  made.database.transaction({ purpose: 'plain' }, (transaction) =>
    transaction.script(`SET LOCAL session_replication_role = replica; ${text}`),
  )

test('a host that did not look at the chain since clears nothing, and one that did is not contradicted', async () => {
  const isWhole = async (host: TestControl) => (await host.ask('/api/v1/switches/verify')).body.valid
  const { switchId } = (await at.ask('/api/v1/switches', { body: { modelId: lite, reason: 'trial' } })).body
  const write = (reason: string) =>
    past(`UPDATE pointsman.switches SET reason = '${reason}' WHERE id = '${switchId}'`)
  expect([await isWhole(at), await isWhole(other)]).toEqual([true, true])
  await write('altered')
  expect(await isWhole(at)).toBe(false)
  expect(await reviewed('chain_broken')).toEqual(['stands'])
  await write('trial')
  expect(await reviewed('chain_broken')).toEqual(['stands'])
  expect(await isWhole(other)).toBe(true)
  expect(await reviewed('chain_broken')).toEqual(['over'])
  expect(await isWhole(at)).toBe(true)
  expect(await reviewed('chain_broken')).toEqual(['over'])
})

test('one that an operator clears is raised anew by the next look that finds it', async () => {
  const { data } = (await at.ask('/api/v1/switches?limit=1')).body
  const write = (reason: string) =>
    past(`UPDATE pointsman.switches SET reason = '${reason}' WHERE id = '${data[0].id}'`)
  await write('altered')
  const standing = async () => (await at.ask('/api/v1/alarms')).body.data
  await at.ask('/api/v1/switches/verify')
  expect(await reviewed('chain_broken')).toEqual(['stands', 'over'])
  await at.ask(`/api/v1/alarms/${(await standing())[0].id}/clear`, { method: 'POST' })
  expect(await reviewed('chain_broken')).toEqual(['over', 'over'])
  await at.ask('/api/v1/switches/verify')
  expect(await reviewed('chain_broken')).toEqual(['stands', 'over', 'over'])
  await write('trial')
  await at.ask('/api/v1/switches/verify')
  expect(await reviewed('chain_broken')).toEqual(['over', 'over', 'over'])
})

test('a rejected revision is one alarm of both hosts, whichever could not publish it', async () => {
  // Rows of another registry, with its revisions: no constraint saw them, and they do not compile.
  await past(
    `INSERT INTO pointsman.aliases (name, target, revision) VALUES ('a', 'b', 99999), ('b', 'a', 99999)`,
  )
  await made.database.transaction({ purpose: 'sql', role: 'service_role', claims: null }, (transaction) =>
    transaction.query(`UPDATE ai_assistants SET model_version = '${lite}' WHERE assistant_type = 'clinical'`),
  )
  await at.control.services.look()
  expect(await reviewed('revision_rejected')).toEqual(['stands'])
  await past(`DELETE FROM pointsman.aliases WHERE name IN ('a', 'b')`)
  await at.ask('/api/v1/switches', { body: { modelId: lite, useCase: 'operations' } })
  expect(await reviewed('revision_rejected')).toEqual(['over'])
})

test('tables that do not compile are one alarm of both hosts, however late the other one looks', async () => {
  await past(`INSERT INTO pointsman.aliases (name, target, revision) VALUES ('a', 'b', 1), ('b', 'a', 1)`)
  await other.control.services.lookForUnrecorded()
  expect(await reviewed('revision_rejected')).toEqual(['stands', 'over'])
  await at.control.services.lookForUnrecorded()
  expect(await reviewed('revision_rejected')).toEqual(['stands', 'over'])
  await past(`DELETE FROM pointsman.aliases WHERE name IN ('a', 'b')`)
  await at.control.services.lookForUnrecorded()
  expect(await reviewed('revision_rejected')).toEqual(['over', 'over'])
  await other.control.services.lookForUnrecorded()
  expect(await reviewed('revision_rejected')).toEqual(['over', 'over'])
})
