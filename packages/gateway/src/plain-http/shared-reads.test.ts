import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { afterEach, expect, test } from 'vitest'
import { readShared } from './shared-reads.ts'

const closing: (() => unknown)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A client and what a server was given for it. */
async function pair(): Promise<{ readonly client: Socket; readonly served: Socket }> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const client = connect(address.port, '127.0.0.1')
  const [served] = (await once(server, 'connection')) as [Socket]
  closing.push(() => {
    client.destroy()
    served.destroy()
    server.close()
  })
  return { client, served }
}

/** Reads until so many characters came. */
function taking(socket: Socket, characters: number) {
  const reads: Buffer[] = []
  const { promise, resolve } = Promise.withResolvers<string>()
  let text = ''
  const stop = readShared(socket, (read) => {
    reads.push(read)
    text += read.toString()
    if (text.length >= characters) resolve(text)
  })
  socket.resume()
  return { reads, text: promise, stop }
}

test('the Node that this runs on reads all sockets into the same bytes', async () => {
  const [one, other] = [await pair(), await pair()]
  const taken = [taking(one.served, 3), taking(other.served, 5)]
  one.client.write('one')
  expect(await taken[0]?.text).toBe('one')
  other.client.write('other')
  expect(await taken[1]?.text).toBe('other')
  const memory = new Set(taken.flatMap(({ reads }) => reads.map(({ buffer }) => buffer)))
  expect(memory.size).toBe(1)
})

test('a socket that is paused is read no further, and its end is told when it was read', async () => {
  const { client, served } = await pair()
  const { reads, text } = taking(served, 5)
  client.write('first')
  await text
  served.pause()
  client.end('and the last')
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(reads).toHaveLength(1)
  const ended = once(served, 'end')
  served.resume()
  await ended
  expect(String(reads[1])).toBe('and the last')
})

test('after the stop reads are events, with bytes of their own', async () => {
  const { client, served } = await pair()
  const { reads, stop, text } = taking(served, 5)
  client.write('first')
  await text
  stop()
  const events: Buffer[] = []
  served.on('data', (read: Buffer) => events.push(read))
  for (const word of ['second', 'third']) {
    const event = once(served, 'data')
    client.write(word)
    await event
  }
  expect(events.map(String)).toEqual(['second', 'third'])
  expect(reads).toHaveLength(1)
})

test('where sockets have another inside reads are events, until the stop', () => {
  const stream = new PassThrough()
  const reads: string[] = []
  const stop = readShared(stream as unknown as Socket, (read) => reads.push(String(read)))
  stream.emit('data', Buffer.from('one'))
  stop()
  stream.emit('data', Buffer.from('two'))
  expect(reads).toEqual(['one'])
})
