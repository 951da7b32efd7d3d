import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { Agent, get } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import type { Exchange } from './exchange.ts'
import { createListener, type Listener, type ListenerLimits } from './node-listener.ts'
import { answerFrames } from './testing/http2-frames.ts'
import { received } from './testing/received.ts'

const open: Listener[] = []
afterEach(async () => {
  for (const listener of open.splice(0)) await listener.stop(100)
})

const text = new TextEncoder()
const answer = (exchange: Exchange): Promise<void> => {
  exchange.client.head(200, ['content-type', 'text/plain'])
  exchange.client.end(text.encode(exchange.path))
  return Promise.resolve()
}

async function readAndAnswer(exchange: Exchange): Promise<void> {
  await exchange.readBody(100)
  return answer(exchange)
}

async function start(
  handle: (exchange: Exchange) => Promise<void> = answer,
  limits: Partial<ListenerLimits> = {},
): Promise<{ port: number; listener: Listener; failures: unknown[] }> {
  const failures: unknown[] = []
  const listener = createListener({
    handle,
    nowUs: () => 0,
    onFailure: (failure) => failures.push(failure),
    limits,
  })
  open.push(listener)
  listener.server.listen(0, '127.0.0.1')
  await once(listener.server, 'listening')
  const address = listener.server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { port: address.port, listener, failures }
}

const say = (port: number, bytes: string): Promise<string> => {
  const socket = connect(port, '127.0.0.1')
  socket.write(bytes)
  return received(socket)
}

test.each([
  ['at once', 0],
  ['after a wait', 20],
])('a body that came in several pieces is read whole: %s', async (_, waitMs) => {
  const { port } = await start(async (exchange) => {
    if (waitMs > 0) await sleep(waitMs)
    const body = Buffer.from(await exchange.readBody(100))
    exchange.client.head(200, [])
    exchange.client.end(Buffer.from(`<${body.toString()}>`))
  })
  const chunked = (more: string): string =>
    `POST /a HTTP/1.1\r\nhost: x\r\n${more}transfer-encoding: chunked\r\n\r\n5\r\n{"a":\r\n4\r\n123}\r\n0\r\n\r\n`
  // Those behind the first wait for their turn with all of their body there.
  const told = await say(port, chunked('') + chunked('') + chunked('connection: close\r\n'))
  expect(told.match(/<[^>]*>/g)).toEqual(['<{"a":123}>', '<{"a":123}>', '<{"a":123}>'])
})

test('a connection is kept for the next request, unless a body lies unread on it', async () => {
  const { port } = await start()
  const last = 'GET /b HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'
  const both = await say(port, `GET /a HTTP/1.1\r\nhost: x\r\n\r\n${last}`)
  expect(both.match(/HTTP\/1\.1 200/g)).toHaveLength(2)
  const none = await say(port, `POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n${last}`)
  expect(none.match(/HTTP\/1\.1 200/g)).toHaveLength(2)
  const unread = await say(port, `POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 90000\r\n\r\n${last}`)
  expect(unread.match(/HTTP\/1\.1 200/g)).toHaveLength(1)
})

test('a head or a body that never ends is cut by the time limits', async () => {
  const { port } = await start(readAndAnswer, {
    headersTimeoutMs: 500,
    requestTimeoutMs: 1_000,
    checkEveryMs: 50,
  })
  expect(await say(port, 'GET / HTTP/1.1\r\nhost: x\r\n')).toContain('408')
  expect(await say(port, 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nhalf')).not.toContain('200')
})

test('a silent connection is cut, and gives its place to a newer one before', async () => {
  const { port } = await start(answer, { maxConnections: 2, firstByteTimeoutMs: 200 })
  const silent = connect(port, '127.0.0.1')
  const oldest = received(silent)
  const slow = connect(port, '127.0.0.1')
  await once(slow, 'connect')
  const get = 'GET /in HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'
  expect(await say(port, get)).toContain('/in')
  expect(await oldest).toBe('')
  // A byte now and then is no word: the limit is one.
  slow.write('P')
  await new Promise((resolve) => setTimeout(resolve, 120))
  slow.write('R')
  expect(await received(slow)).toBe('')
})

test('whole requests are answered before the garbage that follows them', async () => {
  const { port } = await start(async (exchange) => {
    await new Promise((resolve) => setTimeout(resolve, 50))
    return answer(exchange)
  })
  const get = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`
  expect(await say(port, `${get('/a')}${get('/b')}\0\0\r\n\r\n`)).toMatch(/200.*\/a.*200.*\/b.*400/s)
})

test.each([
  ['plain requests', 'POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n'],
  ['others', 'GET /a HTTP/1.1\r\nhost: x\r\n\r\n'],
])('a CONNECT behind %s is refused when they are answered', async (_, asked) => {
  const { begun, handle, letGo } = holding()
  const { port } = await start(handle)
  const told = say(port, `${asked}${asked}CONNECT away:443 HTTP/1.1\r\nhost: away:443\r\n\r\nfor away`)
  await expect.poll(() => begun.length).toBe(1)
  letGo()
  await expect.poll(() => begun.length).toBe(2)
  letGo()
  expect(await told).toMatch(
    /^HTTP\/1\.1 200 .*\/a\s*.*HTTP\/1\.1 200 .*\/a\s*.*HTTP\/1\.1 405 .*allow: GET/s,
  )
})

test('an answer that is read slowly comes whole although a CONNECT stands behind its request', async () => {
  const size = 20_000_000
  const { port } = await start(async ({ client }) => {
    client.head(200, ['content-type', 'text/plain', 'content-length', String(size)])
    const piece = new Uint8Array(100_000)
    for (let sent = 0; sent < size; sent += piece.length) if (!client.write(piece)) await client.drained()
    client.end()
  })
  const connectAway = 'CONNECT away:443 HTTP/1.1\r\nhost: away:443\r\n\r\n'
  const told = await say(port, `GET / HTTP/1.1\r\nhost: x\r\n\r\n${connectAway}`)
  expect(told.length).toBeGreaterThan(size)
  expect(told).toContain('HTTP/1.1 405 ')
})

test('whose client leaves before its answer is noticed although a CONNECT stands behind its request', async () => {
  const { left, handle } = writeOn()
  const { port } = await start(handle)
  const socket = connect(port, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\nCONNECT away:443 HTTP/1.1\r\nhost: away:443\r\n\r\n')
  await once(socket, 'readable')
  socket.destroy()
  expect(await left).toBe('left')
})

test('however much garbage follows a request, its answer is waited for once', async () => {
  const warned: string[] = []
  const onWarning = ({ name }: Error): void => void warned.push(name)
  process.on('warning', onWarning)
  const { handle, letGo } = holding()
  const { port } = await start(handle)
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const told = received(socket)
  socket.write(plainGet('/a'))
  for (let piece = 0; piece < 30; piece++) {
    await sleep(4)
    socket.write('\u0001garbage\r\n\r\n')
  }
  await sleep(20)
  letGo()
  expect(await told).toMatch(/^HTTP\/1\.1 200 .*\/a\s.*HTTP\/1\.1 400 /s)
  process.off('warning', onWarning)
  expect(warned).toEqual([])
})

/** Holds each answer until it is let go, and tells whose request was begun. */
function holding() {
  const begun: string[] = []
  const held: (() => void)[] = []
  return {
    begun,
    letGo: () => held.shift()?.(),
    handle: async (exchange: Exchange): Promise<void> => {
      begun.push(exchange.path)
      await new Promise<void>((resolve) => held.push(resolve))
      return answer(exchange)
    },
  }
}
const plainGet = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`

test('nothing is begun behind the last answer of a connection', async () => {
  const begun: string[] = []
  const { port } = await start((exchange) => {
    begun.push(exchange.path)
    return answer(exchange)
  })
  // Answered before its body is looked at, which is why the answer is the last one.
  const odd = 'POST /a HTTP/1.1\r\nhost: x\r\nx-for-node: \u00fc\r\ncontent-length: 2\r\n\r\n{}'
  expect(await say(port, `${odd}${plainGet('/b')}`)).toMatch(/^HTTP\/1\.1 200 .*connection: close.*\/a\s/is)
  expect(begun).toEqual(['/a'])
})

test.each([
  ['without a host', 'POST /a HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}', 400],
  [
    'with an expectation of its own',
    'GET /a HTTP/1.1\r\nhost: x\r\nexpect: more\r\nconnection: close\r\n\r\n',
    417,
  ],
])('nothing is begun behind a request %s, which nobody carries', async (_, refused, status) => {
  const begun: string[] = []
  const { port } = await start((exchange) => {
    begun.push(exchange.path)
    return answer(exchange)
  })
  expect(await say(port, `${refused}${plainGet('/b')}`)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
  expect(begun).toEqual([])
})

test('a request is begun when the one before it was answered, and not at all when its client has left', async () => {
  const { begun, handle, letGo } = holding()
  const { port } = await start(handle)
  const socket = connect(port, '127.0.0.1')
  socket.write(['/a', '/b', '/c'].map(plainGet).join(''))
  await expect.poll(() => begun).toEqual(['/a'])
  letGo()
  await expect.poll(() => begun).toEqual(['/a', '/b'])
  const closed = once(socket, 'close')
  socket.destroy()
  await closed
  letGo()
  await sleep(50)
  expect(begun).toEqual(['/a', '/b'])
})

test('a drain lets the answer under way be the last one of its connection', async () => {
  const { begun, handle, letGo } = holding()
  const { listener, port } = await start(handle)
  const heard = say(port, ['/a', '/b'].map(plainGet).join(''))
  await expect.poll(() => begun).toEqual(['/a'])
  listener.drain()
  letGo()
  expect(await heard).toMatch(/^HTTP\/1\.1 200 .*connection: close.*\/a\s/is)
  expect(begun).toEqual(['/a'])
})

test('who sends far ahead of its answers is read no further until they are given', async () => {
  const { begun, handle, letGo } = holding()
  const { listener, port } = await start(handle)
  const accepted = once(listener.server, 'connection') as Promise<[Socket]>
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => socket.destroy())
  const sent = plainGet('/').repeat(100_000)
  socket.write(sent)
  const [served] = await accepted
  for (let given = 0; given < 50; given += 1) {
    await expect.poll(() => begun.length, { interval: 1 }).toBe(given + 1)
    letGo()
  }
  // A few pieces of 64 KB had come before it was known.
  expect(served.bytesRead).toBeLessThan(sent.length / 10)
  socket.destroy()
})

test('a stop waits for no idle connection, of either protocol', async () => {
  const { listener, port } = await start()
  const agent = new Agent({ keepAlive: true })
  await new Promise<void>((resolve) => {
    get({ port, host: '127.0.0.1', agent }, (response) => {
      response.resume().on('end', resolve)
    })
  })
  const session = connectHttp2(`http://127.0.0.1:${port}`)
  await once(session.request({ ':path': '/' }).resume(), 'end')
  const stopped = listener.stop(60_000).then(() => 'stopped')
  const late = new Promise((resolve) => setTimeout(resolve, 10_000, 'late'))
  expect(await Promise.race([stopped, late])).toBe('stopped')
  session.destroy()
  agent.destroy()
})

test('a failure after the head cuts the answer and nothing else', async () => {
  const { failures, port } = await start(async (exchange) => {
    if (exchange.path !== '/bad') return answer(exchange)
    exchange.client.head(200, ['content-type', 'text/plain', 'content-length', '100'])
    exchange.client.write(text.encode('half'))
    await Promise.resolve()
    throw new Error('planted')
  })
  expect(await say(port, 'GET /bad HTTP/1.1\r\nhost: x\r\n\r\n')).toMatch(/half$/)
  const session = connectHttp2(`http://127.0.0.1:${port}`)
  await expect(once(session.request({ ':path': '/bad' }).resume(), 'end')).rejects.toThrow()
  session.destroy()
  expect(failures).toHaveLength(2)
  expect(await say(port, 'GET /good HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')).toContain('/good')
})

test('a failure before the head is a plain 500', async () => {
  const { port } = await start(() => Promise.reject(new Error('planted')))
  expect(await say(port, 'GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')).toMatch(
    /^HTTP\/1\.1 500 .*internal/s,
  )
})

test('a client that waits to be told is told only when somebody reads its body', async () => {
  const { port } = await start((exchange) =>
    exchange.path === '/read' ? readAndAnswer(exchange) : answer(exchange),
  )
  const head = (path: string): string =>
    `POST ${path} HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 4\r\nconnection: close\r\n\r\n`
  expect(await say(port, head('/refused'))).toMatch(/^HTTP\/1\.1 200 /)
  const socket = connect(port, '127.0.0.1')
  socket.write(head('/read'))
  await once(socket, 'readable')
  socket.write('body')
  expect(await received(socket)).toMatch(/^HTTP\/1\.1 100 .*HTTP\/1\.1 200 /s)
})

test("a proxy's whole-URL form means its path", async () => {
  const { port } = await start()
  expect(
    await say(port, 'GET http://x/where?q=1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'),
  ).toContain('/where')
})

interface WritesOn {
  readonly handle: (exchange: Exchange) => Promise<void>
  /** The client is known to have left. */
  readonly left: Promise<'left'>
  /** Nothing is written to it any more. */
  readonly ended: Promise<'ended'>
}

/** Writes for as long as the client reads. */
function writeOn(): WritesOn {
  const { promise: left, resolve } = Promise.withResolvers<'left'>()
  const { promise: ended, resolve: end } = Promise.withResolvers<'ended'>()
  const piece = new Uint8Array(65_536)
  return {
    left,
    ended,
    handle: async ({ client }) => {
      client.onClosed(() => resolve('left'))
      client.head(200, ['content-type', 'application/octet-stream'])
      while (!client.closed) if (!client.write(piece)) await client.drained()
      end('ended')
    },
  }
}

test('a client that takes nothing of what waits for it is cut, over HTTP/1.1 and HTTP/2; a slow one is not', async () => {
  const isCut = async (protocol: 'http/1.1' | 'h2'): Promise<void> => {
    const { ended, handle, left } = writeOn()
    const { port } = await start(handle, { writeStallMs: 2_000 })
    const { reader, close } = protocol === 'h2' ? askOverHttp2(port) : askOverHttp1(port)
    reader.on('data', () => reader.pause())
    const reading = setInterval(() => reader.resume(), 1)
    expect(await Promise.race([left, sleep(4_000, 'there')]), protocol).toBe('there')
    clearInterval(reading)
    expect(await left).toBe('left')
    expect(await ended).toBe('ended')
    close()
  }
  await Promise.all([isCut('http/1.1'), isCut('h2')])
})

test('an answer before the body ends a stream of HTTP/2, whose client would send on', async () => {
  const handle = ({ client }: Exchange): Promise<void> => {
    client.head(408, ['content-type', 'text/plain'])
    client.end(Buffer.from('late'))
    return Promise.resolve()
  }
  const { port } = await start(handle, {})
  const session = connectHttp2(`http://127.0.0.1:${port}`)
  const stream = session.request({ ':method': 'POST', ':path': '/' })
  stream.resume().write('{')
  await once(stream, 'close')
  expect(stream.rstCode).toBe(0)
  session.destroy()
})

test.each([
  ['GET', /^headers; (data; )?data, the last$/],
  ['POST', /^headers; (data; )?data, the last; reset$/],
] as const)(
  'an answer over HTTP/2 to a %s of which nobody read a body ends its stream',
  async (method, expected) => {
    const { port } = await start(async (exchange) => {
      await sleep(Math.random() * 3)
      return answer(exchange)
    })
    for (let asked = 0; asked < 40; asked += 1) {
      const frames = await answerFrames(port, method)
      const told = frames.map(({ endsStream, name }) => (endsStream ? `${name}, the last` : name)).join('; ')
      expect(told).toMatch(expected)
    }
  },
)

function askOverHttp1(port: number) {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => socket.destroy())
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  return { reader: socket, close: () => socket.destroy() }
}

function askOverHttp2(port: number) {
  const session = connectHttp2(`http://127.0.0.1:${port}`)
  session.on('error', () => session.destroy())
  const reader = session.request({ ':path': '/' })
  reader.on('error', () => reader.destroy())
  return { reader, close: () => session.destroy() }
}
