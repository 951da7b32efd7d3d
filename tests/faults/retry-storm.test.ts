import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AttemptRecord } from '@pointsman/contract'
import type { FaultEffect } from '@pointsman/simulator'
import { api, eventually, removeFolder, startServer, type RunningServer } from '../server.ts'
import { reportFigure } from './figures.ts'
import { seed, short } from './form.ts'
import {
  checkHistory,
  createRecorder,
  gather,
  startVendor,
  type ClientEntry,
  type Recorder,
  type Vendor,
} from './history/index.ts'
import { chanceOf } from '../chance.ts'
import { markOf, type Evidence } from './history/check-history.ts'
import type { VendorCall } from './history/vendor.ts'

interface Row {
  readonly name: string
  /** Called by no other row: budgets and circuits are of a model. */
  readonly model: string
  readonly effect: FaultEffect
  /** Of the calls that fail; 1 unless said. */
  readonly probability?: number
  /** What the vendor asks for. */
  readonly toldMs?: number
  readonly fallbacks?: readonly string[]
  /** Times the usual one; 1 unless said. */
  readonly pace?: number
}

/** A provider that fails altogether, with and without a Retry-After, and one that fails now and then. */
const rows: readonly Row[] = [
  { name: 'all-503', model: 'claude-sonnet-5-5', effect: { status: { code: 503 } } },
  { name: 'all-429', model: 'gpt-4o', effect: { throttle: true } },
  {
    name: 'all-429-seconds',
    model: 'eu.amazon.nova-pro-v1:0',
    effect: { throttle: true, retryAfter: 1 },
    toldMs: 1_000,
  },
  { name: 'some-503', model: 'gpt-4.1', effect: { status: { code: 503 } }, probability: 0.25, pace: 4 },
  {
    name: 'some-429-seconds',
    model: 'gemini-2.5-flash',
    effect: { throttle: true, retryAfter: 1 },
    probability: 0.1,
    toldMs: 1_000,
    // So often that some request is told to wait and asks again, whatever the seed.
    pace: 3,
  },
  {
    name: 'fallback-429-seconds',
    model: 'claude-haiku-5-5',
    effect: { throttle: true, retryAfter: 2 },
    toldMs: 2_000,
    fallbacks: ['gpt-4.1-mini'],
  },
]
/** These two say it as a date, and so anew all the time. */
const datedRows: readonly Row[] = [
  { name: 'all-429-date', model: 'gpt-5-mini', effect: { throttle: true } },
  { name: 'fallback-429-date', model: 'gpt-4o-mini', effect: { throttle: true }, fallbacks: ['gpt-5.4'] },
]
const allRows = [...rows, ...datedRows]

const requestsASecond = short(8, 45)
const seconds = short(6, 60)

let vendor: Vendor
let server: RunningServer
beforeAll(async () => {
  vendor = await startVendor()
  server = await startServer({ command: 'serve', environment: vendor.environment })
})
afterAll(async () => {
  await server.kill('SIGTERM')
  await vendor.close()
  await removeFolder(server.dataDir)
})

test('T20: a failing provider meets no storm, and is asked again when it said', async () => {
  process.stdout.write(`T20: seed ${seed}\n`)
  const recorder = createRecorder()
  const script = keepScript(vendor)
  try {
    for (const row of allRows) await addRoute(row)
    const asked = await Promise.all(allRows.map((row, index) => load(recorder, row, seed + index)))
    await expectShown()
    script.stop()
    const evidence = await gather({ server, recorder, vendor })
    const { calls } = evidence
    const shares = allRows.map((row, index) => shareOf(row, asked[index] ?? [], calls))
    const gaps = allRows.flatMap((row) =>
      gapsOf(row, { calls, attemptOf: attemptsBy(evidence) }, script.toldUntilMs),
    )
    const early = gaps.filter(({ earlyMs }) => earlyMs > clockGrainMs)
    expect(early).toEqual([])
    expect(gaps.filter(({ of }) => of === 'retry').length, 'retries after a Retry-After').toBeGreaterThan(0)
    expect(gaps.filter(({ of }) => of === 'all').length, 'calls after a Retry-After').toBeGreaterThan(0)
    const fullest = fullestBucket(calls.filter(({ model }) => model === 'gpt-4.1'))
    expect(checkHistory(evidence)).toEqual([])
    const most = Math.max(...shares)
    const inAll = asked.reduce((sum, entries) => sum + entries.length, 0)
    const words = `${Math.round(inAll / seconds)} requests/s for ${seconds} s: at most ${most.toFixed(3)} attempts a request`
    reportFigure(
      'T20',
      `${words}; ${gaps.length} calls after a Retry-After, none early; fullest 100 ms ${fullest.toFixed(1)} × mean`,
    )
  } finally {
    script.stop()
    vendor.simulator.clear()
    recorder.close()
  }
})

test('T20: what a retry cannot mend is asked for once', async () => {
  const recorder = createRecorder()
  try {
    const model = 'gpt-5.4-mini'
    await addRoute({ name: 'refused', model, effect: {} })
    for (const code of [400, 401, 403, 404, 413, 422]) {
      vendor.simulator.clear()
      vendor.simulator.script({
        match: { model },
        effect: { status: { code, body: { error: { message: 'no' } } } },
      })
      for (const stream of [false, true]) {
        const entry = await recorder.ask(server, { face: 'openai-chat', model: 'use-case/refused', stream })
        expect(entry.end, `${code}`).toBe('fail')
        expect(
          vendor.calls().filter(({ marker }) => marker === entry.mark),
          `${code}`,
        ).toHaveLength(1)
      }
    }
    vendor.simulator.clear()
    const policy = { status: { code: 400, body: { error: { code: 'content_filter', message: 'no' } } } }
    vendor.simulator.script({ match: { model }, effect: policy })
    const entry = await recorder.ask(server, {
      face: 'openai-chat',
      model: 'use-case/refused',
      stream: false,
    })
    expect(vendor.calls().filter(({ marker }) => marker === entry.mark)).toHaveLength(1)
  } finally {
    vendor.simulator.clear()
    recorder.close()
  }
})

async function addRoute({ fallbacks = [], model, name }: Row): Promise<void> {
  const body = { target: model, candidates: [], fallbacks, reason: 'a test' }
  const { status, body: answer } = await api(server, `/api/v1/use-cases/${name}`, { method: 'PUT', body })
  expect([200, 201], JSON.stringify(answer)).toContain(status)
}

/** Operators see what is held back while it is: model, region, since when, until when, by whom. */
async function expectShown(): Promise<void> {
  const shown = await eventually(
    async () =>
      (await api<{ circuits: readonly Held[] }>(server, '/api/v1/providers/anthropic')).body.circuits,
    (circuits) => circuits.some(({ modelId }) => modelId === 'claude-sonnet-5-5'),
  )
  const held = shown.find(({ modelId }) => modelId === 'claude-sonnet-5-5')
  expect(held).toMatchObject({ region: 'global', cause: 'failures', replicas: [expect.any(String)] })
}

interface Held {
  readonly modelId: string
}

/** At its pace whatever becomes of the answers; a generator that was held up does not catch up in a burst. */
async function load(
  recorder: Recorder,
  { name, pace = 1 }: Row,
  itsSeed: number,
): Promise<readonly ClientEntry[]> {
  const chance = chanceOf(itsSeed)
  const everyMs = 1_000 / requestsASecond / pace
  const asks: Promise<ClientEntry>[] = []
  await new Promise((resolve) => setTimeout(resolve, chance() * everyMs))
  while (asks.length < requestsASecond * pace * seconds) {
    asks.push(
      recorder.ask(server, { face: 'openai-chat', model: `use-case/${name}`, stream: chance() < 0.5 }),
    )
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
  return Promise.all(asks)
}

/** A Retry-After as a date stands for an instant, so the script is written anew each half second. */
function keepScript({ simulator }: Vendor) {
  const dates: { readonly fromMs: number; readonly dateMs: number }[] = []
  const write = (): void => {
    const fromMs = Date.now()
    const dateMs = (Math.floor(fromMs / 1_000) + 2) * 1_000
    dates.push({ fromMs, dateMs })
    simulator.clear()
    for (const { model, effect, probability = 1 } of rows)
      simulator.script({ match: { model }, effect, probability })
    const retryAfter = new Date(dateMs).toUTCString()
    for (const { model, effect } of datedRows)
      simulator.script({ match: { model }, effect: { ...effect, retryAfter } })
  }
  write()
  const timer = setInterval(write, 500)
  return {
    stop: () => clearInterval(timer),
    /** Until when a refusal of then asked to be left alone. */
    toldUntilMs: (row: Row, { startedMs, endedMs }: Times): number => {
      if (row.toldMs !== undefined) return endedMs + row.toldMs
      if (!datedRows.includes(row)) return 0
      return dates.findLast(({ fromMs }) => fromMs <= startedMs)?.dateMs ?? 0
    },
  }
}

interface Times {
  readonly startedMs: number
  readonly endedMs: number
}

// The ledger tells whole milliseconds, and a call's end a little after it was sent.
const clockGrainMs = 5

const timesOf = ({ durationMs, receivedAt }: VendorCall): Times => {
  const startedMs = Date.parse(receivedAt)
  return { startedMs, endedMs: startedMs + Math.floor(durationMs ?? 0) }
}

/** Attempts for each request of a row's model: 1.2 at most. */
function shareOf(row: Row, asked: readonly ClientEntry[], calls: readonly VendorCall[]): number {
  const own = calls.filter(({ model }) => model === row.model)
  expect(own.length, row.name).toBeGreaterThan(0)
  expect(own.length, row.name).toBeLessThanOrEqual(1.2 * asked.length)
  return own.length / asked.length
}

interface Gap {
  readonly of: 'retry' | 'all'
  readonly earlyMs: number
  readonly words: string
}

/** The gateway's own attempt of a vendor's call: the calls of a request to a model came in the order of its attempts. */
function attemptsBy({ calls, records }: Evidence): (call: VendorCall) => AttemptRecord | undefined {
  const recordOf = new Map(records.map((record) => [markOf(record), record]))
  const ofRequest = Map.groupBy(calls, ({ marker, model }) => `${marker} ${model}`)
  return (call) => {
    const place = ofRequest.get(`${call.marker} ${call.model}`)?.indexOf(call) ?? -1
    return recordOf.get(call.marker)?.attempts.filter(({ modelId }) => modelId === call.model)[place]
  }
}

/**
 * How much too early a call came after a Retry-After: a retry of the same request; and where another candidate can
 * answer, any call at all that was begun after the gateway had read the refusal, however late a busy machine reads it.
 */
function gapsOf(
  row: Row,
  { attemptOf, calls }: Pick<Evidence, 'calls'> & { readonly attemptOf: ReturnType<typeof attemptsBy> },
  toldUntilMs: (row: Row, times: Times) => number,
): readonly Gap[] {
  const own = calls.filter(({ model }) => model === row.model)
  return own.flatMap((refused) => {
    const times = timesOf(refused)
    if (refused.status !== 429 || toldUntilMs(row, times) === 0) return []
    const read = attemptOf(refused)
    expect(read, `${row.name}: no attempt is on record of a call`).toBeDefined()
    const readMs = (read?.startedAtMs ?? 0) + (read?.endedAfterMs ?? 0)
    // A busy vendor notes the end of its call after the gateway has read it.
    const untilMs = toldUntilMs(row, { ...times, endedMs: Math.min(times.endedMs, readMs) })
    const after = own.filter((call) => timesOf(call).startedMs > times.endedMs)
    const retry = after.find(({ marker }) => marker === refused.marker)
    const next = after.find((call) => (attemptOf(call)?.startedAtMs ?? Infinity) > readMs + clockGrainMs)
    return [
      ...(retry === undefined ? [] : [{ of: 'retry', call: retry } as const]),
      ...(next === undefined || row.fallbacks === undefined ? [] : [{ of: 'all', call: next } as const]),
    ].map(({ call, of }) => ({
      of,
      earlyMs: untilMs - timesOf(call).startedMs,
      words: `${row.name}: told until ${untilMs}, called at ${timesOf(call).startedMs}`,
    }))
  })
}

/**
 * Retries spread: by how long after the failure they came, no 100 ms of their window has more than three times its share.
 * Answers the fullest one's share of the mean.
 */
function fullestBucket(calls: readonly VendorCall[]): number {
  const byRequest = [...Map.groupBy(calls, ({ marker }) => marker).values()]
  const waits = byRequest.flatMap(([first, second]) =>
    first === undefined || second === undefined ? [] : [timesOf(second).startedMs - timesOf(first).endedMs],
  )
  expect(waits.length).toBeGreaterThan(short(15, 150))
  const buckets = Map.groupBy(waits, (waitMs) => Math.min(4, Math.max(0, Math.floor(waitMs / 100))))
  const mean = waits.length / 5
  const fullest = Math.max(...[...buckets.values()].map((bucket) => bucket.length))
  // The longest waits share the last one, which on a busy machine are most.
  expect(fullest).toBeLessThanOrEqual(short(Infinity, 3 * mean))
  return fullest / mean
}
