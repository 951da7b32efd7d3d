import https from 'node:https'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startConnectProxy } from '../../engine/src/testing/connect-proxy.ts'
import { ConfigurationManager, ModelManager } from './index.ts'
import { startVendors, type SimulatedVendors } from './testing/simulated-vendors.ts'

let vendors: SimulatedVendors
beforeAll(async () => {
  vendors = await startVendors()
})
afterAll(() => vendors.simulator.close())

const config = new ConfigurationManager('dev', { text: 'agents: { default_model: eu.amazon.nova-pro-v1:0 }' })

test('models, and a server that is followed, are reached by way of the proxy that the environment names', async () => {
  const simulated = Number(new URL(vendors.simulator.url).port)
  const proxy = await startConnectProxy({ credentials: 'user:geheim', portOf: () => simulated })
  const before = https.globalAgent
  const manager = new ModelManager(config, 'eu-central-1', {
    environment: {
      ...vendors.environment,
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: 'http://bedrock.test',
      HTTP_PROXY: `http://user:geheim@127.0.0.1:${proxy.port}`,
    },
    metrics: 'none',
    log: () => undefined,
    server: { url: 'http://pointsman.test', key: 'k', publicKey: Buffer.alloc(32).toString('base64') },
  })
  const { success } = await manager.invokeModel({
    agentName: 'sql_agent',
    messages: [{ role: 'user', content: 'Hello' }],
  })
  expect(success).toBe(true)
  expect(new Set(proxy.asked.map(({ target }) => target))).toEqual(
    new Set(['bedrock.test:80', 'pointsman.test:80']),
  )
  // The application's own calls are its own affair.
  expect(https.globalAgent).toBe(before)
  await manager.close()
  proxy.close()
})

test('what names no proxy is a mistake of the configuration, told without its value', () => {
  const wrong = (): ModelManager =>
    new ModelManager(config, undefined, { environment: { https_proxy: 'socks5://user:geheim@proxy.test' } })
  expect(wrong).toThrow(expect.objectContaining({ code: 'invalid_configuration' }))
  expect(wrong).not.toThrow(/geheim/)
})
