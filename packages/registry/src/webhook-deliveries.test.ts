import { expect, test } from 'vitest'
import { counting } from './testing/counting.ts'
import { onBothDatabases } from './testing/databases.ts'
import {
  claimWebhooks,
  lastDelivery,
  noteWebhook,
  pruneWebhooks,
  queueWebhook,
} from './webhook-deliveries.ts'

onBothDatabases('deliveries of webhooks', (registry) => {
  test('that are done with and old enough are removed; what still waits never is', async () => {
    const database = registry.database()
    for (const id of ['done', 'waiting'])
      await queueWebhook(database, { id, costAlarm: id, url: 'https://example.org', body: '{}' })
    expect(await claimWebhooks(database, { atMost: 2, forMs: 1_000 })).toHaveLength(2)
    await noteWebhook(database, 'done', { kind: 'delivered' })
    await pruneWebhooks(database, 3_600_000)
    expect(await lastDelivery(database, 'done')).toMatchObject({ state: 'delivered', attempts: 1 })
    // As if an hour had passed.
    await pruneWebhooks(database, -3_600_000)
    expect(await lastDelivery(database, 'done')).toBeNull()
    expect(await lastDelivery(database, 'waiting')).toMatchObject({ state: 'waiting', attempts: 1 })
    await database.query(
      `INSERT INTO pointsman.webhook_deliveries (cost_alarm, url, body, given_up_at)
       SELECT 'many', '', '{}', pointsman.now_ms() FROM generate_series(1, 1100)`,
    )
    const removed: number[] = []
    await pruneWebhooks(counting(database, removed), -3_600_000)
    expect(removed).toEqual([500, 500, 100])
  })
})
