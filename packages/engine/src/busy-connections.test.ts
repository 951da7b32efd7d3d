import { expect, onTestFinished, test } from 'vitest'
import { resilienceDefaults } from '@pointsman/core'
import type { Clock } from './ports.ts'
import { createManualClock } from './testing/manual-clock.ts'
import { Rig } from './testing/rig.ts'
import { silence, whole } from './testing/scripted-upstream.ts'

/** One connection and one who waits: the next is refused at once. */
const transport = { connections: 1, maxWaiting: 1 }
const failuresThatOpen = resilienceDefaults.breaker.consecutiveFailures

async function startRig(options: { readonly clock?: Clock } = {}): Promise<Rig> {
  const made = new Rig({ resilience: resilienceDefaults, transport, ...options })
  onTestFinished(() => made.close())
  await made.upstream.start()
  made.upstream.on('first', silence)
  made.upstream.on('second', whole('Hello'))
  return made
}

const codesOf = ({ record }: Awaited<ReturnType<Rig['run']>>): readonly unknown[] =>
  record.attempts.map(({ error }) => error?.code)

test('a call that finds all connections in use is refused with 503 and when to come back, and blames no model', async () => {
  const rig = await startRig()
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
  const rig = await startRig()
  const holding = rig.carryOut({ models: ['first'] })
  const late = await rig.run({ models: ['first'], timeouts: { connectMs: 500, totalMs: 60 } })
  expect(codesOf(late)).toEqual(['overloaded'])
  expect(rig.engine.circuits.held()).toEqual([])
  holding.client.leave()
  await holding.record
})

test('the plan goes on, and the next call is served once a connection is free', async () => {
  const clock = createManualClock()
  const timed = await startRig({ clock })
  const holding = timed.carryOut({ models: ['first'] })
  await expect.poll(() => timed.upstream.calls).toHaveLength(1)
  const moved = timed.run({ models: ['first', 'second'], timeouts: { connectMs: 100 } })
  // The first model's time is over, not the second's.
  await clock.pass(130)
  holding.client.leave()
  const { client, record } = await moved
  expect(codesOf({ client, record })).toEqual(['overloaded', undefined])
  expect(client.status).toBe(200)
  await holding.record
})
