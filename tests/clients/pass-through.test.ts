import { hash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeFolder, startServer, type RunningServer } from '../server.ts'

/** A vendor that notes what reaches it and answers with what a test hands it, byte for byte. */
interface Vendor {
  readonly url: string
  answer: { readonly type: string; readonly bytes: Buffer }
  received: Buffer
  readonly server: Server
}

async function startVendor(): Promise<Vendor> {
  const server = createServer((request: IncomingMessage, response) => {
    const chunks: Buffer[] = []
    request
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => {
        vendor.received = Buffer.concat(chunks)
        response.writeHead(200, { 'content-type': vendor.answer.type }).end(vendor.answer.bytes)
      })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const vendor: Vendor = {
    url: `http://127.0.0.1:${port}`,
    answer: { type: 'application/json', bytes: Buffer.from('{}') },
    received: Buffer.alloc(0),
    server,
  }
  return vendor
}

let vendor: Vendor
let gateway: RunningServer
beforeAll(async () => {
  vendor = await startVendor()
  gateway = await startServer({
    command: 'serve',
    environment: {
      OPENAI_BASE_URL: `${vendor.url}/v1`,
      OPENAI_API_KEY: 'sk-vendor',
      ANTHROPIC_BASE_URL: vendor.url,
      ANTHROPIC_API_KEY: 'sk-vendor',
      GOOGLE_GEMINI_BASE_URL: vendor.url,
      GEMINI_API_KEY: 'sk-vendor',
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: vendor.url,
      AWS_BEARER_TOKEN_BEDROCK: 'token',
    },
  })
})
afterAll(async () => {
  await gateway.kill('SIGTERM')
  vendor.server.close()
  await removeFolder(gateway.dataDir)
})

const digest = (bytes: Uint8Array | string): string => hash('sha256', bytes)

async function exchange(path: string, body: string): Promise<Buffer> {
  const response = await fetch(gateway.url + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${gateway.key}`,
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
    },
    body,
  })
  const bytes = Buffer.from(await response.arrayBuffer())
  expect([response.status, bytes.toString()]).toMatchObject([200, expect.any(String) as string])
  return bytes
}

const strange = '"x_unknown" : {"big":12345678901234567890, "e":1.0e2 , "s":"\\u00fc\\/"}'
const events = (...data: readonly string[]): Buffer =>
  Buffer.from(data.map((one) => `data: ${one}\n\n`).join(''))

const usage = '"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2, "x_new": 7}'
const messages = '"messages" :[ {"role":"user","content":"h\\u00e9"} ]'

/** Face, path, body, and the vendor's answer. */
const whole: readonly (readonly [string, string, string, string])[] = [
  [
    'openai-chat',
    '/v1/chat/completions',
    `{ "model": "gpt-4.1", ${messages}, ${strange} }`,
    `{"id":"c", "x_new": [1.50], "choices":[{"index":0,"message":{"role":"assistant","content":"ok"},"finish_reason":"stop"}], ${usage}}`,
  ],
  [
    'openai-responses',
    '/v1/responses',
    `{"input":"hi" , "model": "gpt-4.1", ${strange}}`,
    '{"id":"r","status":"completed", "x_new":1.0,"output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"ok"}]}],"usage":{"input_tokens":1,"output_tokens":1}}',
  ],
  [
    'anthropic-messages',
    '/v1/messages',
    `{"max_tokens": 5, ${messages}, "model":"claude-sonnet-5-5", ${strange}}`,
    '{"id":"m","type":"message","role":"assistant", "x_new":1.0,"content":[{"type":"text","text":"ok"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}',
  ],
  [
    'gemini',
    '/v1beta/models/gemini-3.5-flash:generateContent',
    `{"contents":[{"role":"user","parts":[{"text":"hi"}]}], ${strange}}`,
    '{"candidates":[{"content":{"role":"model","parts":[{"text":"ok"}]},"finishReason":"STOP", "x_new":1.0}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1}}',
  ],
  [
    'bedrock-converse',
    '/model/eu.amazon.nova-pro-v1%3A0/converse',
    `{"messages":[{"role":"user","content":[{"text":"hi"}]}], ${strange}}`,
    '{"output":{"message":{"role":"assistant","content":[{"text":"ok"}]}}, "x_new":1.0,"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2},"metrics":{"latencyMs":1}}',
  ],
]

test.each(whole)(
  '%s: request and answer pass as bytes, unknown fields included',
  async (_, path, body, answer) => {
    vendor.answer = { type: 'application/json', bytes: Buffer.from(answer) }
    const got = await exchange(path, body)
    expect(vendor.received.toString()).toBe(body)
    expect(digest(got)).toBe(digest(answer))
  },
)

test('a route’s name is the only thing that changes in a body', async () => {
  vendor.answer = { type: 'application/json', bytes: Buffer.from(whole[0]?.[3] ?? '') }
  await fetch(`${gateway.url}/api/v1/aliases/my-model`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ target: 'gpt-4.1' }),
  })
  await exchange('/v1/chat/completions', `{ "model": "my-model", ${messages}, ${strange} }`)
  expect(vendor.received.toString()).toBe(`{ "model": "gpt-4.1", ${messages}, ${strange} }`)
})

const chunk = (rest: string): string => `{"id":"c","object":"chat.completion.chunk", "x_new":1.0,${rest}}`
const said = chunk('"choices":[{"index":0,"delta":{"role":"assistant","content":"ok"},"finish_reason":null}]')
const ended = chunk('"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]')
const counted = chunk(`"choices":[],${usage}`)

test('an OpenAI stream that did not ask for usage gets none, and every other byte', async () => {
  vendor.answer = { type: 'text/event-stream', bytes: events(said, ended, counted, '[DONE]') }
  const got = await exchange(
    '/v1/chat/completions',
    `{"model":"gpt-4.1", ${messages}, "stream":true, ${strange}}`,
  )
  const asked = JSON.parse(vendor.received.toString()) as { stream_options: unknown }
  expect(asked.stream_options).toEqual({ include_usage: true })
  const without = vendor.received.toString().replace(/"stream_options":\{"include_usage":true\},?/, '')
  expect(without).toBe(`{"model":"gpt-4.1", ${messages}, "stream":true, ${strange}}`)
  expect(digest(got)).toBe(digest(events(said, ended, '[DONE]')))
})

test('one that did gets all of it', async () => {
  vendor.answer = { type: 'text/event-stream', bytes: events(said, ended, counted, '[DONE]') }
  const body = `{"model":"gpt-4.1", ${messages}, "stream":true, "stream_options":{ "include_usage":true }, ${strange}}`
  const got = await exchange('/v1/chat/completions', body)
  expect(vendor.received.toString()).toBe(body)
  expect(digest(got)).toBe(digest(vendor.answer.bytes))
})

test('a stream of Anthropic’s passes as bytes, pings and unknown events included', async () => {
  const lines = [
    'event: message_start\ndata: {"type":"message_start","message":{"id":"m","type":"message","role":"assistant","content":[],"usage":{"input_tokens":1,"output_tokens":1}}}\n\n',
    'event: ping\ndata: {"type": "ping"}\n\n',
    'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n',
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"ok"}, "x":1.0}\n\n',
    'event: x_new\ndata: {"type":"x_new"}\n\n',
    'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n',
    'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}\n\n',
    'event: message_stop\ndata: {"type":"message_stop"}\n\n',
  ]
  vendor.answer = { type: 'text/event-stream', bytes: Buffer.from(lines.join('')) }
  const body = `{"max_tokens": 5, ${messages}, "model":"claude-sonnet-5-5", "stream": true, ${strange}}`
  const got = await exchange('/v1/messages', body)
  expect(vendor.received.toString()).toBe(body)
  expect(got.toString()).toBe(lines.join(''))
})
