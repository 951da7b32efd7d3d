import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serviceKey, startGateway, type RunningGateway } from './testing/running-gateway.ts'

/* What a connection's headers say belongs to that connection: a call upstream has headers of its own, and so has an answer. */

const whole = JSON.stringify({
  ...{ id: 'c', object: 'chat.completion', created: 1, model: 'gpt-4o' },
  choices: [{ index: 0, message: { role: 'assistant', content: 'Well' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
})
const piece = {
  ...{ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'gpt-4o' },
  choices: [{ index: 0, delta: { content: 'Well' }, finish_reason: 'stop' }],
}
const streamed = `data: ${JSON.stringify(piece)}\n\ndata: [DONE]\n\n`
const ofTheVendor = {
  ...{ 'set-cookie': ['a=theirs', 'b=theirs'], server: 'theirs', 'alt-svc': 'h3=":443"', via: '1.1 theirs' },
  ...{
    connection: 'x-vendor-named',
    'x-vendor-named': 'theirs',
    'keep-alive': 'timeout=1',
    'x-own': 'theirs',
  },
  ...{
    'www-authenticate': 'Bearer',
    'proxy-authenticate': 'Basic',
    'strict-transport-security': 'max-age=9',
  },
  ...{ 'access-control-allow-origin': '*', location: 'http://127.0.0.1:9/', link: '<x>', trailer: 'x-later' },
}
const ofTheClient = {
  ...{
    cookie: 'a=mine',
    forwarded: 'for=192.0.2.1',
    'x-forwarded-for': '192.0.2.1',
    via: '1.1 mine',
    te: 'trailers',
  },
  ...{ connection: 'keep-alive, x-client-named', 'x-client-named': 'mine', 'keep-alive': 'timeout=9' },
  ...{
    'proxy-authorization': 'Basic eDp5',
    'proxy-connection': 'keep-alive',
    'x-own': 'mine',
    origin: 'http://x',
  },
  ...{ referer: 'http://x/', 'user-agent': 'mine', 'accept-encoding': 'gzip', 'openai-organization': 'mine' },
  ...{
    'x-amz-security-token': 'mine',
    'x-goog-user-project': 'mine',
    'x-stainless-os': 'mine',
    upgrade: 'h2c',
  },
}

let vendor: Server
let gateway: RunningGateway
const seen: IncomingMessage[] = []
beforeAll(async () => {
  vendor = createServer((asked, answer) => {
    seen.push(asked)
    void text(asked).then((body) => {
      const isStream = body.includes('"stream":true')
      const type = isStream ? 'text/event-stream' : 'application/json'
      answer.writeHead(200, { ...ofTheVendor, 'content-type': type }).end(isStream ? streamed : whole)
    })
  }).listen(0, '127.0.0.1')
  await once(vendor, 'listening')
  gateway = await startGateway({ upstreamUrl: `http://127.0.0.1:${(vendor.address() as AddressInfo).port}` })
})
afterAll(async () => {
  await gateway.close()
  vendor.closeAllConnections()
  vendor.close()
})

const called: ReadonlySet<string> = new Set([
  ...['accept', 'authorization', 'content-length', 'content-type', 'host', 'traceparent'],
])
const answered =
  /^(x-pointsman-[a-z-]+|x-request-id|content-type|content-length|transfer-encoding|date|connection|keep-alive)$/

test.each([false, true])('neither goes past the other; streamed: %s', async (stream) => {
  const body = JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }], stream })
  const asked = request(`${gateway.url}/v1/chat/completions?key=mine`, {
    ...{ method: 'POST', agent: false },
    headers: { ...ofTheClient, authorization: `Bearer ${serviceKey}`, 'content-type': 'application/json' },
  }).end(body)
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  expect([answer.statusCode, (await text(answer)).includes('Well')]).toEqual([200, true])
  const { headers = {}, url } = seen.at(-1) ?? {}
  expect(url).toBe('/chat/completions')
  expect(Object.keys(headers).filter((name) => !called.has(name))).toEqual([])
  expect(JSON.stringify(headers)).not.toContain('mine')
  expect(Object.keys(answer.headers).filter((name) => !answered.test(name))).toEqual([])
  expect(JSON.stringify(answer.headers)).not.toContain('theirs')
})
