import { replicaId } from '@pointsman/contract'
import { expect, test } from 'vitest'
import { anyDatabase, openTestDatabase, startControl, testClock } from '../testing/start-control.ts'

test('a key that is revoked while a replica is late, or is not heard of any more, answers with its name', async () => {
  const { database, drop } = await openTestDatabase(anyDatabase)
  const hasty = await startControl(database, { acknowledgeWithinMs: 100 })
  const { replicas } = hasty.control.services
  const cutOff = replicaId('cut-off')
  const lease = { host: 'test', title: 'cut-off', kind: 'leased', startedAtMs: testClock.nowMs() } as const
  await replicas.renewLease({ id: cutOff, ...lease })
  const made = await hasty.ask('/api/v1/keys', { body: { name: 'leaked' } })
  expect(made.body.pending).toContain('cut-off')
  await database.query(
    `UPDATE pointsman.replicas SET lease_until = now() - interval '1 minute' WHERE id = 'cut-off'`,
  )
  const revoked = await hasty.ask(`/api/v1/keys/${made.body.id}`, { method: 'DELETE' })
  expect(revoked.body).toMatchObject({
    pending: [],
    unheard: [{ id: 'cut-off', since: expect.any(String) as string }],
  })
  const switched = await hasty.ask('/api/v1/switches', {
    body: { modelId: 'eu.amazon.nova-lite-v1:0', useCase: 'operations' },
  })
  expect(switched.body).toMatchObject({ switched: true, unheard: [{ id: 'cut-off' }] })
  expect([...revoked.body.pending, ...switched.body.pending]).not.toContain('cut-off')
  await replicas.leave(cutOff)
  const set = await hasty.ask(`/api/v1/switches/${switched.body.switchId}/revert`, { body: {} })
  expect(set.body).toMatchObject({ switched: true, unheard: [] })
  await hasty.stop()
  await drop()
})
