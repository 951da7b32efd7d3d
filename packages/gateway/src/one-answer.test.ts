import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { Exchange } from './exchange.ts'
import { createListener } from './node-listener.ts'
import { received } from './testing/received.ts'

async function connected(handle: (exchange: Exchange) => Promise<void>): Promise<Socket> {
  const listener = createListener({ handle, nowUs: () => 0, onFailure: () => undefined })
  onTestFinished(() => listener.stop(0))
  listener.server.listen(0, '127.0.0.1')
  await once(listener.server, 'listening')
  return connect((listener.server.address() as AddressInfo).port, '127.0.0.1')
}

/** All that comes back of these bytes. */
async function heard(bytes: string, handle: (exchange: Exchange) => Promise<void>): Promise<string> {
  const socket = await connected(handle)
  socket.write(bytes)
  return received(socket)
}

const brokenBody = 'transfer-encoding: chunked\r\n\r\nno size\r\n'
const heads = /HTTP\/1\.1 \d{3} /g

test.each([
  ['names no host', 'POST /a HTTP/1.1\r\n', 'HTTP/1.1 400 '],
  ['expects what nobody here knows', 'POST /a HTTP/1.1\r\nhost: x\r\nexpect: more\r\n', 'HTTP/1.1 417 '],
  ['was answered unread', 'POST /a HTTP/1.1\r\nhost: x\r\n', 'HTTP/1.1 401 '],
])('a request that %s, and whose body cannot be read, is answered once', async (_, head, status) => {
  const text = await heard(`${head}${brokenBody}`, async ({ client }) => {
    client.head(401, [])
    client.end()
  })
  expect(text.match(heads)).toEqual([status])
  expect(text).toMatch(/^connection: close/im)
})

test('an answer under way whose request cannot be read any more is cut, with nothing put into it', async () => {
  const socket = await connected(async ({ client }) => {
    client.head(200, [])
    client.write(Buffer.from('begun'))
  })
  socket.once('data', () => socket.write('no size\r\n'))
  socket.write('POST /a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n')
  const text = await received(socket)
  expect(text.match(heads)).toEqual(['HTTP/1.1 200 '])
  expect(text).toMatch(/\r\n\r\n5\r\nbegun\r\n$/)
})

test('the answer to an expectation that nobody knows is the last one: its body may come or not', async () => {
  const begun: string[] = []
  const text = await heard(
    'POST /a HTTP/1.1\r\nhost: x\r\nexpect: more\r\ncontent-length: 2\r\n\r\n{}GET /b HTTP/1.1\r\nhost: x\r\n\r\n',
    async ({ client, path }) => {
      begun.push(path)
      client.head(200, ['connection', 'close'])
      client.end()
    },
  )
  expect(text).toMatch(/^HTTP\/1\.1 417 .*connection: close/is)
  expect(begun).toEqual([])
})

/** More than the largest request that is taken unless told otherwise. */
const longBytes = 80_000_000
const toldLength = `content-length: ${longBytes}\r\n\r\n`

/** As blocking clients do, which read no answer before the last byte is out; a reset meanwhile would be all they hear. */
test.each([
  ['a long body of a told length', `host: x\r\n${toldLength}`, 401],
  [
    'a long body in chunks',
    `host: x\r\ntransfer-encoding: chunked\r\n\r\n${longBytes.toString(16)}\r\n`,
    401,
  ],
  ['a long body that cannot be read', `host: x\r\ntransfer-encoding: chunked\r\n\r\n`, 401],
  ['a long body whose head names no host', toldLength, 400],
  ['a long body without the word that it expects', `host: x\r\nexpect: more\r\n${toldLength}`, 417],
  ['a head without end', 'x: ', 431],
])('who sends all of %s first still gets the answer that nobody waited with', async (_, rest, status) => {
  const socket = await connected(async ({ client }) => {
    client.head(401, [])
    client.end()
  })
  const sent = Promise.withResolvers<unknown>()
  socket.write(`POST /a HTTP/1.1\r\ncontent-type: application/json\r\n${rest}`)
  socket.on('error', () => undefined)
  socket.write(Buffer.alloc(longBytes, 'a'), sent.resolve)
  expect(await sent.promise).toBeFalsy()
  expect(await received(socket)).toMatch(`HTTP/1.1 ${status} `)
})
