import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { short } from './form.ts'
import { fields, floodUntilClosed, frame, get, http2Socket } from './hostile/http2-frames.ts'
import { chatBody, chat, lives, memoryOf } from './hostile/ask.ts'
import { startRig, type Rig } from './rig.ts'

/*
 * HTTP/2 with prior knowledge on the same port: its floods end their own connection, cost bounded memory and nobody else's
 * answer.
 */
let rig: Rig
let memoryBefore = 0
beforeAll(async () => {
  rig = await startRig()
  for (let warm = 0; warm < 50; warm += 1) await chat(rig)
  memoryBefore = await memoryOf(rig.server.pid)
})
afterAll(() => rig.close())

const endStream = 0x1
const endHeaders = 0x4
const most = short(20_000, 400_000)
const withinMs = short(3_000, 20_000)

/** Which floods must be answered by the end of the connection; the others may go on, as slowly as they are read. */
const floods: {
  readonly [name: string]: { readonly closes: boolean; readonly piece: (at: number) => Buffer }
} = {
  'rapid reset': {
    closes: true,
    piece: (at) => {
      const stream = at * 2 + 1
      const head = frame('headers', { flags: endHeaders | endStream, stream, payload: get('/healthz') })
      return Buffer.concat([head, frame('reset', { stream, payload: Buffer.from([0, 0, 0, 8]) })])
    },
  },
  'CONTINUATION without end': {
    closes: true,
    piece: (at) =>
      at === 0
        ? frame('headers', { stream: 1, payload: get('/healthz') })
        : frame('more', { stream: 1, payload: fields([`x-${at}`, 'a'.repeat(100)]) }),
  },
  'empty CONTINUATION without end': {
    closes: true,
    piece: (at) =>
      at === 0 ? frame('headers', { stream: 1, payload: get('/') }) : frame('more', { stream: 1 }),
  },
  'headers larger than the limit': {
    closes: true,
    piece: (at) =>
      frame('headers', {
        flags: endHeaders | endStream,
        stream: at * 2 + 1,
        payload: Buffer.concat([get('/healthz'), fields(['x-a', 'a'.repeat(16_000)])]).subarray(0, 16_384),
      }),
  },
  settings: {
    closes: false,
    piece: () => frame('settings', { payload: Buffer.from([0, 4, 0, 0, 255, 255]) }),
  },
  ping: { closes: false, piece: (at) => frame('ping', { payload: Buffer.alloc(8, at) }) },
  'windows without data': {
    closes: false,
    piece: () => frame('window', { payload: Buffer.from([0, 0, 0, 1]) }),
  },
  'windows beyond 2^31': {
    closes: true,
    piece: () => frame('window', { payload: Buffer.from([0x7f, 255, 255, 255]) }),
  },
  'data on no stream': { closes: true, piece: () => frame('data', { stream: 0, payload: Buffer.from('a') }) },
  'data on a stream that never was': {
    closes: true,
    piece: () => frame('data', { stream: 99, payload: Buffer.from('a') }),
  },
  'empty data': {
    closes: false,
    piece: (at) =>
      at === 0
        ? frame('headers', { flags: endHeaders, stream: 1, payload: get('/healthz') })
        : frame('data', { stream: 1 }),
  },
  'pushes by a client': {
    closes: true,
    piece: () => frame('push', { flags: endHeaders, stream: 1, payload: Buffer.from([0, 0, 0, 2]) }),
  },
  'frames of 16 MB': {
    closes: true,
    piece: () => Buffer.concat([Buffer.from([255, 255, 255, 0, 0, 0, 0, 0, 1]), Buffer.alloc(16_384)]),
  },
  'priorities in circles': {
    closes: false,
    piece: (at) => frame('priority', { stream: (at % 1_000) * 2 + 1, payload: Buffer.from([0, 0, 0, 3, 1]) }),
  },
}

test.each(Object.entries(floods))('T34: HTTP/2: %s', async (_name, { closes, piece }) => {
  const before = rig.vendor.simulator.ledger().at(-1)?.sequence ?? 0
  const socket = await http2Socket(rig.port)
  const flood = floodUntilClosed(socket, piece, { most, withinMs: closes ? 60_000 : withinMs })
  // Others are served while it runs.
  const others = await Promise.all([chat(rig), chat(rig), chat(rig)])
  expect(others.map(({ status }) => status)).toEqual([200, 200, 200])
  const { closed, sent } = await flood
  if (closes) expect({ closed, sent }).toMatchObject({ closed: true })
  expect((rig.vendor.simulator.ledger().at(-1)?.sequence ?? 0) - before).toBe(3)
  expect(lives(rig.server.pid)).toBe(true)
  expect(await memoryOf(rig.server.pid)).toBeLessThan(memoryBefore + 150 * 1_048_576)
  expect(rig.server.output()).not.toMatch(/POLLUTED|request_failed|unhandled/i)
})

const pseudo: { readonly [name: string]: readonly (readonly [string, string])[] } = {
  'a path twice': [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':path', '/healthz'],
    [':path', '/readyz'],
  ],
  'no path': [
    [':method', 'GET'],
    [':scheme', 'http'],
  ],
  'no method': [
    [':scheme', 'http'],
    [':path', '/healthz'],
  ],
  'a pseudo header after the others': [
    [':method', 'GET'],
    ['x-a', 'b'],
    [':scheme', 'http'],
    [':path', '/healthz'],
  ],
  'an unknown pseudo header': [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':path', '/healthz'],
    [':x', 'y'],
  ],
  'names in capitals': [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':path', '/healthz'],
    ['X-A', 'b'],
  ],
  'transfer-encoding': [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':path', '/healthz'],
    ['transfer-encoding', 'chunked'],
  ],
  connection: [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':path', '/healthz'],
    ['connection', 'keep-alive'],
  ],
  'a line break in a value': [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':path', '/healthz'],
    ['x-a', 'b\r\nc: d'],
  ],
  'a NUL in a name': [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':path', '/healthz'],
    ['x\0a', 'b'],
  ],
  'a line break in the path': [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':path', '/healthz\r\nx: y'],
  ],
  'a length that lies': [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':path', '/healthz'],
    ['content-length', '10'],
  ],
}

test.each(Object.entries(pseudo))('T34: HTTP/2: %s is no request', async (_name, pairs) => {
  const socket = await http2Socket(rig.port)
  const pieces: Buffer[] = []
  socket.on('data', (chunk: Buffer) => pieces.push(chunk))
  socket.write(frame('headers', { flags: endHeaders | endStream, stream: 1, payload: fields(...pairs) }))
  await new Promise((resolve) => setTimeout(resolve, 150))
  socket.destroy()
  // Answered by RST_STREAM or GOAWAY, or as the bad request that it is; never with what the path would give.
  expect(Buffer.concat(pieces).toString('latin1')).not.toContain('"status":"ok"')
  expect((await chat(rig)).status).toBe(200)
})

test('T34: HTTP/2: a stream of many that are served at once is refused, and the others answered', async () => {
  const session = connectHttp2(rig.server.url)
  session.on('error', () => session.destroy())
  await once(session, 'remoteSettings')
  const statuses = await Promise.all(
    Array.from({ length: 400 }, async () => {
      const stream = session.request({
        ':method': 'POST',
        ':path': '/v1/chat/completions',
        authorization: `Bearer ${rig.server.key}`,
        'content-type': 'application/json',
      })
      stream.end(chatBody)
      let status = 0
      stream.on('response', (headers) => (status = Number(headers[':status'])))
      stream.resume()
      await once(stream, 'close').catch(() => undefined)
      return status
    }),
  )
  session.destroy()
  expect(statuses.filter((status) => status !== 200 && status !== 503)).toEqual([])
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(100)
})
