import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import catalogue from '../../catalogue/models.json' with { type: 'json' }
import { api, eventually, removeFolder, startServer, type RunningServer } from '../server.ts'
import { embeddingClients, type EmbeddingClient } from './embedding-clients.ts'

/** Every client that embeds against every embedding model of the catalogue, through the gateway. */
let server: RunningServer
const clients = new Map<string, EmbeddingClient>()
const names = embeddingClients.map((make) => make({ url: '', key: 'k' }).name)

beforeAll(async () => {
  server = await startServer()
  for (const make of embeddingClients) {
    const client = make({ url: server.url, key: server.key })
    clients.set(client.name, client)
  }
})
afterAll(async () => {
  await server.kill('SIGTERM')
  await removeFolder(server.dataDir)
})

function clientNamed(name: string): EmbeddingClient {
  const client = clients.get(name)
  if (client === undefined) throw new Error(`there is no client ${name}`)
  return client
}

const titan = 'amazon.titan-embed-text-v2:0'
const cohere = 'cohere.embed-multilingual-v3'
const small = 'text-embedding-3-small'
const gemini = 'gemini-embedding-001'
const chat = 'eu.amazon.nova-pro-v1:0'

const models = [
  { model: titan, size: 1_024, most: 1, counts: true },
  { model: cohere, size: 1_024, most: 96, counts: true },
  { model: 'eu.cohere.embed-v4:0', size: 1_536, most: 96, counts: true },
  { model: small, size: 1_536, most: 2_048, counts: true },
  { model: 'text-embedding-3-large', size: 3_072, most: 2_048, counts: true },
  { model: gemini, size: 3_072, most: 100, counts: false },
  { model: 'gemini-embedding-2', size: 3_072, most: 100, counts: false },
]

test('the models are all that the catalogue has', () => {
  const embedders = catalogue.models.filter(({ purpose }) => purpose === 'embedding').map(({ id }) => id)
  expect(models.map(({ model }) => model).toSorted()).toEqual(embedders.toSorted())
})

const text = 'The points are set.'
const tokensOfText = 5

describe.each(models)('$model', ({ model, size, most, counts }) => {
  /** What the first client got. */
  let first: readonly number[] | null = null

  test.each(names)('gives %s its vector', async (name) => {
    const { vectors, tokens } = await clientNamed(name).embed(model, [text])
    expect(vectors.map((vector) => vector.length)).toEqual([size])
    const vector = vectors[0] ?? []
    first ??= vector
    // Some clients ask for 32-bit numbers.
    vector.forEach((value, at) => {
      expect(value).toBeCloseTo(first?.[at] ?? NaN, 6)
    })
    // In Titan's body one has to stand: where the vendor told none it is an estimate.
    if (!counts && clientNamed(name).face(model) === 'bedrock-invoke-titan') expect(tokens).toBeGreaterThan(0)
    // Cohere's body has no count, and this client sees no headers.
    else expect(tokens).toBe(counts && name !== 'aws cohere' ? tokensOfText : null)
  })

  test.each(names)('takes many texts of %s, or says how many it takes', async (name) => {
    const client = clientNamed(name)
    if (client.mostTexts === 1) return
    const texts = [text, 'Seven herons.']
    // This one sends what it knows to be Titan's each by itself.
    if (most === 1 && name !== 'ai bedrock') {
      await expect(client.embed(model, texts)).rejects.toMatchObject({ message: /one text a request/ })
      return
    }
    // Titan's body holds one text, so this client cannot ask other models for two: it asks twice.
    const { vectors } = await client.embed(model, texts)
    expect(vectors).toHaveLength(2)
    expect(vectors[1]).not.toEqual(vectors[0])
  })

  test.each(names)('records what %s cost', async (name) => {
    const face = clientNamed(name).face(model)
    interface Found {
      readonly face: string
      readonly outcome: string
      readonly usage: { readonly inputTokens: number | null; readonly outputTokens: number | null }
      readonly costNanoUsd: number | null
      readonly inputBytes: number
    }
    const path = `/api/v1/usage/records?modelId=${encodeURIComponent(model)}&limit=100`
    const records = () => api<{ data: readonly Found[] }>(server, path).then(({ body }) => body.data)
    const mine = (all: readonly Found[]) =>
      all
        .filter((record) => record.face === face && record.outcome === 'ok')
        .toSorted((a, b) => a.inputBytes - b.inputBytes)
    const found = mine(await eventually(records, (all) => mine(all).length > 0))
    const price = catalogue.prices.find(({ modelId }) => modelId === model)?.inputPicoUsd
    expect(price).toBeGreaterThan(0)
    const record = found.find(({ usage }) => usage.inputTokens === (counts ? tokensOfText : null))
    expect(record, JSON.stringify(found)).toMatchObject({
      usage: counts ? { outputTokens: 0 } : { outputTokens: null },
      costNanoUsd: counts ? ((price ?? NaN) * tokensOfText) / 1_000 : null,
    })
  })
})

const post = (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  api(server, path, { body, headers })
const invoke = (model: string) => `/model/${encodeURIComponent(model)}/invoke`
const embedContent = (model: string) => `/v1beta/models/${model}:embedContent`
const content = (words: string) => ({ content: { parts: [{ text: words }] } })
const many = (count: number) => Array<string>(count).fill('a')

describe('what is wrong with a request is told in its own form, with the field', () => {
  test.each([
    [{ model: titan }, 'input', 'invalid_request'],
    [{ model: titan, input: '' }, 'input', 'invalid_request'],
    [{ model: titan, input: [] }, 'input', 'invalid_request'],
    [{ model: cohere, input: ['a', ''] }, 'input[1]', 'invalid_request'],
    [{ model: cohere, input: ['a', true] }, 'input[1]', 'invalid_request'],
    [{ model: cohere, input: [1, 2] }, 'input[0]', 'unsupported_parameter'],
    [{ model: titan, input: ['a', 'b'] }, 'input', 'unsupported_parameter'],
    [{ model: cohere, input: many(97) }, 'input', 'unsupported_parameter'],
    [{ model: gemini, input: many(101) }, 'input', 'unsupported_parameter'],
    [{ model: titan, input: 'a', dimensions: 300 }, 'dimensions', 'unsupported_parameter'],
    [{ model: titan, input: 'a', encoding_format: 'int8' }, 'encoding_format', 'invalid_request'],
    [{ model: cohere, input: 'a', input_type: 'poem' }, 'input_type', 'invalid_request'],
    [{ model: chat, input: 'a' }, 'model', 'invalid_request'],
  ])('OpenAI’s: %j', async (body, param, code) => {
    const { status, body: told } = await post('/v1/embeddings', body)
    expect([status, told]).toMatchObject([400, { error: { param, code } }])
  })

  test.each([
    [titan, {}, 'content'],
    [titan, { content: { parts: [] } }, 'content.parts'],
    [titan, { content: { parts: [{ text: 7 }] } }, 'content.parts[0]'],
    [titan, { ...content('a'), outputDimensionality: 300 }, 'dimensions'],
    [cohere, { ...content('a'), taskType: 'SEMANTIC_SIMILARITY' }, 'taskType'],
    [chat, content('a'), chat],
  ])('Gemini’s: %s, %j', async (model, body, field) => {
    const { status, body: told } = await post(embedContent(model), body)
    expect([status, told]).toMatchObject([400, { error: { code: 400, status: 'INVALID_ARGUMENT' } }])
    expect(JSON.stringify(told)).toContain(field)
  })

  test.each([
    [titan, { inputText: '' }, 'inputText'],
    [titan, { inputText: ['a'] }, 'inputText'],
    // The vendor judges what passes as bytes.
    [titan, { inputText: 'a', dimensions: 300 }, '#/dimensions: 300 is not a valid enum value'],
    [titan, { inputText: 'a', unknown: 1 }, 'extraneous key [unknown]'],
    [titan, { texts: ['a', 'b'], input_type: 'search_query' }, 'texts'],
    [cohere, { texts: [], input_type: 'search_query' }, 'texts'],
    [cohere, { texts: many(97), input_type: 'search_query' }, '#/texts: expected maximum item count: 96'],
    [cohere, { texts: ['a'] }, 'required key [input_type] not found'],
    [small, { texts: ['a'] }, 'input_type'],
    [cohere, { inputText: 'a', embeddingTypes: ['binary'] }, 'embeddingTypes'],
    [small, { texts: ['a'], input_type: 'search_query', embedding_types: ['int8'] }, 'embedding_types'],
    [small, { images: ['data:image/png;base64,aGk='], input_type: 'image' }, 'images'],
    [chat, { inputText: 'a' }, 'makes no embeddings'],
    [chat, { texts: ['a'], input_type: 'search_query' }, 'makes no embeddings'],
  ])('Bedrock’s: %s, %j', async (model, body, words) => {
    const { status, headers, body: told } = await post(invoke(model), body)
    expect([status, headers.get('x-amzn-errortype')]).toEqual([400, 'ValidationException'])
    expect(JSON.stringify(told)).toContain(words)
  })

  test('a body for embeddings is not streamed', async () => {
    const path = `/model/${encodeURIComponent(titan)}/invoke-with-response-stream`
    const { status, body } = await post(path, { inputText: 'a' })
    expect(status).toBe(400)
    expect(JSON.stringify(body)).toContain('/model/{id}/invoke')
  })

  test.each([
    ['/v1/chat/completions', { model: titan, messages: [{ role: 'user', content: 'Hi' }] }],
    ['/v1/responses', { model: small, input: 'Hi' }],
    ['/v1/messages', { model: cohere, max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] }],
    [`/v1beta/models/${gemini}:generateContent`, { contents: [{ parts: [{ text: 'Hi' }] }] }],
    [
      `/model/${encodeURIComponent(titan)}/converse`,
      { messages: [{ role: 'user', content: [{ text: 'Hi' }] }] },
    ],
    [
      invoke(titan),
      { anthropic_version: 'bedrock-2023-05-31', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] },
    ],
  ])('a chat with an embedding model is the caller’s mistake: %s', async (path, body) => {
    const { status, body: told } = await post(path, body)
    expect(status, JSON.stringify(told)).toBe(400)
    expect(JSON.stringify(told)).toContain('is an embedding model')
  })
})

describe('what is left out or guessed is told in a header', () => {
  const warnings = async (path: string, body: unknown): Promise<string> => {
    const { status, headers, body: told } = await post(path, body)
    expect(status, JSON.stringify(told)).toBe(200)
    return headers.get('x-pointsman-warnings') ?? ''
  }

  test('fields that a model’s API does not have', async () => {
    const told = await warnings('/v1/embeddings', { model: titan, input: 'a', user: 'u', x_unknown: 1 })
    expect(told).toContain('user: ')
    expect(told).toContain('x_unknown: ')
  })

  test('what the vectors are for, where it was not told', async () => {
    const body = { model: cohere, input: 'a' }
    expect(await warnings('/v1/embeddings', body)).toContain('input_type: ')
    expect(await warnings('/v1/embeddings', { ...body, input_type: 'search_query' })).toBe('')
    const asked = { ...content('a'), taskType: 'RETRIEVAL_QUERY' }
    expect(await warnings(embedContent(cohere), asked)).toBe('')
  })

  test('its purpose decides a vector, whichever client asks', async () => {
    const asked = (input_type: string) => ({ texts: ['a'], input_type })
    const native = await api<{ embeddings: readonly (readonly number[])[] }>(server, invoke(cohere), {
      body: asked('search_query'),
    })
    const translated = await api<{ embedding: { values: readonly number[] } }>(server, embedContent(cohere), {
      body: { ...content('a'), taskType: 'RETRIEVAL_QUERY' },
    })
    const document = await api<{ embeddings: readonly (readonly number[])[] }>(server, invoke(cohere), {
      body: asked('search_document'),
    })
    expect(translated.body.embedding.values).toEqual(native.body.embeddings[0])
    expect(document.body.embeddings[0]).not.toEqual(native.body.embeddings[0])
  })

  test('a guardrail is refused where the body cannot pass', async () => {
    const guardrail = { 'x-amzn-bedrock-guardrailidentifier': 'g1' }
    expect((await post(invoke(titan), { inputText: 'a' }, guardrail)).status).toBe(200)
    const { status, body } = await post(invoke(small), { inputText: 'a' }, guardrail)
    expect([status, JSON.stringify(body)]).toEqual([
      400,
      expect.stringContaining('x-amzn-bedrock-guardrailidentifier'),
    ])
  })
})

test('a native answer tells its count where Bedrock does', async () => {
  for (const model of [titan, small]) {
    const { headers } = await post(invoke(model), { texts: ['abcd'], input_type: 'search_document' })
    expect(headers.get('x-amzn-bedrock-input-token-count'), model).toBe('1')
  }
  const { headers } = await post(invoke(gemini), { inputText: 'abcd' })
  expect(headers.get('x-amzn-bedrock-input-token-count')).toBeNull()
})
