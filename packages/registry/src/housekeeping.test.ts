import { replicaId } from '@pointsman/contract'
import { expect, test } from 'vitest'
import { keepHouse } from './housekeeping.ts'
import { listReplicas, renewReplica } from './replicas.ts'
import { latestRevision } from './revisions.ts'
import { onBothDatabases } from './testing/databases.ts'
import { position, usageRecord } from './testing/sample-usage.ts'
import { ingestBatch } from './usage/ingest.ts'
import { usageRecords } from './usage/records.ts'

const dayMs = 86_400_000

onBothDatabases('housekeeping', (registry) => {
  test('makes partitions ahead, ends what has had its day, and changes no revision', async () => {
    const database = registry.database()
    const nowMs = Date.now()
    await database.transaction({ purpose: 'plain' }, (transaction) =>
      ingestBatch(transaction, {
        records: [usageRecord('old', nowMs - 100 * dayMs), usageRecord('new', nowMs)],
        position: position(1),
      }),
    )
    await renewReplica(database, {
      id: replicaId('gone'),
      host: 'h',
      title: 't',
      kind: 'leased',
      startedAtMs: 1,
    })
    await database.query(`UPDATE pointsman.replicas SET lease_until = now() - interval '2 days'`)
    const before = await latestRevision(database)
    expect(await keepHouse(database, { nowMs, keepRecordsMs: 30 * dayMs })).toEqual({
      changedCosts: 0,
      madePartitions: 2,
      removedRecords: 1,
      removedReplicas: 1,
      removedParts: 0,
    })
    expect(
      (await usageRecords(database, { limit: 5, cursor: null })).data.map((record) => record.requestId),
    ).toEqual(['new'])
    expect(await listReplicas(database)).toEqual([])
    expect(await keepHouse(database, { nowMs, keepRecordsMs: null })).toMatchObject({
      madePartitions: 0,
      removedRecords: 0,
    })
    expect(await latestRevision(database)).toEqual(before)
  })
})
