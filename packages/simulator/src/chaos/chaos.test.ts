import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { setTimeout as rest } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { chanceOf, startChaosProxy, type ChaosProxy } from './chaos-proxy.ts'
import type { Direction } from './toxics.ts'

/** Keeps its connections, and what came on them; sends only what a test has it send. */
interface Target {
  readonly server: Server
  readonly sockets: Socket[]
  received(): Buffer
}

let target: Target
let proxy: ChaosProxy
const clients: Socket[] = []

async function startTarget(): Promise<Target> {
  const sockets: Socket[] = []
  const pieces: Buffer[] = []
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.push(socket)
    socket.on('error', () => socket.destroy())
    socket.on('data', (bytes: Buffer) => pieces.push(bytes))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, sockets, received: () => Buffer.concat(pieces) }
}

beforeEach(async () => {
  target = await startTarget()
  proxy = await startChaosProxy({ target: { port: (target.server.address() as AddressInfo).port } })
})

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  await proxy.close()
  for (const socket of target.sockets) socket.destroy()
  target.server.close()
})

interface Client {
  readonly socket: Socket
  readonly pieces: Buffer[]
  received(): Buffer
  /** `open`, or how it ended: `end` = FIN, else the error's code. */
  fate(): string
}

function open(): Client {
  const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
  clients.push(socket)
  const pieces: Buffer[] = []
  let fate = 'open'
  socket.on('data', (bytes: Buffer) => pieces.push(bytes))
  socket.on('end', () => (fate = 'end'))
  socket.on('error', (error: NodeJS.ErrnoException) => (fate = error.code ?? error.message))
  return { socket, pieces, received: () => Buffer.concat(pieces), fate: () => fate }
}

async function until(holds: () => boolean, withinMs = 30_000): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('did not come about in time')
    await rest(2)
  }
}

async function opened(): Promise<{ client: Client; server: Socket }> {
  const client = open()
  await until(() => target.sockets.length > 0)
  const server = target.sockets.at(-1)
  if (server === undefined) throw new Error('no connection')
  return { client, server }
}

const text = (length: number): Buffer => Buffer.alloc(length, 'abcdefghijklmnopqrstuvwxyz')

test('passes bytes both ways and the end of each half on its own', async () => {
  const { client, server } = await opened()
  client.socket.end('ask')
  await until(() => server.readableEnded)
  expect(target.received().toString()).toBe('ask')
  server.end(text(200_000))
  await until(() => client.fate() === 'end')
  expect(client.received().equals(text(200_000))).toBe(true)
  await until(() => proxy.connections().length === 0)
})

test('delays with jitter and keeps the order', async () => {
  proxy.set('down', { latencyMs: 60, jitterMs: 30 })
  const { client, server } = await opened()
  const startedAt = performance.now()
  for (const word of ['a', 'b', 'c', 'd', 'e', 'f']) {
    server.write(word)
    await rest(3)
  }
  await until(() => client.pieces.length > 0)
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(29)
  await until(() => client.received().length === 6)
  expect(client.received().toString()).toBe('abcdef')
})

test('limits the rate, and back-pressure reaches the sender', async () => {
  proxy.set('down', { bytesPerSecond: 100_000 })
  const { client, server } = await opened()
  const begunAt = performance.now()
  server.write(text(8_000_000))
  await until(() => client.received().length > 30_000)
  expect(client.received().length).toBeLessThan((performance.now() - begunAt) * 200)
  expect(server.writableLength).toBeGreaterThan(0)
})

test('slices into writes of exactly so many bytes', async () => {
  proxy.set('down', { sliceBytes: 3, sliceDelayMs: 2 })
  const { client, server } = await opened()
  server.write(text(10))
  await until(() => client.received().length === 10)
  expect(client.pieces.map(({ length }) => length)).toEqual([3, 3, 3, 1])
  expect(client.received().equals(text(10))).toBe(true)
})

test.each([0, 5, 70_000])('cuts after %i bytes, in order', async (bytes) => {
  proxy.set('down', { cutAfterBytes: bytes })
  const { client, server } = await opened()
  server.write(text(200_000))
  await until(() => client.fate() !== 'open')
  expect(client.fate()).toBe('end')
  expect(client.received().equals(text(bytes))).toBe(true)
  await until(() => server.readableEnded || server.destroyed)
})

test('resets after so many bytes', async () => {
  proxy.set('down', { resetAfterBytes: 5 })
  const { client, server } = await opened()
  server.write(text(50))
  await until(() => client.fate() !== 'open')
  expect(client.fate()).toBe('ECONNRESET')
  await until(() => server.destroyed)
})

test('resets who does not read', async () => {
  const { client, server } = await opened()
  client.socket.pause()
  server.write(text(8_000_000))
  await rest(50)
  proxy.endAll('reset')
  await until(() => server.destroyed)
})

test('stalls after so many bytes with both sides open, and goes on when cleared', async () => {
  proxy.set('down', { stallAfterBytes: 4 })
  const { client, server } = await opened()
  server.write(text(20))
  await until(() => client.received().length >= 4)
  await rest(50)
  expect(client.received().toString()).toBe('abcd')
  expect(client.fate()).toBe('open')
  client.socket.write('still there')
  await until(() => target.received().toString() === 'still there')
  proxy.clear()
  await until(() => client.received().length === 20)
})

test('a limit set while a connection is open acts with the next byte', async () => {
  const { client, server } = await opened()
  server.write('one')
  await until(() => client.received().length === 3)
  proxy.set('down', { resetAfterBytes: 0 })
  server.write('two')
  await until(() => client.fate() === 'ECONNRESET')
  expect(client.received().toString()).toBe('one')
})

test.each(['end', 'reset'] as const)('drops an %s: the peer stays half-open and is not read', async (how) => {
  proxy.set('up', { dropEnd: true })
  const { client, server } = await opened()
  if (how === 'end') client.socket.end()
  else client.socket.resetAndDestroy()
  await rest(50)
  expect(server.readableEnded || server.destroyed).toBe(false)
  server.write(text(16_000_000))
  await rest(100)
  expect(server.writableLength).toBeGreaterThan(0)
  expect(proxy.connections()).toHaveLength(1)
})

test('passes an end on later', async () => {
  proxy.set('down', { slowEndMs: 80 })
  const { client, server } = await opened()
  const endedAt = performance.now()
  server.end('all')
  await until(() => client.fate() === 'end')
  expect(client.received().toString()).toBe('all')
  expect(performance.now() - endedAt).toBeGreaterThan(79)
})

test('refuses connections in three ways, and accepts again on the same port', async () => {
  const { client } = await opened()
  await proxy.refuse('refuse')
  const refused = open()
  await until(() => refused.fate() === 'ECONNREFUSED')
  client.socket.write('goes on')
  await until(() => target.received().toString() === 'goes on')
  await proxy.refuse('reset')
  const wasReset = open()
  await until(() => wasReset.fate() === 'ECONNRESET')
  await proxy.refuse('silent')
  const silent = open()
  silent.socket.write('hello?')
  await rest(50)
  expect(silent.fate()).toBe('open')
  await proxy.refuse(null)
  open().socket.write(', and again')
  await until(() => target.received().toString() === 'goes on, and again')
  expect(proxy.accepted()).toBe(2)
})

test('a target that is away resets the client', async () => {
  target.server.close()
  const client = open()
  await until(() => client.fate() === 'ECONNRESET')
})

test('draws jitter from seed, connection and direction', () => {
  const drawn = (seed: number, connection: number, direction: Direction): number =>
    chanceOf(seed, connection, direction).fraction()
  expect(drawn(7, 0, 'down')).toBe(drawn(7, 0, 'down'))
  const all = [drawn(7, 0, 'down'), drawn(8, 0, 'down'), drawn(7, 1, 'down'), drawn(7, 0, 'up')]
  expect(new Set(all).size).toBe(4)
})

test('refuses what is no toxic', () => {
  expect(() => proxy.set('up', { latencyMs: -1 })).toThrow('latencyMs must be a number of at least 0')
  expect(() => proxy.set('up', { sliceBytes: 0 })).toThrow('sliceBytes must be a number of at least 1')
  const misspelt = { stallAfter: 3 } as object
  expect(() => proxy.set('up', misspelt)).toThrow('stallAfter is no toxic')
})
