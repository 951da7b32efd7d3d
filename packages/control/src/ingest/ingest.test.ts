import {
  conversationId,
  defaultWorkspace,
  journalId,
  modelId,
  requestId,
  type JournalRecord,
} from '@pointsman/contract'
import { listJournals, openJournal, recover, type Journal } from '@pointsman/journal'
import { CrashFiles, intent, outcome, outcomeOf, readAll } from '@pointsman/journal/testing'
import { expect, test } from 'vitest'
import { chanceOf } from '../../../../tests/chance.ts'
import { addNewerSegment } from './testing/newer-segment.ts'
import { startIngest, type Ingest, type IngestOptions } from './index.ts'
import { JumpingClock, MemoryRegistry, requestsOf, type Fault } from './testing/memory-registry.ts'

const journalDir = '/data/journal'

interface Said {
  readonly level: string
  readonly event: string
}

function house(options: { readonly seed?: number } = {}) {
  const chance = chanceOf(options.seed ?? 1)
  const files = new CrashFiles({ chance })
  const registry = new MemoryRegistry()
  const clock = new JumpingClock()
  const said: Said[] = []
  files.nowMs = clock.nowMs()
  const start = (more: Partial<IngestOptions> = {}): Ingest =>
    startIngest({
      journalDir,
      database: registry.database,
      registry,
      clock,
      chance,
      files,
      log: (level, event) => said.push({ level, event }),
      ...more,
    })
  const open = (segmentBytes = 20_000): Promise<Journal> =>
    openJournal({
      dir: journalDir,
      durability: 'fsync',
      files,
      segmentBytes,
      reserveBytes: 0,
      minFreeBytes: 0,
      // The clock jumps at each turn of the loop: a batch that gathered for one would be an hour late.
      gathered: () => Promise.resolve(),
    })
  return { chance, files, registry, clock, said, start, open }
}

const fill = async (journal: Journal, ids: readonly string[]): Promise<void> => {
  for (const id of ids) journal.append(intent(id))
  await Promise.all(ids.map((id) => journal.commit(outcome(id))))
}
const numbered = (count: number, name = 'request'): string[] =>
  Array.from({ length: count }, (_, number) => `${name}-${number}`)
const once = (ids: readonly string[]) => new Map(ids.map((id) => [id, 1]))

test('every outcome of every journal is stored once, in bounded batches, with the checkpoint at the end', async () => {
  const { registry, start, open, clock } = house()
  const first = await open()
  const second = await open()
  await fill(first, numbered(1_300, 'first'))
  await fill(second, numbered(20, 'second'))
  const ingest = start()
  await clock.wait(1_000)
  expect(registry.state.records).toEqual(once([...numbered(1_300, 'first'), ...numbered(20, 'second')]))
  expect(Math.max(...registry.batchSizes)).toBe(500)
  expect(registry.state.checkpoints.get(first.id)).toEqual(first.position())
  expect(ingest.stats()).toMatchObject({
    inserted: 1_320,
    repeated: 0,
    failuresInARow: 0,
    quarantined: 0,
    unreadable: 0,
  })
  expect(ingest.stats().lagMs).toBeLessThanOrEqual(500)
  expect(await ingest.stop(1_000)).toEqual({ drained: true })
})

test('a commit in this process is stored within the wait, long before the next poll', async () => {
  const { registry, start, open, clock } = house()
  const journal = await open()
  const ingest = start({ journal, pollMs: 3_600_000, maxWaitMs: 200 })
  await clock.wait(10)
  await fill(journal, ['one', 'two'])
  await clock.wait(190)
  expect(registry.state.records.size).toBe(0)
  await clock.wait(20)
  expect(registry.state.records).toEqual(once(['one', 'two']))
  const before = clock.nowMs()
  await fill(journal, numbered(600))
  await clock.wait(1)
  expect(registry.state.records.size).toBe(602)
  expect(clock.nowMs() - before).toBeLessThan(100)
  await ingest.stop(1_000)
})

test('what a batch was read into is given back once it is stored, or was not', async () => {
  const { registry, start, open, clock } = house()
  const journal = await open(1_000_000)
  await fill(journal, numbered(100))
  const seen: Uint8Array[] = []
  registry.refuseData = ({ lines = [] }) => {
    seen.push(...lines)
    expect(lines.every(({ byteLength }) => byteLength > 0)).toBe(true)
    return seen.length > 100 ? undefined : new Error('not now')
  }
  const ingest = start()
  await clock.wait(60_000)
  expect(registry.state.records).toEqual(once(numbered(100)))
  expect(seen.map(({ byteLength }) => byteLength)).toEqual(Array.from({ length: 200 }, () => 0))
  await ingest.stop(1_000)
})

test('pin claims and fallback episodes go with the batch; only episodes take the lock of the registry', async () => {
  const { registry, start, open, clock } = house()
  const journal = await open()
  const claim: JournalRecord = {
    type: 'pin-claim',
    claim: {
      workspace: defaultWorkspace,
      conversationId: conversationId('conv-123'),
      userId: null,
      useCase: 'clinical',
      modelId: modelId('gpt-4o'),
      claimedAtMs: 1,
      requestId: requestId('one'),
    },
  }
  const episode: JournalRecord = {
    type: 'fallback-episode',
    episode: {
      id: 'episode-1',
      route: 'use-case/clinical',
      from: modelId('gpt-4o'),
      to: modelId('eu.amazon.nova-pro-v1:0'),
      startedAtMs: 1,
      requestId: requestId('one'),
      cause: 'upstream_throttled',
    },
  }
  const ingest = start()
  await journal.commit(claim)
  await clock.wait(1_000)
  expect(registry.purposes).toEqual(['plain'])
  journal.append(episode)
  await journal.commit(episode)
  await clock.wait(1_000)
  expect(registry.purposes).toEqual(['plain', 'registry'])
  expect(registry.state.claims).toEqual(new Set(['conv-123']))
  expect(registry.state.episodes).toEqual(new Set(['episode-1']))
  await ingest.stop(1_000)
})

test('a database that fails at any call, in any way, loses nothing and doubles nothing', async () => {
  const faults: readonly Fault[] = ['refuses', 'rolls-back', 'loses-answer']
  for (const fault of faults) {
    for (let call = 1; call <= 12; call += 1) {
      const { registry, start, open, clock } = house()
      const journal = await open(4_000)
      await fill(journal, numbered(30))
      registry.faultAt = (at) => (at === call ? fault : undefined)
      const ingest = start({ maxBatchRecords: 7 })
      await clock.wait(5_000)
      await fill(journal, numbered(10, 'later'))
      await clock.wait(5_000)
      expect(registry.state.records, `${fault} at ${call}`).toEqual(
        once([...numbered(30), ...numbered(10, 'later')]),
      )
      expect(registry.state.checkpoints.get(journal.id)).toEqual(journal.position())
      expect(ingest.stats().failuresInARow).toBe(0)
      await ingest.stop(1_000)
    }
  }
})

/** Writers that come and go and are recovered, over a database that fails at random. */
async function storm(seed: number) {
  const { chance, files, registry, clock, start } = house({ seed })
  registry.faultAt = () => {
    if (chance() > 0.3) return undefined
    return chance() < 0.4 ? 'refuses' : chance() < 0.5 ? 'rolls-back' : 'loses-answer'
  }
  const acknowledged: string[] = []
  const more = { files, maxBatchRecords: 1 + Math.floor(chance() * 40) }
  let ingest = start(more)
  for (let writer = 0; writer < 3; writer += 1) {
    const id = journalId(`00000000-0000-4000-8000-00000000000${writer}`)
    const journal = await openJournal({
      ...{ dir: journalDir, durability: 'fsync', files, reserveBytes: 0, minFreeBytes: 0 },
      segmentBytes: 3_000 + Math.floor(chance() * 10_000),
      newId: () => id,
    })
    for (let round = 0; round < 4; round += 1) {
      const ids = numbered(Math.floor(chance() * 20), `${writer}-${round}`)
      await fill(journal, ids)
      acknowledged.push(...ids)
      if (chance() < 0.5) await clock.wait(chance() * 2_000)
    }
    journal.append(intent(`open-${writer}`))
    acknowledged.push(`open-${writer}`)
    await journal.close()
    if (chance() < 0.5) {
      await ingest.stop(chance() * 500)
      ingest = start(more)
    }
    await recover(journalDir, { ownId: null, nowMs: clock.nowMs(), files })
  }
  registry.faultAt = () => undefined
  return { acknowledged, registry, stopped: await ingest.stop(60_000) }
}

test('writers that come and go, recoveries, stops and a failing database together: each record is there exactly once', async () => {
  for (let seed = 1; seed <= 500; seed += 1) {
    const { acknowledged, registry, stopped } = await storm(seed)
    expect(registry.state.records, `seed ${seed}`).toEqual(once(acknowledged))
    expect(stopped, `seed ${seed}`).toEqual({ drained: true })
  }
}, 120_000)

test('a database that is away is asked less and less often, told of once, and caught up with when it is back', async () => {
  const { registry, start, open, clock, said } = house()
  const journal = await open()
  registry.faultAt = () => 'refuses'
  const ingest = start({ journal })
  await fill(journal, numbered(50))
  for (let minute = 0; minute < 60; minute += 1) {
    await clock.wait(60_000)
    await fill(journal, [`minute-${minute}`])
    ingest.wake()
  }
  // At least every 30 s, and by far not at every commit or poll.
  expect(registry.calls).toBeGreaterThan(100)
  expect(registry.calls).toBeLessThan(400)
  expect(said).toEqual([{ level: 'error', event: 'ingest_failed' }])
  expect(ingest.stats().lagMs).toBeGreaterThanOrEqual(3_600_000)
  registry.faultAt = () => undefined
  await clock.wait(60_000)
  expect(registry.state.records.size).toBe(110)
  expect(said.at(-1)).toEqual({ level: 'info', event: 'ingest_recovered' })
  expect(ingest.stats().lagMs).toBeLessThan(1_000)
  await ingest.stop(1_000)
})

test('a stop takes in what is durable; one that the database hangs up ends in time, and the next start goes on', async () => {
  const { registry, start, open, clock } = house()
  const journal = await open()
  const ingest = start({ pollMs: 3_600_000 })
  await clock.wait(10)
  await fill(journal, numbered(20))
  expect(await ingest.stop(5_000)).toEqual({ drained: true })
  expect(registry.state.records.size).toBe(20)

  await fill(journal, numbered(20, 'more'))
  const begun = registry.calls
  registry.faultAt = (call) => (call === begun + 2 ? 'hangs' : undefined)
  const hung = start({ maxBatchRecords: 5 })
  await clock.wait(100)
  const before = clock.nowMs()
  const stopped = hung.stop(2_000)
  expect(hung.stop(9_000)).toBe(stopped)
  expect(await stopped).toEqual({ drained: false })
  expect(clock.nowMs() - before).toBeLessThan(2_500)

  const next = start({ maxBatchRecords: 5 })
  expect(await next.stop(5_000)).toEqual({ drained: true })
  expect(registry.state.records).toEqual(once([...numbered(20), ...numbered(20, 'more')]))
})

test('a stop in the middle of a batch leaves it whole or not at all', async () => {
  for (let turns = 0; turns < 60; turns += 1) {
    const { registry, start, open } = house({ seed: turns + 1 })
    const journal = await open()
    await fill(journal, numbered(40))
    const ingest = start({ maxBatchRecords: 6 })
    for (let turn = 0; turn < turns * 8; turn += 1) await Promise.resolve()
    await ingest.stop(0)
    const stored = registry.state.records.size
    expect([0, 6, 12, 18, 24, 30, 36, 40]).toContain(stored)
    expect(registry.state.checkpoints.has(journal.id)).toBe(stored > 0)
    expect(await start().stop(60_000)).toEqual({ drained: true })
    expect(registry.state.records).toEqual(once(numbered(40)))
  }
})

test('a record that the database refuses for what it says is kept aside, and the others pass', async () => {
  const { files, registry, start, open, clock, said } = house()
  const journal = await open()
  registry.refuseData = (batch) => {
    const bad = requestsOf(batch).includes(requestId('request-17'))
    // As the registry hands on what PostgreSQL says of a zero byte in a text.
    return bad
      ? Object.assign(new Error('unsupported Unicode escape'), { facts: { code: '22P05' } })
      : undefined
  }
  await fill(journal, numbered(40))
  const ingest = start()
  await clock.wait(1_000)
  const others = numbered(40).filter((id) => id !== 'request-17')
  expect(registry.state.records).toEqual(once(others))
  expect(ingest.stats()).toMatchObject({ quarantined: 1, inserted: 39, failuresInARow: 0 })
  expect(said).toEqual([{ level: 'error', event: 'record_quarantined' }])
  const kept = [...files.contents()].filter(([path]) => path.startsWith('/data/journal/quarantine/'))
  expect(kept).toHaveLength(1)
  expect(JSON.parse(kept[0]?.[1].toString() ?? '')).toMatchObject({
    reason: 'Error: unsupported Unicode escape',
    record: { type: 'outcome', record: outcomeOf('request-17') },
  })
  expect(registry.state.checkpoints.get(journal.id)).toEqual(journal.position())
  await ingest.stop(1_000)
})

test('a fault of another kind is never taken for bad data', async () => {
  const { registry, start, open, clock } = house()
  const journal = await open()
  registry.refuseData = () => new TypeError('a fault of ours')
  await fill(journal, numbered(3))
  const ingest = start()
  await clock.wait(60_000)
  expect(ingest.stats()).toMatchObject({ quarantined: 0, inserted: 0 })
  expect(ingest.stats().failuresInARow).toBeGreaterThan(3)
  expect(await ingest.stop(1_000)).toEqual({ drained: false })
})

test('what stands before a segment that cannot be read is stored; only what follows waits', async () => {
  const { files, registry, start, open, clock, said } = house()
  const journal = await open()
  await fill(journal, numbered(10))
  await addNewerSegment(files, journal.id, 2)
  const ingest = start()
  await clock.wait(5_000)
  expect(registry.state.records).toEqual(once(numbered(10)))
  expect(registry.state.checkpoints.get(journal.id)).toEqual({ journal: journal.id, segment: 2, offset: 0 })
  expect(ingest.stats()).toMatchObject({ unreadable: 1, caughtUpAtMs: null, failuresInARow: 0 })
  expect(said).toEqual([{ level: 'error', event: 'journal_unreadable' }])
  expect(await ingest.stop(1_000)).toEqual({ drained: false })
})

test('damage is counted and told, and a journal that cannot be read does not hold up the others', async () => {
  const { files, registry, start, open, clock, said } = house()
  const journal = await open()
  await fill(journal, numbered(10))
  await addNewerSegment(files, '00000000-0000-4000-8000-000000000009', 1)
  const path = `/data/journal/${journal.id}/000001.log`
  files.flip(path, (files.contents().get(path)?.indexOf('request-4') ?? 0) + 2, 1)
  const ingest = start()
  await clock.wait(5_000)
  expect(ingest.stats()).toMatchObject({ unreadable: 1, caughtUpAtMs: null })
  expect(ingest.stats().damage['bad-line']).toBe(1)
  expect(said.map(({ event }) => event).sort()).toEqual(['journal_damaged', 'journal_unreadable'])
  expect(registry.state.records.size).toBeGreaterThanOrEqual(9)
  expect(await ingest.stop(1_000)).toEqual({ drained: false })
})

test('a journal that cannot be listed is told of once, and does not hold up the others', async () => {
  const { files, registry, start, open, clock, said } = house()
  const bad = await open()
  await fill(bad, ['later'])
  const good = await open()
  await fill(good, ['now'])
  const list = files.list.bind(files)
  files.list = (path) => (path.endsWith(bad.id) ? Promise.reject(new Error('EACCES')) : list(path))
  const ingest = start()
  await clock.wait(5_000)
  expect(registry.state.records).toEqual(once(['now']))
  expect(said.map(({ event }) => event).filter((event) => event === 'journal_unreadable')).toHaveLength(1)
  files.list = list
  await clock.wait(5_000)
  expect(registry.state.records).toEqual(once(['later', 'now']))
  await ingest.stop(1_000)
})

test('segments go some days after they were stored, with their checkpoint, and never before', async () => {
  const { files, registry, start, open, clock } = house()
  const journal = await open(4_000)
  await fill(journal, numbered(5))
  await fill(journal, numbered(30, 'more'))
  await journal.close()
  const dayMs = 86_400_000
  const ingest = start({ keepSegmentsMs: 3 * dayMs, pollMs: 600_000 })
  await clock.wait(2.9 * dayMs)
  expect((await readAll(journalDir, journal.id, { files })).records).toHaveLength(70)
  await clock.wait(0.3 * dayMs)
  expect(await listJournals(journalDir, { files })).toEqual([])
  expect(registry.state.checkpoints.size).toBe(0)
  expect(registry.state.records.size).toBe(35)
  await ingest.stop(1_000)
})

test('two ingests by mistake over one directory still store each record once', async () => {
  const chances = Array.from({ length: 20 }, (_, seed) => chanceOf(seed + 1))
  for (const chance of chances) {
    const { registry, start, open, clock } = house()
    registry.deduplicates = true
    const journal = await open()
    const both = [start({ maxBatchRecords: 3 }), start({ maxBatchRecords: 7 })]
    for (let round = 0; round < 10; round += 1) {
      await fill(journal, numbered(Math.floor(chance() * 12), `round-${round}`))
      await clock.wait(chance() * 700)
    }
    await Promise.all(both.map((ingest) => ingest.stop(5_000)))
    expect([...registry.state.records.values()].every((count) => count === 1)).toBe(true)
    expect(registry.state.records.size).toBe(journal.stats().records / 2)
  }
})
