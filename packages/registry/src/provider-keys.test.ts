import { modelId, providerId } from '@pointsman/contract'
import { expect, test } from 'vitest'
import {
  endProviderKey,
  insertProviderKey,
  listProviderKeys,
  nextProviderKeyVersion,
  sealedProviderKeys,
} from './provider-keys.ts'
import { listProviderTests, putProviderTest } from './provider-tests.ts'
import { onBothDatabases } from './testing/databases.ts'
import { testActor } from './testing/sample-registry.ts'

const openai = providerId('openai')
/** Longer than a line of PostgreSQL's Base64. */
const bytes = (fill: number): string => Buffer.alloc(200, fill).toString('base64')

onBothDatabases('keys of providers', (registry) => {
  const setKey = (lastFour: string, fill: number): Promise<number> =>
    registry.database().transaction({ purpose: 'registry', actor: testActor }, async (transaction) => {
      await endProviderKey(transaction, openai)
      const version = await nextProviderKeyVersion(transaction, openai)
      await insertProviderKey(transaction, {
        ...{ provider: openai, id: `id-${fill}`, version, kind: 'bearer', lastFour, expiresAtMs: 5_000 },
        ...{ wrappingKey: 'w1', wrappedKey: bytes(fill), sealed: bytes(fill + 1) },
      })
      return version
    })

  test('one is in force; those before it leave their record, and nothing that was sealed', async () => {
    expect([await setKey('aaaa', 1), await setKey('bbbb', 3)]).toEqual([1, 2])
    expect(await sealedProviderKeys(registry.database())).toMatchObject([
      { provider: 'openai', source: 'registry', version: 2, expiresAtMs: 5_000, wrappedKey: bytes(3) },
    ])
    const [present, before] = await listProviderKeys(registry.database(), openai)
    expect(present).toMatchObject({ version: 2, lastFour: 'bbbb', endedAtMs: null, endedBy: null })
    expect(before).toMatchObject({ version: 1, lastFour: 'aaaa', setBy: testActor, endedBy: testActor })
    expect(before?.revision).toBe(present?.revision)
    const { rows } = await registry
      .database()
      .query(
        "SELECT count(*) AS n FROM pointsman.provider_keys WHERE position(decode($1, 'base64') IN sealed) > 0",
        [bytes(2)],
      )
    expect(rows).toEqual([{ n: 0 }])
  })

  test('one that is taken away is gone, and its number is not used again', async () => {
    const end = () =>
      registry
        .database()
        .transaction({ purpose: 'registry', actor: testActor }, (transaction) =>
          endProviderKey(transaction, openai),
        )
    expect([await end(), await end()]).toEqual([true, false])
    expect(await sealedProviderKeys(registry.database())).toEqual([])
    expect(await setKey('cccc', 5)).toBe(3)
  })

  test('two in force are refused by the table itself', async () => {
    const second = registry.database().transaction({ purpose: 'registry', actor: testActor }, (transaction) =>
      insertProviderKey(transaction, {
        ...{ provider: openai, id: 'second', version: 9, kind: 'bearer', lastFour: null, expiresAtMs: null },
        ...{ wrappingKey: 'w1', wrappedKey: bytes(1), sealed: bytes(2) },
      }),
    )
    await expect(second).rejects.toThrow(/provider_keys_in_force/)
  })

  test('service_role reads the record and nothing that is sealed', async () => {
    const as = (text: string) =>
      registry
        .database()
        .transaction({ purpose: 'sql', role: 'service_role', claims: null }, (transaction) =>
          transaction.query(text),
        )
    expect((await as('SELECT provider, last_four FROM pointsman.provider_keys')).rows.length).toBe(3)
    for (const column of ['sealed', 'wrapped_key', '*'])
      await expect(as(`SELECT ${column} FROM pointsman.provider_keys`)).rejects.toThrow(/permission denied/)
    await expect(as('DELETE FROM pointsman.provider_keys')).rejects.toThrow(/permission denied/)
  })

  test('of trials the last one stands', async () => {
    const trial = {
      provider: openai,
      modelId: modelId('gpt-4o'),
      latencyMs: 7,
      keySource: 'registry',
    } as const
    await putProviderTest(registry.database(), { ...trial, ok: true, errorCode: null, problem: null })
    await putProviderTest(registry.database(), {
      ...trial,
      ok: false,
      errorCode: 'provider_auth',
      problem: 'no\0',
    })
    expect(await listProviderTests(registry.database())).toMatchObject([
      { provider: 'openai', ok: false, errorCode: 'provider_auth', problem: 'no\uFFFD' },
    ])
  })
})
