import { createHash } from 'node:crypto'
import { defaultWorkspace, keyId, workspaceId, type Key } from '@pointsman/contract'
import { expect, test } from 'vitest'
import { insertKey } from '../keys.ts'
import { onBothDatabases } from '../testing/databases.ts'
import { testActor } from '../testing/sample-registry.ts'
import { position, usageRecord } from '../testing/sample-usage.ts'
import { ingestBatch } from './ingest.ts'
import { readBudgetSpend } from './key-uses.ts'

const dayMs = Date.UTC(2026, 10, 30)
const monthMs = Date.UTC(2026, 10)

const key: Key = {
  ...{ id: keyId('spender'), name: 'app', workspace: defaultWorkspace, scopes: ['invoke'], routes: null },
  ...{ models: null, requestsPerMinute: null, spendPerDayNanoUsd: null, expiresAtMs: null },
  digest: createHash('sha256').update('secret').digest('hex'),
}

onBothDatabases('what the keys of a budget have spent', (registry) => {
  test('is what is dated in the day and the month that run, and told of their own workspace', async () => {
    const database = registry.database()
    await database.transaction({ purpose: 'registry', actor: testActor }, (transaction) =>
      insertKey(transaction, { key, lastFour: 'cdef' }),
    )
    const spent = (id: string, atMs: number, costNanoUsd: number, workspace = defaultWorkspace) =>
      usageRecord(id, atMs, { keyId: key.id, costNanoUsd, workspace })
    const records = [
      spent('month before', monthMs - 1, 1),
      spent('month', monthMs, 10),
      spent('day', dayMs + 5, 100),
      // By a host whose clock ran ahead.
      spent('next day', dayMs + 86_400_000, 1_000),
      spent('years ahead', Date.UTC(2031, 0), 10_000),
      spent('elsewhere', dayMs + 6, 100_000, workspaceId('elsewhere')),
    ]
    await database.transaction({ purpose: 'plain' }, (transaction) =>
      ingestBatch(transaction, { records, position: position(1) }),
    )
    expect(await readBudgetSpend(database, { dayMs, monthMs })).toEqual([
      { budget: key.id, dayNanoUsd: 100, monthNanoUsd: 110 },
    ])
    // What a successor spends is its budget's, and not its own.
    const successor = { ...key, id: keyId('successor'), budget: key.id, digest: '00'.repeat(32) }
    await database.transaction({ purpose: 'registry', actor: testActor }, (transaction) =>
      insertKey(transaction, { key: successor, lastFour: 'cdef' }),
    )
    const later = [usageRecord('successor', dayMs + 7, { keyId: successor.id, costNanoUsd: 1_000_000 })]
    await database.transaction({ purpose: 'plain' }, (transaction) =>
      ingestBatch(transaction, { records: later, position: position(2) }),
    )
    const ofBudgets = (...budgets: readonly string[]) =>
      readBudgetSpend(database, { dayMs, monthMs, budgets })
    expect(await ofBudgets(key.id, 'nobody')).toEqual(await readBudgetSpend(database, { dayMs, monthMs }))
    expect(await ofBudgets(key.id)).toEqual([
      { budget: key.id, dayNanoUsd: 1_000_100, monthNanoUsd: 1_000_110 },
    ])
    expect(await ofBudgets(successor.id, 'nobody')).toEqual([])
  })
})
