import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { api, removeFolder, startServer, type RunningServer } from '../server.ts'
import { modelMark, passThroughCases, type PassThroughCase } from './pass-through-cases.ts'
import { startRecordingUpstream, type RecordingUpstream } from './recording-upstream.ts'

/*
 * Where face and vendor speak the same dialect, what the client sent is what the vendor gets, and what the vendor said is
 * what the client gets, byte for byte. The upstream here understands nothing, so that nobody can mend a byte unseen.
 */
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

let upstream: RecordingUpstream
let server: RunningServer

const ownModels = [{ id: 'local-llama', provider: 'local', purpose: 'chat', format: 'openai' }]

beforeAll(async () => {
  upstream = await startRecordingUpstream()
  const { url } = upstream
  server = await startServer({
    command: 'serve',
    environment: {
      OPENAI_BASE_URL: `${url}/openai/v1`,
      OPENAI_API_KEY: 'k-openai',
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_KEY: 'k-anthropic',
      GOOGLE_GEMINI_BASE_URL: url,
      GEMINI_API_KEY: 'k-google',
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url,
      AWS_BEARER_TOKEN_BEDROCK: 'k-bedrock',
      POINTSMAN_OPENAI_COMPATIBLE: JSON.stringify([{ id: 'local', baseUrl: `${url}/compatible/v1` }]),
    },
  })
  for (const model of ownModels) expect((await addModel(model)).status).toBe(201)
  for (const model of new Set(passThroughCases.map((one) => one.model))) {
    const path = `/api/v1/aliases/${encodeURIComponent(aliasOf(model))}`
    const { status, body } = await api(server, path, { method: 'PUT', body: { target: model } })
    expect([status, body]).toMatchObject([200, {}])
  }
})
afterAll(async () => {
  await server.kill('SIGTERM')
  await upstream.close()
  await removeFolder(server.dataDir)
})

beforeEach(() => void upstream.take())

const aliasOf = (model: string): string => `alias-of-${model.replaceAll(/[.:]/g, '-')}`

const addModel = (model: (typeof ownModels)[number]) =>
  api(server, '/api/v1/models', {
    body: {
      ...model,
      name: model.id,
      vendor: 'openai',
      upstreamId: model.id,
      kind: 'direct',
      baseModelId: null,
      family: 'other',
      tier: null,
      generation: 1,
      abilities: {
        tools: true,
        toolsStreaming: true,
        images: true,
        documents: false,
        streaming: true,
        jsonSchema: true,
        promptCaching: false,
        reasoning: false,
      },
      contextTokens: 100_000,
      maxOutputTokens: 4_000,
      sourceRegions: [],
      destinationRegions: [],
      lifecycle: { status: 'active', endsOn: null, replacement: null },
      enabled: true,
      priority: 999,
    },
  })

/** As a client would, but with bytes of our own choice. */
async function send(one: PassThroughCase, name: string, body: Uint8Array) {
  const answer = await fetch(server.url + one.path.replace(modelMark, encodeURIComponent(name)), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${server.key}`,
      'content-type': 'application/json',
      ...one.requestHeaders,
    },
    body: Uint8Array.from(body),
  })
  const bytes = new Uint8Array(await answer.arrayBuffer())
  return { answer, bytes }
}

const named = (text: string, name: string): Uint8Array => encode(text.replaceAll(modelMark, name))

describe.each(passThroughCases.map((one) => [one.name, one] as const))('%s', (_name, one) => {
  test.each([
    ['its own id', one.model],
    ['an alias', aliasOf(one.model)],
  ])('bytes pass untouched, the model asked for by %s', async (_by, name) => {
    upstream.answerWith({ contentType: one.answerType, body: one.answer })
    const sent = named(one.request, name)
    const { answer, bytes } = await send(one, name, sent)
    const shown = new TextDecoder().decode(bytes)
    expect(answer.status, shown).toBe(200)
    // A face may name the character set; the vendor's other headers are its own.
    expect(answer.headers.get('content-type')?.split(';')[0]).toBe(one.answerType)

    const received = upstream.take()
    expect(received.map(({ path }) => path)).toEqual([one.upstreamPath])
    const body = received[0]?.body ?? new Uint8Array()
    const expected = named(one.requestUpstream ?? one.request, one.model)
    expect(sha256(body), new TextDecoder().decode(body)).toBe(sha256(expected))
    expect(received[0]?.headers).toMatchObject(one.requestHeaders ?? {})

    expect(sha256(bytes), shown).toBe(sha256(one.answerToClient ?? one.answer))
  })
})

test('the bodies are such that a parser which writes again would change them', () => {
  for (const { name, request, answer, answerType } of passThroughCases) {
    expect(JSON.stringify(JSON.parse(request)), name).not.toBe(request)
    if (answerType !== 'application/json') continue
    const text = new TextDecoder().decode(answer)
    expect(JSON.stringify(JSON.parse(text)), name).not.toBe(text)
  }
})
