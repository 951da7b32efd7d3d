import { once } from 'node:events'
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import type { Exchange } from './exchange.ts'
import { createListener, type Listener } from './node-listener.ts'
import { createQuietConnections } from './quiet-connections.ts'

/* A door with as many connections as it may have: who has no request under way gives way to who comes, the longest first. */

const open: Listener[] = []
const ends: (() => void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) end()
  for (const listener of open.splice(0)) await listener.stop(100)
})

interface Door {
  readonly port: number
  /** How many requests for `/held` are under way. */
  held(): number
  letGo(): void
}

async function start(maxConnections: number): Promise<Door> {
  const held: (() => void)[] = []
  const handle = async ({ client, path }: Exchange): Promise<void> => {
    if (path === '/held') await new Promise<void>((resolve) => held.push(resolve))
    client.head(200, ['content-length', '2'])
    client.end(Buffer.from('ok'))
  }
  const failed = (failure: unknown): never => {
    throw failure
  }
  const listener = createListener({ handle, nowUs: () => 0, onFailure: failed, limits: { maxConnections } })
  open.push(listener)
  listener.server.listen(0, '127.0.0.1')
  await once(listener.server, 'listening')
  const address = listener.server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    held: () => held.length,
    letGo: () => {
      for (const answer of held.splice(0)) answer()
    },
  }
}

/** A client on a connection of its own, whatever it speaks. */
interface Client {
  readonly isClosed: () => boolean
  /** Resolves with the answer's end; rejects where the connection ends before. */
  ask(path: string): Promise<void>
}

const requests: { readonly [lane: string]: (path: string) => string } = {
  plain: (path) => `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n`,
  node: (path) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`,
}

async function overHttp1(port: number, lane: string): Promise<Client> {
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true })
  ends.push(() => void socket.destroy())
  socket.on('error', () => socket.destroy())
  await once(socket, 'connect')
  let heard = ''
  socket.setEncoding('latin1').on('data', (text: string) => (heard += text))
  return {
    isClosed: () => socket.destroyed || socket.readableEnded,
    async ask(path) {
      heard = ''
      socket.write(requests[lane]?.(path) ?? '')
      while (!heard.endsWith('ok')) {
        if (socket.destroyed || socket.readableEnded) throw new Error('the connection was closed')
        await Promise.race([once(socket, 'data'), once(socket, 'close'), once(socket, 'end')])
      }
    },
  }
}

async function overHttp2(port: number): Promise<Client> {
  const session: ClientHttp2Session = connectHttp2(`http://127.0.0.1:${port}`)
  ends.push(() => session.destroy())
  session.on('error', () => session.destroy())
  await once(session, 'remoteSettings')
  return {
    isClosed: () => session.destroyed,
    async ask(path) {
      const stream = session.request({ ':path': path })
      stream.on('error', () => undefined)
      await once(stream.resume(), 'close')
      if (!stream.readableEnded) throw new Error('the connection was closed')
    },
  }
}

const lanes = ['plain', 'node', 'h2'] as const
type Lane = (typeof lanes)[number]
const clientOf = (port: number, lane: Lane): Promise<Client> =>
  lane === 'h2' ? overHttp2(port) : overHttp1(port, lane)

interface Kind {
  readonly lane: Lane
  readonly isHeld: boolean
  /** Who has the lesser one asks earlier. */
  readonly rank: number
}

const kinds = fc.array(
  fc.record({ lane: fc.constantFrom(...lanes), isHeld: fc.boolean(), rank: fc.nat(1_000) }),
  { minLength: 1, maxLength: 8 },
)

/** As many clients as the door takes, some of them with a request under way; the others in the order in which they became quiet. */
async function fill(door: Door, wished: readonly Kind[]) {
  const clients: (Kind & { readonly client: Client })[] = []
  for (const kind of wished) clients.push({ ...kind, client: await clientOf(door.port, kind.lane) })
  clients.sort((one, other) => one.rank - other.rank)
  for (const { client } of clients) await client.ask('/')
  const answers = clients.flatMap(({ client, isHeld }) => (isHeld ? [client.ask('/held')] : []))
  await expect.poll(() => door.held(), { timeout: 20_000 }).toBe(answers.length)
  return { answers, quiet: clients.flatMap(({ client, isHeld }) => (isHeld ? [] : [client])) }
}

test('whatever it speaks, only a connection without a request gives way, the one that has had none for the longest', async () => {
  await fc.assert(
    fc.asyncProperty(kinds, fc.integer({ min: 1, max: 8 }), async (wished, newcomers) => {
      const door = await start(wished.length)
      const { answers, quiet } = await fill(door, wished)
      for (let come = 0; come < newcomers; come += 1) {
        const newcomer = await overHttp1(door.port, 'plain')
        const longest = quiet.shift()
        if (longest === undefined) {
          await expect(newcomer.ask('/')).rejects.toThrow()
          continue
        }
        await newcomer.ask('/')
        await expect.poll(() => longest.isClosed(), { timeout: 20_000 }).toBe(true)
        expect(quiet.filter((client) => client.isClosed())).toEqual([])
        quiet.push(newcomer)
      }
      door.letGo()
      await Promise.all(answers)
    }),
    { numRuns: 20 },
  )
}, 120_000)

test('a head that does not end is no request: its connection gives way', async () => {
  const { port } = await start(1)
  const slow = await overHttp1(port, 'node')
  await slow.ask('/')
  const half = connect(port, '127.0.0.1')
  half.on('error', () => half.destroy())
  ends.push(() => void half.destroy())
  half.write('GET / HTTP/1.1\r\nhost: x\r\nx-more')
  await expect.poll(() => slow.isClosed(), { timeout: 20_000 }).toBe(true)
  await (await overHttp1(port, 'node')).ask('/')
  await expect.poll(() => half.destroyed || half.readableEnded, { timeout: 20_000 }).toBe(true)
})

const post = 'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n'

test.each([
  ['was refused with its body still to come', `${post}content-length: 1000000\r\n\r\n`],
  ['was refused with the end of its body still to come', `${post}transfer-encoding: chunked\r\n\r\n`],
  ['was refused a tunnel', 'CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n'],
  [
    'was told that its body cannot be read',
    'POST /held HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nno size\r\n',
  ],
])('who %s gives way', async (_, request) => {
  const { port } = await start(1)
  // Ends its half no sooner than it is made to.
  const refused = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  ends.push(() => void refused.destroy())
  refused.on('error', () => undefined)
  refused.write(request)
  await once(refused, 'data')
  await (await overHttp1(port, 'plain')).ask('/')
})

test('an answer that is still being read keeps its connection', async () => {
  const quiet = createQuietConnections()
  const server = createServer().listen(0, '127.0.0.1')
  ends.push(() => void server.close())
  await once(server, 'listening')
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const reader = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [served] = await accepted
  ends.push(() => void served.destroy())
  served.write(new Uint8Array(50_000_000))
  quiet.rests(served)
  expect(quiet.makeRoom()).toBe(false)
  reader.resume()
  await expect.poll(() => served.writableLength, { timeout: 20_000 }).toBe(0)
  expect(quiet.makeRoom()).toBe(true)
  expect([served.destroyed, quiet.makeRoom()]).toEqual([true, false])
})
