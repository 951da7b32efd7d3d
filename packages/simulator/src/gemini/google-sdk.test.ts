import {
  ApiError,
  createPartFromFunctionResponse,
  FunctionCallingConfigMode,
  GoogleGenAI,
  ThinkingLevel,
  Type,
} from '@google/genai'
import type { FunctionCall, GenerateContentResponse, Part } from '@google/genai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Simulator } from '../simulator.ts'
import { apiKey, startGemini } from '../testing/gemini-calls.ts'
import { embedder, second, third } from '../testing/gemini-models.ts'

let simulator: Simulator
let client: GoogleGenAI

beforeAll(async () => {
  simulator = await startGemini()
  client = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: simulator.url } })
})
afterAll(async () => {
  expect(simulator.ledger().filter((entry) => entry.failure !== null)).toEqual([])
  await simulator.close()
})

const weather = {
  name: 'get_weather',
  description: 'The weather of a city',
  parametersJsonSchema: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
}
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='

async function pieces(
  stream: AsyncIterable<GenerateContentResponse>,
): Promise<readonly GenerateContentResponse[]> {
  const all: GenerateContentResponse[] = []
  for await (const piece of stream) all.push(piece)
  return all
}

function responseTo(call: FunctionCall | undefined, output: unknown): Part {
  return createPartFromFunctionResponse(call?.id ?? '', call?.name ?? '', { output })
}

describe('the official Google SDK', () => {
  test('asks with everything that it can say of sampling and safety', async () => {
    const answer = await client.models.generateContent({
      model: third,
      contents: 'What is a pointsman?',
      config: {
        systemInstruction: 'Be kind.',
        temperature: 0.5,
        topP: 0.9,
        topK: 40,
        seed: 7,
        maxOutputTokens: 500,
        stopSequences: ['nowhere'],
        presencePenalty: 0.1,
        frequencyPenalty: 0.1,
        thinkingConfig: { thinkingLevel: ThinkingLevel.LOW, includeThoughts: true },
      },
    })
    expect(answer.text).toContain('“What is a pointsman?”')
    expect(answer.candidates?.[0]?.content?.parts?.[0]?.thought).toBe(true)
    expect(answer.candidates?.[0]?.finishReason).toBe('STOP')
    expect(answer.modelVersion).toBe(third)
    const usage = answer.usageMetadata
    const counts = [usage?.promptTokenCount, usage?.candidatesTokenCount, usage?.thoughtsTokenCount]
    expect(usage?.totalTokenCount).toBe(counts.reduce<number>((sum, count) => sum + (count ?? 0), 0))
    expect(simulator.ledger().at(-1)?.authorization.kind).toBe('apiKey')
  })

  test('streams the same words', async () => {
    const request = { model: third, contents: 'Tell me something about railways.' }
    const whole = await client.models.generateContent(request)
    const all = await pieces(await client.models.generateContentStream(request))
    expect(all.map((piece) => piece.text ?? '').join('')).toBe(whole.text)
    expect(all.at(-1)?.candidates?.[0]?.finishReason).toBe('STOP')
    expect(all.at(-1)?.usageMetadata).toEqual(whole.usageMetadata)
  })

  test.each([third, second])('chats with parallel functions in two turns on %s', async (model) => {
    const chat = client.chats.create({ model, config: { tools: [{ functionDeclarations: [weather] }] } })
    const first = await chat.sendMessage({ message: 'Please use the get_weather tool for Lisbon twice.' })
    expect(first.functionCalls?.map((call) => [call.name, call.args])).toEqual([
      ['get_weather', { city: 'Lisbon' }],
      ['get_weather', { city: 'Lisbon' }],
    ])
    const back = (first.functionCalls ?? []).map((call) => responseTo(call, { degrees: 21 }))
    const next = await chat.sendMessage({ message: back })
    expect(next.text).toContain('The tool returned: {"output":{"degrees":21}}')
    expect(next.candidates?.[0]?.finishReason).toBe('STOP')
  })

  test('chats with functions in a stream, and goes on afterwards', async () => {
    const chat = client.chats.create({
      model: third,
      config: {
        tools: [{ functionDeclarations: [weather] }],
        toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.AUTO } },
      },
    })
    const all = await pieces(
      await chat.sendMessageStream({ message: 'Use the get_weather tool for "Porto".' }),
    )
    const [call] = all.flatMap((piece) => piece.functionCalls ?? [])
    expect(call?.args).toEqual({ city: 'Porto' })
    const response = responseTo(call, 'rain')
    const next = await pieces(await chat.sendMessageStream({ message: [response] }))
    expect(next.map((piece) => piece.text ?? '').join('')).toContain('"output":"rain"')
    const after = await chat.sendMessage({ message: 'Thank you. And what is a signal?' })
    expect(after.text).toContain('what is a signal?')
  })

  test('shows an image, and asks for JSON of a schema', async () => {
    const answer = await client.models.generateContent({
      model: second,
      contents: [
        { role: 'user', parts: [{ inlineData: { mimeType: 'image/png', data: png } }, { text: 'See?' }] },
      ],
    })
    expect(answer.text).toContain('I looked at your image.')
    const json = await client.models.generateContent({
      model: second,
      contents: 'Invent a person',
      config: {
        responseMimeType: 'application/json',
        responseSchema: {
          type: Type.OBJECT,
          properties: { name: { type: Type.STRING }, age: { type: Type.INTEGER } },
          required: ['name', 'age'],
        },
      },
    })
    expect(JSON.parse(json.text ?? '')).toEqual({
      name: expect.any(String) as string,
      age: expect.any(Number) as number,
    })
  })

  test('counts, embeds and lists', async () => {
    expect((await client.models.countTokens({ model: third, contents: 'Hello there' })).totalTokens).toBe(7)
    const { embeddings } = await client.models.embedContent({
      model: embedder,
      contents: ['first', 'second'],
      config: { outputDimensionality: 16, taskType: 'SEMANTIC_SIMILARITY' },
    })
    expect(embeddings?.map((embedding) => embedding.values?.length)).toEqual([16, 16])
    const names: (string | undefined)[] = []
    for await (const model of await client.models.list({ config: { pageSize: 2 } })) names.push(model.name)
    expect(names).toEqual([third, second, 'gemini-2.0-flash', embedder].map((id) => `models/${id}`))
    expect((await client.models.get({ model: second })).inputTokenLimit).toBe(1_048_576)
  })

  test('throws what is refused, with its status and the vendor’s words', async () => {
    const stranger = new GoogleGenAI({ apiKey: 'wrong', httpOptions: { baseUrl: simulator.url } })
    const wrongKey = stranger.models.generateContent({ model: third, contents: 'x' })
    await expect(wrongKey).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('API_KEY_INVALID') as string,
    })
    const unknown = client.models.generateContentStream({ model: 'gemini-9', contents: 'x' })
    await expect(unknown).rejects.toBeInstanceOf(ApiError)
    await expect(client.caches.create({ model: third })).rejects.toMatchObject({ status: 404 })
  })
})
