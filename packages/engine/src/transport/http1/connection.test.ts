import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import {
  createServer as createTlsServer,
  getCACertificates,
  setDefaultCACertificates,
  type Server as TlsServer,
} from 'node:tls'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { testCertificate } from '../../testing/certificate.ts'
import type { Transport } from '../../ports.ts'
import { createHttp1Transport, type Http1TransportOptions } from './transport.ts'

const authorities = getCACertificates('default')
beforeAll(() => setDefaultCACertificates([...authorities, testCertificate.cert]))
afterAll(() => setDefaultCACertificates(authorities))

const opened: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

function transport(options: Http1TransportOptions = {}): Transport {
  const made = createHttp1Transport(options)
  opened.unshift(made)
  return made
}

async function portOf(server: Server | TlsServer): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  opened.push(server)
  return (server.address() as AddressInfo).port
}

/** Any name leads to this machine. */
const here = {
  refuses: () => null,
  lookup: ((_name: string, options: { all?: boolean }, callback: (...told: unknown[]) => void) => {
    if (options.all === true) callback(null, [{ address: '127.0.0.1', family: 4 }])
    else callback(null, '127.0.0.1', 4)
  }) as never,
}

/** What came of a call: the body, or how it failed. */
function ask(from: Transport, origin: string, path = '/'): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    from.send(
      {
        origin,
        method: 'POST',
        path,
        headers: ['host', 'vendor.test'],
        body: new TextEncoder().encode('{}'),
      },
      {
        connected: () => undefined,
        head: () => undefined,
        data: (bytes) => void (text += Buffer.from(bytes).toString()),
        end: () => resolve(text),
        failed: ({ kind, message }) => resolve(`${kind}: ${message}`),
      },
    )
  })
}

const answer = (text: string): string => `HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n${text}`

test('over TLS: by the name of the certificate, again on one connection, a later one by the session of the first', async () => {
  const seen: { readonly name: unknown; readonly protocol: unknown; readonly isReused: boolean }[] = []
  const server = createTlsServer({ ...testCertificate, ALPNProtocols: ['h2', 'http/1.1'] }, (socket) => {
    seen.push({ name: socket.servername, protocol: socket.alpnProtocol, isReused: socket.isSessionReused() })
    socket.on('error', () => socket.destroy())
    socket.on('data', (bytes) => {
      const isLast = bytes.toString('latin1').startsWith('POST /last ')
      socket.write(
        isLast ? answer('last').replace('\r\n', '\r\nconnection: close\r\n') : answer('x'.repeat(100_000)),
      )
    })
  })
  const origin = `https://vendor.test:${await portOf(server)}`
  const own = transport({ guard: here })
  expect(await ask(own, origin)).toHaveLength(100_000)
  expect(await ask(own, origin, '/last')).toBe('last')
  expect(await ask(own, origin)).toHaveLength(100_000)
  const one = { name: 'vendor.test', protocol: 'http/1.1' }
  expect(seen).toEqual([
    { ...one, isReused: false },
    { ...one, isReused: true },
  ])
})

test('over TLS: a certificate of another name, or of nobody, is no connection; nothing is sent', async () => {
  let received = 0
  const server = createTlsServer(testCertificate, (socket) => {
    socket.on('error', () => socket.destroy())
    socket.on('data', () => void (received += 1))
  })
  const port = await portOf(server)
  const own = transport({ guard: here })
  expect(await ask(own, `https://other.test:${port}`)).toMatch(/^connect: .*altnames/)
  setDefaultCACertificates(authorities)
  expect(await ask(own, `https://vendor.test:${port}`)).toMatch(/^connect: .*self-signed/)
  setDefaultCACertificates([...authorities, testCertificate.cert])
  expect(received).toBe(0)
})

test('who does not speak TLS, and who does not answer the handshake, is no connection', async () => {
  const plain = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  })
  const sockets: Socket[] = []
  const silent = createServer((socket) => void sockets.push(socket.on('error', () => socket.destroy())))
  const own = transport({ guard: here, connectTimeoutMs: 150 })
  expect(await ask(own, `https://vendor.test:${await portOf(plain)}`)).toMatch(/^connect: /)
  expect(await ask(own, `https://vendor.test:${await portOf(silent)}`)).toMatch(
    /^connect: no connection within/,
  )
  for (const socket of sockets) socket.destroy()
})

test('who ends the connection in the handshake, whether in order or not, is no connection: nothing was sent', async () => {
  const own = transport({ guard: here })
  for (const end of [(socket: Socket) => socket.end(), (socket: Socket) => socket.resetAndDestroy()]) {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy())
      socket.once('data', () => end(socket))
    })
    expect(await ask(own, `https://vendor.test:${await portOf(server)}`)).toMatch(/^connect: /)
  }
})

/** Answers each call on whichever connection; tells how many there were. */
function counting(onSocket: (socket: Socket) => void) {
  const seen = { connections: 0, calls: 0 }
  const server = createServer((socket) => {
    seen.connections += 1
    socket.on('error', () => socket.destroy())
    socket.on('data', () => {
      seen.calls += 1
      onSocket(socket)
    })
  })
  return { server, seen }
}

/** The other side does this to its connection, and ours has heard of it and closed. */
async function closedAfter(socket: Socket | undefined, does: (socket: Socket) => void): Promise<void> {
  if (socket === undefined) throw new Error('there is no connection')
  const closed = once(socket, 'close')
  does(socket)
  await closed
}

test('a connection that the other side closed while it rested carries no call', async () => {
  const sockets: Socket[] = []
  const { seen, server } = counting((socket) => {
    sockets.push(socket)
    socket.write(answer('a'))
  })
  const origin = `http://127.0.0.1:${await portOf(server)}`
  const own = transport()
  expect(await ask(own, origin)).toBe('a')
  await closedAfter(sockets[0], (socket) => socket.end())
  expect(await ask(own, origin)).toBe('a')
  expect(seen).toEqual({ connections: 2, calls: 2 })
})

test('a connection on which something came unasked carries no call', async () => {
  const sockets: Socket[] = []
  const { seen, server } = counting((socket) => {
    sockets.push(socket)
    socket.write(answer('a'))
  })
  const origin = `http://127.0.0.1:${await portOf(server)}`
  const own = transport()
  expect(await ask(own, origin)).toBe('a')
  await closedAfter(sockets[0], (socket) => socket.write(answer('b')))
  expect(await ask(own, origin)).toBe('a')
  expect(seen.connections).toBe(2)
})

test('an answer and another one in the same read: the second is nobody’s', async () => {
  const { seen, server } = counting((socket) => void socket.write(answer('a') + answer('b')))
  const origin = `http://127.0.0.1:${await portOf(server)}`
  const own = transport()
  expect(await ask(own, origin)).toBe('a')
  expect(await ask(own, origin)).toBe('a')
  expect(seen.connections).toBe(2)
})

test('a connection that has rested for too long carries no call, also before it is ended', async () => {
  const { seen, server } = counting((socket) =>
    socket.write(answer('a').replace('\r\n', '\r\nkeep-alive: timeout=1\r\n')),
  )
  const origin = `http://127.0.0.1:${await portOf(server)}`
  const own = transport()
  expect(await ask(own, origin)).toBe('a')
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(await ask(own, origin)).toBe('a')
  expect(seen).toEqual({ connections: 2, calls: 2 })
})

test('a resting connection ends before the other side says that it will, and after the limit of its own', async () => {
  const ends = (head: string, options: Http1TransportOptions) => async (): Promise<number> => {
    const closed = Promise.withResolvers<number>()
    const server = createServer((socket) => {
      socket.once('data', () => {
        const at = performance.now()
        socket.write(`HTTP/1.1 200 OK\r\n${head}content-length: 0\r\n\r\n`)
        socket.on('close', () => closed.resolve(performance.now() - at)).resume()
      })
    })
    await ask(transport(options), `http://127.0.0.1:${await portOf(server)}`)
    return closed.promise
  }
  expect(await ends('Keep-Alive: max=3, timeout=2\r\n', {})()).toBeLessThan(20_000)
  expect(await ends('', { keepAliveTimeoutMs: 100 })()).toBeLessThan(20_000)
})

test('a transport that closes lets its calls end, refuses those that wait, and takes no more', async () => {
  const sockets: Socket[] = []
  const { server } = counting((socket) => void sockets.push(socket))
  const origin = `http://127.0.0.1:${await portOf(server)}`
  const own = transport({ connections: 1 })
  const first = ask(own, origin)
  const second = ask(own, origin)
  while (sockets.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  const closed = own.close()
  expect(await second).toMatch(/^connect: /)
  expect(await ask(own, origin)).toMatch(/^connect: /)
  sockets[0]?.write(answer('last'))
  expect(await first).toBe('last')
  await closed
})

test('a connection that was paused for one call reads for the next', async () => {
  const { seen, server } = counting((socket) => void socket.write(answer('a'.repeat(10))))
  const origin = `http://127.0.0.1:${await portOf(server)}`
  const own = transport()
  const ended = Promise.withResolvers<undefined>()
  const call = own.send(
    { origin, method: 'POST', path: '/', headers: [], body: new Uint8Array() },
    {
      connected: () => undefined,
      head: () => undefined,
      data: () => call.pause(),
      end: () => ended.resolve(undefined),
      failed: () => ended.resolve(undefined),
    },
  )
  await ended.promise
  expect(await ask(own, origin)).toBe('aaaaaaaaaa')
  expect(seen.connections).toBe(1)
})

const calledBehind = {
  'waits for the connection': async (own: Transport, origin: string) =>
    Promise.all([ask(own, origin), ask(own, origin)]),
  'begins in a microtask behind the end': async (own: Transport, origin: string) => [
    await ask(own, origin),
    await ask(own, origin),
  ],
}

test.each(Object.entries(calledBehind))(
  'over TLS: a second answer that came in the same read is nobody’s, where the next call %s',
  async (_, askTwice) => {
    const { origin, own } = await poisoning()
    expect(await askTwice(own, origin)).toEqual(['own 1', 'own 2'])
  },
)

test('a connection that the other side closes before the end of the turn carries no call', async () => {
  const sockets: Socket[] = []
  const { seen, server } = counting((socket) => {
    sockets.push(socket)
    socket.write(answer('a'))
  })
  const origin = `http://127.0.0.1:${await portOf(server)}`
  const own = transport({ connections: 1 })
  expect(await ask(own, origin)).toBe('a')
  // From a timer: its closing is read in this turn, before the turn ends.
  await new Promise((resolve) => setTimeout(resolve, 20))
  sockets[0]?.destroy()
  expect(await Promise.all([ask(own, origin), ask(own, origin)])).toEqual(['a', 'a'])
  expect(seen).toEqual({ connections: 2, calls: 3 })
})

test('calls of one turn go out together when it ends; one that is given up before that is not sent', async () => {
  const { seen, server } = counting((socket) => void socket.write(answer('a')))
  const origin = `http://127.0.0.1:${await portOf(server)}`
  const own = transport()
  await Promise.all([ask(own, origin), ask(own, origin)])
  const told: string[] = []
  const listener = (name: string) => ({
    connected: () => void told.push(`${name} is sent`),
    head: () => undefined,
    data: () => undefined,
    end: () => void told.push(`${name} ends`),
    failed: () => void told.push(`${name} fails`),
  })
  const request = { origin, method: 'POST', path: '/', headers: [], body: new Uint8Array() } as const
  own.send(request, listener('kept'))
  own.send(request, listener('given up')).abort()
  await Promise.resolve()
  expect(told).toEqual([])
  while (!told.includes('kept ends')) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(told).toEqual(['kept is sent', 'kept ends'])
  expect(seen.calls).toBe(3)
})

/** Over TLS: each answer with another one behind it, in the same read, so that its connection ends before the turn does. */
async function poisoning(): Promise<{ readonly origin: string; readonly own: Transport }> {
  let connections = 0
  const server = createTlsServer({ ...testCertificate, noDelay: true }, (socket) => {
    connections += 1
    socket.on('error', () => socket.destroy())
    const [told, poison] = [answer(`own ${connections}`), answer('POISON')]
    socket.on('data', () => void (socket.write(told), socket.write(poison)))
  })
  const origin = `https://vendor.test:${await portOf(inOnePiece(await portOf(server)))}`
  return { origin, own: transport({ guard: here, connections: 1 }) }
}

test('a call that could not be sent keeps its place before those that wait', async () => {
  const { origin, own } = await poisoning()
  const told = await Promise.all([ask(own, origin), ask(own, origin), ask(own, origin)])
  expect(told).toEqual(['own 1', 'own 2', 'own 3'])
})

test('a transport that closes waits for a call that could not be sent and is sent anew', async () => {
  const { origin, own } = await poisoning()
  const order: string[] = []
  const first = ask(own, origin)
  const second = ask(own, origin).then((text) => order.push(text))
  expect(await first).toBe('own 1')
  await Promise.all([own.close().then(() => order.push('closed')), second])
  expect(order).toEqual(['own 2', 'closed'])
})

/** What the other side sends is handed on when it has been quiet for a moment: several records come in one read. */
function inOnePiece(port: number): Server {
  return createServer((near) => {
    const far = connect(port, '127.0.0.1')
    let kept: Buffer[] = []
    let quiet: NodeJS.Timeout | undefined
    far.on('data', (bytes: Buffer) => {
      kept.push(bytes)
      clearTimeout(quiet)
      quiet = setTimeout(() => {
        near.write(Buffer.concat(kept))
        kept = []
      }, 20)
    })
    near.on('error', () => far.destroy()).on('close', () => far.destroy())
    far.on('error', () => near.destroy()).on('close', () => near.destroy())
    near.pipe(far)
  })
}

test.each(Object.entries(calledBehind))(
  'a second answer behind one that filled a read is nobody’s, where the next call %s',
  async (_, askTwice) => {
    const head = 'HTTP/1.1 200 OK\r\ncontent-length: 65000\r\n'
    const filling = `${head}x: ${'x'.repeat(65_536 - 65_000 - head.length - 7)}\r\n\r\n${'a'.repeat(65_000)}`
    expect(filling).toHaveLength(65_536)
    const { seen, server } = counting((socket) => void socket.write(filling + answer('POISON')))
    const own = transport({ connections: 1 })
    const told = await askTwice(own, `http://127.0.0.1:${await portOf(server)}`)
    expect(told.map((text) => [text.length, text.slice(-6)])).toEqual([
      [65_000, 'aaaaaa'],
      [65_000, 'aaaaaa'],
    ])
    expect(seen).toEqual({ connections: 2, calls: 2 })
  },
)

test('over TLS: a call that begins behind another one’s end takes its connection', async () => {
  let connections = 0
  const server = createTlsServer(testCertificate, (socket) => {
    connections += 1
    socket.on('error', () => socket.destroy())
    socket.on('data', () => void socket.write(answer('a')))
  })
  const origin = `https://vendor.test:${await portOf(server)}`
  const own = transport({ guard: here })
  for (let call = 0; call < 5; call++) expect(await ask(own, origin)).toBe('a')
  expect(connections).toBe(1)
})
