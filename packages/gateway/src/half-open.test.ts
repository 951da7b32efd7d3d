import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { startChaosProxy, type ChaosProxy } from '@pointsman/simulator'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Exchange } from './exchange.ts'
import { createListener, type Listener } from './node-listener.ts'

/*
 * Clients that vanish: their ends do not arrive, nobody answers or reads on their side, and their host says nothing. A
 * connection to one goes within a limit, whatever it was doing.
 */
let listener: Listener
let proxy: ChaosProxy
beforeEach(async () => {
  asked.length = 0
  listener = createListener({
    handle,
    nowUs: () => 0,
    onFailure: (failure) => void failures.push(failure),
    // Also for those whose host is there, and only slow.
    limits: {
      ...{ headersTimeoutMs: 2_000, writeStallMs: 2_000, idleMs: 2_000, lingerMs: 2_000 },
      checkEveryMs: 50,
    },
  })
  listener.server.listen(0, '127.0.0.1')
  await once(listener.server, 'listening')
  const address = listener.server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  proxy = await startChaosProxy({ target: { port: address.port } })
})
afterEach(async () => {
  await proxy.close()
  await listener.stop(100)
})
const failures: unknown[] = []
/** Paths of the requests that arrived. */
const asked: string[] = []
const piece = new Uint8Array(65_536)

/** `/` is answered at once, `/stream` for as long as it is read, `/never` not at all. */
async function handle({ client, path }: Exchange): Promise<void> {
  asked.push(path)
  if (path === '/never') return
  client.head(200, ['content-type', 'text/plain'])
  while (path === '/stream' && !client.closed) if (!client.write(piece)) await client.drained()
  client.end(new Uint8Array(1))
}

/** A host that vanishes says no word of farewell: GOAWAY, which ending a session sends, would let the server end in order. */
function gone(end: () => void): void {
  proxy.set('up', { dropEnd: true, stallAfterBytes: 0 })
  end()
}

const open = (): Promise<number> =>
  new Promise((resolve, reject) => {
    listener.server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)))
  })

async function overHttp2(path: string | null): Promise<() => void> {
  const session = connectHttp2(`http://${proxy.address}`)
  session.on('error', () => session.destroy())
  await once(session, 'remoteSettings')
  if (path !== null) {
    const stream = session.request({ ':path': path })
    stream.on('error', () => stream.destroy())
    if (path === '/') await once(stream.resume(), 'close')
    else if (path === '/stream') await once(stream, 'response')
  }
  return () => session.destroy()
}

async function overHttp1(request: string, isAnswered = true): Promise<() => void> {
  const socket = connect(proxy.port, '127.0.0.1')
  socket.on('error', () => socket.destroy())
  await once(socket, 'connect')
  socket.write(request)
  if (isAnswered) await once(socket, 'readable')
  return () => socket.destroy()
}

const states: { readonly [name: string]: () => Promise<() => void> } = {
  'HTTP/2: nothing asked': () => overHttp2(null),
  'HTTP/2: between two requests': () => overHttp2('/'),
  'HTTP/2: in the midst of a stream': () => overHttp2('/stream'),
  'HTTP/1.1: between two requests': () => overHttp1('GET / HTTP/1.1\r\nhost: x\r\n\r\n'),
  'HTTP/1.1: in the midst of a stream': () => overHttp1('GET /stream HTTP/1.1\r\nhost: x\r\n\r\n'),
  'HTTP/1.1: in the midst of a head': () => overHttp1('GET / HTTP/1.1\r\nhost: x\r\n', false),
  'HTTP/1.1: after what is no request': () => overHttp1('\0\0\r\n\r\n', false),
}

test.each(Object.entries(states))('%s: a client that vanishes leaves no connection', async (_name, begin) => {
  const end = await begin()
  await expect.poll(open).toBeGreaterThan(0)
  gone(end)
  await expect.poll(open).toBe(0)
  expect(failures).toEqual([])
})

test('a session whose client is there is asked, and kept', async () => {
  const session = connectHttp2(`http://${proxy.address}`)
  await once(session, 'remoteSettings')
  const stream = session.request({ ':path': '/never' })
  stream.on('error', () => stream.destroy())
  for (let pings = 0; pings < 2; pings += 1) await once(session, 'ping')
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect(session.closed || session.destroyed).toBe(false)
  session.destroy()
})

test('one that vanishes while its answer is waited for is noticed', async () => {
  const end = await overHttp2('/never')
  await expect.poll(() => asked.includes('/never')).toBe(true)
  expect(await open()).toBe(1)
  gone(end)
  await expect.poll(open).toBe(0)
})
