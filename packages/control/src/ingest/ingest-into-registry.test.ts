import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { conversationId, defaultWorkspace, modelId, requestId, type UsageRecord } from '@pointsman/contract'
import { listJournals, openJournal, recover } from '@pointsman/journal'
import {
  intent,
  lineOf,
  outcome,
  outcomeOf,
  readAll,
  requestIdOf,
  writerFile,
} from '@pointsman/journal/testing'
import * as registry from '@pointsman/registry'
import type { Database, Transaction } from '@pointsman/registry'
import { openMigrated } from '@pointsman/registry/testing'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Clock } from '../ports.ts'
import { startIngest, type Ingest, type IngestOptions } from './index.ts'

let database: Database
let journalDir = ''

beforeAll(async () => {
  database = await openMigrated()
})
afterAll(() => database.close())
beforeEach(async () => {
  journalDir = await mkdtemp(join(tmpdir(), 'ingest-'))
})
afterEach(() => rm(journalDir, { recursive: true, force: true }))

const clock: Clock = {
  nowMs: Date.now,
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
}

const start = (over: Database, log: IngestOptions['log'] = () => undefined): Ingest =>
  startIngest({ journalDir, database: over, registry, clock, log, maxBatchRecords: 200 })

async function writeUntilKilled(prefix: string, lines: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, [writerFile, journalDir, prefix], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (text: string) => {
    printed += text
    if (printed.split('\n').length > lines) child.kill('SIGKILL')
  })
  await new Promise((resolve) => child.once('close', resolve))
  return printed.split('\n').slice(0, -1)
}

async function storedRecords(prefix: string): Promise<ReadonlyMap<string, UsageRecord>> {
  const records = new Map<string, UsageRecord>()
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<typeof registry.usageRecords>> = await registry.usageRecords(database, {
      limit: 500,
      cursor,
    })
    for (const record of page.data)
      if (record.requestId.startsWith(prefix)) records.set(record.requestId, record)
    cursor = page.nextCursor
  } while (cursor !== null)
  return records
}

/** Requests in the rollups: a record that counted twice shows here. */
async function countedRequests(): Promise<number> {
  const dayMs = 86_400_000
  const atMs = outcomeOf('any').receivedAtMs
  const [total] = await registry.usageTotals(database, {
    groupBy: 'all',
    fromMs: atMs - dayMs,
    toMs: atMs + dayMs,
  })
  return total?.requests ?? 0
}

/** The real database, whose n-th call fails: before its work, or after a commit whose answer is lost. */
function failingAt(
  call: number,
  how: 'refuses' | 'loses-answer',
): { database: Database; calls: () => number } {
  let calls = 0
  const counted = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    calls += 1
    const fails = calls === call
    if (fails && how === 'refuses') throw new Error('the connection is gone')
    const result = await work()
    if (fails) throw new Error('the answer is lost')
    return result
  }
  const watched = (transaction: Transaction): Transaction => ({
    query: (text, values) => counted(() => transaction.query(text, values)),
    script: (text) => transaction.script(text),
  })
  return {
    calls: () => calls,
    database: {
      ...database,
      query: (text, values) => counted(() => database.query(text, values)),
      transaction: (options, work) =>
        counted(() => database.transaction(options, (transaction) => work(watched(transaction)))),
    },
  }
}

test('the real database failing at each of its calls in turn: nothing lost, nothing counted twice', async () => {
  for (const how of ['refuses', 'loses-answer'] as const) {
    for (let call = 1; call <= 12; call += 1) {
      const prefix = `${how}-${call}`
      const ids = Array.from({ length: 6 }, (_, number) => `${prefix}-${number}`)
      const countedBefore = await countedRequests()
      const journal = await openJournal({
        dir: journalDir,
        durability: 'write',
        reserveBytes: 0,
        minFreeBytes: 0,
      })
      for (const id of ids) journal.append(intent(id))
      journal.append({
        type: 'pin-claim',
        claim: {
          workspace: defaultWorkspace,
          conversationId: conversationId(prefix),
          userId: null,
          useCase: 'clinical',
          modelId: modelId('eu.amazon.nova-pro-v1:0'),
          claimedAtMs: 1,
          requestId: requestId(ids[0] ?? ''),
        },
      })
      await Promise.all(ids.map((id) => journal.commit(outcome(id))))
      await journal.close()
      const failing = failingAt(call, how)
      const ingest = start(failing.database)
      expect(await ingest.stop(30_000), prefix).toEqual({ drained: true })
      expect(new Set((await storedRecords(`${prefix}-`)).keys())).toEqual(new Set(ids))
      expect((await countedRequests()) - countedBefore, prefix).toBe(ids.length)
      const pin = await registry.findPins(database, {
        ...{
          workspace: defaultWorkspace,
          conversationId: conversationId(prefix),
          userId: null,
          useCase: 'clinical',
        },
      })
      expect(pin.conversation?.modelId).toBe('eu.amazon.nova-pro-v1:0')
    }
  }
}, 120_000)

// Behind the one above, which reads all records again and again: this one makes thousands.
test('kill -9 while writing: after the restart each acknowledged request is in the registry, and counted once', async () => {
  const acknowledged: string[] = []
  const countedBefore = await countedRequests()
  for (let round = 0; round < 3; round += 1) {
    // It runs while the writer writes, and goes on after that one was killed.
    const ingest = start(database)
    acknowledged.push(...(await writeUntilKilled(`killed-${round}`, 200 + round * 200)))
    expect((await recover(journalDir, { ownId: null, nowMs: Date.now() })).failures).toEqual([])
    expect(await ingest.stop(30_000)).toEqual({ drained: true })
  }
  const requests = new Set<string>()
  for (const { journal } of await listJournals(journalDir)) {
    for (const { record } of (await readAll(journalDir, journal)).records) requests.add(requestIdOf(record))
  }
  const stored = await storedRecords('killed-')
  expect(acknowledged.length).toBeGreaterThan(50)
  for (const id of acknowledged) expect(stored.get(id)).toEqual(outcomeOf(id))
  expect(new Set(stored.keys())).toEqual(requests)
  expect((await countedRequests()) - countedBefore).toBe(requests.size)
}, 120_000)

test('a record with text that PostgreSQL cannot hold does not stop the ones behind it', async () => {
  const journal = await openJournal({
    dir: journalDir,
    durability: 'write',
    reserveBytes: 0,
    minFreeBytes: 0,
  })
  const odd = { ...outcomeOf('odd'), requested: 'zero \u0000 byte', tags: ['\ud800'] }
  await Promise.all([journal.commit({ type: 'outcome', record: odd }), journal.commit(outcome('behind'))])
  await journal.close()
  const ingest = start(database)
  expect(await ingest.stop(30_000)).toEqual({ drained: true })
  expect((await storedRecords('behind')).size).toBe(1)
  expect((await storedRecords('odd')).size + ingest.stats().quarantined).toBe(1)
})

test('an outcome that is no JSON is set aside and told, whether it names characters by number or not, and the others pass', async () => {
  for (const [at, id] of ['caf\\u00e9', 'cafe'].entries()) {
    const journal = await openJournal({
      dir: journalDir,
      durability: 'write',
      reserveBytes: 0,
      minFreeBytes: 0,
    })
    await Promise.all(
      [`broken-${at}-before`, `broken-${at}-after`].map((good) => journal.commit(outcome(good))),
    )
    await journal.close()
    const broken = `{"type":"outcome","record":{"requestId":"${id}",}}`
    const segment = join(journalDir, journal.id, '000001.log')
    const [header = '', before = '', after = ''] = (await readFile(segment, 'utf8')).split(/(?<=\n)/)
    await writeFile(segment, [header, before, lineOf(broken).toString(), after].join(''))
    const told: { readonly event: string; readonly file?: string }[] = []
    const ingest = start(database, (_level, event, facts) => void told.push({ event, ...facts }))
    expect(await ingest.stop(30_000)).toEqual({ drained: true })
    expect((await storedRecords(`broken-${at}`)).size).toBe(2)
    expect(told).toMatchObject([{ event: 'record_quarantined' }])
    // The file is JSON all the same: what is none stands in it as a text.
    expect(JSON.parse(await readFile(told[0]?.file ?? '', 'utf8'))).toMatchObject({ record: broken })
  }
})

test('a fallback that a data plane took becomes one switch record, however often it is read', async () => {
  const episode = {
    type: 'fallback-episode',
    episode: {
      id: 'episode-1',
      route: 'use-case/clinical',
      from: modelId('eu.amazon.nova-pro-v1:0'),
      to: modelId('eu.amazon.nova-lite-v1:0'),
      startedAtMs: outcomeOf('any').receivedAtMs,
      requestId: requestId('any'),
      cause: 'upstream_throttled',
    },
  } as const
  for (let round = 0; round < 2; round += 1) {
    const journal = await openJournal({
      dir: journalDir,
      durability: 'write',
      reserveBytes: 0,
      minFreeBytes: 0,
    })
    journal.append(episode)
    await journal.commit(episode)
    await journal.close()
    expect(await start(database).stop(30_000)).toEqual({ drained: true })
  }
  const { data } = await registry.listSwitches(database, { limit: 10, cursor: null })
  expect(data.map(({ record }) => record)).toMatchObject([
    {
      action: 'fallback_switch',
      type: 'auto',
      scope: { kind: 'use-case', name: 'clinical' },
      to: 'eu.amazon.nova-lite-v1:0',
    },
  ])
  expect((await registry.verifyChain(database)).valid).toBe(true)
})
