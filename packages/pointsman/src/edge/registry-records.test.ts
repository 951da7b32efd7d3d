import type { UsageRecord } from '@pointsman/contract'
import { outcomeOf } from '@pointsman/journal/testing'
import { SqlError, usageRecords, usageTotals, type Database } from '@pointsman/registry'
import { openMigrated } from '@pointsman/registry/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordsIntoRegistry } from './registry-records.ts'

let database: Database
beforeAll(async () => {
  database = await openMigrated()
})
afterAll(() => database.close())

/** The real database, whose transactions fail while `failures` has one: before their work, or with the commit's answer lost. */
function start(failures: (Error | 'answer lost')[] = []) {
  const log: { event: string; facts: object }[] = []
  const works: Promise<unknown>[] = []
  const sent: string[][] = []
  const metered: string[] = []
  let transactions = 0
  const sink = recordsIntoRegistry({
    database: {
      ...database,
      state: () => database.state(),
      transaction: async (options, work) => {
        transactions += 1
        const failure = failures.shift()
        if (failure instanceof Error) throw failure
        const result = await database.transaction(options, work)
        if (failure !== undefined) throw new Error('the answer is lost')
        return result
      },
    },
    log: (_level, event, facts = {}) => void log.push({ event, facts }),
    meters: {
      take: ({ requestId }) => void metered.push(requestId),
      captured: () => undefined,
      flush: () => Promise.resolve(void sent.push([...metered])),
    },
    background: (work) => void works.push(work),
    waitMs: () => Promise.resolve(),
  })
  return { sink, log, works, sent, transactions: () => transactions }
}

const stored = async (prefix: string): Promise<readonly UsageRecord[]> =>
  (await usageRecords(database, { limit: 500, cursor: null })).data.filter(({ requestId }) =>
    requestId.startsWith(prefix),
  )
const counted = async (): Promise<number> => {
  const { receivedAtMs } = outcomeOf('any')
  const [total] = await usageTotals(database, {
    groupBy: 'all',
    fromMs: receivedAtMs - 86_400_000,
    toMs: receivedAtMs + 86_400_000,
  })
  return total?.requests ?? 0
}

test('records that come together share a transaction, and each resolves once it is committed', async () => {
  const { sink, transactions } = start()
  const ids = Array.from({ length: 20 }, (_, number) => `together-${number}`)
  await Promise.all(ids.map((id) => sink.outcome(outcomeOf(id))))
  expect(await stored('together-')).toHaveLength(20)
  expect(transactions()).toBeLessThan(4)
})

test('metrics and traces of an answer are work that the platform waits for, for no timer runs once it ends the process', async () => {
  const { sent, sink, works } = start()
  const stored = sink.outcome(outcomeOf('sent-1'))
  expect(sent).toEqual([['sent-1']])
  expect(works).toHaveLength(2)
  await stored
})

test('a connection that breaks, and an answer that is lost, cost nothing and count once', async () => {
  const before = await counted()
  const { sink } = start([new Error('the connection is gone'), 'answer lost'])
  await sink.outcome(outcomeOf('again-1'))
  expect(await stored('again-')).toHaveLength(1)
  expect((await counted()) - before).toBe(1)
})

test('a database that stays away is told to whoever waits, with the whole record in the log', async () => {
  const { log, sink } = start(Array.from({ length: 4 }, () => new Error('away')))
  await expect(sink.outcome(outcomeOf('lost-1'))).rejects.toThrow('away')
  expect(log).toMatchObject([{ event: 'usage_not_recorded', facts: { record: { requestId: 'lost-1' } } }])
  await sink.outcome(outcomeOf('lost-2'))
  expect(await stored('lost-')).toHaveLength(1)
})

test('one record that the database refuses takes none of the others with it', async () => {
  const { sink } = start()
  const odd = { ...outcomeOf('odd-1'), status: 2 ** 40 }
  const all = [outcomeOf('odd-0'), odd, outcomeOf('odd-2')].map((record) => sink.outcome(record))
  // They wait together: the first transaction takes what was there when it began.
  const ends = await Promise.allSettled(all)
  expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(ends[1]).toMatchObject({ reason: expect.any(SqlError) as SqlError })
  expect(await stored('odd-')).toHaveLength(2)
})
