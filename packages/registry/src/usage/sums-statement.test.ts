import fc from 'fast-check'
import {
  keyId,
  modelId,
  providerId,
  userId,
  workspaceId,
  type ErrorCode,
  type Outcome,
  type UsageRecord,
} from '@pointsman/contract'
import { expect, test } from 'vitest'
import { onBothDatabases } from '../testing/databases.ts'
import { attempt, position, usageRecord } from '../testing/sample-usage.ts'
import type { Row, Transaction } from '../database.ts'
import * as read from '../row-values.ts'
import { ingestBatch } from './ingest.ts'
import { readCounts } from './latency-buckets.ts'

type Changes = Partial<UsageRecord>

interface Summed {
  readonly hours: readonly Row[]
  readonly minutes: readonly Row[]
}

const lists = ['duration', 'first_content', 'overhead']
  .map((list) => `array_to_string(${list}_buckets, ',') AS ${list}`)
  .join(', ')

const counts = (row: Row, list: string): readonly number[] => readCounts(read.text(row, list))
const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0)
const bucketOf = (duration: number): number =>
  duration <= 1 ? 0 : Math.min(80, Math.ceil(Math.log2(duration) * 4))

/** What each row counts, by adding each record to each of its rows. */
function countedOneByOne(records: readonly UsageRecord[]): ReadonlyMap<string, readonly bigint[]> {
  const rows = new Map<string, readonly bigint[]>()
  for (const record of records) {
    const hourMs = Math.floor(record.receivedAtMs / 3_600_000) * 3_600_000
    const { agent, keyId, modelId, operation, provider, route, useCase, userId } = record
    const uses = [
      ...[
        ['model', modelId],
        ['provider', provider],
        ['agent', agent],
        ['use-case', useCase],
      ],
      ...[
        ['user', userId],
        ['key', keyId],
        ['route', route],
        ['model-route', modelId, route],
        ['all', ''],
      ],
      ...(record.reason === 'fallback' ? [['fallback-cause', record.plan.excluded[0]?.rule]] : []),
    ]
    const told = [['operation', operation ?? ''], ...(operation === 'count-tokens' ? [] : uses)]
    for (const [dimension, name, of] of told) {
      const key = [hourMs, record.workspace, dimension, name ?? '', of ?? ''].join(' ')
      const row = rows.get(key) ?? []
      rows.set(
        key,
        addedBy(record).map((added, at) => (row[at] ?? 0n) + BigInt(added)),
      )
    }
  }
  return rows
}

const sumColumns = [
  ...['requests', 'errors', 'refused', 'fallbacks', 'unpriced_requests', 'input_tokens', 'cache_read_tokens'],
  ...['cache_write_5m_tokens', 'cache_write_1h_tokens', 'output_tokens', 'cost_nano_usd'],
]

/** To each of a record's rows: the sums, how many first contents and durations, and the places of durations. */
function addedBy(record: UsageRecord): readonly number[] {
  const { costNanoUsd, error, firstContentAfterMs, modelId, outcome, reason, status, usage } = record
  const isByUs = status === null ? error !== null && error.code !== 'invalid_request' : status >= 500
  const isRefused = outcome === 'refused'
  const isError = isRefused ? isByUs : outcome === 'failed' || outcome === 'partial' || outcome === 'unknown'
  const isUnpriced = costNanoUsd === null && (modelId !== null || outcome === 'unknown')
  return [
    ...[1, isError, isRefused && !isByUs, reason === 'fallback', isUnpriced].map(Number),
    ...[usage.inputTokens, usage.cacheReadTokens, usage.cacheWrite5mTokens, usage.cacheWrite1hTokens].map(
      Number,
    ),
    ...[usage.outputTokens, costNanoUsd, firstContentAfterMs !== null, outcome !== 'unknown'].map(Number),
    outcome === 'unknown' ? 0 : bucketOf(record.durationMs),
  ]
}

const error = (code: string) => ({ code: code as ErrorCode, message: 'why' })

onBothDatabases('sums of a batch', (registry) => {
  /** Nothing of what is done there stays. */
  async function takenBack(work: (transaction: Transaction) => Promise<void>): Promise<void> {
    const back = new Error('taken back')
    const done = registry.database().transaction({ purpose: 'plain' }, async (transaction) => {
      await work(transaction)
      throw back
    })
    await expect(done).rejects.toBe(back)
  }

  /** Of these records alone, the first `already` of which are in a batch of their own before, too. */
  async function summed(records: readonly UsageRecord[], already = 0): Promise<Summed> {
    const made: Summed[] = []
    await takenBack(async (transaction) => {
      await ingestBatch(transaction, { records: records.slice(0, already), position: position(1) })
      await ingestBatch(transaction, { records, position: position(2) })
      const hours = await transaction.query(
        `SELECT *, ${lists} FROM pointsman.usage_rollups ORDER BY hour, dimension, name, route`,
      )
      const minutes = await transaction.query(
        `SELECT *, ${lists} FROM pointsman.usage_minutes ORDER BY minute`,
      )
      made.push({ hours: hours.rows, minutes: minutes.rows })
    })
    return made[0] ?? { hours: [], minutes: [] }
  }

  const ofAll = async (changes: Changes): Promise<Row | undefined> =>
    (await summed([usageRecord('one', 0, changes)])).hours.find(({ dimension }) => dimension === 'all')

  test('a request is unpriced where a model served it, or may have, at a cost that is not known', async () => {
    const unpriced = async (changes: Changes) => (await ofAll(changes))?.['unpriced_requests']
    expect(await unpriced({})).toBe(0)
    expect(await unpriced({ costNanoUsd: null })).toBe(1)
    expect(await unpriced({ costNanoUsd: null, modelId: null, outcome: 'failed' })).toBe(0)
    expect(await unpriced({ costNanoUsd: null, modelId: null, outcome: 'unknown' })).toBe(1)
  })

  test('a refusal of what was asked for is neither served nor failed; what the gateway could not serve is an error', async () => {
    const told = async (changes: Changes) => {
      const row = await ofAll({ outcome: 'refused', ...changes })
      return [row?.['requests'], row?.['errors'], row?.['refused']]
    }
    expect(await told({ status: 429 })).toEqual([1, 0, 1])
    expect(await told({ status: 503, error: error('no_candidate') })).toEqual([1, 1, 0])
    // Whoever left before the answer was sent has no status.
    expect(await told({ status: null })).toEqual([1, 0, 1])
    expect(await told({ status: null, error: error('no_candidate') })).toEqual([1, 1, 0])
    expect(await told({ status: null, error: error('invalid_request') })).toEqual([1, 0, 1])
    expect(await told({ status: null, error: error('of_a_newer_version') })).toEqual([1, 1, 0])
    expect(await told({ outcome: 'ok' })).toEqual([1, 0, 0])
    for (const outcome of ['failed', 'partial', 'unknown'] as const)
      expect(await told({ outcome })).toEqual([1, 1, 0])
  })

  test('a count of tokens is no use of a model: it stands by its operation alone', async () => {
    const { hours, minutes } = await summed([usageRecord('one', 0, { operation: 'count-tokens' })])
    expect(minutes).toEqual([])
    expect(hours).toEqual([
      expect.objectContaining({ dimension: 'operation', name: 'count-tokens', requests: 1 }),
    ])
  })

  test('an embedding is told apart from a chat, streamed or not, and from what does not tell', async () => {
    const operations = ['chat', 'chat-stream', 'embed'] as const
    const records = operations.map((operation, at) => usageRecord(`told-${at}`, 0, { operation }))
    const { hours } = await summed([...records, usageRecord('untold', 0)])
    const told = hours.filter(({ dimension }) => dimension === 'operation')
    expect(told.map(({ name, requests }) => [name, requests])).toEqual([
      ['', 1],
      ['chat', 2],
      ['embeddings', 1],
    ])
  })

  test('a request that fell back is counted by what for, and no other is', async () => {
    const failed = attempt({ error: { code: 'upstream_throttled', vendorName: null, message: 'slow down' } })
    const { plan } = usageRecord('any', 0)
    const excluded = [{ modelId: modelId('a'), gate: 'available', rule: 'disabled', reason: 'off' } as const]
    const { hours } = await summed([
      usageRecord('fell-back', 0, { reason: 'fallback', attempts: [failed, attempt()] }),
      usageRecord('left-out', 0, { reason: 'fallback', plan: { ...plan, excluded } }),
      usageRecord('not-told', 0, { reason: 'fallback' }),
      usageRecord('answered', 0),
    ])
    const causes = hours.filter(({ dimension }) => dimension === 'fallback-cause')
    expect(causes.map(({ name, requests }) => [name, requests])).toEqual([
      ['', 1],
      ['disabled', 1],
      ['upstream_throttled', 1],
    ])
  })

  test('how long a request took is not known where its outcome is not, and does not count as nothing', async () => {
    const unknown = { outcome: 'unknown', durationMs: 0, overheadUs: 0 } as const
    const { hours, minutes } = await summed([
      usageRecord('died', 0, unknown),
      usageRecord('died too', 0, unknown),
      usageRecord('answered', 0, { durationMs: 4, overheadUs: 2 }),
    ])
    const all = hours.find((row) => row['dimension'] === 'all')
    for (const row of [all, minutes[0]])
      expect([row?.['requests'], row?.['duration'], row?.['overhead']]).toEqual([
        3,
        '0,0,0,0,0,0,0,0,1',
        '0,0,0,0,1',
      ])
  })

  test('a record that comes twice in one batch is counted once', async () => {
    const { hours } = await summed([usageRecord('one', 0), usageRecord('two', 0), usageRecord('one', 0)])
    expect(hours.find(({ dimension }) => dimension === 'all')).toMatchObject({
      requests: 2,
      input_tokens: 200,
    })
  })

  test('all sums at once are those of adding each record to each of its rows', async () => {
    const one = <Value>(...values: readonly Value[]) => fc.constantFrom(...values)
    const tokens = fc.option(fc.nat(2_000_000_000))
    const changes = fc.record({
      ...{ modelId: one(null, modelId('a'), modelId('b')), provider: one(providerId('p'), providerId('q')) },
      ...{ agent: one(null, 'x', 'y'), useCase: one(null, 'u', 'v'), route: one(null, 'agent/x', 'default') },
      ...{ userId: one(null, userId('ada'), userId('bob')), keyId: one(null, keyId('k')) },
      ...{ operation: one('chat' as const, 'count-tokens' as const), reason: one('fallback' as const, null) },
      ...{ workspace: one(workspaceId('w'), workspaceId('z')), firstContentAfterMs: one(null, 5, 5_000) },
      durationMs: fc.oneof(
        fc.nat(2_000_000),
        fc.nat(20).map((power) => 2 ** power),
        fc.double({ min: 0, max: 5_000, noNaN: true }),
      ),
      overheadUs: fc.nat(2_000),
      costNanoUsd: one(null, 0, 1, 123_456_789_012, 2 ** 52),
      outcome: one<Outcome>('ok', 'partial', 'refused', 'failed', 'client-closed', 'unknown'),
      status: one(null, 200, 429, 503),
      error: one(null, error('no_candidate'), error('invalid_request'), error('of_a_newer_version')),
      usage: fc.record({
        ...{ inputTokens: tokens, cacheReadTokens: tokens, cacheWrite5mTokens: tokens },
        ...{ cacheWrite1hTokens: tokens, outputTokens: tokens, reasoningTokens: tokens },
      }),
    })
    const told = fc.array(fc.tuple(changes, fc.nat(7_200_000)), { maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(told, fc.nat(20), async (told, already) => {
        const records = told.map(([change, atMs], at) => usageRecord(`${at}`, atMs, change))
        const { hours } = await summed(records, already)
        const rows = hours.map((row) => {
          const durations = counts(row, 'duration')
          expect(durations.at(-1) ?? 1).toBeGreaterThan(0)
          const key = [
            read.instant(row, 'hour'),
            row['workspace_id'],
            row['dimension'],
            row['name'],
            row['route'],
          ]
          const places = sum(durations.map((count, bucket) => count * bucket))
          return [
            key.join(' '),
            [
              ...sumColumns.map((column) => String(row[column])),
              ...[sum(counts(row, 'first_content')), sum(durations), places],
            ].map(BigInt),
          ] as const
        })
        expect(new Map(rows)).toEqual(countedOneByOne(records))
        expect(rows.length).toBe(new Map(rows).size)
      }),
      { numRuns: 20 },
    )
  })

  test('all requests are counted by the minute, and an hour of all is the sum of its minutes, the overhead too', async () => {
    const { hours, minutes } = await summed([
      usageRecord('one', 0, { durationMs: 1, overheadUs: 1 }),
      usageRecord('two', 59_999, { durationMs: 2, overheadUs: 2, firstContentAfterMs: null }),
      usageRecord('three', 60_000, { durationMs: 4, overheadUs: 2 ** 30 }),
      usageRecord('four', 3_600_000, { durationMs: 1, overheadUs: 0 }),
    ])
    expect(minutes.map((row) => [read.instant(row, 'minute'), row['requests']])).toEqual([
      [0, 2],
      [60_000, 1],
      [3_600_000, 1],
    ])
    const [first, second, ...others] = hours.filter(({ dimension }) => dimension === 'all')
    expect(others).toEqual([])
    if (first === undefined || second === undefined) throw new Error('there are two hours')
    expect(first).toMatchObject({ requests: 3, input_tokens: 300 })
    expect(counts(first, 'duration')).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1])
    expect(counts(first, 'overhead')).toEqual([1, 0, 0, 0, 1, ...Array.from({ length: 75 }, () => 0), 1])
    expect(counts(second, 'overhead')).toEqual([1])
    // In the rows of names it would be a third list to add to.
    expect(hours.every((row) => (row['overhead'] === null) === (row['dimension'] !== 'all'))).toBe(true)
  })

  test('rows are taken table by table: records, hours, minutes, keys', async () => {
    const tables = ['usage_records', 'usage_rollups', 'usage_minutes', 'key_uses']
    const told: unknown[] = []
    await takenBack(async (transaction) => {
      await transaction.script(`
        CREATE TABLE pointsman.taken (at serial, name text);
        CREATE FUNCTION pointsman.note_taken() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN INSERT INTO pointsman.taken (name) VALUES (TG_ARGV[0]); RETURN NEW; END'`)
      for (const table of tables)
        await transaction.script(
          `CREATE TRIGGER noted BEFORE INSERT ON pointsman.${table} FOR EACH ROW EXECUTE FUNCTION pointsman.note_taken('${table}')`,
        )
      const records = ['k', 'l'].map((key, at) => usageRecord(key, at * 3_600_000, { keyId: keyId(key) }))
      await ingestBatch(transaction, { records, position: position(1) })
      const { rows } = await transaction.query('SELECT name FROM pointsman.taken ORDER BY at')
      told.push(...rows.map(({ name }) => name))
    })
    expect(told.filter((name, at) => name !== told[at - 1])).toEqual(tables)
  })

  test('the memory of what was sent is given back, and that of the lines is left', async () => {
    const records = Array.from({ length: 50 }, (_, at) => usageRecord(`sent-${at}`, 0))
    const lines = records.map((record) => Buffer.from(JSON.stringify({ type: 'outcome', record })))
    const sent: unknown[] = []
    await takenBack(async (transaction) => {
      const watched: Transaction = {
        script: (text) => transaction.script(text),
        query: (text, values = []) => {
          sent.push(...values)
          return transaction.query(text, values)
        },
      }
      expect(await ingestBatch(watched, { lines, position: position(1) })).toMatchObject({ inserted: 50 })
    })
    const bytes = sent.filter((value) => value instanceof Uint8Array)
    expect(bytes.map(({ byteLength }) => byteLength)).toEqual([0])
    expect(lines.every(({ byteLength }) => byteLength > 0)).toBe(true)
  })
})
