import { createServer, type AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { createAddressGuard, type Resolve } from './address-guard.ts'
import { createHttp1Transport } from './http1/transport.ts'

/** A resolver of our own: a name's answers, one after the other, as one that rebinds gives them. */
function fakeResolver(answers: { readonly [name: string]: readonly (readonly string[])[] }) {
  const asked = new Map<string, number>()
  const resolve: Resolve = (hostname, _options, callback) => {
    const turn = asked.get(hostname) ?? 0
    asked.set(hostname, turn + 1)
    const list = answers[hostname] ?? []
    const addresses = list[Math.min(turn, list.length - 1)] ?? []
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
  return { resolve, asked }
}

function lookup(address: string, named: readonly string[] = []): Promise<unknown> {
  const { resolve } = fakeResolver({ 'vendor.example': [[address]] })
  const guard = createAddressGuard({ named: new Set(named), resolve })
  return new Promise((done) => {
    guard.lookup('vendor.example', {}, (error, found) => done(error?.message ?? found))
  })
}

const ofPrivateNetworks = [
  '10.0.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '127.0.0.1',
  '127.9.9.9',
  '100.64.0.1',
]
const ofPrivateNetworks6 = [
  '::1',
  'fd12:3456::1',
  '::ffff:10.0.0.1',
  '::ffff:7f00:1',
  '64:ff9b::10.0.0.1',
  '64:ff9b::7f00:1',
  '::ffff:0:10.0.0.1',
  '::ffff:0:7f00:1',
]
const ofNobody = [
  '169.254.169.254',
  '169.254.170.2',
  '0.0.0.0',
  '0.1.2.3',
  '224.0.0.1',
  '255.255.255.255',
  '198.18.0.1',
  '100.100.100.200',
  '168.63.129.16',
  '::',
  'fe80::1',
  'ff02::1',
  'fd00:ec2::254',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  '64:ff9b::169.254.169.254',
  '64:ff9b::a9fe:a9fe',
  '::ffff:0:a9fe:a9fe',
  '::127.0.0.1',
  '::a00:1',
  '::2',
  '5f00::1',
  '2002:a9fe:a9fe::1',
  '2001:0:a9fe:a9fe::1',
]

test('T28: a public address is connected to', async () => {
  for (const address of ['1.1.1.1', '172.32.0.1', '99.84.1.1', '2600:1f18::1', '64:ff9b::101:101'])
    expect(await lookup(address)).toBe(address)
})

test.each([...ofPrivateNetworks, ...ofPrivateNetworks6])(
  'T28: %s is called only where the operator named the host',
  async (address) => {
    expect(await lookup(address)).toMatch(/private network/)
    expect(await lookup(address, ['vendor.example'])).toBe(address)
    expect(await lookup(address, ['VENDOR.example.'])).toBe(address)
  },
)

test.each(ofNobody)('T28: %s is called for no name', async (address) => {
  expect(await lookup(address)).toMatch(/no provider has/)
  expect(await lookup(address, ['vendor.example'])).toMatch(/no provider has/)
})

test('T28: an address as a host must be named itself', () => {
  const guard = createAddressGuard({ named: new Set(['127.0.0.1', '[::1]', '169.254.1.1', 'a.example']) })
  for (const host of ['127.0.0.1', '::1', '[::1]', '169.254.1.1', '8.8.8.8', 'any.example'])
    expect(guard.refuses(host)).toBeNull()
  for (const host of ['127.0.0.2', '10.0.0.1', '[fe80::1]', '[::ffff:7f00:2]', '169.254.169.254'])
    expect(guard.refuses(host)).toMatch(/leads to/)
})

test('T28: one bad address among good ones refuses the name', async () => {
  const { resolve } = fakeResolver({ 'two.example': [['1.1.1.1', '169.254.169.254']] })
  const guard = createAddressGuard({ named: new Set(), resolve })
  const told = await new Promise((done) => {
    guard.lookup('two.example', { all: true }, (error) => done(error?.message))
  })
  expect(told).toMatch(/no provider has/)
})

test('T28: every spelling of an address that a URL knows is judged; no byte of a key is sent', async () => {
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    socket.destroy()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const { resolve, asked } = fakeResolver({
    'rebinds.example': [['1.1.1.1'], ['127.0.0.1']],
    'inside.example': [['127.0.0.1']],
    localhost: [['127.0.0.1']],
  })
  const guard = createAddressGuard({ named: new Set(['other.example']), resolve })
  const transport = createHttp1Transport({ guard, connectTimeoutMs: 300 })
  const hosts = [
    '127.0.0.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.1',
    '127.0.0.1.',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[0:0:0:0:0:ffff:7f00:1]',
    '[::ffff:7f00:1]',
    '０x7f.1',
    'localhost',
    'inside.example',
    '1.1.1.1@127.0.0.1',
    '127.0.0.1#',
    '127.0.0.1\\',
  ]
  const call = (origin: string): Promise<string> =>
    new Promise((done) => {
      transport.send(
        {
          origin,
          method: 'POST',
          path: '/',
          headers: ['authorization', 'Bearer secret'],
          body: new Uint8Array(),
        },
        {
          connected: () => done('connected'),
          head: () => done('answered'),
          data: () => undefined,
          end: () => done('answered'),
          failed: ({ message }) => done(message),
        },
      )
    })
  for (const host of hosts)
    expect(await call(`http://${host}:${port}`), host).not.toMatch(/^(connected|answered)$/)
  // A name that leads elsewhere the second time is judged the second time, too.
  guard.lookup('rebinds.example', {}, () => undefined)
  expect(await call(`http://rebinds.example:${port}`)).toMatch(/private network/)
  expect(asked.get('rebinds.example')).toBe(2)
  expect(connections).toBe(0)
  await transport.close()
  server.close()
})

test('T28: a named host is connected to, and looked up once a connection', async () => {
  const server = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'))
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const { resolve, asked } = fakeResolver({ 'own.example': [['127.0.0.1']] })
  const guard = createAddressGuard({ named: new Set(['own.example']), resolve })
  const transport = createHttp1Transport({ guard })
  const status = await new Promise((done) => {
    transport.send(
      { origin: `http://own.example:${port}`, method: 'GET', path: '/', headers: [], body: new Uint8Array() },
      {
        connected: () => undefined,
        head: (head) => done(head.status),
        data: () => undefined,
        end: () => undefined,
        failed: ({ message }) => done(message),
      },
    )
  })
  expect(status).toBe(200)
  expect(asked.get('own.example')).toBe(1)
  await transport.close()
  server.close()
})
