import { once } from 'node:events'
import { request as requestHttp, type IncomingMessage } from 'node:http'
import { createServer, request as requestHttps } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { ProxyAgent } from 'undici'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { addressCertificate, testCertificate } from '../testing/certificate.ts'
import { startConnectProxy, type ConnectProxy, type ConnectProxyOptions } from '../testing/connect-proxy.ts'
import { proxiedAgents, proxiedDispatcher } from './proxied-agents.ts'
import { createProxyFor, readProxySettings, type ProxyFor } from './proxies.ts'

const authorities = getCACertificates('default')
beforeAll(() => setDefaultCACertificates([...authorities, testCertificate.cert, addressCertificate.cert]))
afterAll(() => setDefaultCACertificates(authorities))

const opened: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

/** An https server that says which host it was asked as. */
async function vendor(certificate = testCertificate): Promise<number> {
  const server = createServer(certificate, (incoming, answer) => {
    incoming.resume()
    answer.end(`${incoming.headers.host} ${incoming.headers['proxy-authorization'] ?? ''}`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  opened.push({ close: () => (server.closeAllConnections(), server.close()) })
  return (server.address() as AddressInfo).port
}

async function proxy(options: ConnectProxyOptions): Promise<ConnectProxy> {
  const started = await startConnectProxy(options)
  opened.push(started)
  return started
}

function wayBy(variables: { readonly [name: string]: string }): ProxyFor {
  const settings = readProxySettings((name) => variables[name] ?? null)
  if (settings === null) throw new Error('no proxy was read')
  return createProxyFor(settings)
}

/** Asks by `node:https` and by `fetch`, one after the other; a failure is its message. */
async function askBoth(proxyFor: ProxyFor, url: string): Promise<readonly [string, string]> {
  const { httpAgent, httpsAgent } = proxiedAgents(proxyFor)
  opened.push({ close: () => (httpAgent.destroy(), httpsAgent.destroy()) })
  const byAgent = new Promise<string>((resolve) => {
    const [send, agent] = url.startsWith('https:') ? [requestHttps, httpsAgent] : [requestHttp, httpAgent]
    send(url, { agent })
      .on('response', (answer: IncomingMessage) => void text(answer).then(resolve))
      .on('error', ({ message }) => resolve(message))
      .end()
  })
  return [await byAgent, await askByFetch(proxyFor, url)]
}

async function askByFetch(proxyFor: ProxyFor, url: string): Promise<string> {
  const init: RequestInit = {}
  Reflect.set(init, 'dispatcher', proxiedDispatcher(proxyFor)?.dispatcher)
  const answer = await fetch(url, init).catch((error: unknown) => error)
  return answer instanceof Response ? answer.text() : String(answer instanceof Error ? answer.cause : answer)
}

test('agents and fetch reach an https vendor within TLS of its own, and more than once by one tunnel', async () => {
  const port = await vendor()
  const way = await proxy({ portOf: () => port, credentials: 'user:geheim' })
  const proxyFor = wayBy({ HTTPS_PROXY: `http://user:geheim@127.0.0.1:${way.port}` })
  expect(await askBoth(proxyFor, 'https://vendor.test/')).toEqual(['vendor.test ', 'vendor.test '])
  expect(way.asked.map(({ target }) => target)).toEqual(['vendor.test:443', 'vendor.test:443'])
  const { httpsAgent } = proxiedAgents(proxyFor)
  opened.push({ close: () => httpsAgent.destroy() })
  for (let call = 0; call < 3; call += 1) {
    const [answer] = (await once(
      requestHttps('https://vendor.test/', { agent: httpsAgent }).end(),
      'response',
    )) as [IncomingMessage]
    expect(await text(answer)).toBe('vendor.test ')
  }
  expect(way.asked).toHaveLength(3)
})

test('plain http goes by CONNECT, too', async () => {
  const { createServer: createPlain } = await import('node:http')
  const server = createPlain((incoming, answer) => answer.end(incoming.url)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  opened.push({ close: () => (server.closeAllConnections(), server.close()) })
  const { port } = server.address() as AddressInfo
  const way = await proxy({ portOf: () => port })
  const proxyFor = wayBy({ http_proxy: `127.0.0.1:${way.port}` })
  expect(await askBoth(proxyFor, 'http://vendor.test/here')).toEqual(['/here', '/here'])
  expect(way.asked.map(({ target }) => target)).toEqual(['vendor.test:80', 'vendor.test:80'])
})

test('what NO_PROXY names, and what is on this machine, is reached directly', async () => {
  const way = await proxy({})
  const proxyFor = wayBy({ HTTPS_PROXY: `127.0.0.1:${way.port}`, NO_PROXY: 'other.test' })
  const url = `https://127.0.0.1:${await vendor(addressCertificate)}/`
  expect(await askBoth(proxyFor, url)).toEqual([`${new URL(url).host} `, `${new URL(url).host} `])
  for (const said of await askBoth(proxyFor, 'https://sub.other.test/')) expect(said).toMatch(/getaddrinfo/)
  for (const said of await askBoth(proxyFor, 'http://plain.test/')) expect(said).toMatch(/getaddrinfo/)
  expect(way.asked).toEqual([])
})

test('what fails says which proxy it was, and what to do, without the password', async () => {
  const refusing = await proxy({ credentials: 'user:other' })
  const dying = await proxy({ instead: (socket) => socket.end('HTTP/1.1 200 O') })
  const gone = await proxy({})
  gone.close()
  const wrong = await vendor(addressCertificate)
  const other = await proxy({ portOf: () => wrong })
  for (const [{ port }, words] of [
    [refusing, /answered 407 .* does not take the user and password in HTTPS_PROXY/],
    [dying, /cannot be used: the connection was closed/],
    [gone, /cannot be used: connect ECONNREFUSED/],
    [other, /^(?:Error: )?Through the proxy .*altnames/],
  ] as const) {
    const said = await askBoth(
      wayBy({ HTTPS_PROXY: `http://user:geheim@127.0.0.1:${port}` }),
      'https://vendor.test/',
    )
    for (const each of said) {
      expect(each).toMatch(words)
      expect(each).toMatch(`http://127.0.0.1:${port}`)
      expect(each).not.toMatch(/geheim/)
    }
  }
  for (const each of [refusing, dying, other]) await expect.poll(() => each.open()).toBe(0)
})

test('what somebody else has set for fetch is left alone', () => {
  const proxyFor = wayBy({ HTTPS_PROXY: '127.0.0.1:1' })
  const { globalName } = proxiedDispatcher(proxyFor) ?? {}
  if (globalName === undefined) throw new Error('fetch has no dispatcher')
  const before: unknown = Reflect.get(globalThis, globalName)
  Reflect.set(globalThis, globalName, new ProxyAgent('http://127.0.0.1:1'))
  expect(proxiedDispatcher(proxyFor)).toBeNull()
  Reflect.set(globalThis, globalName, before)
})
