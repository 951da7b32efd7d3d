import AnthropicBedrock from '@anthropic-ai/bedrock-sdk'
import type Anthropic from '@anthropic-ai/sdk'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Simulator } from '../simulator.ts'
import { pdf, png } from '../testing/anthropic-clients.ts'
import { textOf, user, weather } from '../testing/anthropic-judge.ts'
import { accessKey, bearerToken, startForTest } from '../testing/clients.ts'
import { claude } from '../testing/sample-models.ts'

/* Anthropic's own client for Bedrock, unchanged: the judge of InvokeModel's Claude body. */

let simulator: Simulator
let client: AnthropicBedrock

beforeAll(async () => {
  simulator = await startForTest()
  client = new AnthropicBedrock({
    awsAccessKey: accessKey.accessKeyId,
    awsSecretKey: accessKey.secretAccessKey,
    apiKey: null,
    awsRegion: 'eu-central-1',
    baseURL: simulator.url,
    maxRetries: 0,
  })
})
afterAll(() => simulator.close())
beforeEach(() => {
  simulator.reset()
})

type Params = Omit<Anthropic.MessageCreateParamsNonStreaming, 'model' | 'max_tokens' | 'stream'>

/** Whole and as a stream: both must end alike. */
async function both(params: Params): Promise<Anthropic.Message> {
  const body = { model: claude, max_tokens: 4_000, ...params }
  const whole = await client.messages.create(body)
  simulator.reset()
  const streamed = await client.messages.stream(body).finalMessage()
  expect(streamed.content.map((block) => block.type)).toEqual(whole.content.map((block) => block.type))
  expect(streamed.stop_reason).toBe(whole.stop_reason)
  expect(streamed.usage.input_tokens).toBe(whole.usage.input_tokens)
  return whole
}

describe('messages through InvokeModel', () => {
  test('plain, signed and by an API key of Bedrock', async () => {
    const message = await both({ messages: [user('Tell me about signals.')] })
    expect(message).toMatchObject({ model: 'claude-sonnet-5-5', stop_reason: 'end_turn' })
    expect(message.id).toMatch(/^msg_bdrk_/)
    expect(simulator.ledger().at(-1)).toMatchObject({
      operation: 'invoke-with-response-stream',
      authorization: { kind: 'sigv4' },
    })
    const byKey = new AnthropicBedrock({
      apiKey: bearerToken,
      awsRegion: 'eu-central-1',
      baseURL: simulator.url,
    })
    const answer = await byKey.messages.create({ model: claude, max_tokens: 10, messages: [user('Hi')] })
    expect(answer.stop_reason).toBe('max_tokens')
    expect(simulator.ledger().at(-1)?.authorization.kind).toBe('bearer')
  })

  test('the search for tools is known by patterns alone, under its beta', async () => {
    const search = (kind: 'regex' | 'bm25', betas: readonly string[]) =>
      client.messages.create({
        ...{ model: claude, max_tokens: 500, messages: [user('Use the tool weather.')] },
        tools: [
          { type: `tool_search_tool_${kind}`, name: `tool_search_tool_${kind}` } as Anthropic.ToolUnion,
          { ...weather, defer_loading: true },
        ],
        ...{ anthropic_beta: betas },
      })
    const beta = 'tool-search-tool-2025-10-19'
    expect((await search('regex', [beta])).content.map(({ type }) => type)).toContain(
      'tool_search_tool_result',
    )
    await expect(search('regex', [])).rejects.toThrow(/tool_search_tool_regex/)
    await expect(search('bm25', [beta])).rejects.toThrow(/tool_search_tool_bm25/)
  })

  test('tools over two turns, with thoughts that are taken back', async () => {
    const thinking = { type: 'enabled', budget_tokens: 1_024 } as const
    const question = user('What is the weather in Berlin? Use a tool.')
    const first = await both({ thinking, tools: [weather], messages: [question] })
    expect(first.content.map((block) => block.type)).toEqual(['thinking', 'text', 'tool_use'])
    const call = first.content.at(-1)
    if (call?.type !== 'tool_use') throw new Error('no call')
    expect(call.id).toMatch(/^toolu_bdrk_/)
    const messages = [
      question,
      { role: 'assistant' as const, content: first.content },
      user([{ type: 'tool_result', tool_use_id: call.id, content: '21 degrees' }]),
    ]
    expect((await both({ thinking, tools: [weather], messages })).stop_reason).toBe('end_turn')
    const forged = first.content.map((block) =>
      block.type === 'thinking' ? { ...block, thinking: 'Something else.' } : block,
    )
    const changed = [question, { role: 'assistant' as const, content: forged }, ...messages.slice(2)]
    await expect(both({ thinking, tools: [weather], messages: changed })).rejects.toThrow(
      'messages.1.content.0: Invalid `signature` in `thinking` block',
    )
  })

  test('images, documents, citations and JSON of a schema', async () => {
    const message = await both({
      messages: [
        user([
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } },
          {
            type: 'document',
            title: 'Plan',
            citations: { enabled: true },
            source: { type: 'base64', media_type: 'application/pdf', data: pdf },
          },
          { type: 'text', text: 'What do you see?' },
        ]),
      ],
    })
    expect(textOf(message)).toContain('I looked at your image. I read Plan.')
    expect(message.content[0]).toMatchObject({ citations: [{ type: 'page_location', document_index: 0 }] })
    const schema = { type: 'object', properties: { city: { type: 'string' } }, additionalProperties: false }
    const json = await both({
      messages: [user('Where?')],
      output_config: { format: { type: 'json_schema', schema } },
    })
    expect(JSON.parse(textOf(json))).toBeTypeOf('object')
  })

  test('errors by their classes', async () => {
    simulator.script({ times: 1, effect: { throttle: true } })
    await expect(both({ messages: [user('Hi')] })).rejects.toMatchObject({ status: 429 })
    simulator.script({ times: 1, effect: { exceptionAfterChunks: { n: 1, name: 'ThrottlingException' } } })
    const stream = client.messages.stream({ model: claude, max_tokens: 50, messages: [user('Hi')] })
    await expect(stream.finalMessage()).rejects.toThrow()
  })
})
