import { replicaId } from '@pointsman/contract'
import { beforeEach, expect, test } from 'vitest'
import { curatedControl } from '../testing/curated-control.ts'
import { testClock } from '../testing/start-control.ts'

const ended = 'anthropic.claude-3-5-sonnet-20241022-v2:0'
const agent = '/api/v1/agents/sql_agent'

const at = curatedControl()
beforeEach(async () => {
  await at.ask(agent, { method: 'DELETE' })
})

const put = (body: object) => at.ask(agent, { method: 'PUT', body })
const rules = async () => (await at.ask(agent)).body

const newest = async () => (await at.ask('/api/v1/revisions?limit=1')).body.data[0].number
/** Once a revision came after this one. */
async function writtenAfter(revision: unknown): Promise<void> {
  while ((await newest()) === revision) await new Promise<void>((resolve) => testClock.after(10, resolve))
}

/**
 * An order whose target is refused, with another operator's change between its rules and its target: a replica that is late
 * holds the order up there until the change is written.
 */
async function refusedBeside(order: object, other: () => Promise<unknown>, route = agent): Promise<void> {
  const late = replicaId('late')
  const { replicas } = at.control.services
  await replicas.renewLease({ id: late, host: 'test', title: late, kind: 'leased', startedAtMs: 0 })
  const before = await newest()
  const ordered = at.ask(route, { method: 'PUT', body: order })
  await writtenAfter(before)
  const between = await newest()
  const changed = other()
  await writtenAfter(between)
  await replicas.leave(late)
  await changed
  const answer = await ordered
  expect([answer.status, answer.body.error.code]).toEqual([409, 'lifecycle_blocked'])
}
const blocked = { lifecycleRule: 'block', heartbeatMs: 5_000, target: ended }

test('what another operator changed meanwhile stays when a refused target takes its rules back', async () => {
  await put({ lifecycleRule: 'warn', heartbeatMs: 1_000, objective: 'cost' })
  await refusedBeside(blocked, () => put({ heartbeatMs: 9_000, objective: 'latency' }))
  expect(await rules()).toMatchObject({ lifecycleRule: 'warn', heartbeatMs: 9_000, objective: 'latency' })
})

test('a route that was added for a refused target stays where another operator changed it meanwhile', async () => {
  await refusedBeside(blocked, () => put({ heartbeatMs: 9_000 }))
  expect(await rules()).toMatchObject({ lifecycleRule: 'warn', heartbeatMs: 9_000, target: null })
})

test('a use case that was added for a refused target stays where a role came to it meanwhile', async () => {
  const ward = '/api/v1/use-cases/ward'
  await refusedBeside(
    blocked,
    () => at.ask('/api/v1/roles/nurse', { method: 'PUT', body: { useCase: 'ward' } }),
    ward,
  )
  expect((await at.ask(ward)).body).toMatchObject({ lifecycleRule: 'warn', target: null })
})

test('a route that was added for a refused target goes with it', async () => {
  const answer = await put(blocked)
  expect([answer.status, answer.body.error.code]).toEqual([409, 'lifecycle_blocked'])
  expect((await at.ask(agent)).status).toBe(404)
})
