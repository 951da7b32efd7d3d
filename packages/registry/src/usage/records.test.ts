import { expect, test } from 'vitest'
import { onBothDatabases } from '../testing/databases.ts'
import { position, usageRecord } from '../testing/sample-usage.ts'
import { ingestBatch } from './ingest.ts'
import { storedRequests } from './records.ts'

const atMs = Date.UTC(2026, 10, 30, 12, 0, 0, 123)

onBothDatabases('which requests are stored', (registry) => {
  test('is told of each by its id and its time, however many are asked about', async () => {
    const database = registry.database()
    const records = ['one', 'two', 'three'].map((id, index) => usageRecord(id, atMs + index))
    await database.transaction({ purpose: 'plain' }, (transaction) =>
      ingestBatch(transaction, { records: records.slice(0, 2), position: position(1) }),
    )
    const many = Array.from({ length: 2_500 }, (_, index) => usageRecord(`other ${index}`, atMs))
    expect(await storedRequests(database, [...many, ...records])).toEqual(new Set(['one', 'two']))
    expect(await storedRequests(database, [])).toEqual(new Set())
  })
})
