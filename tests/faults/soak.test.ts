import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { startChaosProxy, type ChaosProxy } from '@pointsman/simulator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chanceOf } from '../chance.ts'
import { eventually } from '../server.ts'
import { reportFigure } from './figures.ts'
import { isSoak, seed, short } from './form.ts'
import { createRecorder, drive } from './history/index.ts'
import { startBigStreams, type BigStreams } from './hostile/big-streams.ts'
import { holdingsOf, type Holdings } from './holdings.ts'
import { startRig, type Rig } from './rig.ts'
import { faultsIn, openFiles } from './streams/rig.ts'

/*
 * A load of which a third leaves in its midst, and beside it clients that vanish: their ends do not arrive. After each
 * spell of it the process holds what it held before. The long form goes on for ten minutes and more.
 */
const spells = short(1, 4)
const spellMs = short(6_000, 110_000)
const vanishEveryMs = short(250, 1_000)
const stallMs = short(1_500, 20_000)
const keepAliveMs = short(1_500, 20_000)
/** How long a client that vanished may stay: it does not read, then it does not answer (`lingerMs`). */
const goneWithinMs = Math.max(stallMs, keepAliveMs) + 10_000

const models = ['eu.amazon.nova-lite-v1:0', 'claude-sonnet-5-5', 'gemini-3.5-flash']
const big = 'gpt-4.1'

let rig: Rig
let bigStreams: BigStreams
/** Between clients and server: what ends on the one side does not on the other. */
let proxy: ChaosProxy
beforeAll(async () => {
  bigStreams = await startBigStreams(32 * 1_048_576)
  rig = await startRig({
    OPENAI_BASE_URL: bigStreams.url,
    POINTSMAN_TIMEOUT_STALL_MS: String(stallMs),
    POINTSMAN_TIMEOUT_KEEP_ALIVE_MS: String(keepAliveMs),
  })
  proxy = await startChaosProxy({ target: { port: rig.port } })
  proxy.set('up', { dropEnd: true })
}, 120_000)
afterAll(async () => {
  await proxy.close()
  await rig.close()
  await bigStreams.close()
})

/** Clients that leave in order or in the midst, at about half of what the machine can do. */
async function load(): Promise<number> {
  const recorder = createRecorder()
  const until = performance.now() + spellMs
  let requests = 0
  await drive(recorder, {
    ...{ seed, models, clients: 6, requests: Infinity, streams: 0.5, leaves: 0.6 },
    server: () => rig.server,
    enough: () => performance.now() > until,
    ended: () => (requests += 1),
  })
  recorder.close()
  return requests
}

const bodyFor = (model: string): string =>
  JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: 'Tell me of the points.' }] })

/** Asks over either protocol, and is not there any more a moment later; a fourth of them with more to come than fits. */
function vanish(chance: () => number): void {
  const headers = { authorization: `Bearer ${rig.server.key}`, 'content-type': 'application/json' }
  const body = bodyFor(chance() < 0.25 ? big : (models[0] ?? big))
  const afterMs = 200 + chance() * 300
  if (chance() < 0.5) {
    const session = connectHttp2(`http://${proxy.address}`)
    session.on('error', () => session.destroy())
    const stream = session.request({ ':method': 'POST', ':path': '/v1/chat/completions', ...headers })
    stream.on('error', () => stream.destroy())
    stream.on('data', () => stream.pause()).end(body)
    setTimeout(() => session.destroy(), afterMs)
    return
  }
  const socket = connect(proxy.port, '127.0.0.1')
  socket.on('error', () => socket.destroy())
  socket.on('data', () => socket.pause())
  const lines = Object.entries({ host: 'a', ...headers, 'content-length': body.length })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  socket.write(`POST /v1/chat/completions HTTP/1.1\r\n${head}\r\n${body}`)
  setTimeout(() => socket.destroy(), afterMs)
}

interface Spell {
  readonly requests: number
  readonly vanished: number
  readonly held: Holdings
  readonly files: number
}

const sockets = ({ resources }: Holdings): number => resources['TCPSocketWrap'] ?? 0

async function spell(chance: () => number, mostSockets: number): Promise<Spell> {
  let vanished = 0
  const vanishing = setInterval(() => {
    vanished += 1
    vanish(chance)
  }, vanishEveryMs)
  const requests = await load()
  clearInterval(vanishing)
  // Whoever vanished last had this long; connections to vendors rest for half a minute.
  await sleep(goneWithinMs)
  const held = await eventually(
    () => holdingsOf(rig.server),
    (now) => sockets(now) <= mostSockets,
    short(5_000, 60_000),
  )
  return { requests, vanished, held, files: await openFiles(rig.server.pid) }
}

const mebibytes = (bytes: number): string => (bytes / 1_048_576).toFixed(1)
const inUse = ({ arrayBuffers, heapUsed }: Holdings): number => arrayBuffers + heapUsed

test('T22: sockets, timers, listeners and memory come back, whoever left and whoever vanished', async () => {
  process.stdout.write(`T22: seed ${seed}\n`)
  const chance = chanceOf(seed)
  // What the first of all need once is not counted.
  const first = await spell(chance, 0)
  const most = sockets(first.held) + 6
  let last = first
  let [requests, vanished] = [0, 0]
  for (let index = 0; index < spells; index += 1) {
    last = await spell(chance, most)
    requests += last.requests
    vanished += last.vanished
  }
  const timers = ({ held }: Spell): number => held.resources['Timeout'] ?? 0
  const told = `${requests} requests and ${vanished} clients that vanished: ${sockets(first.held)} → ${sockets(last.held)} sockets, ${first.files} → ${last.files} descriptors, ${timers(first)} → ${timers(last)} timers, ${first.held.listeners} → ${last.held.listeners} listeners, ${mebibytes(inUse(first.held))} → ${mebibytes(inUse(last.held))} MiB in use, ${mebibytes(first.held.rss)} → ${mebibytes(last.held.rss)} MiB resident`
  expect(vanished, told).toBeGreaterThan(10)
  expect(sockets(last.held), told).toBeLessThanOrEqual(most)
  expect(last.files, told).toBeLessThanOrEqual(first.files + 8)
  expect(timers(last), told).toBeLessThanOrEqual(timers(first) + 8)
  expect(last.held.listeners, told).toBe(first.held.listeners)
  expect(inUse(last.held) - inUse(first.held), told).toBeLessThan(6 * 1_048_576)
  if (isSoak) expect(last.held.rss - first.held.rss, told).toBeLessThan(64 * 1_048_576)
  expect(bigStreams.sent(), told).toHaveLength(0)
  expect(faultsIn(rig.server.output())).toEqual([])
  expect(rig.server.output()).not.toContain('MaxListenersExceededWarning')
  reportFigure('T22', told)
}, 1_200_000)
