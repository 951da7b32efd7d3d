import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createServer, request, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually, removeFolder, startServer, type RunningServer } from '../server.ts'
import { faces } from './history/faces.ts'
import { moods, startLeakingVendor, type LeakingVendor } from './leaking-vendor.ts'

/*
 * T29, of vendors that fail in every way and quote what they were sent: nothing of it is printed, written, counted, traced or
 * answered. The kinds of failure that a vendor has no part in (no name, no TLS) have a server of their own.
 */
const vendorKeys = {
  bedrock: 'canary-bedrock-key-1c0ffee1',
  openai: 'canary-openai-key-2c0ffee2',
  anthropic: 'canary-anthropic-key-3c0ffee3',
  google: 'canary-google-key-4c0ffee4',
}
const service = 'canary-service-key-5c0ffee5'
const collector = 'canary-collector-key-6c0ffee6'
/** In headers that carry no key of ours. */
const carried = {
  cookie: 'session=canary-cookie-7c0ffee7',
  'proxy-authorization': 'Basic canary-proxy-8c0ffee8',
  'x-amz-security-token': 'canary-token-9c0ffee9',
  forwarded: 'for=canary-forwarded-ac0ffeea',
  'x-named': 'canary-named-bc0ffeeb',
}
const inQuery = 'canary-query-cc0ffeec'
const prompt = 'canary-prompt-dc0ffeed'
/** Nor most of one. */
const ours = [...Object.values(vendorKeys), service, collector].map((key) => key.slice(0, -4))
const callers = [...Object.values(carried).map((value) => value.split(/[= ]/)[1] ?? value), inQuery]
const models = ['eu.amazon.nova-pro-v1:0', 'gpt-4o', 'claude-sonnet-5-5', 'gemini-3.5-flash']

interface Collector {
  readonly url: string
  readonly told: string[]
  close(): void
}

/** Takes spans and metrics, and now and then refuses them with the key in its words. */
async function startCollector(): Promise<Collector> {
  const told: string[] = []
  const server: Server = createServer((asked, answer) => {
    void text(asked).then((body) => {
      told.push(body)
      answer.statusCode = told.length % 3 === 0 ? 400 : 200
      answer.end(answer.statusCode === 200 ? '{}' : `unknown key ${String(asked.headers['x-collector-key'])}`)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    told,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

const ask = (server: RunningServer, path: string, body: object, headers: object): Promise<string> =>
  askOnce(server, `${path}${path.includes('?') ? '&' : '?'}key=${inQuery}`, body, headers)

/** By Node's own client: `fetch` sends no header of a connection. */
async function askOnce(server: RunningServer, path: string, body: object, headers = {}): Promise<string> {
  const sent = request(server.url + path, {
    ...{ method: 'POST', agent: false },
    headers: {
      ...{ 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
      ...{ ...carried, connection: 'close, x-named', authorization: `Bearer ${server.key}` },
      ...headers,
    },
  }).end(JSON.stringify(body))
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  const pieces: string[] = [answer.rawHeaders.join('\n')]
  answer.setEncoding('latin1')
  try {
    for await (const piece of answer) pieces.push(piece as string)
  } catch {
    // A cut answer is what some of them are about.
    pieces.push('(cut)')
  }
  return pieces.join('\n')
}

/** Every model at every face, whole and streamed. */
async function askAll(server: RunningServer): Promise<readonly string[]> {
  const asked = models.flatMap((model) =>
    Object.values(faces).flatMap((face) =>
      [false, true].map((stream) =>
        ask(server, face.path(model, stream), face.body(model, prompt, stream), face.headers ?? {}),
      ),
    ),
  )
  return Promise.all(asked)
}

/** What else makes the server call a vendor: counts, embeddings, the seeds' chat, and what operators ask. */
async function askBeside(server: RunningServer): Promise<readonly string[]> {
  const messages = [{ role: 'user', content: prompt }]
  const converse = { messages: [{ role: 'user', content: [{ text: prompt }] }] }
  const orchestrate = '/functions/v1/orchestrate-bedrock-models'
  const calls = models.flatMap((model) => {
    const named = encodeURIComponent(model)
    return [
      ['/v1/embeddings', { model, input: prompt }],
      ['/v1/responses/input_tokens', { model, input: prompt }],
      ['/v1/messages/count_tokens', { model, messages }],
      [`/model/${named}/count-tokens`, { input: { converse } }],
      [`/v1beta/models/${named}:embedContent`, { content: { parts: [{ text: prompt }] } }],
      ['/functions/v1/bedrock-ai-chat', { model, message: prompt, userId: 'ada' }],
      [orchestrate, { action: 'validate', modelId: model, probe: true }],
    ] as const
  })
  const tests = Object.keys(vendorKeys).map((provider) => [`/api/v1/providers/${provider}/test`, {}] as const)
  const asked = [...calls, ...tests, ['/api/v1/models/sync', { dryRun: true }] as const]
  return Promise.all(asked.map(([path, body]) => askOnce(server, path, body)))
}

const keysIn = (answers: readonly string[]): readonly string[] =>
  answers.flatMap((answer) => found(answer.slice(0, 400), answer, [...ours, ...callers]))

interface Running {
  readonly server: RunningServer
  readonly traces: Collector
}

async function start(environment: { readonly [name: string]: string }): Promise<Running> {
  const traces = await startCollector()
  const server = await startServer({
    command: 'serve',
    environment: {
      ...{
        POINTSMAN_SERVICE_KEY: service,
        POINTSMAN_BREAKER_FAILURES: '0',
        POINTSMAN_RETRY_BUDGET_PERCENT: '0',
      },
      ...{ AWS_BEARER_TOKEN_BEDROCK: vendorKeys.bedrock, OPENAI_API_KEY: vendorKeys.openai },
      ...{ ANTHROPIC_API_KEY: vendorKeys.anthropic, GEMINI_API_KEY: vendorKeys.google },
      ...{
        OTEL_EXPORTER_OTLP_ENDPOINT: traces.url,
        OTEL_EXPORTER_OTLP_HEADERS: `x-collector-key=${collector}`,
      },
      ...{ OTEL_BSP_SCHEDULE_DELAY: '100', OTEL_METRIC_EXPORT_INTERVAL: '500' },
      ...environment,
    },
  })
  return { server, traces }
}

const found = (where: string, told: string, needles: readonly string[]): readonly string[] =>
  needles.filter((needle) => told.includes(needle)).map((needle) => `${where}: ${needle}`)

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

/** Ends the server, and looks through all that it left. */
async function leftBehind({ server, traces }: Running): Promise<readonly string[]> {
  const metrics = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${server.key}` } })
  const records = await fetch(`${server.url}/api/v1/usage/records?limit=1000`, {
    headers: { authorization: `Bearer ${server.key}` },
  })
  const told = `${await metrics.text()}\n${await records.text()}`
  // Of both signals.
  const both = (list: readonly string[]): boolean =>
    ['resourceSpans', 'resourceMetrics'].every((name) => list.some((body) => body.includes(name)))
  expect(both(await eventually(() => Promise.resolve(traces.told), both))).toBe(true)
  await server.kill('SIGTERM')
  const everything = [...ours, ...callers, prompt]
  const files = await filesIn(server.dataDir)
  expect(files.length).toBeGreaterThan(5)
  const inFiles = files.map(async (file) =>
    found(file.slice(server.dataDir.length), await readFile(file, 'latin1'), everything),
  )
  return [
    ...found('output', server.output(), everything),
    ...found('metrics and records', told, everything),
    ...found('traces', traces.told.join('\n'), everything),
    ...(await Promise.all(inFiles)).flat(),
  ]
}

describe('before vendors that quote what they were sent', () => {
  let running: Running
  let vendor: LeakingVendor
  beforeAll(async () => {
    vendor = await startLeakingVendor()
    running = await start({
      ...{ AWS_ENDPOINT_URL_BEDROCK_RUNTIME: vendor.url, AWS_ENDPOINT_URL_BEDROCK: vendor.url },
      ...{ OPENAI_BASE_URL: `${vendor.url}/v1` },
      ...{ ANTHROPIC_BASE_URL: vendor.url, GOOGLE_GEMINI_BASE_URL: vendor.url },
    })
  }, 180_000)
  afterAll(async () => {
    await running.server.kill('SIGTERM')
    running.traces.close()
    await vendor.close()
    await removeFolder(running.server.dataDir)
  })

  test.each(Object.keys(moods))('T29: one that %s: no key of ours is answered', async (mood) => {
    vendor.answerAs(mood)
    const before = vendor.seen.length
    const answers = await askAll(running.server)
    expect(vendor.seen.length - before).toBeGreaterThanOrEqual(answers.length)
    const between = vendor.seen.length
    const others = await askBeside(running.server)
    // Counts are made here where a vendor has none, and some models embed nothing.
    expect(vendor.seen.length - between).toBeGreaterThan(models.length)
    expect(keysIn([...answers, ...others])).toEqual([])
  })

  test('T29: nothing that proves a caller, or that its connection carried, went to a vendor', () => {
    const all = vendor.seen.join('\n')
    expect(found('vendor', all, [service, collector, ...callers])).toEqual([])
    expect(all).toContain(prompt)
  })

  test('T29: and nothing of all that was left behind', async () => {
    expect(await leftBehind(running)).toEqual([])
  }, 120_000)
})

describe('before vendors that are not there', () => {
  let running: Running
  let mute: LeakingVendor
  beforeAll(async () => {
    mute = await startLeakingVendor()
    running = await start({
      // No name, no TLS, nobody, and a path that is none.
      OPENAI_BASE_URL: 'http://canary.invalid/v1',
      ANTHROPIC_BASE_URL: mute.url.replace('http:', 'https:'),
      GOOGLE_GEMINI_BASE_URL: 'http://127.0.0.1:9',
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: 'http://[::1]:9',
    })
  }, 180_000)
  afterAll(async () => {
    await running.server.kill('SIGTERM')
    running.traces.close()
    await mute.close()
    await removeFolder(running.server.dataDir)
  })

  test('T29: no key is answered, and none is left behind', async () => {
    const answers = [...(await askAll(running.server)), ...(await askBeside(running.server))]
    expect(keysIn(answers)).toEqual([])
    expect(answers.join('\n')).toMatch(/No connection to the provider/)
    expect(await leftBehind(running)).toEqual([])
  }, 180_000)
})
