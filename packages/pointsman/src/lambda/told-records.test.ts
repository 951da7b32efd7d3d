import type { FallbackEpisode, JournalRecord, UsageRecord } from '@pointsman/contract'
import { expect, test } from 'vitest'
import { tellingRecords } from './told-records.ts'

const record = (id: number): UsageRecord => ({ requestId: String(id) }) as unknown as UsageRecord
const idOf = (told: JournalRecord): number =>
  told.type === 'outcome' ? Number(told.record.requestId) : Number.NaN

/** A server that answers each call as `answer` says: `taken`, `refused` (told again it changes nothing), or away. */
function rig(answer: (ids: readonly number[]) => 'taken' | 'refused' | 'away') {
  const calls: (readonly number[])[] = []
  const lines: number[] = []
  const logged: string[] = []
  const sink = tellingRecords({
    log: (_level, event) => void logged.push(event),
    ...{ take: () => undefined, sendMetrics: () => Promise.resolve() },
    write: (line) => void lines.push(idOf((JSON.parse(line) as { readonly told: JournalRecord }).told)),
    async tell(told) {
      const ids = told.map(idOf)
      calls.push(ids)
      await Promise.resolve()
      const word = answer(ids)
      if (word === 'away') throw new Error('no answer')
      return word
    },
  })
  return { sink, calls, lines, logged }
}

test('after a long time away all that waits is told, never more at once than a server takes', async () => {
  const taken = new Set<number>()
  let away = true
  const { calls, lines, sink } = rig((ids) => {
    if (away) return 'away'
    if (ids.length > 500) return 'refused'
    for (const id of ids) taken.add(id)
    return 'taken'
  })
  for (let id = 1; id <= 620; id += 1) await sink.outcome(record(id))
  expect(lines).toHaveLength(620)
  away = false
  await sink.outcome(record(621))
  await sink.outcome(record(622))
  expect(Math.max(...calls.map(({ length }) => length))).toBeLessThanOrEqual(500)
  // What had no more room stands in the log.
  const told = (id: number): boolean => taken.has(id) || lines.includes(id)
  expect(Array.from({ length: 622 }, (_, index) => index + 1).filter((id) => !told(id))).toEqual([])
  expect([taken.has(621), taken.has(622), taken.size]).toEqual([true, true, 502])
  const before = calls.length
  await sink.outcome(record(623))
  expect(calls.slice(before)).toEqual([[623]])
})

test('what a server refuses goes into the log, and holds up nothing that comes later', async () => {
  const { calls, lines, logged, sink } = rig((ids) => (ids.includes(1) ? 'refused' : 'taken'))
  await sink.outcome(record(1))
  await sink.outcome(record(2))
  expect([calls, lines, logged]).toEqual([[[1], [2]], [1], ['records_refused']])
})

test('what could not be told stands in the log once, however often it is told again', async () => {
  let away = true
  const { calls, lines, logged, sink } = rig(() => (away ? 'away' : 'taken'))
  await sink.outcome(record(1))
  await sink.outcome(record(2))
  away = false
  await sink.outcome(record(3))
  expect([calls, lines]).toEqual([
    [[1], [1, 2], [1, 2, 3]],
    [1, 2],
  ])
  expect(logged).toEqual(['records_not_told', 'records_not_told'])
})

test('an episode of fallback goes with the record of the request that began it, and text is kept nowhere', async () => {
  const { calls, sink } = rig(() => 'taken')
  sink.fallbackEpisode({ id: 'fallback-1' } as FallbackEpisode)
  await sink.outcome(record(1))
  expect(calls).toEqual([[Number.NaN, 1]])
  expect(sink.captured).toBeNull()
})

test('an answer ends when its metrics were sent, too: the process is frozen after it', async () => {
  const taken: UsageRecord[] = []
  const sent = Promise.withResolvers<undefined>()
  const sink = tellingRecords({
    ...{ log: () => undefined, write: () => undefined, tell: null },
    take: (one) => void taken.push(one),
    sendMetrics: async () => {
      expect(taken).toHaveLength(1)
      await sent.promise
    },
  })
  let isOver = false
  const over = Promise.resolve(sink.outcome(record(1))).then(() => (isOver = true))
  await new Promise(setImmediate)
  expect(isOver).toBe(false)
  sent.resolve(undefined)
  await over
})
