import { createGoogleGenerativeAI } from '@ai-sdk/google'
import { APICallError, embedMany, generateText, jsonSchema, Output, stepCountIs, streamText, tool } from 'ai'
import type { ToolSet } from 'ai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Simulator } from '../simulator.ts'
import { apiKey, startGemini } from '../testing/gemini-calls.ts'
import { embedder, second, third } from '../testing/gemini-models.ts'

let simulator: Simulator
let google: ReturnType<typeof createGoogleGenerativeAI>

beforeAll(async () => {
  simulator = await startGemini()
  google = createGoogleGenerativeAI({ apiKey, baseURL: `${simulator.url}/v1beta` })
})
afterAll(async () => {
  expect(simulator.ledger().filter((entry) => entry.failure !== null)).toEqual([])
  await simulator.close()
})

const place = jsonSchema<{ city: string }>({
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
})
const tools: ToolSet = {
  get_weather: tool({
    description: 'The weather of a city',
    inputSchema: place,
    execute: async ({ city }: { city: string }) => ({ city, degrees: 21 }),
  }),
}
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='

describe('the ai package with its Google provider', () => {
  test('words, with usage that keeps thoughts apart', async () => {
    const { text, usage, finishReason, warnings } = await generateText({
      model: google(third),
      instructions: 'Be kind.',
      prompt: 'What is a pointsman?',
      maxRetries: 0,
    })
    expect(text).toContain('“What is a pointsman?”')
    expect([finishReason, warnings]).toEqual(['stop', []])
    expect(usage.outputTokenDetails.reasoningTokens).toBeGreaterThan(0)
    expect(usage.totalTokens).toBe(Number(usage.inputTokens) + Number(usage.outputTokens))
  })

  test('streams words and shown thoughts', async () => {
    const result = streamText({
      model: google(third),
      prompt: 'Tell me something about railways.',
      maxRetries: 0,
      providerOptions: { google: { thinkingConfig: { includeThoughts: true, thinkingLevel: 'low' } } },
    })
    const kinds = new Set<string>()
    for await (const part of result.stream) kinds.add(part.type)
    expect([...kinds]).toEqual(expect.arrayContaining(['reasoning-delta', 'text-delta', 'finish']))
    expect(await result.text).toContain('Gemini 3.5 Flash (simulated)')
    expect((await result.finalStep).reasoningText).toContain('The user writes')
  })

  test.each([third, second])(
    'calls tools in parallel and goes on with their results on %s',
    async (model) => {
      const { text, steps } = await generateText({
        model: google(model),
        prompt: 'Please use the get_weather tool for Lisbon twice.',
        tools,
        maxRetries: 0,
        stopWhen: stepCountIs(3),
      })
      expect(steps.map((step) => step.toolCalls.length)).toEqual([2, 0])
      expect(text).toContain('"degrees":21')
    },
  )

  test('calls a tool in a stream', async () => {
    const result = streamText({
      model: google(third),
      prompt: 'Please use the get_weather tool for Lisbon.',
      tools,
      maxRetries: 0,
      stopWhen: stepCountIs(3),
    })
    await result.consumeStream()
    const steps = await result.steps
    expect(steps[0]?.toolCalls.map((call) => call.input as unknown)).toEqual([{ city: 'Lisbon' }])
    expect(await result.text).toContain('"degrees":21')
  })

  test('an object of a schema, and an image', async () => {
    const person = jsonSchema<{ name: string; tags: string[] }>({
      type: 'object',
      properties: {
        name: { type: 'string' },
        tags: { type: 'array', items: { enum: ['a', 'b'], type: 'string' } },
      },
      required: ['name', 'tags'],
    })
    const { output } = await generateText({
      model: google(second),
      prompt: 'A person',
      output: Output.object({ schema: person }),
      maxRetries: 0,
    })
    expect(output).toEqual({ name: expect.any(String) as string, tags: expect.any(Array) as string[] })
    const { text } = await generateText({
      model: google(second),
      maxRetries: 0,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'See?' },
            { type: 'file', data: png, mediaType: 'image/png' },
          ],
        },
      ],
    })
    expect(text).toContain('I looked at your image.')
  })

  test('embeddings, one and many', async () => {
    for (const values of [['first'], ['first', 'second']]) {
      const { embeddings } = await embedMany({ model: google.embedding(embedder), values, maxRetries: 0 })
      expect(embeddings.map((embedding) => embedding.length)).toEqual(values.map(() => 3_072))
    }
  })

  test('errors by status, and in the middle of a stream', async () => {
    simulator.script({ times: 1, effect: { throttle: true } })
    const throttled = generateText({ model: google(third), prompt: 'x', maxRetries: 0 })
    await expect(throttled).rejects.toMatchObject({ statusCode: 429, isRetryable: true })
    const unknown = generateText({ model: google('gemini-9'), prompt: 'x', maxRetries: 0 })
    await expect(unknown).rejects.toSatisfy(
      (error) => APICallError.isInstance(error) && error.statusCode === 404,
    )
    simulator.script({ times: 1, effect: { exceptionAfterChunks: { n: 2, name: 'UNAVAILABLE' } } })
    const errors: unknown[] = []
    const result = streamText({
      model: google(third),
      prompt: 'Hello',
      maxRetries: 0,
      onError: ({ error }) => {
        errors.push(error)
      },
    })
    await result.consumeStream()
    expect(errors).toMatchObject([{ message: 'The model is overloaded. Please try again later.' }])
  })

  test('a blocked prompt and a flagged answer', async () => {
    simulator.script({ times: 1, effect: { blockReason: 'PROHIBITED_CONTENT' } })
    const blocked = await generateText({ model: google(third), prompt: 'x', maxRetries: 0 })
    expect([blocked.text, blocked.finishReason]).toEqual(['', 'content-filter'])
    simulator.script({ times: 1, effect: { finishReason: 'SAFETY' } })
    const flagged = await generateText({ model: google(third), prompt: 'x', maxRetries: 0 })
    expect([flagged.text, flagged.finishReason]).toEqual(['', 'content-filter'])
  })
})
