import { spawn } from 'node:child_process'
import { readFile, readdir } from 'node:fs/promises'
import { request } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { afterAll, expect, test } from 'vitest'
import { eventually, removeFolder, startServer, type RunningServer } from '../../server.ts'
import { reportFigure } from '../figures.ts'
import { short } from '../form.ts'
import { failures, steadyLoad } from './steady-load.ts'

const workers = 2
const renewals = short(3, 20)
const folders: string[] = []
afterAll(() => Promise.all(folders.map(removeFolder)))

const dataPlanes = (host: number): Promise<readonly number[]> => childrenOf(host, 'pointsman-data')

async function childrenOf(parentPid: number, title: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async (pid) => {
      const read = (file: string): Promise<string> => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
      const parent = Number((await read('stat')).split(') ').at(-1)?.split(' ')[1])
      return parent === parentPid && (await read('cmdline')).startsWith(title) ? [Number(pid)] : []
    }),
  )
  return found.flat().sort((one, other) => one - other)
}

test(
  'T42: SIGHUP renews the data planes one by one, and no request is dropped',
  { timeout: 1_800_000 },
  async () => {
    const server = await startServer({ environment: { POINTSMAN_WORKERS: String(workers) } })
    folders.push(server.dataDir)
    const target = { url: server.url, key: server.key, model: 'use-case/clinical' }
    const busy = steadyLoad(target, { clients: 4, pauseMs: 0 })
    const resting = steadyLoad(target, { clients: 4, pauseMs: 200 })
    // The server is ready with the first of them.
    const firstPids = await eventually(
      () => dataPlanes(server.pid),
      (pids) => pids.length === workers,
    )
    expect(firstPids).toHaveLength(workers)
    const startedAt = performance.now()
    let before = firstPids
    for (let round = 0; round < renewals; round += 1) {
      process.kill(server.pid, 'SIGHUP')
      const present = before
      before = await eventually(
        () => dataPlanes(server.pid),
        (pids) => pids.length === workers && !pids.some((pid) => present.includes(pid)),
      )
      expect(before.filter((pid) => present.includes(pid))).toEqual([])
    }
    const tookMs = performance.now() - startedAt
    const seen = [...(await busy.stop()), ...(await resting.stop())]
    expect(failures(seen)).toEqual([])
    expect(await server.kill('SIGTERM')).toBe(0)
    reportFigure(
      'T42',
      `${workers} data planes renewed ${renewals} times in ${Math.round(tookMs / 1_000)} s under load: ${seen.length} requests, 0 failed, 0 resets`,
    )
  },
)

test(
  'T42: SIGHUP while data planes still start is heeded when all are up',
  { timeout: 300_000 },
  async () => {
    const starting = startServer({ environment: { POINTSMAN_WORKERS: String(workers) } })
    const [host = 0] = await eventually(
      () => childrenOf(process.pid, 'pointsman-host'),
      ([pid = 0]) => pid > 0,
    )
    const first = await eventually(
      () => dataPlanes(host),
      (pids) => pids.length > 0,
    )
    process.kill(host, 'SIGHUP')
    const server = await starting
    folders.push(server.dataDir)
    const renewed = await eventually(
      () => dataPlanes(host),
      (pids) => pids.length === workers && !pids.some((pid) => first.includes(pid)),
    )
    expect([renewed.length, renewed.some((pid) => first.includes(pid))]).toEqual([workers, false])
    expect(await server.kill('SIGTERM')).toBe(0)
  },
)

test(
  'T42: SIGTERM while data planes still start stops in order, and waits for none of them',
  { timeout: 300_000 },
  async () => {
    const starting = startServer({ environment: { POINTSMAN_WORKERS: String(workers) } })
    const [host = 0] = await eventually(
      () => childrenOf(process.pid, 'pointsman-host'),
      ([pid = 0]) => pid > 0,
    )
    const [late = 0] = await eventually(
      () => dataPlanes(host),
      (pids) => pids.length > 0,
    )
    process.kill(late, 'SIGSTOP')
    const server = await starting
    folders.push(server.dataDir)
    const ended = server.kill('SIGTERM')
    process.kill(late, 'SIGCONT')
    expect(await ended).toBe(0)
  },
)

/** A stream that has begun to be answered; `text` is what came of it to its end. */
function beginStream(server: RunningServer): Promise<{ readonly text: Promise<string> }> {
  return new Promise((resolve, reject) => {
    const sent = request(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
    })
    sent.on('error', reject).on('response', (answer) => resolve({ text: readText(answer) }))
    const content = 'Tell me a long story. '.repeat(40)
    sent.end(
      JSON.stringify({ model: 'use-case/clinical', stream: true, messages: [{ role: 'user', content }] }),
    )
  })
}

test('T42: SIGHUP to a server of one process, which has nothing to renew, lets what is under way end', async () => {
  const server = await startServer()
  folders.push(server.dataDir)
  const answer = await beginStream(server)
  expect(await server.kill('SIGHUP')).toBe(0)
  expect(await answer.text).toContain('[DONE]')
})

const drains = (server: RunningServer): Promise<Response> =>
  eventually(
    () => fetch(`${server.url}/readyz`),
    ({ status }) => status === 503,
  )

test('T42: SIGTERM drains: not ready at once, what is under way ends, the last answers end their connections, exit 0', async () => {
  const server = await startServer({ environment: { POINTSMAN_DRAIN_MS: '5000' } })
  folders.push(server.dataDir)
  const load = steadyLoad(
    { url: server.url, key: server.key, model: 'use-case/clinical' },
    { clients: 2, pauseMs: 20 },
  )
  const streamed = await beginStream(server)
  const ended = server.kill('SIGTERM')
  const ready = await drains(server)
  expect([ready.status, ready.headers.get('connection')]).toEqual([503, 'close'])
  const seen = load.take()
  await load.stop()
  expect(await streamed.text).toMatch(/data: \[DONE\]\s*$/)
  expect(await ended).toBe(0)
  expect(failures(seen)).toEqual([])
})

test('T42: a second signal ends it at once', async () => {
  const server = await startServer({ environment: { POINTSMAN_DRAIN_MS: '60000' } })
  folders.push(server.dataDir)
  const ended = server.kill('SIGTERM')
  expect((await drains(server)).status).toBe(503)
  spawn('kill', ['-TERM', String(server.pid)])
  expect(await ended).toBe(130)
})
