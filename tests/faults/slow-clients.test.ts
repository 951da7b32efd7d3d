import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { eventually } from '../server.ts'
import { quantile, reportFigure } from './figures.ts'
import { short } from './form.ts'
import { openLoop, type Asked } from './hostile/load.ts'
import { chatBody } from './hostile/ask.ts'
import { startRig, type Rig } from './rig.ts'

let rig: Rig | null = null
const opened: { destroy(): unknown }[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) one.destroy()
  await rig?.close()
  rig = null
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
    const clients = short(200, 2_000)
    const { key, url } = at.server
    const kinds = [
      () => slowHead(at.port),
      () => slowBody(at.port, key),
      () => slowBodyOverHttp2(url, key),
      () => slowHead(at.port),
    ]
    const slow = Array.from(
      { length: clients },
      (_, index) => kinds[index % kinds.length]?.() ?? slowHead(at.port),
    )
    const dripping = setInterval(() => slow.forEach((one) => one.more()), 300)
    const answers = await goodTraffic(at, limitMs)
    expect(failed(answers)).toEqual([])
    const open = await eventually(
      () => Promise.resolve(slow.filter((one) => !one.isOver()).length),
      (count) => count === 0,
      // Node looks every five seconds.
      15_000,
    )
    clearInterval(dripping)
    expect(open).toBe(0)
    reportFigure(
      'T36',
      `${clients} clients with a byte at a time: ${answers.length} good requests, 0 failed, p99 ${slowest(answers)} ms; all slow ones ended`,
    )
  },
)
