import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { keyId } from '@pointsman/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway, type RunningGateway } from './testing/running-gateway.ts'

/* T32: what a caller proves itself with goes to no vendor, at any face, in any header that may carry it. */

const canary = 'pm_canary_that_no_vendor_may_see'
const models = ['eu.amazon.nova-pro-v1:0', 'gpt-4o', 'claude-sonnet-5-5', 'gemini-3.5-flash']
const messages = [{ role: 'user', content: 'Hello' }]
const faces: readonly ((model: string) => readonly [path: string, body: object])[] = [
  (model) => ['/v1/chat/completions', { model, messages }],
  (model) => ['/v1/chat/completions', { model, messages, stream: true }],
  (model) => ['/v1/responses', { model, input: 'Hello' }],
  (model) => ['/v1/messages', { model, messages, max_tokens: 20 }],
  (model) => ['/v1/messages/count_tokens', { model, messages }],
  (model) => [
    `/model/${encodeURIComponent(model)}/converse`,
    { messages: [{ role: 'user', content: [{ text: 'Hello' }] }] },
  ],
  (model) => [
    `/v1beta/models/${encodeURIComponent(model)}:generateContent`,
    { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] },
  ],
  (model) => ['/functions/v1/bedrock-ai-chat', { model, message: 'Hello', userId: 'ada' }],
]
const carriers = ['authorization', 'x-api-key', 'api-key', 'x-goog-api-key']

let vendor: Server
let gateway: RunningGateway
const seen: string[] = []
beforeAll(async () => {
  vendor = createServer((request, response) => {
    void buffer(request).then((body) => {
      seen.push([request.url, ...request.rawHeaders, body.toString('latin1')].join('\n'))
      response.statusCode = 500
      response.end('{}')
    })
  }).listen(0, '127.0.0.1')
  await once(vendor, 'listening')
  gateway = await startGateway({ upstreamUrl: `http://127.0.0.1:${(vendor.address() as AddressInfo).port}` })
  const digest = gateway.options.authentication.digest(canary)
  await gateway.publish((entries) => ({
    ...entries,
    keys: entries.keys.map((key) =>
      key.id === keyId('clinic') ? { ...key, digest, routes: null, requestsPerMinute: null } : key,
    ),
  }))
})
afterAll(async () => {
  await gateway.close()
  vendor.closeAllConnections()
  vendor.close()
})

test.each(models)('T32: the key of a caller stays here when %s is called', async (model) => {
  for (const face of faces) {
    for (const carrier of carriers) {
      const [path, body] = face(model)
      const before = seen.length
      const answer = await fetch(`${gateway.url}${path}`, {
        method: 'POST',
        headers: {
          [carrier]: carrier === 'authorization' ? `Bearer ${canary}` : canary,
          ...{ 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
          ...{ cookie: `session=${canary}`, 'proxy-authorization': `Basic ${canary}` },
          'x-amz-security-token': canary,
        },
        body: JSON.stringify(body),
      })
      await answer.arrayBuffer()
      const calls = seen.slice(before)
      // A refusal before any call would show nothing; counts are answered here where a vendor has none.
      if (!path.endsWith('count_tokens') && !path.startsWith('/functions'))
        expect([path, calls.length > 0]).toEqual([path, true])
      for (const call of calls) expect(call.includes(canary), `${path} ${carrier}`).toBe(false)
    }
  }
})
