import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeFolder, startServer, type RunningServer } from '../server.ts'
import { reportFigure } from './figures.ts'

/*
 * A key goes to its own vendor and nowhere else: four vendors that note who asks them, and a stranger to whom nobody may
 * ever connect, whatever requests, redirects and names say.
 */
class Noting {
  readonly heads: string[] = []
  answer: (response: ServerResponse) => void = (response) => response.writeHead(500).end('{}')
  readonly #server = createServer((request: IncomingMessage, response) => {
    this.heads.push(`${request.method ?? ''} ${request.url ?? ''}\n${request.rawHeaders.join('\n')}`)
    request.resume().on('end', () => this.answer(response))
  })
  connections = 0
  async start(): Promise<this> {
    this.#server.on('connection', () => (this.connections += 1))
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return this
  }
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }
  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

const keys = {
  bedrock: 'bedrock-key-canary',
  openai: 'openai-key-canary',
  anthropic: 'anthropic-key-canary',
  gemini: 'gemini-key-canary',
}
type Vendor = keyof typeof keys
const vendors = Object.keys(keys) as Vendor[]
let seen: { readonly [name in Vendor]: Noting }
let stranger: Noting
let server: RunningServer
beforeAll(async () => {
  const [bedrock, openai, anthropic, gemini, other] = await Promise.all(
    Array.from({ length: 5 }, () => new Noting().start()),
  )
  if (!bedrock || !openai || !anthropic || !gemini || !other) throw new Error('five were started')
  seen = { bedrock, openai, anthropic, gemini }
  stranger = other
  server = await startServer({
    command: 'serve',
    environment: {
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: seen.bedrock.url,
      AWS_BEARER_TOKEN_BEDROCK: keys.bedrock,
      OPENAI_BASE_URL: `${seen.openai.url}/v1`,
      OPENAI_API_KEY: keys.openai,
      ANTHROPIC_BASE_URL: seen.anthropic.url,
      ANTHROPIC_API_KEY: keys.anthropic,
      GOOGLE_GEMINI_BASE_URL: seen.gemini.url,
      GEMINI_API_KEY: keys.gemini,
    },
  })
})
afterAll(async () => {
  await server.kill('SIGTERM')
  for (const vendor of [...Object.values(seen), stranger]) vendor.close()
  await removeFolder(server.dataDir)
})

/** Everything that other gateways let a caller say about where a call goes. */
const steering = (url: string): Record<string, unknown> => ({
  api_base: url,
  base_url: url,
  baseUrl: url,
  endpoint: url,
  api_key: 'callers-own',
  custom_llm_provider: 'openai',
  provider: { base_url: url },
  extra_body: { base_url: url },
  metadata: { base_url: url },
  aws_bedrock_runtime_endpoint: url,
  aws_region_name: 'evil-1',
  proxy: url,
})
const steeringHeaders = (url: string): Record<string, string> => ({
  'x-api-base': url,
  'x-base-url': url,
  'x-portkey-custom-host': url,
  'openai-base-url': url,
  'x-forwarded-host': new URL(url).host,
  'x-forwarded-for': '169.254.169.254',
  'x-original-url': url,
  forwarded: `host=${new URL(url).host}`,
  'x-amz-target': url,
  'x-api-key': 'callers-own-x-api-key',
})

const models = {
  bedrock: ['eu.amazon.nova-lite-v1:0', 'eu.anthropic.claude-sonnet-5-5'],
  openai: ['gpt-5.4-mini', 'openai/gpt-5.4-mini'],
  anthropic: ['claude-sonnet-5-5', 'anthropic/claude-sonnet-5-5'],
  gemini: ['gemini-2.5-flash', 'google/gemini-2.5-flash'],
}
const image = (url: string): unknown[] => [
  { type: 'text', text: 'Hi' },
  { type: 'image_url', image_url: { url: `${url}/a.png` } },
]

async function ask(path: string, body: unknown, headers: Record<string, string>): Promise<number> {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  await response.arrayBuffer()
  return response.status
}

/** Each face, each vendor's models, with everything that could steer. */
async function askAll(): Promise<number> {
  const url = stranger.url
  let asked = 0
  for (const model of Object.values(models).flat()) {
    const messages = [{ role: 'user', content: 'Hi' }]
    const converse = { messages: [{ role: 'user', content: [{ text: 'Hi' }] }] }
    const contents = { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] }
    const calls: readonly (readonly [string, object])[] = [
      ['/v1/chat/completions', { model, messages }],
      ['/v1/chat/completions', { model, messages: [{ role: 'user', content: image(url) }] }],
      ['/v1/messages', { model, max_tokens: 5, messages }],
      ['/v1/responses', { model, input: 'Hi' }],
      [`/model/${encodeURIComponent(model)}/converse`, converse],
      [`/v1beta/models/${model}:generateContent`, contents],
    ]
    for (const [path, body] of calls) {
      const query = `?base_url=${encodeURIComponent(url)}&key=callers-own`
      await ask(path + query, { ...body, ...steering(url) }, steeringHeaders(url))
      await ask(path, body, { ...steeringHeaders(url), host: new URL(url).host })
      asked += 2
    }
  }
  return asked
}

function expectOwnKeysOnly(): void {
  for (const vendor of vendors) {
    const told = seen[vendor].heads.join('\n')
    for (const other of vendors) if (other !== vendor) expect(told, vendor).not.toContain(keys[other])
    expect(told, vendor).not.toContain(server.key)
    expect(told, vendor).not.toContain('callers-own')
  }
  expect(stranger.connections).toBe(0)
}

test('T28: nothing in a request steers a call, and each vendor sees its own key alone', async () => {
  const asked = await askAll()
  expectOwnKeysOnly()
  const calls = vendors.map((vendor) => seen[vendor].heads.length)
  // The test would prove nothing if a vendor were never called, or never with its key.
  for (const vendor of vendors) expect(seen[vendor].heads.join('\n'), vendor).toContain(keys[vendor])
  reportFigure('T28', `${asked} steering requests, ${calls.join('/')} calls of four vendors, 0 elsewhere`)
})

test.each([301, 302, 303, 307, 308])('T28: a %i of a vendor is not followed', async (status) => {
  for (const vendor of vendors)
    seen[vendor].answer = (response) =>
      response.writeHead(status, { location: `${stranger.url}/latest/meta-data/` }).end()
  for (const vendor of vendors) {
    const [model = ''] = models[vendor]
    expect(
      await ask('/v1/chat/completions', { model, messages: [{ role: 'user', content: 'Hi' }] }, {}),
    ).toBeGreaterThanOrEqual(500)
  }
  expectOwnKeysOnly()
})
