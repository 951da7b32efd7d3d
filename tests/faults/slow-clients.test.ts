import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { afterAll, afterEach, expect, test } from 'vitest'
import { eventually } from '../server.ts'
import { quantile, reportFigure } from './figures.ts'
import { isSoak, short } from './form.ts'
import { openLoop, type Asked } from './hostile/load.ts'
import { chatBody } from './hostile/ask.ts'
import { startBigStreams, type BigStreams } from './hostile/big-streams.ts'
import { holdingsOf } from './holdings.ts'
import { startRig, type Rig } from './rig.ts'

let rig: Rig | null = null
let vendor: BigStreams | null = null
const figures: string[] = []
afterAll(() => reportFigure('T36', figures.join('; ')))
const opened: { destroy(): unknown }[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) one.destroy()
  await rig?.close()
  await vendor?.close()
  rig = null
  vendor = null
})

const keep = <One extends Socket | ClientHttp2Session>(one: One): One => {
  // What a server does to such a client is looked at by its end, not by its error.
  one.on('error', () => one.destroy())
  opened.push(one)
  return one
}

/** Good callers meanwhile: what they met. */
async function goodTraffic(at: Rig, forMs: number): Promise<readonly Asked[]> {
  const { key, url } = at.server
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const perSecond = short(20, 50)
  return openLoop({
    url: `${url}/v1/chat/completions`,
    perSecond,
    forMs,
    headers: () => headers,
    body: chatBody,
  })
}

const failed = (answers: readonly Asked[]): readonly number[] =>
  answers.filter(({ status }) => status !== 200).map(({ status }) => status)

const slowest = (answers: readonly Asked[]): number =>
  Math.round(
    quantile(
      answers.map(({ tookMs }) => tookMs),
      0.99,
    ),
  )

interface Slow {
  isOver(): boolean
  /** A little more, as slowly as that. */
  more(): boolean
}

function slowHead(port: number): Slow {
  const socket = keep(connect({ port, host: '127.0.0.1', noDelay: true }))
  socket.resume().write('POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\n')
  let at = 0
  return {
    isOver: () => socket.destroyed,
    more: () => socket.writable && socket.write(`X-${at++}: a\r\n`),
  }
}

function slowBody(port: number, key: string): Slow {
  const socket = keep(connect({ port, host: '127.0.0.1', noDelay: true }))
  socket.resume()
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{`,
  )
  return { isOver: () => socket.destroyed, more: () => socket.writable && socket.write(' ') }
}

function slowBodyOverHttp2(url: string, key: string): Slow {
  const session = keep(connectHttp2(url))
  const stream = session.request({
    ':method': 'POST',
    ':path': '/v1/chat/completions',
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
  })
  stream.on('error', () => stream.destroy())
  stream.resume().write('{')
  return { isOver: () => stream.destroyed, more: () => stream.writable && stream.write(' ') }
}

test(
  'T36 (heads and bodies): those that come a byte at a time starve nobody, and are ended',
  { timeout: 600_000 },
  async () => {
    const limitMs = 4_000
    const at = (rig = await startRig({
      POINTSMAN_TIMEOUT_HEAD_MS: String(limitMs),
      POINTSMAN_TIMEOUT_BODY_MS: String(limitMs),
    }))
    const [heads, bodies] = [short(100, 2_000), short(100, 500)]
    const { key, url } = at.server
    const slow = [
      ...Array.from({ length: heads }, () => slowHead(at.port)),
      ...Array.from({ length: bodies }, (_, index) =>
        index % 2 === 0 ? slowBody(at.port, key) : slowBodyOverHttp2(url, key),
      ),
    ]
    const dripping = setInterval(() => slow.forEach((one) => one.more()), 300)
    const answers = await goodTraffic(at, limitMs)
    expect(failed(answers)).toEqual([])
    const open = await eventually(
      () => Promise.resolve(slow.filter((one) => !one.isOver()).length),
      (count) => count === 0,
    )
    clearInterval(dripping)
    expect(open).toBe(0)
    figures.push(
      `${heads} heads and ${bodies} bodies a byte at a time: ${answers.length} good requests, 0 failed, p99 ${slowest(answers)} ms, all slow ones ended`,
    )
  },
)

const ask = JSON.stringify({
  model: 'gpt-4.1',
  stream: true,
  messages: [{ role: 'user', content: 'Tell me everything.' }],
})

/** Asks for a big stream, takes its beginning and then nothing any more. */
function slowReader(protocol: 'http/1.1' | 'h2', { port, server: { key, url } }: Rig): Promise<void> {
  return new Promise((resolve) => {
    if (protocol === 'h2') {
      const stream = keep(connectHttp2(url)).request({
        ':method': 'POST',
        ':path': '/v1/chat/completions',
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
      })
      stream.on('error', () => stream.destroy())
      stream.on('data', () => resolve(void stream.pause())).end(ask)
      return
    }
    const socket = keep(connect({ port, host: '127.0.0.1', noDelay: true }))
    socket.on('data', () => resolve(void socket.pause()))
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nContent-Length: ${ask.length}\r\n\r\n${ask}`,
    )
  })
}

/** More than the system keeps for the two connections of a stream: a sixth of it was seen to. */
const streamBytes = 64 * 1_048_576
const most = 256 * 1_024

test.each(['http/1.1', 'h2'] as const)(
  'T36 (readers over %s): who does not read costs little, and holds its own upstream back alone',
  { timeout: 600_000 },
  async (protocol) => {
    const big = (vendor = await startBigStreams(streamBytes))
    const waitMs = '600000'
    const at = (rig = await startRig({
      OPENAI_BASE_URL: big.url,
      POINTSMAN_MAX_IN_FLIGHT: '2000',
      POINTSMAN_TIMEOUT_STALL_MS: waitMs,
      POINTSMAN_TIMEOUT_CONNECT_MS: waitMs,
      POINTSMAN_TIMEOUT_FIRST_BYTE_MS: waitMs,
      POINTSMAN_TIMEOUT_TOTAL_MS: waitMs,
    }))
    const readers = short(20, 250)
    const begin = async (count: number): Promise<void> => {
      for (let begun = 0; begun < count; begun += 10)
        await Promise.all(Array.from({ length: 10 }, () => slowReader(protocol, at)))
    }
    // What the first of all need once is not counted.
    const first = short(10, 50)
    await begin(first)
    await goodTraffic(at, 1_000)
    const before = await holdingsOf(at.server)
    await begin(readers)
    const answers = await goodTraffic(at, short(2_000, 30_000))
    expect(failed(answers)).toEqual([])
    const emitted = await stoodStill(big)
    expect(emitted).toHaveLength(readers + first)
    expect(Math.max(...emitted)).toBeLessThan(streamBytes / 2)
    const after = await holdingsOf(at.server)
    const buffers = (after.arrayBuffers - before.arrayBuffers) / readers
    const resident = (after.rss - before.rss) / readers
    const objects = (after.heapUsed - before.heapUsed) / readers
    const inKiB = (bytes: number): string => `${Math.round(bytes / 1_024)} KiB`
    const figure = `${readers} readers over ${protocol}: ${inKiB(buffers)} of buffers and ${inKiB(objects)} of objects each, ${inKiB(resident)} resident`
    // They were held: else there is nothing to be bounded.
    expect(buffers, figure).toBeGreaterThan(16 * 1_024)
    expect(buffers, figure).toBeLessThan(most)
    // Of few readers these tell what the process needed meanwhile. What is resident has beside what is held the memory that
    // the first moments of many streams needed at once, which goes back to the allocator and not to the system.
    if (isSoak) {
      expect(buffers + objects, figure).toBeLessThan(most)
      expect(resident, figure).toBeLessThan(2 * most)
    }
    for (const one of opened.splice(0)) one.destroy()
    const left = await eventually(
      () => Promise.resolve(big.sent().length),
      (count) => count === 0,
    )
    expect(left).toBe(0)
    figures.push(`${figure}, ${answers.length} good requests, 0 failed, p99 ${slowest(answers)} ms`)
  },
)

/** What the vendor has handed over of each stream, once it is held back. */
async function stoodStill(big: BigStreams): Promise<readonly number[]> {
  let last = -1
  await eventually(
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 500))
      const now = big.sent().reduce((sum, bytes) => sum + bytes, 0)
      const isStill = now === last
      last = now
      return isStill
    },
    (isStill) => isStill,
  )
  return big.sent()
}
