import { Agent, request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { journalText } from './journal-text.ts'
import { api, eventually, pendingAtLast, removeFolder, startServer, type RunningServer } from './server.ts'
import { faces } from './upstream-errors/faces.ts'
import { readers } from './upstream-errors/read-streams.ts'

const route = 'use-case/clinical'
const target = 'eu.anthropic.claude-sonnet-5-5'
const environment = { POINTSMAN_WORKERS: '2' }

let server: RunningServer
beforeAll(async () => {
  server = await startServer({ environment })
}, 120_000)
afterAll(async () => {
  await server.kill('SIGTERM')
  await removeFolder(server.dataDir)
})

interface Drill {
  readonly id: string
  readonly state: string
  readonly endsAt: string
  readonly endedAt: string | null
  readonly record: {
    readonly drawn: { readonly requests: number; readonly ok: number }
  }
}

const start = async (order: object): Promise<Drill> => {
  const { body, status } = await api<Drill>(server, '/api/v1/drills', {
    body: { route, reason: 'a test', ...order },
  })
  expect([status, await pendingAtLast(server)]).toEqual([201, []])
  return body
}
const stop = (id: string) => api<Drill>(server, `/api/v1/drills/${id}/stop`, { method: 'POST' })
const show = async (id: string): Promise<Drill> => (await api<Drill>(server, `/api/v1/drills/${id}`)).body

interface Reply {
  readonly status: number
  readonly drill: string | undefined
  readonly model: string | undefined
}

/** On a connection of its own, so that several reach several workers. */
function chat(model: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(`${server.url}/v1/chat/completions`, {
      agent: new Agent({ keepAlive: false }),
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
    })
    sent.on('error', reject)
    sent.on('response', (answer) => {
      const told = (name: string): string | undefined => answer.headers[name]?.toString()
      answer.on('error', reject).on('end', () => {
        const [drill, served] = [told('x-pointsman-drill'), told('x-pointsman-model')]
        resolve({ status: answer.statusCode ?? 0, drill, model: served })
      })
      answer.resume()
    })
    sent.end(JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] }))
  })
}
const chats = (model: string, count = 12): Promise<readonly Reply[]> =>
  Promise.all(Array.from({ length: count }, () => chat(model)))

test('every worker carries it out once its start has answered, and none once its stop has', async () => {
  const { id } = await start({ fault: '503' })
  const drilled = await chats(route)
  expect(new Set(drilled.map(({ drill }) => drill))).toEqual(new Set([id]))
  expect(drilled.every(({ model, status }) => status === 200 && model !== target)).toBe(true)
  // Neither who names the model itself nor another route.
  for (const other of [target, 'use-case/health', 'default'])
    expect(await chat(other)).toMatchObject({ status: 200, drill: undefined })
  expect(await chat(target)).toMatchObject({ model: target })
  expect((await stop(id)).body).toMatchObject({ state: 'stopped' })
  expect(await pendingAtLast(server)).toEqual([])
  const after = await chats(route)
  // The real circuit of the model never opened.
  expect(after.map(({ drill, model }) => [drill, model])).toEqual(after.map(() => [undefined, target]))
  const { record } = await eventually(
    () => show(id),
    (shown) => shown.record.drawn.requests === 12,
  )
  expect(record.drawn).toMatchObject({ requests: 12, ok: 12 })
})

test.each(faces)('a stream that is cut does not look whole: $name', async (face) => {
  const { id } = await start({ fault: 'cut', afterParts: 2 })
  const response = await fetch(`${server.url}${face.path(route, true)}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${server.key}`,
      'content-type': 'application/json',
      ...face.headers,
    },
    body: JSON.stringify(face.body(route, true)),
  })
  const read = readers[face.name]?.(new Uint8Array(await response.arrayBuffer()))
  await stop(id)
  expect([response.status, response.headers.get('x-pointsman-drill')]).toEqual([200, id])
  expect(read).toMatchObject({ complete: false, errors: [expect.stringContaining(`cut by the drill ${id}`)] })
  expect(read?.text.length).toBeGreaterThan(0)
})

const intents = async (): Promise<number> =>
  (await journalText(server.dataDir)).match(/"type":"intent"/g)?.length ?? 0
/** What is asked is under way, and on its way to the record. */
async function begun(count: number): Promise<void> {
  const found = await eventually(intents, (present) => present >= count)
  expect(found).toBeGreaterThanOrEqual(count)
}

test('a stop lets go of calls that are held up', async () => {
  const { id } = await start({ fault: 'stall' })
  let answered = false
  const before = await intents()
  const held = chat(route).finally(() => (answered = true))
  await begun(before + 1)
  expect(answered).toBe(false)
  await stop(id)
  expect(await held).toMatchObject({ status: 200, drill: id })
}, 120_000)

test('a host that is killed loses nothing of its record and brings it back no longer than it was to last', async () => {
  const { endsAt, id } = await start({ fault: 'stall', durationSeconds: 30 })
  const before = await intents()
  const held = Promise.allSettled([chat(route), chat(route)])
  await begun(before + 2)
  await server.kill('SIGKILL')
  await held
  server = await startServer({ environment, dataDir: server.dataDir })
  const { record } = await eventually(
    () => show(id),
    (shown) => shown.record.drawn.requests === 2,
  )
  // Cut off by the end of their processes.
  expect(record.drawn).toMatchObject({ requests: 2, ok: 0 })
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, Date.parse(endsAt) - Date.now())))
  expect((await chats(route, 6)).map(({ drill, status }) => [drill, status])).toEqual(
    Array.from({ length: 6 }, () => [undefined, 200]),
  )
  expect(await show(id)).toMatchObject({ state: 'ended', endedAt: endsAt })
}, 120_000)
