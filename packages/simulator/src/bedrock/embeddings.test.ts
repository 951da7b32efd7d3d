import {
  ConverseCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
  ValidationException,
} from '@aws-sdk/client-bedrock-runtime'
import type { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Simulator } from '../simulator.ts'
import { awsClient, bearerToken, said, startForTest } from '../testing/clients.ts'
import { claude } from '../testing/sample-models.ts'

const titan = 'amazon.titan-embed-text-v2:0'
const titanOne = 'amazon.titan-embed-text-v1'
const cohere = 'cohere.embed-multilingual-v3'
const cohereFour = 'cohere.embed-v4:0'

interface Told {
  readonly embedding: readonly number[]
  readonly embeddingsByType: Readonly<Record<string, readonly number[]>>
  readonly inputTextTokenCount: number
  readonly embeddings: readonly (readonly number[])[]
  readonly response_type: string
  readonly texts: readonly string[]
}

let simulator: Simulator
let client: BedrockRuntimeClient
beforeAll(async () => {
  simulator = await startForTest()
  client = awsClient(simulator)
})
afterAll(async () => {
  client.destroy()
  await simulator.close()
})

/** Every member is there or not, as the model has it: a test names those that it expects. */
async function invoke(modelId: string, body: object): Promise<Told> {
  const answer = await client.send(new InvokeModelCommand({ modelId, body: JSON.stringify(body) }))
  expect(answer.contentType).toBe('application/json')
  return JSON.parse(answer.body.transformToString()) as Told
}

async function refusal(modelId: string, body: object): Promise<string> {
  try {
    await invoke(modelId, body)
  } catch (error) {
    if (error instanceof ValidationException) return error.message
    throw error
  }
  throw new Error('expected a refusal')
}

const length = (vector: readonly number[]): number => Math.hypot(...vector)
const product = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0)

describe('Titan', () => {
  test('answers with a vector of length 1 and its count, the same for the same text', async () => {
    const first = await invoke(titan, { inputText: 'the points are set' })
    expect(first.embedding).toHaveLength(1_024)
    expect(first.embeddingsByType).toEqual({ float: first.embedding })
    expect(first.inputTextTokenCount).toBe(5)
    expect(length(first.embedding)).toBeCloseTo(1, 4)
    expect((await invoke(titan, { inputText: 'the points are set' })).embedding).toEqual(first.embedding)
    const near = await invoke(titan, { inputText: 'the points are moved' })
    const far = await invoke(titan, { inputText: 'seven herons' })
    expect(product(first.embedding, near.embedding)).toBeGreaterThan(product(first.embedding, far.embedding))
  })

  test('takes a size, no normalising, and other numbers', async () => {
    const asked = { inputText: 'rails', dimensions: 256, normalize: false }
    const { embedding } = await invoke(titan, asked)
    expect(embedding).toHaveLength(256)
    expect(length(embedding)).not.toBeCloseTo(1, 1)
    const binary = await invoke(titan, { inputText: 'rails', embeddingTypes: ['binary'] })
    expect(binary).not.toHaveProperty('embedding')
    expect(new Set(binary.embeddingsByType['binary'])).toEqual(new Set([0, 1]))
  })

  test('of the first generation takes the text alone', async () => {
    const told = await invoke(titanOne, { inputText: 'rails' })
    expect(told.embedding).toHaveLength(1_536)
    expect(told).not.toHaveProperty('embeddingsByType')
    expect(await refusal(titanOne, { inputText: 'rails', dimensions: 256 })).toBe(
      'Malformed input request: #: extraneous key [dimensions] is not permitted, please reformat your input and try again.',
    )
  })

  test.each([
    [{}, '#: required key [inputText] not found'],
    [{ inputText: '' }, '#/inputText: expected minLength: 1, actual: 0'],
    [{ inputText: ['a'] }, '#/inputText: expected type: String, found: JSONArray'],
    [{ inputText: 'a', dimensions: 300 }, '#/dimensions: 300 is not a valid enum value'],
    [{ inputText: 'a', normalize: 1 }, '#/normalize: expected type: Boolean, found: Integer'],
    [{ inputText: 'a '.repeat(20_000) }, 'Too many input tokens. Max input tokens: 8192'],
    [{ messages: [] }, '#: required key [inputText] not found#: extraneous key [messages] is not permitted'],
  ])('refuses %j as Bedrock does', async (body, words) => {
    expect(await refusal(titan, body)).toContain(words)
  })
})

describe('Cohere', () => {
  const asked = { texts: ['rails', 'points'], input_type: 'search_document' }

  test('answers many texts at once; their purpose changes the vectors', async () => {
    const told = await invoke(cohere, asked)
    expect(told.embeddings.map((vector) => vector.length)).toEqual([1_024, 1_024])
    expect(told).toMatchObject({ texts: asked.texts, response_type: 'embeddings_floats' })
    const question = await invoke(cohere, { ...asked, input_type: 'search_query' })
    expect(question.embeddings[0]).not.toEqual(told.embeddings[0])
  })

  test('tells its count in a header only', async () => {
    const answer = await fetch(`${simulator.url}/model/${cohere}/invoke`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bearerToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(asked),
    })
    // Two tokens each.
    expect(answer.headers.get('x-amzn-bedrock-input-token-count')).toBe('4')
    expect(await answer.text()).not.toContain('oken')
  })

  test('answers by type where it was asked so, and v4 always', async () => {
    const types = ['float', 'int8', 'uint8', 'binary', 'ubinary']
    const told = await invoke(cohere, { ...asked, embedding_types: types })
    expect(told).toMatchObject({ response_type: 'embeddings_by_type' })
    expect(Object.keys(told.embeddings)).toEqual(types)
    const four = await invoke(cohereFour, { ...asked, output_dimension: 256, truncate: 'RIGHT' })
    expect(four.embeddings).toEqual({ float: [expect.any(Array), expect.any(Array)] })
  })

  test.each([
    [
      cohere,
      { inputText: 'a' },
      '#: required key [texts] not found#: required key [input_type] not found#: extra',
    ],
    [
      cohere,
      { ...asked, texts: Array<string>(97).fill('a') },
      '#/texts: expected maximum item count: 96, found: 97',
    ],
    [cohere, { ...asked, texts: ['x'.repeat(2_049)] }, '#/texts/0: expected maxLength: 2048, actual: 2049'],
    [cohere, { ...asked, input_type: 'poem' }, '#/input_type: "poem" is not a valid enum value'],
    [cohere, { ...asked, truncate: 'RIGHT' }, '#/truncate: "RIGHT" is not a valid enum value'],
    [cohere, { ...asked, output_dimension: 256 }, '#: extraneous key [output_dimension] is not permitted'],
    [cohereFour, { ...asked, truncate: 'END' }, '#/truncate: "END" is not a valid enum value'],
    [cohereFour, { ...asked, output_dimension: 300 }, '#/output_dimension: 300 is not a valid enum value'],
    [cohereFour, { ...asked, texts: [] }, 'at least one'],
  ])('%s refuses a wrong body as Bedrock does', async (model, body, words) => {
    expect(await refusal(model, body)).toContain(words)
  })

  test('cuts a long text where it was told to', async () => {
    // v3's texts are too short to be too long.
    const long = { ...asked, texts: ['word '.repeat(120_000)] }
    expect(await refusal(cohereFour, long)).toContain('must have less than 128000 tokens')
    await invoke(cohereFour, { ...long, truncate: 'LEFT' })
    expect(simulator.ledger().at(-1)?.promptTokens).toBe(128_000)
  })
})

test('embedding models neither converse nor stream, and chat models embed nothing', async () => {
  await expect(client.send(new ConverseCommand({ modelId: titan, messages: said('Hi') }))).rejects.toThrow(
    ValidationException,
  )
  const streamed = { modelId: titan, body: JSON.stringify({ inputText: 'a' }) }
  await expect(client.send(new InvokeModelWithResponseStreamCommand(streamed))).rejects.toThrow(
    'The model is unsupported for streaming.',
  )
  expect(await refusal(claude, { inputText: 'a' })).toContain('Malformed input request')
})
