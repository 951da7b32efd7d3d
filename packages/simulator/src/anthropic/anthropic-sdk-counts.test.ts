import Anthropic, { APIError } from '@anthropic-ai/sdk'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Simulator } from '../simulator.ts'
import { anthropicKey, sonnet, startAnthropic } from '../testing/anthropic-clients.ts'
import { anthropicClient, askBothWays, user, weather } from '../testing/anthropic-judge.ts'

/* The official client, unchanged, is the judge of counts and errors. */

let simulator: Simulator
let client: Anthropic

beforeAll(async () => {
  simulator = await startAnthropic()
  client = anthropicClient(simulator)
})
afterAll(() => simulator.close())
beforeEach(() => {
  simulator.reset()
})

function both(params: Parameters<typeof askBothWays>[2]): Promise<Anthropic.Message> {
  return askBothWays(simulator, client, params)
}

describe('what is counted', () => {
  const long = 'signal '.repeat(200)
  const marked = (ttl: '5m' | '1h'): Anthropic.TextBlockParam => ({
    type: 'text',
    text: long,
    cache_control: { type: 'ephemeral', ttl },
  })

  test('a prompt is written to the cache, read from it, and forgotten', async () => {
    let now = 1_800_000_000_000
    const timed = await startAnthropic({ now: () => now })
    const own = anthropicClient(timed)
    const ask = (): Promise<Anthropic.Message> =>
      own.messages.create({ model: sonnet, max_tokens: 10, system: [marked('5m')], messages: [user('Hi')] })
    const written = { cache_creation_input_tokens: 350, cache_read_input_tokens: 0 }
    expect((await ask()).usage).toMatchObject({
      ...written,
      input_tokens: 5,
      cache_creation: { ephemeral_5m_input_tokens: 350, ephemeral_1h_input_tokens: 0 },
    })
    now += 200_000
    expect((await ask()).usage).toMatchObject({
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 350,
    })
    now += 300_001
    expect((await ask()).usage).toMatchObject(written)
    await timed.close()
  })

  test('writes are told by how long they are kept', async () => {
    const message = await both({
      system: [marked('1h')],
      messages: [user([{ type: 'text', text: 'Hi' }, marked('5m')])],
    })
    expect(message.usage.cache_creation).toEqual({
      ephemeral_1h_input_tokens: 350,
      ephemeral_5m_input_tokens: 4 + 1 + 350,
    })
  })

  test('the mark of the whole request stands at its end', async () => {
    const message = await both({ cache_control: { type: 'ephemeral' }, messages: [user(long)] })
    expect(message.usage).toMatchObject({ input_tokens: 0, cache_creation_input_tokens: 354 })
  })

  test('a mark that moves with the end of the conversation reads the turns before it', async () => {
    const cache = { cache_control: { type: 'ephemeral' } } as const
    const ask = (messages: Anthropic.MessageParam[]): Promise<Anthropic.Message> =>
      client.messages.create({ model: sonnet, max_tokens: 10, ...cache, messages })
    const assistant = { role: 'assistant', content: 'Yes.' } as const
    const opening = user('moving '.repeat(200))
    expect((await ask([opening])).usage).toMatchObject({
      cache_creation_input_tokens: 354,
      cache_read_input_tokens: 0,
    })
    const turns = [opening, assistant, user('And?')]
    const { usage } = await ask(turns)
    expect(usage).toMatchObject({ input_tokens: 0, cache_read_input_tokens: 354 })
    expect(usage.cache_creation_input_tokens).toBeLessThan(20)
    const parts = Array.from({ length: 22 }, (_, at) => ({ type: 'text' as const, text: `Part ${at}` }))
    expect((await ask([...turns, assistant, user(parts)])).usage.cache_read_input_tokens).toBe(0)
  })

  test('a count of tokens is what the message then costs', async () => {
    const params = { system: 'Be kind.', tools: [weather], messages: [user('Hi there')] }
    const counted = await client.messages.countTokens({ model: sonnet, ...params })
    expect((await both(params)).usage.input_tokens).toBe(counted.input_tokens)
  })

  test('models', async () => {
    const ids: string[] = []
    for await (const model of client.models.list({ limit: 1 })) ids.push(model.id)
    expect(ids).toEqual([sonnet, 'claude-3-5-sonnet-20241022'])
    expect(await client.models.retrieve(sonnet)).toMatchObject({
      type: 'model',
      display_name: 'Claude Sonnet 5.5',
      max_tokens: 64_000,
      capabilities: { image_input: { supported: true } },
    })
  })
})

describe('errors by their classes', () => {
  const ask = (): Promise<Anthropic.Message> =>
    client.messages.create({ model: sonnet, max_tokens: 10, messages: [user('Hi')] })

  test.each([
    ['invalid_request_error', 400, Anthropic.BadRequestError],
    ['authentication_error', 401, Anthropic.AuthenticationError],
    ['permission_error', 403, Anthropic.PermissionDeniedError],
    ['not_found_error', 404, Anthropic.NotFoundError],
    ['request_too_large', 413, APIError],
    ['rate_limit_error', 429, Anthropic.RateLimitError],
    ['api_error', 500, Anthropic.InternalServerError],
    ['timeout_error', 504, APIError],
    ['overloaded_error', 529, APIError],
  ] as const)('%s is %i', async (name, status, ErrorClass) => {
    simulator.script({ times: 1, effect: { error: { name } } })
    const error: unknown = await ask().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ErrorClass)
    expect(error).toMatchObject({ status, type: name })
    expect(simulator.ledger().at(-1)).toMatchObject({ status, errorName: name })
  })

  test('the client tries again where it may', async () => {
    const patient = new Anthropic({ apiKey: anthropicKey, baseURL: simulator.url, maxRetries: 2 })
    simulator.script({ times: 1, effect: { throttle: true, retryAfter: 0 } })
    simulator.script({ times: 1, effect: { error: { name: 'overloaded_error' } } })
    const message = await patient.messages.create({ model: sonnet, max_tokens: 10, messages: [user('Hi')] })
    expect(message.stop_reason).toBe('max_tokens')
    expect(simulator.ledger().map((entry) => entry.status)).toEqual([429, 529, 200])
  })
})
