import { once } from 'node:events'
import { connect, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import type { Exchange } from '../exchange.ts'
import { createListener, type Listener, type ListenerLimits } from '../node-listener.ts'
import { ComingBody } from './coming-body.ts'
import { PlainExchange } from './plain-exchange.ts'
import { received } from '../testing/received.ts'

const open: Listener[] = []
afterEach(async () => {
  for (const listener of open.splice(0)) await listener.stop(100)
})

async function start(handle: (exchange: Exchange) => Promise<void>, limits: Partial<ListenerLimits> = {}) {
  const listener = createListener({ handle, nowUs: () => 0, onFailure: () => undefined, limits })
  open.push(listener)
  listener.server.listen(0, '127.0.0.1')
  await once(listener.server, 'listening')
  const address = listener.server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return connect(address.port, '127.0.0.1')
}

function say(exchange: Exchange, text: string): void {
  exchange.client.head(200, [])
  exchange.client.end(new TextEncoder().encode(text))
}

const head = (bytes: number, more = ''): string =>
  `POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: ${bytes}\r\n${more}\r\n`
async function sendInPieces(socket: Socket, text: string, size: number): Promise<void> {
  for (let at = 0; at < text.length; at += size) {
    socket.write(text.slice(at, at + size))
    await new Promise((resolve) => setImmediate(resolve))
  }
}

async function inPieces(exchange: Exchange): Promise<string> {
  let text = ''
  for await (const piece of exchange.bodyChunks()) text += Buffer.from(piece).toString()
  return text
}

/** No two places of it are alike for long. */
const textOf = (bytes: number): string =>
  Array.from({ length: Math.ceil(bytes / 8) }, (_, at) => String(at).padStart(8, '.'))
    .join('')
    .slice(0, bytes)

test.each([
  ['whole', async (exchange: Exchange) => Buffer.from(await exchange.readBody(1_000_000)).toString()],
  ['in pieces', inPieces],
  [
    'whole, asked for later',
    async (exchange: Exchange) => {
      await sleep(20)
      return Buffer.from(await exchange.readBody(1_000_000)).toString()
    },
  ],
])('a long body is read %s, however it is cut, and the request behind it is the next', async (_, read) => {
  const all = textOf(100_000)
  for (const size of [300_000, 70_000, 16_384, 9_973]) {
    const ways: boolean[] = []
    const socket = await start(async (exchange) => {
      ways.push(exchange instanceof PlainExchange)
      const text = await read(exchange)
      say(exchange, text === all ? 'as it was sent;' : `${text.length} bytes;`)
    })
    const long = `${head(all.length)}${all}`
    const last = `${head(2, 'connection: close\r\n')}{}`
    const first = once(socket, 'readable')
    await sendInPieces(socket, long, size)
    await first
    const answers = received(socket)
    await sendInPieces(socket, long + last, size)
    expect((await answers).match(/[^\n]*;/g)).toEqual(['as it was sent;', 'as it was sent;', '2 bytes;'])
    expect(ways).toEqual([true, true, true])
  }
})

test('what a read brought is copied: the next read comes into the same bytes', async () => {
  const shared = Buffer.alloc(8)
  const read = (text: string): Buffer => shared.subarray(0, shared.write(text))
  const body = new ComingBody(new Socket(), 10, read('0123'))
  const whole = body.read()
  expect(['456', '78', '9next'].map((text) => body.take(read(text)))).toEqual([3, 2, 1])
  expect(Buffer.from(await whole).toString()).toBe('0123456789')
})

test('a long body is given back by whoever needs it no more; a short one stands in memory of others', async () => {
  const freed: number[] = []
  const socket = await start(async (exchange) => {
    const body = await exchange.readBody(1_000_000)
    exchange.freeBody?.(body)
    freed.push(body.byteLength)
    say(exchange, 'ok;')
  })
  socket.write(`${head(100_000)}${textOf(100_000)}`)
  await once(socket, 'readable')
  socket.write(`${head(2, 'connection: close\r\n')}{}`)
  expect((await received(socket)).match(/ok;/g)).toHaveLength(2)
  expect(freed).toEqual([0, 2])
})

test('who is refused before a long body came is told so, and its connection ends', async () => {
  const socket = await start((exchange) => {
    say(exchange, 'no;')
    return Promise.resolve()
  })
  const told = received(socket)
  socket.write(head(3_000_000))
  await once(socket, 'readable')
  // Most of it comes behind the answer: a reset would take that away.
  socket.write(textOf(2_000_000))
  expect(await told).toMatch(/connection: close\r\n[^]*no;$/)
})

test('who still reads a body when its answer is given is let go', async () => {
  const told = Promise.withResolvers<string>()
  const socket = await start(async (exchange) => {
    const read = inPieces(exchange)
    say(exchange, 'no;')
    await read.catch((thrown: unknown) => told.resolve(String(thrown)))
  })
  const answer = received(socket)
  socket.write(head(3_000_000))
  expect(await told.promise).toContain('left')
  expect(await answer).toMatch(/no;$/)
})

test('a body that nobody asks for is not taken from its client', async () => {
  const asked = Promise.withResolvers<null>()
  const socket = await start(async (exchange) => {
    await asked.promise
    say(exchange, String((await exchange.readBody(100_000_000)).byteLength))
  })
  const bytes = 50_000_000
  socket.write(head(bytes, 'connection: close\r\n'))
  socket.write(new Uint8Array(bytes))
  await sleep(300)
  // What the system holds for both sides is a few megabytes.
  expect(socket.bytesWritten - socket.writableLength).toBeLessThan(bytes)
  expect(socket.writableLength).toBeGreaterThan(bytes / 2)
  asked.resolve(null)
  expect(await received(socket)).toMatch(/\r\n50000000$/)
})

test('one that is longer than may be is refused before it is read', async () => {
  const socket = await start(async (exchange) => {
    try {
      await exchange.readBody(1_048_576)
    } catch (thrown) {
      say(exchange, String(thrown))
    }
  })
  socket.write(head(900_000_000))
  expect(await received(socket)).toContain('larger than 1 MiB')
})

const late = 'did not arrive within 1 second'

test.each([
  { waitsMs: 0, leaves: false, problem: late },
  // Past its limit, mostly: it is told the same before.
  { waitsMs: 1_500, leaves: false, problem: late },
  { waitsMs: 0, leaves: true, problem: 'left before its request was complete' },
])('whoever asks for what does not come is told so: %j', async ({ leaves, problem, waitsMs }) => {
  const [told, asked] = [Promise.withResolvers<string>(), Promise.withResolvers<undefined>()]
  const socket = await start(
    async (exchange) => {
      await sleep(waitsMs)
      try {
        const body = exchange.readBody(1_000_000)
        asked.resolve(undefined)
        await body
      } catch (thrown) {
        told.resolve(String(thrown))
        say(exchange, 'no;')
      }
    },
    { requestTimeoutMs: leaves ? 60_000 : 1_000, headersTimeoutMs: 1_000, checkEveryMs: 20 },
  )
  // From the beginning: who lingers longer than a body may take is reset.
  const answer = leaves ? null : received(socket)
  socket.write(head(100_000) + textOf(70_000))
  await asked.promise
  if (leaves) socket.destroy()
  expect(await told.promise).toContain(problem)
  if (answer !== null) expect(await answer).toContain('no;')
})
