import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { startConnectProxy } from '../../../../engine/src/testing/connect-proxy.ts'
import { followProxies } from '../../follow-proxies.ts'
import { readSettings, type Settings } from '../../settings.ts'
import { lookAtProxy } from './proxy-look.ts'

const opened: { close(): unknown }[] = []
afterEach(() => {
  for (const one of opened.splice(0).reverse()) one.close()
})

/** The settings of an environment, which this process follows. */
function settingsOf(environment: Readonly<Record<string, string>>): Settings {
  const settings = readSettings(environment, {})
  opened.push({ close: followProxies(settings.proxy) })
  return settings
}

test('which proxies lead out is told without passwords; where there is none, nothing is', async () => {
  expect(await lookAtProxy(settingsOf({ NO_PROXY: 'a.test' }), true)).toEqual([])
  const settings = settingsOf({
    HTTPS_PROXY: 'http://user:secret@proxy.test:3128',
    no_proxy: '.hospital.test',
  })
  expect(await lookAtProxy(settings, false)).toMatchObject([
    {
      state: 'ok',
      found: 'https by http://proxy.test:3128 (HTTPS_PROXY), http directly; directly: .hospital.test',
    },
  ])
})

test('whether the proxy lets Bedrock be called', async () => {
  const server = createServer((_incoming, answer) => answer.writeHead(403).end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  opened.push({ close: () => (server.closeAllConnections(), server.close()) })
  const { port } = server.address() as AddressInfo
  const open = await startConnectProxy({ portOf: () => port })
  const shut = await startConnectProxy({ instead: (socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n') })
  opened.push(open, shut)
  const lookBy = async (proxyPort: number) => {
    const variables = {
      HTTP_PROXY: `127.0.0.1:${proxyPort}`,
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: 'http://bedrock.test',
    }
    const [, way] = await lookAtProxy(settingsOf(variables), true)
    opened.pop()?.close()
    return way
  }
  expect(await lookBy(open.port)).toMatchObject({ state: 'ok', found: 'bedrock.test answers' })
  expect(await lookBy(shut.port)).toMatchObject({
    state: 'problem',
    found: expect.stringMatching(/^bedrock\.test: The proxy .* answered 403 .* NO_PROXY/) as string,
  })
})
