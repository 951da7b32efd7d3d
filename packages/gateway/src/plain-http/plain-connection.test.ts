import { once } from 'node:events'
import { Agent, request, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import type { Exchange } from '../exchange.ts'
import { createListener, type Listener, type ListenerLimits } from '../node-listener.ts'
import { mostWaiting } from './plain-connections.ts'
import { received } from '../testing/received.ts'

const open: Listener[] = []
afterEach(async () => {
  for (const listener of open.splice(0)) await listener.stop(100)
})

const utf8 = new TextEncoder()

/** Answers with what it read. */
async function echo(exchange: Exchange): Promise<void> {
  const body = Buffer.from(await exchange.readBody(1_000_000)).toString()
  exchange.client.head(200, ['content-type', 'text/plain'])
  exchange.client.end(
    utf8.encode(`${exchange.method} ${exchange.path} ${exchange.header('x-own') ?? ''} ${body}`),
  )
}

async function start(
  handle: (exchange: Exchange) => Promise<void> = echo,
  limits: Partial<ListenerLimits> = {},
) {
  const listener = createListener({ handle, nowUs: () => 0, onFailure: () => undefined, limits })
  open.push(listener)
  listener.server.listen(0, '127.0.0.1')
  await once(listener.server, 'listening')
  const address = listener.server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { port: address.port, listener }
}

const post = (body: string, more = ''): string =>
  `POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n${more}\r\n${body}`
const bodies = (answers: string): readonly string[] =>
  [...answers.matchAll(/^(?:POST|GET) .*?(?=HTTP\/1\.1|$)/gms)].map(([text]) => text)

test('requests are answered in their order, however they are cut, and those for Node among them', async () => {
  const { port } = await start()
  const all =
    post('one', 'x-own: 1\r\n') +
    post('two') +
    post('three', 'x-own: ü\r\n') +
    `POST /a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n4\r\nfour\r\n0\r\n\r\n`
  for (const size of [all.length, 100, 33, 7, 1]) {
    const socket = connect(port, '127.0.0.1')
    const answers = received(socket)
    for (let at = 0; at < all.length; at += size) {
      socket.write(Buffer.from(all.slice(at, at + size), 'latin1'))
      if (size < all.length) await new Promise((resolve) => setImmediate(resolve))
    }
    const told = await answers
    expect(told.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(4)
    expect(
      bodies(told.replaceAll(/\r\n[0-9a-f]+\r\n/g, '\r\n')).map((text) => text.trim().split(' ').at(-1)),
    ).toEqual(expect.arrayContaining(['one', 'two']))
  }
})

test.each([
  ['whole', 3],
  ['larger than one write', 200_000],
])('an answer is the same by the fast lane and by Node: %s', async (_, size) => {
  const { port } = await start(async (exchange) => {
    await exchange.readBody(2)
    const bytes = utf8.encode('é'.repeat(size))
    exchange.client.head(200, ['content-type', 'text/plain', 'x-own', 'yes'])
    if (exchange.path === '/stream') {
      exchange.client.write(bytes.subarray(0, 2))
      if (!exchange.client.write(bytes.subarray(2))) await exchange.client.drained()
      exchange.client.write(new Uint8Array())
    }
    exchange.client.end(exchange.path === '/stream' ? undefined : bytes)
  })
  for (const path of ['/whole', '/stream'])
    expect(await ask(port, path, {})).toEqual(await ask(port, path, { 'x-for-node': 'ü' }))
})

/** What of an answer does not depend on who wrote it. */
async function ask(port: number, path: string, headers: { readonly [name: string]: string }) {
  const agent = new Agent({ keepAlive: true })
  const call = request({ port, path, agent, method: 'POST', headers: { ...headers, 'content-length': 2 } })
  call.end('{}')
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) text += String(chunk)
  agent.destroy()
  const { connection, 'content-type': type, 'x-own': own } = answer.headers
  return { status: answer.statusCode, connection, type, own, text }
}

test('what an answer brings along of another connection is not told twice, nor believed', async () => {
  const { port } = await start(async (exchange) => {
    const brought = [
      'Date',
      'Thu, 01 Jan 1970 00:00:00 GMT',
      'Connection',
      'upgrade',
      'Transfer-Encoding',
      'gzip',
    ]
    exchange.client.head(200, [...brought, 'Content-Length', '3'])
    exchange.client.write(utf8.encode('one'))
    exchange.client.end()
  })
  const socket = connect(port, '127.0.0.1')
  socket.write(post('{}', 'connection: close\r\n'))
  expect(await received(socket)).toBe(
    'HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Length: 3\r\nconnection: close\r\n\r\none',
  )
})

test('a client that leaves is told of while its answer is under way', async () => {
  const left = Promise.withResolvers<boolean>()
  const { port } = await start(async (exchange) => {
    exchange.client.onClosed(() => left.resolve(exchange.client.closed))
    await left.promise
  })
  const socket = connect(port, '127.0.0.1')
  socket.write(post('{}'))
  await sleep(20)
  socket.destroy()
  expect(await left.promise).toBe(true)
})

test('a body that does not come in time ends its connection', async () => {
  const { port } = await start(echo, { headersTimeoutMs: 1_000, requestTimeoutMs: 1_000, checkEveryMs: 20 })
  const socket = connect(port, '127.0.0.1')
  socket.write(post('{}').slice(0, -1))
  expect(await received(socket)).toContain('408')
})

test('a head that cannot be written is a failure, never a header of its own', async () => {
  const { port } = await start(async (exchange) => {
    exchange.client.head(200, ['x-own', 'a\r\nset-cookie: b'])
  })
  const socket = connect(port, '127.0.0.1')
  socket.write(post('{}'))
  expect(await received(socket)).toBe('')
})

test('on the way out an answer is the last of its connection, and idle ones end', async () => {
  const { listener, port } = await start()
  const socket = connect(port, '127.0.0.1')
  socket.write(post('one'))
  await once(socket, 'data')
  listener.drain()
  const rest = received(socket)
  socket.write(post('two'))
  expect(await rest).toContain('connection: close')
  const idle = connect(port, '127.0.0.1')
  idle.write(post('three'))
  await once(idle, 'readable')
  const idleRest = received(idle)
  await listener.stop(60_000)
  expect(await idleRest).toContain('three')
})

test('an answer that a slow reader still takes is under way: neither rest nor stop cuts it', async () => {
  const bytes = new Uint8Array(30_000_000)
  const { listener, port } = await start(
    async (exchange) => {
      await exchange.readBody(10)
      exchange.client.head(200, [])
      exchange.client.end(bytes)
    },
    { idleMs: 100, checkEveryMs: 20 },
  )
  const socket = connect(port, '127.0.0.1')
  socket.write(post('{}'))
  await once(socket, 'data')
  socket.pause()
  await sleep(300)
  const stopped = listener.stop(60_000)
  await sleep(100)
  const rest = await received(socket)
  await stopped
  expect(rest.length).toBeGreaterThan(bytes.length - 200_000)
})

test('a client that asks and asks and reads nothing is not answered ahead of what it reads', async () => {
  let answered = 0
  const { port } = await start(async (exchange) => {
    await exchange.readBody(10)
    answered += 1
    exchange.client.head(200, [])
    exchange.client.end(new Uint8Array(100_000))
  })
  const socket = connect(port, '127.0.0.1')
  socket.pause()
  socket.write(post('{}').repeat(500))
  await sleep(300)
  // What the system holds for both sides, and one answer.
  expect(answered).toBeLessThan(200)
  socket.end()
  let size = 0
  for await (const chunk of socket) size += (chunk as Buffer).length
  expect(size).toBeGreaterThan(0)
})

test('bodies that are waited for are bounded: those beyond go to Node, which looks at the head first', async () => {
  const { port } = await start(async (exchange) => {
    exchange.client.head(401, [])
    exchange.client.end()
    return Promise.resolve()
  })
  const half = post('{}').slice(0, -1)
  const all = Array.from({ length: mostWaiting + 1 }, () => connect(port, '127.0.0.1'))
  for (const socket of all) socket.write(half)
  const beyond = await Promise.race(all.map((socket) => once(socket, 'readable').then(() => socket)))
  expect(await received(beyond)).toContain('401')
  const waiting = all.filter((socket) => socket !== beyond)
  expect(waiting.filter((socket) => socket.readableLength > 0)).toEqual([])
  waiting[0]?.write('}')
  await once(waiting[0] ?? beyond, 'data')
  const instead = connect(port, '127.0.0.1')
  instead.write(half)
  await sleep(50)
  instead.write('}')
  await once(instead, 'data')
  for (const socket of [...waiting, instead]) socket.destroy()
})

test('the last answer is whole for a slow reader that has sent much ahead of it', async () => {
  const bytes = Buffer.alloc(2_000_000, 'z')
  const [asked, drained] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()]
  const { listener, port } = await start(async (exchange) => {
    await exchange.readBody(20_000)
    asked.resolve(undefined)
    await drained.promise
    exchange.client.head(200, [])
    exchange.client.end(bytes)
  })
  const socket = connect(port, '127.0.0.1')
  socket.pause()
  socket.write(post('x'.repeat(10_000)).repeat(40))
  await asked.promise
  listener.drain()
  drained.resolve(undefined)
  await sleep(200)
  const told = await received(socket)
  expect(told).toContain('connection: close')
  expect(told.length - told.indexOf('\r\n\r\n') - 4).toBe(bytes.length)
})

test('what fails behind a whole answer does not cut the next one', async () => {
  let count = 0
  const [begun, failed] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()]
  const { port } = await start(async (exchange) => {
    count += 1
    const call = count
    await exchange.readBody(10)
    if (call === 2) {
      begun.resolve(undefined)
      await failed.promise
    }
    exchange.client.head(200, [])
    exchange.client.end(utf8.encode(`answer ${call}`))
    if (call === 2) return
    await begun.promise
    setImmediate(() => failed.resolve(undefined))
    throw new Error('late')
  })
  const socket = connect(port, '127.0.0.1')
  socket.write(post('{}') + post('{}', 'connection: close\r\n'))
  expect(await received(socket)).toContain('answer 2')
})

test('an answer that still goes out in pieces can be cut', async () => {
  const failed = Promise.withResolvers<undefined>()
  const { port } = await start(async (exchange) => {
    await exchange.readBody(10)
    exchange.client.head(200, [])
    exchange.client.end(new Uint8Array(30_000_000))
    setImmediate(() => failed.resolve(undefined))
    throw new Error('late')
  })
  const socket = connect(port, '127.0.0.1')
  socket.pause()
  socket.write(post('{}'))
  await failed.promise
  expect((await received(socket)).length).toBeLessThan(30_000_000)
})

test.each([204, 304])('an answer without a body has none, also where one is written: %i', async (status) => {
  const { port } = await start(async (exchange) => {
    await exchange.readBody(10)
    exchange.client.head(status, [])
    expect(exchange.client.write(utf8.encode('written'))).toBe(true)
    exchange.client.write(utf8.encode('more'))
    exchange.client.end(utf8.encode('end'))
  })
  const socket = connect(port, '127.0.0.1')
  socket.write(post('{}') + post('{}', 'connection: close\r\n'))
  const told = await received(socket)
  expect(told.match(/HTTP/g)).toHaveLength(2)
  expect(told).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*\\r\\n\\r\\nHTTP/1.1 ${status} [^]*\\r\\n\\r\\n$`))
  expect(told).not.toMatch(/written|more|end/)
})

test('bodies of connections that take turns stay apart, however they are cut and whenever they are looked at', async () => {
  const { port } = await start(async (exchange) => {
    await sleep(Number(exchange.header('x-wait')))
    await echo(exchange)
  })
  const sizes = [0, 1, 900, 5_000, 40_000, 90_000]
  const clients = sizes.map(async (size, own) => {
    const socket = connect(port, '127.0.0.1').setNoDelay()
    const letter = String.fromCharCode(97 + own)
    for (const [at] of sizes.entries()) {
      const body = letter.repeat(Math.max(0, size - at))
      const request = post(body, `x-own: ${letter}${at}\r\nx-wait: ${5 + ((own + at) % 3)}\r\n`)
      // Whole in every other turn: then it is the last read's own, and the reads of the others come while it waits.
      const cut = at % 2 === 0 ? request.length : 1 + ((own * 7_919 + at * 104_729) % (request.length - 1))
      socket.write(request.slice(0, cut))
      await new Promise((resolve) => setImmediate(resolve))
      if (cut < request.length) socket.write(request.slice(cut))
      const told = `POST /a ${letter}${at} ${body}`
      let answer = ''
      const bodyOf = (): string => answer.split('\r\n\r\n', 2)[1] ?? ''
      while (bodyOf().length < told.length) answer += String((await once(socket, 'data'))[0])
      expect(bodyOf()).toBe(told)
    }
    socket.destroy()
  })
  await Promise.all(clients)
})
