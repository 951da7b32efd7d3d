import { once } from 'node:events'
import http from 'node:http'
import https, { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { PointsmanError } from '@pointsman/contract'
import { createClient } from '@pointsman/sdk'
import { testCertificate } from '../../engine/src/testing/certificate.ts'
import { startConnectProxy, type ConnectProxy } from '../../engine/src/testing/connect-proxy.ts'
import { followProxies, proxiesIn } from './follow-proxies.ts'
import { createIssuerFetch } from './serve/oidc/issuer-fetch.ts'
import { createWebhooks } from './serve/webhooks.ts'

const authorities = getCACertificates('default')
beforeAll(() => setDefaultCACertificates([...authorities, testCertificate.cert]))
afterAll(() => setDefaultCACertificates(authorities))

const opened: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

/** This process follows a proxy that knows `vendor.test`, which says how it was asked. */
async function following(credentials = 'user:geheim'): Promise<ConnectProxy> {
  const server = createServer(testCertificate, (incoming, answer) => {
    incoming.resume()
    answer.setHeader('content-type', 'application/json')
    answer.end(
      JSON.stringify({ host: incoming.headers.host, proof: incoming.headers['proxy-authorization'] }),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  opened.push({ close: () => (server.closeAllConnections(), server.close()) })
  const { port } = server.address() as AddressInfo
  const proxy = await startConnectProxy({ portOf: () => port, credentials })
  opened.push(proxy)
  opened.push({
    close: followProxies(proxiesIn({ HTTPS_PROXY: `http://user:geheim@127.0.0.1:${proxy.port}` })),
  })
  return proxy
}

const url = 'https://vendor.test/'
const seen = { host: 'vendor.test' }

test('all that this process calls goes by way of the proxy', async () => {
  const proxy = await following()
  expect(await (await fetch(url)).json()).toEqual(seen)
  // With a patience of its own it goes past the global fetch.
  expect(await createClient({ url: url.slice(0, -1), key: 'k' }).usage.totals()).toEqual(seen)
  const before = proxy.asked.length
  const [answer] = (await once(request(url).end(), 'response')) as [http.IncomingMessage]
  expect(answer.statusCode).toBe(200)
  answer.destroy()
  // Names that nobody but the proxy knows: our guard of addresses has nothing to judge.
  const issuer = createIssuerFetch(new Set())
  expect(await (await issuer(url, { method: 'GET', headers: {} })).json()).toEqual(seen)
  expect(await createWebhooks({ privateHosts: [] }, () => new Uint8Array(32)).post(url, {}, '{}')).toEqual({
    status: 200,
  })
  expect(proxy.asked.length).toBeGreaterThan(before)
})

test('an issuer behind a proxy that refuses is away, and the reason names the proxy without its password', async () => {
  const proxy = await following('user:other')
  const asked = createIssuerFetch(new Set())(url, { method: 'GET', headers: {} })
  await expect(asked).rejects.toThrow(`The proxy http://127.0.0.1:${proxy.port} answered 407`)
  await expect(asked).rejects.not.toThrow('geheim')
  const listed = createClient({ url: url.slice(0, -1), key: 'k' }).usage.totals()
  await expect(listed).rejects.toThrow(`(The proxy http://127.0.0.1:${proxy.port} answered 407`)
})

test('without a proxy nothing is set, and one that is none is refused', () => {
  const before = [http.globalAgent, https.globalAgent]
  followProxies(proxiesIn({ NO_PROXY: '*', HTTPS_PROXY: ' ' }))
  expect([http.globalAgent, https.globalAgent]).toEqual(before)
  expect(() => proxiesIn({ HTTPS_PROXY: 'socks5://127.0.0.1:1080' })).toThrow(PointsmanError)
})
