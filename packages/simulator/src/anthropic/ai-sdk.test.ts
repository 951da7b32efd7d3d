import { createAnthropic } from '@ai-sdk/anthropic'
import type { AnthropicProvider } from '@ai-sdk/anthropic'
import { APICallError, generateText, jsonSchema, Output, stepCountIs, streamText, tool } from 'ai'
import type { ModelMessage } from 'ai'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Simulator } from '../simulator.ts'
import { anthropicKey, pdf, png, sonnet, startAnthropic } from '../testing/anthropic-clients.ts'
import { sampleModels } from '../testing/sample-models.ts'

/* The `ai` package with its Anthropic provider, unchanged, is the second judge: it is no child of the vendor's client. */

let simulator: Simulator
let anthropic: AnthropicProvider

beforeAll(async () => {
  // The provider asks for as many tokens as it knows the model to give.
  const models = [...sampleModels, ...earlier].map((model) => ({ ...model, maxOutputTokens: 128_000 }))
  simulator = await startAnthropic({ models })
  anthropic = createAnthropic({ apiKey: anthropicKey, baseURL: `${simulator.url}/v1` })
})
afterAll(() => simulator.close())
beforeEach(() => {
  simulator.reset()
})

/** To models that know adaptive thinking the provider gives no budget, and it makes no call of a schema for them. */
const sonnet45 = 'claude-sonnet-4-5'
const earlier = sampleModels
  .filter((model) => model.id.endsWith(sonnet))
  .map((model) => ({ ...model, id: sonnet45, name: 'Claude Sonnet 4.5', alsoKnownAs: [] }))

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
const manual = { thinking: { type: 'enabled', budgetTokens: 1_024 } } as const
const adaptive = { thinking: { type: 'adaptive', display: 'summarized' } } as const

describe('plain answers', () => {
  test('whole', async () => {
    const answer = await generateText({ model: anthropic(sonnet), prompt: 'Tell me about signals.' })
    expect(answer.text).toContain('Claude Sonnet 5.5 (simulated). You')
    expect(answer.finishReason).toBe('stop')
    expect(answer.usage.inputTokens).toBe(10)
    expect(answer.warnings ?? []).toEqual([])
  })

  test('streamed', async () => {
    const answer = streamText({ model: anthropic(sonnet), prompt: 'Tell me about signals.' })
    let text = ''
    for await (const piece of answer.textStream) text += piece
    expect(text).toBe(await answer.text)
    expect(text).toContain('Claude Sonnet 5.5 (simulated)')
    expect(await answer.finishReason).toBe('stop')
    expect((await answer.usage).inputTokens).toBe(10)
  })
})

describe('tools', () => {
  test('calls, results and the last word', async () => {
    const prompt = 'What is the weather in Berlin? Use the get_weather tool.'
    const task = {
      model: anthropic(sonnet),
      prompt,
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

  test('in parallel', async () => {
    const time = tool({
      inputSchema: jsonSchema<object>({ type: 'object', properties: {} }),
      execute: () => 'noon',
    })
    const answer = await generateText({
      model: anthropic(sonnet),
      prompt: 'Call get_weather and get_time.',
      tools: { get_weather: weather, get_time: time },
    })
    expect(answer.toolCalls.map((call) => call.toolName)).toEqual(['get_weather', 'get_time'])
  })
})

describe('content', () => {
  test('images and documents', async () => {
    const answer = await generateText({
      model: anthropic(sonnet),
      messages: [
        {
          role: 'user',
          content: [
            { type: 'file', data: Buffer.from(png, 'base64'), mediaType: 'image/png' },
            {
              type: 'file',
              data: Buffer.from(pdf, 'base64'),
              mediaType: 'application/pdf',
              filename: 'Plan',
            },
            { type: 'text', text: 'What do you see?' },
          ],
        },
      ],
    })
    expect(answer.text).toContain('I looked at your image. I read Plan.')
  })

  test('an answer in JSON of a schema, native and by a tool', async () => {
    const schema = jsonSchema<{ city: string }>({
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    })
    for (const structuredOutputMode of ['outputFormat', 'jsonTool'] as const) {
      const task = {
        model: anthropic(structuredOutputMode === 'jsonTool' ? sonnet45 : sonnet),
        prompt: 'It rains in “Berlin”.',
        output: Output.object({ schema }),
        providerOptions: { anthropic: { structuredOutputMode } },
      }
      expect((await generateText(task)).output.city).toBeTypeOf('string')
      expect((await streamText(task).output).city).toBeTypeOf('string')
    }
  })

  test('a cached prompt', async () => {
    const messages: ModelMessage[] = [
      {
        role: 'user',
        content: [
          {
            type: 'text',
            text: 'signal '.repeat(200),
            providerOptions: { anthropic: { cacheControl: { type: 'ephemeral', ttl: '1h' } } },
          },
        ],
      },
    ]
    const first = await generateText({ model: anthropic(sonnet), messages })
    expect(first.usage.inputTokenDetails).toMatchObject({ cacheWriteTokens: 354, cacheReadTokens: 0 })
    const second = await generateText({ model: anthropic(sonnet), messages })
    expect(second.usage.inputTokenDetails).toMatchObject({ cacheWriteTokens: 0, cacheReadTokens: 354 })
  })
})

describe('thoughts', () => {
  test.each([
    [sonnet45, manual],
    [sonnet, adaptive],
  ])('of %s go through calls and over two turns with their signatures', async (id, options) => {
    const task = {
      model: anthropic(id),
      tools: { get_weather: weather },
      providerOptions: { anthropic: options },
    }
    const question: ModelMessage = { role: 'user', content: 'Use the get_weather tool for “Berlin”.' }
    const first = await generateText({ ...task, messages: [question], stopWhen: stepCountIs(3) })
    expect(first.steps[0]?.reasoningText).toContain('The user writes')
    expect(first.steps.map((step) => step.finishReason)).toEqual(['tool-calls', 'stop'])
    const second = streamText({
      ...task,
      messages: [question, ...first.responseMessages, { role: 'user', content: 'Thank you.' }],
    })
    await second.consumeStream()
    expect(await second.finishReason).toBe('stop')
    expect((await second.finalStep).reasoningText).toContain('Thank you.')
    expect(simulator.ledger().map((entry) => entry.status)).toEqual([200, 200, 200])
  })
})

describe('errors', () => {
  test('a refusal', async () => {
    simulator.script({ effect: { error: { name: 'permission_error', message: 'not yours' } } })
    const call = generateText({ model: anthropic(sonnet), prompt: 'Hi', maxRetries: 0 })
    const error: unknown = await call.catch((thrown: unknown) => thrown)
    expect(APICallError.isInstance(error)).toBe(true)
    expect(error).toMatchObject({ statusCode: 403, message: 'not yours', isRetryable: false })
  })

  test('inside a stream', async () => {
    simulator.script({ effect: { exceptionAfterChunks: { n: 2, name: 'overloaded_error' } } })
    const errors: unknown[] = []
    const answer = streamText({
      model: anthropic(sonnet),
      prompt: 'Hi',
      maxRetries: 0,
      onError: ({ error }) => {
        errors.push(error)
      },
    })
    await answer.consumeStream()
    expect(errors).toHaveLength(1)
    expect(JSON.stringify(errors[0])).toContain('overloaded_error')
  })
})
