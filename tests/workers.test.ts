import { once } from 'node:events'
import { readFile, readdir } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { startSimulator, type SimulatedModel, type Simulator } from '@pointsman/simulator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import catalogue from '../catalogue/models.json' with { type: 'json' }
import { api, eventually, removeFolder, startServer, type StartedServer } from './server.ts'

const workers = 3
const lite = 'eu.amazon.nova-lite-v1:0'
const pro = 'eu.amazon.nova-pro-v1:0'

let simulator: Simulator
let server: StartedServer
let environment: Record<string, string>
beforeAll(async () => {
  simulator = await startSimulator({
    models: catalogue.models as readonly SimulatedModel[],
    // Clients that ask without a pause leave the processor to what starts again meanwhile.
    latency: { firstTokenMs: 60, perTokenMs: 0 },
  })
  environment = {
    POINTSMAN_WORKERS: String(workers),
    AWS_BEARER_TOKEN_BEDROCK: 'any',
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: simulator.url,
  }
  server = await startServer({ command: 'serve', environment })
}, 180_000)
afterAll(async () => {
  await server.kill('SIGTERM')
  await simulator.close()
  await removeFolder(server.dataDir)
})

/** The host's children by their titles, from /proc: the tests need nothing of the machine but Node. */
async function children(host: number): Promise<{ control: number[]; data: number[] }> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(pids.map(async (pid) => ({ pid: Number(pid), ...(await processOf(pid)) })))
  const named = (title: string): number[] =>
    found.filter((one) => one.parent === host && one.title === title).map(({ pid }) => pid)
  return { control: named('pointsman-control'), data: named('pointsman-data') }
}

/** Of one that has ended meanwhile: nobody's. */
async function processOf(pid: string): Promise<{ parent: number; title: string }> {
  const read = (file: string): Promise<string> => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
  // The name, which may hold anything, stands in brackets; the state and the parent follow.
  const parent = Number((await read('stat')).split(') ').at(-1)?.split(' ')[1])
  return { parent, title: (await read('cmdline')).replaceAll('\0', ' ').trim() }
}

/** Never pid 0, which would be this test's own group. */
function killOne(pid: number | undefined): void {
  if (pid === undefined || !(pid > 1)) throw new Error(`there is no process ${pid}`)
  process.kill(pid, 'SIGKILL')
}

interface Reply {
  readonly id: string
  readonly status: number
  readonly model: string
  readonly text: string
}

/** A client on one connection, which one data plane holds as long as it is open. */
class Client {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  ask(path: string, body?: unknown): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const sent = request(`${server.url}${path}`, {
        agent: this.#agent,
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
      })
      sent.on('error', reject)
      sent.on('response', (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (piece: string) => (text += piece))
        answer.on('error', reject).on('end', () => {
          const { 'x-pointsman-model': model, 'x-pointsman-request-id': id } = answer.headers
          resolve({ status: answer.statusCode ?? 0, model: String(model), id: String(id), text })
        })
      })
      sent.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }
  chat(): Promise<Reply> {
    return this.ask('/v1/chat/completions', {
      model: 'use-case/clinical',
      messages: [{ role: 'user', content: 'Hello' }],
    })
  }
  /** The process at the other end: the record of an answer is on the disk before its last byte is sent. */
  async worker(): Promise<number> {
    const { id } = await this.chat()
    return Number((await outcomes()).get(id)?.split('-').at(-2))
  }
  close(): void {
    this.#agent.destroy()
  }
}

interface Load {
  readonly clients: readonly {
    readonly worker: number
    readonly ok: () => number
    readonly failed: () => string[]
  }[]
  stop(): Promise<void>
}

/**
 * Clients that ask without a pause, until each has stopped or its connection is gone: so many, and more where one worker
 * has taken all of them, as it may when they come at once.
 */
async function load(count: number): Promise<Load> {
  let going = true
  const begin = async () => {
    const client = new Client()
    const worker = await client.worker()
    let ok = 0
    const failed: string[] = []
    const ended = (async () => {
      while (going && failed.length === 0) {
        try {
          const { status, text } = await client.chat()
          if (status === 200) ok++
          else failed.push(`${status} ${text}`)
        } catch (error) {
          failed.push(String(error))
        }
      }
      client.close()
    })()
    return { worker, ok: () => ok, failed: () => failed, ended }
  }
  const clients: Awaited<ReturnType<typeof begin>>[] = []
  const reached = (): number => new Set(clients.map(({ worker }) => worker)).size
  while (clients.length < count || (reached() < 2 && clients.length < 60)) clients.push(await begin())
  return {
    clients,
    stop: async () => {
      going = false
      await Promise.all(clients.map(({ ended }) => ended))
    },
  }
}

const move = (modelId: string) =>
  api<{ data?: { pending: string[] } }>(server, '/functions/v1/orchestrate-bedrock-models', {
    body: { action: 'switch', modelId, useCase: 'clinical' },
  })
/** A worker on a busy machine may take more than the second that a switch waits for it. */
const allServeWhatFollows = async (before: number): Promise<void> => {
  const live = await eventually(liveReplicas, (now) =>
    now.every(({ revision }) => (revision?.number ?? 0) > before),
  )
  for (const { revision } of live) expect(revision?.number).toBeGreaterThan(before)
}
const newestRevision = async (): Promise<number> =>
  Math.max(...(await liveReplicas()).map(({ revision }) => revision?.number ?? 0))
const liveReplicas = async (): Promise<{ id: string; revision: { number: number } | null }[]> => {
  const { body } = await api<{ data: { id: string; live: boolean; revision: { number: number } | null }[] }>(
    server,
    '/api/v1/replicas',
  )
  return body.data.filter(({ live }) => live)
}
const records = async (): Promise<{ outcome: string }[]> => {
  const found: { outcome: string }[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const { body }: { body: { data: { outcome: string }[]; nextCursor: string | null } } = await api(
      server,
      `/api/v1/usage/records?limit=1000${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    )
    found.push(...body.data)
    cursor = body.nextCursor
  }
  return found
}

test('each worker is a replica, and a switch that has answered is served by all of them', async () => {
  // The server is ready with its first worker; the others may still be starting.
  const { control, data } = await eventually(
    () => children(server.pid),
    (found) => found.data.length === workers,
  )
  expect([control.length, data.length]).toEqual([1, workers])
  expect(await eventually(liveReplicas, (live) => live.length === workers)).toHaveLength(workers)
  const clients: { readonly client: Client; readonly worker: number }[] = []
  const reached = (): number => new Set(clients.map(({ worker }) => worker)).size
  while (clients.length < 24 || (reached() < 2 && clients.length < 60)) {
    const client = new Client()
    clients.push({ client, worker: await client.worker() })
  }
  expect(reached()).toBeGreaterThan(1)
  for (const model of [lite, pro, lite]) {
    const before = await newestRevision()
    const late = (await move(model)).body.data?.pending ?? []
    const replies = await Promise.all(
      clients.map(async ({ client, worker }) => ({ worker, model: (await client.chat()).model })),
    )
    const told = replies.filter(({ worker }) => !late.some((id) => id.includes(`-${worker}-`)))
    expect(told.filter((reply) => reply.model !== model)).toEqual([])
    await allServeWhatFollows(before)
    const settled = await Promise.all(clients.map(({ client }) => client.chat()))
    expect(new Set(settled.map((reply) => reply.model))).toEqual(new Set([model]))
  }
  for (const { client } of clients) client.close()
}, 120_000)

test('a worker that is killed under load takes only its own requests with it, and is started again', async () => {
  const before = simulator.ledger().length
  expect(await eventually(records, (now) => now.length >= before)).toHaveLength(before)
  const loaded = await load(9)
  const killed = loaded.clients[0]?.worker ?? 0
  await eventually(
    async () => Math.min(...loaded.clients.map(({ ok }) => ok())),
    (least) => least >= 3,
  )
  killOne(killed)
  const restarted = await eventually(
    // The question itself may come upon the connection of the one that was killed.
    () => liveReplicas().catch(() => []),
    (live) =>
      live.length === workers &&
      live.every(({ id, revision }) => !id.includes(`-${killed}-`) && revision !== null),
  )
  await loaded.stop()
  expect(restarted.map(({ id }) => id).join()).not.toContain(`-${killed}-`)
  expect(restarted).toHaveLength(workers)
  const others = loaded.clients.filter(({ worker }) => worker !== killed)
  expect(others.length).toBeGreaterThan(0)
  expect(others.flatMap(({ failed }) => failed())).toEqual([])
  // Every answer that a client has read is recorded; a request that died with its process is `unknown`.
  const answered = loaded.clients.reduce((sum, { ok }) => sum + ok() + 1, 0)
  const cut = loaded.clients.length - others.length
  // The killed one's are taken in before those that the others wrote last.
  const wholeOf = (all: readonly { outcome: string }[]): number =>
    all.filter(({ outcome }) => outcome !== 'unknown').length
  const found = await eventually(records, (now) => wholeOf(now) >= before + answered)
  expect(wholeOf(found) - before).toBeGreaterThanOrEqual(answered)
  expect(found.length - before).toBeLessThanOrEqual(answered + cut)
  const revision = await newestRevision()
  expect((await move(pro)).status).toBe(200)
  await allServeWhatFollows(revision)
}, 120_000)

test('models are served while the control plane is killed, and nobody reads the log; switches go on once it is back', async () => {
  server.leaveOutput()
  const [control] = (await children(server.pid)).control
  const revision = await newestRevision()
  const loaded = await load(6)
  killOne(control)
  const away = await api<{ error?: { code: string } }>(server, '/api/v1/models')
  expect([away.status, away.body.error?.code]).toEqual([503, 'registry_unavailable'])
  const moved = await eventually(
    () => move(lite),
    ({ status }) => status === 200,
  )
  expect(moved.status).toBe(200)
  await allServeWhatFollows(revision)
  await loaded.stop()
  expect(loaded.clients.flatMap(({ failed }) => failed())).toEqual([])
  expect(await liveReplicas()).toHaveLength(workers)
}, 120_000)

test('a stop under load loses no record, and leaves no process', async () => {
  simulator.reset()
  const known = await outcomes()
  const loaded = await load(9)
  await eventually(
    async () => Math.min(...loaded.clients.map(({ ok }) => ok())),
    (least) => least >= 3,
  )
  const { control, data } = await children(server.pid)
  const events = await fetch(`${server.url}/api/v1/events`, {
    headers: { authorization: `Bearer ${server.key}` },
  })
  let heard = ''
  const ended = (async () => {
    for await (const piece of events.body?.pipeThrough(new TextDecoderStream()) ?? []) heard += piece
  })()
  await move(pro)
  await eventually(
    () => Promise.resolve(heard),
    (text) => text.includes('event: '),
  )
  expect(await server.kill('SIGTERM')).toBe(0)
  // A stream of events comes through a data plane, and ends whole.
  await ended
  expect([events.status, heard]).toEqual([200, expect.stringContaining('event: ')])
  await loaded.stop()
  for (const pid of [...control, ...data]) expect(() => process.kill(pid, 0)).toThrow()
  const answered = loaded.clients.reduce((sum, { ok }) => sum + ok() + 1, 0)
  const served = simulator.ledger().filter(({ finished }) => finished).length
  const found = [...(await outcomes()).keys()].filter((id) => !known.has(id))
  expect(found.length).toBeGreaterThanOrEqual(answered)
  expect(found).toHaveLength(served)
})

test('a host that stops refuses new connections while a last request is under way, and lets none of them wait', async () => {
  const own = await startServer({ command: 'serve', environment: { ...environment, POINTSMAN_WORKERS: '1' } })
  const { hostname, port } = new URL(own.url)
  const last = connect(Number(port), hostname)
  last.on('error', () => undefined)
  const head = 'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n'
  last.write(`${head}{}${head}{`)
  await once(last, 'data')
  const stopped = own.kill('SIGTERM')
  const failure = (): Promise<string> =>
    fetch(`${own.url}/healthz`, { signal: AbortSignal.timeout(500) }).then(
      () => '',
      (error: unknown) => String((error as { readonly cause?: { readonly code?: string } }).cause?.code),
    )
  await eventually(failure, (code) => code === 'ECONNREFUSED')
  expect(last.destroyed).toBe(false)
  last.destroy()
  expect(await stopped).toBe(0)
  await removeFolder(own.dataDir)
})

test('data planes that are signalled with their host, as a service manager does, drain as the host says', async () => {
  const drained = { ...environment, POINTSMAN_WORKERS: '1', POINTSMAN_DRAIN_MS: '12000' }
  const own = await startServer({ command: 'serve', environment: drained })
  const { control, data } = await children(own.pid)
  expect([data.length, control.length]).toEqual([1, 1])
  for (const pid of [...data, ...control]) process.kill(pid, 'SIGTERM')
  // The signal of one may be heeded before that of the other.
  await new Promise((resolve) => setTimeout(resolve, 100))
  const stopped = own.kill('SIGTERM')
  const statusOf = (path: string, init?: RequestInit): Promise<number> =>
    fetch(`${own.url}${path}`, init).then(
      ({ status }) => status,
      () => 0,
    )
  expect(
    await eventually(
      () => statusOf('/readyz'),
      (status) => status !== 200,
    ),
  ).toBe(503)
  // On a new connection, and when a data plane that renews itself would have closed the door.
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  const chat = {
    method: 'POST',
    headers: { authorization: `Bearer ${own.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'use-case/clinical', messages: [{ role: 'user', content: 'Hello' }] }),
  }
  expect(await statusOf('/v1/chat/completions', chat)).toBe(200)
  expect(await stopped).toBe(0)
  await removeFolder(own.dataDir)
})

test('children of a host that is killed end by themselves, and the next start goes on', async () => {
  server = await startServer({ command: 'serve', environment, dataDir: server.dataDir })
  expect((await api(server, '/readyz')).body).toMatchObject({ notes: [] })
  const before = await records()
  expect(before.filter(({ outcome }) => outcome === 'ok')).not.toHaveLength(0)
  const { control, data } = await children(server.pid)
  await server.kill('SIGKILL')
  const alive = (): Promise<number[]> =>
    Promise.resolve(
      [...control, ...data].filter((pid) => {
        try {
          return process.kill(pid, 0)
        } catch {
          return false
        }
      }),
    )
  expect(await eventually(alive, (pids) => pids.length === 0)).toEqual([])
}, 120_000)

/** Each request whose outcome is in a journal, with the replica that served it. */
async function outcomes(): Promise<Map<string, string>> {
  const folder = join(server.dataDir, 'journal')
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.log'))
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  const lines = texts.flatMap((text) => text.split('\n')).filter((line) => line.includes('"type":"outcome"'))
  const told = (line: string, name: string): string => new RegExp(`"${name}":"([^"]+)"`).exec(line)?.[1] ?? ''
  return new Map(lines.map((line) => [told(line, 'requestId'), told(line, 'replica')]))
}
