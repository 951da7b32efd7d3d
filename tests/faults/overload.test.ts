import { afterAll, beforeAll, expect, test } from 'vitest'
import { api, eventually } from '../server.ts'
import { quantile, reportFigure } from './figures.ts'
import { short } from './form.ts'
import { openLoop } from './hostile/load.ts'
import { chat, chatBody, lives, memoryOf } from './hostile/ask.ts'
import { startRig, type Rig } from './rig.ts'

/*
 * More than a server can do: what it cannot do is refused at once, what it can do is done, and whoever looks after it is
 * answered. Capacity is set, so that the test means the same on every machine: so many requests at once, each of a known
 * length. In the short form other tests take of the processor, and its bounds are wide.
 */
const atOnce = short(6, 20)
const answerMs = short(400, 200)
let rig: Rig
/** Answers a second when exactly as many callers ask as may, each its next question after its answer. */
let capacity = 0
beforeAll(async () => {
  rig = await startRig({ POINTSMAN_MAX_IN_FLIGHT: String(atOnce) }, { firstTokenMs: answerMs, perTokenMs: 0 })
  await chat(rig)
  const begun = performance.now()
  const rounds = 4
  const caller = async (): Promise<void> => {
    for (let round = 0; round < rounds; round += 1) expect((await chat(rig)).status).toBe(200)
  }
  await Promise.all(Array.from({ length: atOnce }, caller))
  capacity = (atOnce * rounds) / ((performance.now() - begun) / 1_000)
})
afterAll(() => rig.close())

const headers = (): { [name: string]: string } => ({
  authorization: `Bearer ${rig.server.key}`,
  'content-type': 'application/json',
})
const medianMs = (answers: readonly { readonly tookMs: number }[]): number =>
  quantile(
    answers.map(({ tookMs }) => tookMs),
    0.5,
  )

/** Asks what an operator and an orchestrator ask, until the load is over; how long the shortest of these takes is this machine's yardstick. */
async function lookAfter(until: Promise<unknown>) {
  const statuses: number[] = []
  const healthMs: number[] = []
  const state = { over: false }
  const end = until.then(() => (state.over = true))
  while (!state.over) {
    for (const path of ['/healthz', '/readyz', '/api/v1/models', '/v1/models']) {
      const begun = performance.now()
      statuses.push((await api<unknown>(rig.server, path)).status)
      if (path === '/healthz') healthMs.push(performance.now() - begun)
    }
    await Promise.race([end, new Promise((resolve) => setTimeout(resolve, 100))])
  }
  return { statuses, healthMs: quantile(healthMs, 0.5) }
}

test('T43: five times what can be done: the rest is refused at once, in the face’s form', async () => {
  const forMs = short(5_000, 60_000)
  const before = await memoryOf(rig.server.pid)
  const load = openLoop({
    url: `${rig.server.url}/v1/chat/completions`,
    ...{ perSecond: capacity * 5, forMs, headers, body: chatBody },
  })
  const looked = await lookAfter(load)
  const answers = await load
  const served = answers.filter(({ status }) => status === 200)
  const refused = answers.filter(({ status }) => status === 503)
  expect(served.length + refused.length).toBe(answers.length)
  expect(new Set(looked.statuses)).toEqual(new Set([200]))
  for (const { retryAfter, text } of refused) {
    expect(Number(retryAfter)).toBeGreaterThanOrEqual(1)
    expect(Number(retryAfter)).toBeLessThanOrEqual(3)
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'overloaded' } })
  }
  const goodput = served.length / (forMs / 1_000)
  const refusedWithinMs = medianMs(refused)
  expect(refusedWithinMs).toBeLessThan(looked.healthMs + short(answerMs, 50))
  expect(goodput).toBeGreaterThan(capacity * short(0.5, 0.8))
  expect((await memoryOf(rig.server.pid)) - before).toBeLessThan(200 * 1_048_576)
  // Recovered as soon as there is room.
  const begun = performance.now()
  const after = await Promise.all(Array.from({ length: atOnce / 2 }, () => chat(rig)))
  expect(after.map(({ status }) => status)).toEqual(after.map(() => 200))
  expect(performance.now() - begun).toBeLessThan(short(30_000, 5_000))
  expect(lives(rig.server.pid)).toBe(true)
  // Counted, not logged: a flood must not fill the log.
  expect(rig.server.output().match(/overloaded/g) ?? []).toHaveLength(0)
  reportFigure(
    'T43',
    `${Math.round(answers.length / (forMs / 1_000))} requests/s at a capacity of ${Math.round(capacity)}: ${Math.round(goodput)}/s served, the rest refused in ${Math.round(refusedWithinMs)} ms (median)`,
  )
}, 200_000)

test('T33: a flood of different wrong keys writes nothing, grows nothing and keeps nobody waiting', async () => {
  const good = (ms: number) =>
    openLoop({
      url: `${rig.server.url}/v1/chat/completions`,
      ...{ perSecond: short(2, 10), forMs: ms, body: chatBody },
      headers: () => ({ ...headers(), 'x-pointsman-conversation': 'good' }),
    })
  const quiet = await good(short(2_000, 10_000))
  const outputBefore = rig.server.output().length
  const before = await memoryOf(rig.server.pid)
  const forMs = short(3_000, 50_000)
  const flood = openLoop({
    url: `${rig.server.url}/v1/chat/completions`,
    perSecond: short(100, 2_000),
    forMs,
    headers: (at) => ({
      authorization: `Bearer pm_live_${at}_${'x'.repeat(at % 200)}`,
      'content-type': 'application/json',
      'x-pointsman-conversation': 'bad',
    }),
    body: chatBody,
  })
  const [meanwhile, bad] = await Promise.all([good(forMs), flood])
  expect(new Set(bad.map(({ status }) => status))).toEqual(new Set([401]))
  expect(new Set(meanwhile.map(({ status }) => status))).toEqual(new Set([200]))
  expect(rig.server.output().length - outputBefore).toBeLessThan(500)
  expect((await memoryOf(rig.server.pid)) - before).toBeLessThan(60 * 1_048_576)
  const [calm, stormy] = [quiet, meanwhile].map((answers) =>
    quantile(
      answers.map(({ tookMs }) => tookMs),
      0.5,
    ),
  )
  expect(stormy).toBeLessThan(short((calm ?? 0) * 5 + 2_000, (calm ?? 0) * 2 + 50))
  // No row: what is recorded is what was asked with a good key.
  const asked = quiet.length + meanwhile.length
  const rows = (conversation: string) =>
    api<{ readonly data: readonly unknown[] }>(
      rig.server,
      `/api/v1/usage/records?limit=1000&conversationId=${conversation}`,
    ).then(({ body }) => body.data.length)
  expect(
    await eventually(
      () => rows('good'),
      (count) => count >= asked,
    ),
  ).toBe(asked)
  expect(await rows('bad')).toBe(0)
  reportFigure(
    'T33',
    `${bad.length} wrong keys, good requests' median ${Math.round(calm ?? 0)} → ${Math.round(stormy ?? 0)} ms`,
  )
}, 200_000)
