import { afterEach, beforeEach, expect, test } from 'vitest'
import { resilienceDefaults } from '@pointsman/core'
import { Rig } from './testing/rig.ts'
import { silence, whole } from './testing/scripted-upstream.ts'

/** One connection and one who waits: the next is refused at once. */
const transport = { connections: 1, maxWaiting: 1 }
const failuresThatOpen = resilienceDefaults.breaker.consecutiveFailures

let rig: Rig
beforeEach(async () => {
  rig = new Rig({ resilience: resilienceDefaults, transport })
  await rig.upstream.start()
  rig.upstream.on('first', silence)
  rig.upstream.on('second', whole('Hello'))
})
afterEach(() => rig.close())

const codesOf = ({ record }: Awaited<ReturnType<Rig['run']>>): readonly unknown[] =>
  record.attempts.map(({ error }) => error?.code)

test('a call that finds all connections in use is refused with 503 and when to come back, and blames no model', async () => {
  const holding = rig.carryOut({ models: ['first'] })
  const calls = Array.from({ length: failuresThatOpen + 2 }, () =>
    rig.run({ models: ['first'], timeouts: { connectMs: 60 } }),
  )
  for (const { client, record } of await Promise.all(calls)) {
    expect([client.status, client.header('retry-after')]).toEqual([503, '1'])
    expect(record.error?.code).toBe('overloaded')
    expect(client.text).toContain('All connections of this server to the provider are in use')
  }
  expect(rig.engine.circuits.held()).toEqual([])
  expect(rig.engine.averages.health(Date.now())).toEqual(new Map())
  await expect.poll(() => rig.upstream.calls).toHaveLength(1)
  holding.client.leave()
  await holding.record
})

test('the request’s own deadline blames no model that was never asked', async () => {
  const holding = rig.carryOut({ models: ['first'] })
  const late = await rig.run({ models: ['first'], timeouts: { connectMs: 500, totalMs: 60 } })
  expect(codesOf(late)).toEqual(['overloaded'])
  expect(rig.engine.circuits.held()).toEqual([])
  holding.client.leave()
  await holding.record
})

test('the plan goes on, and the next call is served once a connection is free', async () => {
  const holding = rig.carryOut({ models: ['first'] })
  const moved = rig.run({ models: ['first', 'second'], timeouts: { connectMs: 100 } })
  setTimeout(() => holding.client.leave(), 130)
  const { client, record } = await moved
  expect(codesOf({ client, record })).toEqual(['overloaded', undefined])
  expect(client.status).toBe(200)
  await holding.record
})
