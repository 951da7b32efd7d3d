import { createOpenAI } from '@ai-sdk/openai'
import type { OpenAIProvider } from '@ai-sdk/openai'
import { APICallError, embedMany, generateText, jsonSchema, Output, stepCountIs, streamText, tool } from 'ai'
import type { LanguageModel, ModelMessage } from 'ai'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Simulator } from '../simulator.ts'
import { luna, mini, openaiKey, pdf, png, gpt41, startOpenai } from '../testing/openai-clients.ts'

/* The `ai` package with its OpenAI provider, unchanged, is the second judge: it is no child of the vendor's client. */

let simulator: Simulator
let openai: OpenAIProvider

beforeAll(async () => {
  simulator = await startOpenai()
  openai = createOpenAI({ apiKey: openaiKey, baseURL: `${simulator.url}/v1` })
})
afterAll(() => simulator.close())
beforeEach(() => {
  simulator.reset()
})

/** The provider speaks both APIs. */
const apis: readonly (readonly [string, (id: string) => LanguageModel])[] = [
  ['chat completions', (id) => openai.chat(id)],
  ['responses', (id) => openai.responses(id)],
]

const weather = tool({
  description: 'The weather of a city',
  inputSchema: jsonSchema<{ city: string }>({
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  }),
  execute: ({ city }) => `21 degrees in ${city}`,
})
const time = tool({
  inputSchema: jsonSchema<object>({ type: 'object', properties: {}, additionalProperties: false }),
  execute: () => 'noon',
})

describe.each(apis)('%s', (_name, modelOf) => {
  test('whole and streamed', async () => {
    const task = { model: modelOf(gpt41), prompt: 'Tell me about signals.' }
    const whole = await generateText(task)
    expect(whole.text).toContain('This is GPT-4.1 (simulated). You')
    expect(whole.finishReason).toBe('stop')
    expect(whole.usage.inputTokens).toBe(10)
    expect(whole.usage.outputTokens).toBeGreaterThan(0)
    const streamed = streamText(task)
    let text = ''
    for await (const piece of streamed.textStream) text += piece
    expect(text).toContain('This is GPT-4.1 (simulated)')
    expect(await streamed.finishReason).toBe('stop')
    expect((await streamed.usage).inputTokens).toBe(10)
  })

  test.each([gpt41, mini])('calls of %s, their results and the last word', async (id) => {
    const task = {
      model: modelOf(id),
      prompt: 'What is the weather in Berlin? Use the get_weather tool.',
      tools: { get_weather: weather },
      stopWhen: stepCountIs(3),
    }
    const whole = await generateText(task)
    expect(whole.steps.map((step) => step.finishReason)).toEqual(['tool-calls', 'stop'])
    expect(whole.text).toContain('The tool returned: 21 degrees in Berlin')
    const streamed = streamText(task)
    await streamed.consumeStream()
    expect(await streamed.text).toContain('The tool returned: 21 degrees in Berlin')
  })

  test('calls in parallel, and the next turns after them', async () => {
    const messages: ModelMessage[] = [{ role: 'user', content: 'Call get_weather and get_time.' }]
    const tools = { get_weather: weather, get_time: time }
    const first = await generateText({
      model: modelOf(mini),
      messages,
      tools,
      stopWhen: stepCountIs(2),
    })
    expect(first.steps[0]?.toolCalls.map((call) => call.toolName)).toEqual(['get_weather', 'get_time'])
    const next: ModelMessage[] = [
      ...messages,
      ...first.responseMessages,
      { role: 'user', content: 'Thank you. Go on.' },
    ]
    const second = await generateText({ model: modelOf(mini), messages: next, tools })
    expect(second.text).toContain('You wrote: “Thank you. Go on.”')
  })

  test('images and documents', async () => {
    const answer = await generateText({
      model: modelOf(gpt41),
      messages: [
        {
          role: 'user',
          content: [
            { type: 'file', data: Buffer.from(png, 'base64'), mediaType: 'image/png' },
            {
              type: 'file',
              data: Buffer.from(pdf, 'base64'),
              mediaType: 'application/pdf',
              filename: 'a.pdf',
            },
            { type: 'text', text: 'What do you see?' },
          ],
        },
      ],
    })
    expect(answer.text).toContain('I looked at your image. I read a.pdf.')
  })

  test('an answer in JSON of a schema', async () => {
    const schema = jsonSchema<{ city: string }>({
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    })
    const answer = await generateText({
      model: modelOf(gpt41),
      prompt: 'The city is “Berlin”.',
      output: Output.object({ schema }),
    })
    expect(answer.output).toEqual({ city: 'Berlin' })
  })

  test('an error', async () => {
    const asked = generateText({ model: modelOf('gpt-0'), prompt: 'Hi', maxRetries: 0 })
    const error: unknown = await asked.then(
      () => null,
      (thrown: unknown) => thrown,
    )
    if (!APICallError.isInstance(error)) throw new Error('no error of the API')
    expect(error.statusCode).toBe(404)
    expect(error.message).toBe('The model `gpt-0` does not exist or you do not have access to it.')
    simulator.script({ times: 1, effect: { throttle: true, retryAfter: 0 } })
    const again = await generateText({ model: modelOf(gpt41), prompt: 'Hi', maxRetries: 1 })
    expect(again.text).toContain('GPT-4.1')
    expect(simulator.ledger().map((entry) => entry.status)).toEqual([404, 429, 200])
  })
})

describe('thoughts of responses', () => {
  const prompt = 'What is the weather in Berlin? Use the get_weather tool.'

  test.each([true, false])('are told in short and go with the next turn, kept there: %s', async (store) => {
    const answer = await generateText({
      model: openai.responses(luna),
      prompt,
      tools: { get_weather: weather },
      stopWhen: stepCountIs(3),
      providerOptions: { openai: { store, reasoningSummary: 'auto', reasoningEffort: 'high' } },
    })
    expect(answer.steps[0]?.reasoningText).toContain('The user writes')
    expect(answer.text).toContain('The tool returned: 21 degrees in Berlin')
    expect(answer.usage.outputTokenDetails.reasoningTokens).toBeGreaterThan(0)
  })

  test('a request goes on from a response by its id', async () => {
    const first = await generateText({ model: openai.responses(luna), prompt: 'My city is “Berlin”.' })
    const { responseId } = first.finalStep.providerMetadata?.['openai'] ?? {}
    const ask = (previousResponseId: unknown) =>
      generateText({
        model: openai.responses(luna),
        prompt: 'And?',
        maxRetries: 0,
        providerOptions: { openai: { previousResponseId: String(previousResponseId) } },
      })
    const second = await ask(responseId)
    expect(second.usage.inputTokens).toBeGreaterThan(
      (first.usage.inputTokens ?? 0) + (first.usage.outputTokenDetails.textTokens ?? 0),
    )
    await expect(ask('resp_none')).rejects.toThrow("Previous response with id 'resp_none' not found.")
  })
})

test('embeddings: of like texts alike', async () => {
  const { embeddings, usage } = await embedMany({
    model: openai.embedding('text-embedding-3-small'),
    values: ['a red train', 'a red train leaves', 'soup for dinner'],
  })
  const [one, like, other] = embeddings
  if (one === undefined || like === undefined || other === undefined) throw new Error('too few')
  const cosine = (left: readonly number[], right: readonly number[]): number =>
    left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0)
  expect(one).toHaveLength(1_536)
  expect(cosine(one, one)).toBeCloseTo(1, 4)
  expect(cosine(one, like)).toBeGreaterThan(cosine(one, other) + 0.3)
  expect(usage.tokens).toBe(3 + 5 + 4)
})
