import { afterAll, beforeAll, expect, test } from 'vitest'
import { startChaosProxy, type ChaosProxy } from '@pointsman/simulator'
import { api, removeFolder, startServer, type RunningServer } from '../server.ts'
import { reportFigure } from './figures.ts'
import { short } from './form.ts'
import { createRecorder, startVendor, type ClientEntry, type Recorder, type Vendor } from './history/index.ts'

/** Far enough from each other that one cannot be taken for another. */
const limits = {
  connectMs: short(2_700, 5_000),
  firstByteMs: short(4_500, 20_000),
  idleMs: short(1_800, 10_000),
  totalMs: short(9_000, 40_000),
}

let vendor: Vendor
let server: RunningServer
let silent: ChaosProxy
let recorder: Recorder

beforeAll(async () => {
  vendor = await startVendor()
  // A connection that is taken and says nothing: no handshake of TLS ever ends on it.
  silent = await startChaosProxy({ target: { port: vendor.simulator.port } })
  await silent.refuse('silent')
  recorder = createRecorder()
  server = await startServer({
    command: 'serve',
    environment: {
      ...vendor.environment,
      ANTHROPIC_BASE_URL: `https://${silent.address}`,
      // A limit is timed by itself: where time is left a call is made again.
      POINTSMAN_RETRY_BUDGET_PERCENT: '0',
      POINTSMAN_TIMEOUT_CONNECT_MS: String(limits.connectMs),
      POINTSMAN_TIMEOUT_FIRST_BYTE_MS: String(limits.firstByteMs),
      POINTSMAN_TIMEOUT_IDLE_MS: String(limits.idleMs),
      POINTSMAN_TIMEOUT_TOTAL_MS: String(limits.totalMs),
    },
  })
  await addRoute('limits', 'gpt-4o')
  await addRoute('unreachable', 'claude-sonnet-5-5')
})
afterAll(async () => {
  recorder.close()
  await server.kill('SIGTERM')
  await silent.close()
  await vendor.close()
  await removeFolder(server.dataDir)
})

async function addRoute(name: string, model: string): Promise<void> {
  const body = { target: model, candidates: [], fallbacks: [], reason: 'a test' }
  const { status } = await api(server, `/api/v1/use-cases/${name}`, { method: 'PUT', body })
  expect([200, 201]).toContain(status)
}

const ask = (name: string): Promise<ClientEntry> =>
  recorder.ask(server, { face: 'openai-chat', model: `use-case/${name}`, stream: true })

const lastedMs = ({ endedAtMs, invokedAtMs }: ClientEntry): number => (endedAtMs ?? 0) - invokedAtMs

/** ±10 %, and what a busy machine adds to any timer. By a clock of its own the engine's tests prove it to the percent. */
function expectAt(entry: ClientEntry, limitMs: number, code: string): void {
  const ms = lastedMs(entry)
  expect(entry.problem, `${code} after ${ms} ms`).toContain(code)
  expect(ms).toBeGreaterThanOrEqual(limitMs * 0.9)
  expect(ms).toBeLessThanOrEqual(limitMs * 1.1 + short(5_000, 150))
}

test('T18: each limit fires alone, at its setting', async () => {
  const { simulator } = vendor
  const match = { model: 'gpt-4o' }
  // The first request of a process pays for what is loaded and compiled on its way.
  expect((await ask('limits')).end).toBe('ok')
  const connect = await ask('unreachable')
  expectAt(connect, limits.connectMs, 'upstream_timeout_connect')
  simulator.script({ match, effect: { stall: true } })
  const firstByte = await ask('limits')
  expectAt(firstByte, limits.firstByteMs, 'upstream_timeout_first_byte')
  simulator.clear()
  simulator.script({ match, effect: { stallAfterChunks: 2 } })
  const idle = await ask('limits')
  expectAt(idle, limits.idleMs, 'stood still for')
  simulator.clear()
  // Far from the limit for standing still: a busy machine is late with some.
  const slowChunksMs = limits.idleMs * 0.3
  simulator.script({
    match,
    effect: { slowChunksMs, answer: { text: 'abcdefghijkl'.repeat(4), pieces: 24 } },
  })
  const total = await ask('limits')
  expectAt(total, limits.totalMs, 'took longer than')
  simulator.clear()
  // Slower between its pieces than to its first one, longer than every limit but the total: it lives.
  simulator.script({ match, effect: { slowChunksMs, answer: { text: 'abcdefghijkl', pieces: 10 } } })
  const slow = await ask('limits')
  simulator.clear()
  expect(slow).toMatchObject({ end: 'ok', text: 'abcdefghijkl' })
  expect(lastedMs(slow)).toBeGreaterThan(Math.max(limits.connectMs, limits.firstByteMs * 0.9, limits.idleMs))
  const off = [
    [connect, limits.connectMs],
    [firstByte, limits.firstByteMs],
    [idle, limits.idleMs],
    [total, limits.totalMs],
  ] as const
  const figures = off.map(([entry, limitMs]) => `${((lastedMs(entry) / limitMs - 1) * 100).toFixed(1)} %`)
  reportFigure('T18', `connect, first byte, idle, total fired after their setting by ${figures.join(', ')}`)
})
