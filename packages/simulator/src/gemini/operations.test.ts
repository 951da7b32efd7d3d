import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Simulator } from '../simulator.ts'
import { answered, postGemini, refused, startGemini, userSays } from '../testing/gemini-calls.ts'
import { embedder, second, third } from '../testing/gemini-models.ts'

let simulator: Simulator

beforeAll(async () => {
  simulator = await startGemini()
})
afterAll(async () => {
  await simulator.close()
})

type Body = Readonly<Record<string, unknown>>

const tools = [
  { functionDeclarations: [{ name: 'get_time', parametersJsonSchema: { type: 'object', properties: {} } }] },
]

describe('the other operations', () => {
  test('countTokens counts what generateContent counts', async () => {
    const count = async (body: Body): Promise<Body> =>
      (await (await postGemini(simulator, `${third}:countTokens`, body)).json()) as Body
    const request = {
      ...userSays('Hello there'),
      tools,
      systemInstruction: { parts: [{ text: 'Be kind.' }] },
    }
    const told = (await answered(postGemini(simulator, `${third}:generateContent`, request))).usageMetadata?.[
      'promptTokenCount'
    ]
    expect(await count({ generateContentRequest: { model: `models/${third}`, ...request } })).toMatchObject({
      totalTokens: told,
    })
    expect(await count(userSays('Hello there'))).toEqual({
      totalTokens: 7,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: 7 }],
    })
    expect(await count({ ...userSays('x'), generateContentRequest: request })).toMatchObject({
      error: { code: 400 },
    })
    expect(await count({ ...userSays('x'), tools })).toMatchObject({ error: { code: 400 } })
  })

  test('embeddings are near where texts are alike', async () => {
    const embed = async (text: string): Promise<readonly number[]> => {
      const answer = await postGemini(simulator, `${embedder}:embedContent`, {
        content: { parts: [{ text }] },
      })
      return ((await answer.json()) as { embedding: { values: number[] } }).embedding.values
    }
    const dot = (one: readonly number[], other: readonly number[]): number =>
      one.reduce((sum, value, place) => sum + value * (other[place] ?? 0), 0)
    const [railway, rail, soup] = [
      await embed('the railway station'),
      await embed('a railway station'),
      await embed('onion soup'),
    ]
    expect(railway).toHaveLength(3_072)
    expect(dot(railway, railway)).toBeCloseTo(1, 3)
    expect(dot(railway, rail)).toBeGreaterThan(0.5)
    expect(Math.abs(dot(railway, soup))).toBeLessThan(0.2)
  })

  test('batches keep their order and take fewer dimensions', async () => {
    const one = (text: string): Body => ({
      model: `models/${embedder}`,
      content: { parts: [{ text }] },
      taskType: 'RETRIEVAL_QUERY',
      outputDimensionality: 128,
    })
    const call = `${embedder}:batchEmbedContents`
    const answer = await postGemini(simulator, call, { requests: [one('a'), one('b'), one('a')] })
    const { embeddings } = (await answer.json()) as { embeddings: { values: number[] }[] }
    expect(embeddings.map(({ values }) => values.length)).toEqual([128, 128, 128])
    expect(embeddings[2]).toEqual(embeddings[0])
    expect(embeddings[1]).not.toEqual(embeddings[0])
    for (const requests of [
      [],
      [{}],
      [{ ...one('a'), model: 'models/other' }],
      [{ ...one('a'), outputDimensionality: 5_000 }],
    ]) {
      expect((await refused(postGemini(simulator, call, { requests }))).code).toBe(400)
    }
  })

  test('the list of models and one of them', async () => {
    const get = async (path: string): Promise<Body> =>
      (await (await fetch(`${simulator.url}/v1beta/models${path}key=AIza-simulated-key`)).json()) as Body
    const page = await get('?pageSize=3&')
    expect(page).toMatchObject({
      nextPageToken: '3',
      models: [{ name: `models/${third}`, thinking: true }, {}, {}],
    })
    const rest = await get('?pageSize=3&pageToken=3&')
    expect(rest).toMatchObject({
      models: [
        {
          name: `models/${embedder}`,
          supportedGenerationMethods: ['embedContent', 'countTokens', 'batchEmbedContents'],
        },
      ],
    })
    expect(rest).not.toHaveProperty('nextPageToken')
    expect(await get(`/${second}?`)).toMatchObject({
      displayName: 'Gemini 2.5 Flash',
      inputTokenLimit: 1_048_576,
    })
    expect(await get('/gemini-9?')).toMatchObject({ error: { code: 404, status: 'NOT_FOUND' } })
  })
})
