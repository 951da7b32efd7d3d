import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import {
  createServer as createTlsServer,
  getCACertificates,
  setDefaultCACertificates,
  type Server as TlsServer,
} from 'node:tls'
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { addressCertificate, testCertificate } from '../../testing/certificate.ts'
import {
  startConnectProxy,
  type ConnectProxy,
  type ConnectProxyOptions,
} from '../../testing/connect-proxy.ts'
import type { Transport } from '../../ports.ts'
import { createAddressGuard } from '../address-guard.ts'
import { createProxyFor, readProxySettings } from '../proxies.ts'
import { createHttp1Transport, type Http1TransportOptions } from './transport.ts'

const authorities = getCACertificates('default')
const known = [...authorities, testCertificate.cert, addressCertificate.cert]
beforeAll(() => setDefaultCACertificates(known))
afterAll(() => setDefaultCACertificates(authorities))

const opened: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

async function proxy(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const started = await startConnectProxy(options)
  opened.push(started)
  return started
}

interface Way extends Http1TransportOptions {
  /** `http://user:password@` and the like, before the host. */
  readonly before?: string
  readonly direct?: string
}

/** A transport that calls everything through the proxy at this port. */
function through(port: number, { before = 'http://', direct = '', ...options }: Way = {}): Transport {
  const named = new Map([
    ...['HTTPS_PROXY', 'HTTP_PROXY'].map((name) => [name, `${before}127.0.0.1:${port}`] as const),
    ['NO_PROXY', direct],
  ])
  const settings = readProxySettings((name) => named.get(name) ?? null)
  if (settings === null) throw new Error('no proxy was read')
  const made = createHttp1Transport({ proxyFor: createProxyFor(settings), ...options })
  opened.unshift(made)
  return made
}

async function portOf(server: Server | TlsServer): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  opened.push(server)
  return (server.address() as AddressInfo).port
}

const answer = (text: string): string => `HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n${text}`

/** Answers each request with what it got, once its body is there. */
function answerAll(socket: Socket): void {
  socket.on('error', () => socket.destroy())
  socket.on('data', (bytes) => void socket.write(answer(bytes.toString('latin1'))))
}

/** What came of a call: the body, or how it failed. */
function ask(from: Transport, origin: string, path = '/'): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    from.send(
      {
        ...{ origin, path, method: 'POST', headers: ['host', new URL(origin).host] },
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

/** A vendor `vendor.test` with TLS. Nobody but the proxy knows where that is. */
const secureVendor = (serve: (socket: Socket) => void = answerAll): Promise<number> =>
  portOf(createTlsServer({ ...testCertificate, ALPNProtocols: ['http/1.1'] }, serve))

test('an https vendor is called within TLS of its own, by a name that only the proxy looks up', async () => {
  const names: unknown[] = []
  const port = await secureVendor((socket) => {
    names.push('servername' in socket ? socket.servername : null)
    answerAll(socket)
  })
  const way = await proxy({ portOf: () => port, credentials: 'us er:geheim' })
  const own = through(way.port, {
    before: 'http://us%20er:geheim@',
    guard: createAddressGuard({ named: new Set() }),
  })
  const said = await ask(own, 'https://vendor.test', '/first')
  expect(said).toMatch(/^POST \/first HTTP\/1\.1\r\nhost: vendor\.test\r\n/i)
  expect(said).not.toMatch(/proxy/i)
  expect(names).toEqual(['vendor.test'])
  expect(way.asked).toEqual([
    { target: 'vendor.test:443', authorization: `Basic ${Buffer.from('us er:geheim').toString('base64')}` },
  ])
})

test('a plain http address is reached by CONNECT, too, IPv6 in brackets', async () => {
  const port = await portOf(createServer(answerAll))
  const way = await proxy({ portOf: () => port })
  const own = through(way.port)
  expect(await ask(own, 'http://vllm.test:8000', '/v1')).toMatch(
    /^POST \/v1 HTTP\/1\.1\r\nhost: vllm\.test:8000/i,
  )
  expect(await ask(own, 'http://[2001:db9::1]')).toMatch(/^POST \/ /)
  expect(way.asked.map(({ target }) => target)).toEqual(['vllm.test:8000', '[2001:db9::1]:80'])
})

test('a proxy that is spoken to in TLS shows a certificate of its own', async () => {
  const port = await secureVendor()
  const own = await proxy({ portOf: () => port, certificate: addressCertificate, credentials: 'u:p' })
  expect(await ask(through(own.port, { before: 'https://u:p@' }), 'https://vendor.test')).toMatch(/^POST \/ /)
  const other = await proxy({ portOf: () => port, certificate: testCertificate })
  expect(await ask(through(other.port, { before: 'https://' }), 'https://vendor.test')).toMatch(
    /^connect: The proxy https:\/\/127.* cannot be used: .*altnames/,
  )
})

test('a tunnel is used again, one call after the other, and later ones resume its session of TLS', async () => {
  const reused: boolean[] = []
  const port = await secureVendor((socket) => {
    reused.push('isSessionReused' in socket && (socket as { isSessionReused(): boolean }).isSessionReused())
    socket.on('error', () => socket.destroy())
    socket.on('data', (bytes) => {
      const isLast = bytes.toString('latin1').startsWith('POST /last ')
      const text = isLast ? answer('last') : answer('x'.repeat(200_000))
      socket.write(isLast ? text.replace('\r\n', '\r\nconnection: close\r\n') : text)
    })
  })
  const way = await proxy({ portOf: () => port })
  const own = through(way.port, { connections: 1 })
  const said = await Promise.all(['/a', '/b', '/c'].map((path) => ask(own, 'https://vendor.test', path)))
  expect(said.map(({ length }) => length)).toEqual([200_000, 200_000, 200_000])
  expect(way.asked).toHaveLength(1)
  expect(await ask(own, 'https://vendor.test', '/last')).toBe('last')
  expect(await ask(own, 'https://vendor.test')).toHaveLength(200_000)
  expect(way.asked).toHaveLength(2)
  expect(reused).toEqual([false, true])
})

test('what NO_PROXY names, and what is on this machine, is called directly', async () => {
  const way = await proxy()
  const port = await portOf(createServer(answerAll))
  expect(await ask(through(way.port), `http://127.0.0.1:${port}`)).toMatch(/^POST /)
  expect(await ask(through(way.port), `http://localhost:${port}`)).toMatch(/^POST /)
  expect(way.asked).toEqual([])
})

test('an address that the guard refuses is refused through a proxy, too; names are the proxy’s to judge', async () => {
  const port = await portOf(createServer(answerAll))
  const way = await proxy({ portOf: () => port })
  const own = through(way.port, { guard: createAddressGuard({ named: new Set() }) })
  expect(await ask(own, 'http://10.0.0.7')).toMatch(
    /^connect: 10\.0\.0\.7 leads to an address of a private network/,
  )
  expect(await ask(own, 'http://169.254.169.254')).toMatch(/no provider has/)
  expect(way.asked).toEqual([])
  expect(await ask(own, 'http://private.test')).toMatch(/^POST /)
})

test('a certificate of another name, or of nobody, is no connection; nothing is sent', async () => {
  let received = 0
  const port = await secureVendor((socket) => {
    socket.on('error', () => socket.destroy()).on('data', () => void (received += 1))
  })
  const way = await proxy({ portOf: () => port })
  const own = through(way.port)
  expect(await ask(own, 'https://other.test')).toMatch(/^connect: Through the proxy http:\/\/127.*altnames/)
  setDefaultCACertificates(authorities)
  const unknown = await ask(own, 'https://vendor.test')
  setDefaultCACertificates(known)
  expect(unknown).toMatch(/^connect: Through the proxy .*self-signed certificate.*NODE_EXTRA_CA_CERTS/)
  expect(received).toBe(0)
})

const secret = 'geheim'
const named = (port: number): string => `http://127\\.0\\.0\\.1:${port}`

test('a proxy that wants a user, or another one, says so without the password', async () => {
  const way = await proxy({ credentials: 'user:other' })
  const without = await ask(through(way.port), 'https://vendor.test')
  expect(without).toMatch(
    new RegExp(
      `^connect: The proxy ${named(way.port)} answered 407 .* vendor\\.test:443: HTTPS_PROXY holds no user and password\\. Set it to http://user:password@127\\.0\\.0\\.1:${way.port}$`,
    ),
  )
  const wrong = await ask(through(way.port, { before: `http://user:${secret}@` }), 'https://vendor.test')
  expect(wrong).toMatch(/answered 407 .*: it does not take the user and password in HTTPS_PROXY/)
  expect(wrong).not.toContain(secret)
  expect(wrong).not.toContain(Buffer.from(`user:${secret}`).toString('base64'))
})

test.each([
  ['HTTP/1.1 403 Forbidden\r\n\r\n', /answered 403 .*vendor\.test:443: it does not let this server go there/],
  ['HTTP/1.1 502 Bad Gateway\r\ncontent-length: 3\r\n\r\nwhy', /answered 502 .*See its log for why$/],
  [
    'HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\nproxy-authenticate: NTLM\r\n\r\n',
    /It asks for Negotiate first, and Basic alone is spoken here$/,
  ],
  ['HTTP/1.0 401 Unauthorized\r\nServer: x\r\n\r\n', /answered 401 .*HTTPS_PROXY holds no user and password/],
  ['HTTP/1.1 302 Found\r\nlocation: http://evil.test/\r\n\r\n', /answered 302/],
  ['HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n', /sent more than its answer$/],
  ['SSH-2.0-OpenSSH_9\r\n\r\n', /cannot be read: its head is malformed$/],
  ['HTTP/1.1 200 OK\nx: y\r\n\r\n', /cannot be read: its head is malformed$/],
  ['HTTP/1.1 200 OK\r\nx: ', /cannot be read: its head is longer/, 'y'.repeat(20_000)],
  ['HTTP/1.1 200 O', /cannot be used: the connection was closed/],
  ['', /cannot be used: the connection was closed/],
] satisfies [string, RegExp, string?][])(
  'a proxy that says %j and ends is no connection',
  async (text, told, more = '') => {
    const way = await proxy({ instead: (socket) => socket.end(text + more, 'latin1') })
    const own = through(way.port)
    const said = await ask(own, 'https://vendor.test')
    expect(said).toMatch(/^connect: /)
    expect(said).toMatch(told)
    expect(said).toMatch(new RegExp(named(way.port)))
    await expect.poll(() => way.open()).toBe(0)
  },
)

test('an answer to CONNECT is taken however it is cut', async () => {
  const port = await secureVendor()
  const text =
    'HTTP/1.1 103 Early\r\n\r\nHTTP/1.0 200 Connection established\r\nVia: x\r\nContent-Length: 0\r\n\r\n'
  for (let cut = 1; cut < text.length; cut += 7) {
    const way = await proxy({
      instead(socket) {
        socket.write(text.slice(0, cut))
        setTimeout(() => {
          socket.write(text.slice(cut))
          const beyond = connect(port, '127.0.0.1').on('error', () => beyond.destroy())
          socket.pipe(beyond).pipe(socket)
          socket.on('close', () => beyond.destroy())
        }, 2)
      },
    })
    expect(await ask(through(way.port), 'https://vendor.test', `/${cut}`)).toMatch(`POST /${cut} `)
  }
})

test('a proxy that is not there, or does not answer in time, is no connection', async () => {
  const gone = await proxy()
  gone.close()
  expect(await ask(through(gone.port), 'https://vendor.test')).toMatch(
    new RegExp(
      `^connect: The proxy ${named(gone.port)} cannot be used: connect ECONNREFUSED .*HTTPS_PROXY says$`,
    ),
  )
  const silent = await proxy({ instead: () => undefined })
  expect(await ask(through(silent.port, { connectTimeoutMs: 30 }), 'https://vendor.test')).toMatch(
    /^connect: The proxy .* cannot be used: no connection within 30 ms/,
  )
  // The tunnel is open, and nobody speaks TLS at its other end: still the same limit. It passes when the hello has come, so
  // that a busy machine cannot let it pass before.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const open = await proxy({
    instead(socket) {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      socket.once('data', () => vi.advanceTimersByTime(30))
    },
  })
  expect(await ask(through(open.port, { connectTimeoutMs: 30 }), 'https://vendor.test')).toMatch(
    /^connect: Through the proxy .*: no connection within 30 ms/,
  )
  vi.useRealTimers()
  for (const way of [silent, open]) await expect.poll(() => way.open()).toBe(0)
})

test('a proxy that dies in the handshake is no connection; under an answer it breaks it; at rest it is not used again', async () => {
  const dying = await proxy({
    instead(socket) {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      // The hello of TLS.
      socket.once('data', () => socket.end())
    },
  })
  expect(await ask(through(dying.port), 'https://vendor.test')).toMatch(/^connect: Through the proxy /)
  const port = await secureVendor((socket) => {
    socket.on('error', () => socket.destroy())
    socket.on('data', (bytes) => {
      const isHalf = bytes.toString('latin1').startsWith('POST /half ')
      socket.write(isHalf ? answer('whole').slice(0, -1) : answer('whole'), () => {
        if (isHalf) way.reset()
      })
    })
  })
  const way = await proxy({ portOf: () => port })
  const own = through(way.port)
  expect(await ask(own, 'https://vendor.test')).toBe('whole')
  expect(await ask(own, 'https://vendor.test', '/half')).toMatch(/^broken: /)
  expect(await ask(own, 'https://vendor.test')).toBe('whole')
  way.reset()
  await expect.poll(() => way.open()).toBe(0)
  expect(await ask(own, 'https://vendor.test')).toBe('whole')
})

test('a call that is given up while its tunnel is made leaves nothing open', async () => {
  const way = await proxy({ instead: () => undefined })
  const own = through(way.port)
  const call = own.send(
    { origin: 'https://vendor.test', path: '/', method: 'GET', headers: [], body: new Uint8Array(0) },
    {
      connected: () => expect.unreachable(),
      head: () => expect.unreachable(),
      data: () => expect.unreachable(),
      end: () => expect.unreachable(),
      failed: () => expect.unreachable(),
    },
  )
  await expect.poll(() => way.open()).toBe(1)
  call.abort()
  await expect.poll(() => way.open()).toBe(0)
})

test('a slow reader holds a vendor back through the tunnel, and what it stopped comes whole', async () => {
  const size = 40_000_000
  let written = 0
  const port = await secureVendor((socket) => {
    socket.on('error', () => socket.destroy())
    socket.once('data', () => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`)
      const more = (): void => {
        while (written < size) {
          written += 100_000
          if (!socket.write('x'.repeat(100_000))) return void socket.once('drain', more)
        }
      }
      more()
    })
  })
  const way = await proxy({ portOf: () => port })
  let received = 0
  const ended = Promise.withResolvers<string>()
  const call = through(way.port).send(
    {
      origin: 'https://vendor.test',
      path: '/',
      method: 'GET',
      headers: ['host', 'vendor.test'],
      body: new Uint8Array(0),
    },
    {
      connected: () => undefined,
      head: () => call.pause(),
      data: (bytes) => void (received += bytes.length),
      end: () => ended.resolve('end'),
      failed: ({ message }) => ended.resolve(message),
    },
  )
  let before = -1
  await vi.waitFor(
    () => {
      const still = written > 0 && written === before
      before = written
      expect(still).toBe(true)
    },
    { interval: 100, timeout: 5_000 },
  )
  expect(written).toBeLessThan(size)
  expect(received).toBeLessThan(200_000)
  call.resume()
  expect(await ended.promise).toBe('end')
  expect(received).toBe(size)
})
