import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Simulator } from '../simulator.ts'
import { gpt41, luna, openaiKey, startOpenai } from '../testing/openai-clients.ts'

/* The official client, unchanged, on what fewer callers ask for. */

let simulator: Simulator
let client: OpenAI

beforeAll(async () => {
  simulator = await startOpenai()
  client = new OpenAI({ baseURL: `${simulator.url}/openai/v1`, apiKey: openaiKey, maxRetries: 0 })
})
afterAll(() => simulator.close())
beforeEach(() => {
  simulator.reset()
})

const said = (content: string): OpenAI.ChatCompletionMessageParam => ({ role: 'user', content })
const named = (name: string): OpenAI.ChatCompletionFunctionTool => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties: { city: { type: 'string' } } } },
})

describe('chat completions', () => {
  test('several choices come at the same time in one stream', async () => {
    const body = { model: gpt41, messages: [said('Hello')], n: 3 }
    const stream = await client.chat.completions.create({
      ...body,
      stream: true,
      stream_options: { include_usage: true },
    })
    const texts = ['', '', '']
    const order: number[] = []
    const ends: (string | null)[] = []
    let usage: OpenAI.CompletionUsage | null = null
    for await (const chunk of stream) {
      usage = chunk.usage ?? null
      for (const { index, delta, finish_reason: end } of chunk.choices) {
        texts[index] = `${texts[index] ?? ''}${delta.content ?? ''}`
        order.push(index)
        if (end !== null) ends[index] = end
      }
    }
    expect(order.slice(0, 6)).toEqual([0, 1, 2, 0, 1, 2])
    expect(ends).toEqual(['stop', 'stop', 'stop'])
    expect(new Set(texts).size).toBe(3)
    for (const text of texts) expect(text).toMatch(/^This is GPT-4\.1 \(simulated\)/)
    const tokens = texts.reduce((sum, text) => sum + Math.ceil(text.length / 4), 0)
    expect(usage).toMatchObject({ completion_tokens: tokens, prompt_tokens: 6, total_tokens: tokens + 6 })
    expect(simulator.ledger().at(-1)?.usage?.outputTokens).toBe(tokens)
  })

  test('a stream without usage ends all the same, and the ledger tells none', async () => {
    const body = { model: gpt41, messages: [said('Hello')], stream: true as const }
    const read = async (more: object): Promise<string> => {
      const stream = await client.chat.completions.create({ ...body, ...more }).asResponse()
      return stream.text()
    }
    const asked = { stream_options: { include_usage: true } }
    const unasked = await read({})
    expect(await read(asked)).toContain('"completion_tokens"')
    simulator.script({ effect: { withoutMetadata: true } })
    const texts = [unasked, await read(asked)]
    for (const text of texts) {
      expect(text).toMatch(/"finish_reason":"stop".*\n\ndata: \[DONE\]\n\n$/)
      expect(text).not.toContain('"completion_tokens"')
    }
    await expect
      .poll(() => simulator.ledger().map(({ usage }) => usage !== null))
      .toEqual([false, true, false])
  })

  test('the pieces of parallel calls carry their place, and the id with the first alone', async () => {
    const stream = await client.chat.completions.create({
      model: gpt41,
      messages: [said('Call get_weather and get_time for “Berlin”.')],
      tools: [named('get_weather'), named('get_time')],
      stream: true,
    })
    const calls: { id: string; name: string; json: string }[] = []
    for await (const chunk of stream) {
      for (const piece of chunk.choices[0]?.delta.tool_calls ?? []) {
        if (piece.id !== undefined) {
          expect(piece.index).toBe(calls.length)
          calls.push({ id: piece.id, name: piece.function?.name ?? '', json: '' })
        }
        const call = calls[piece.index]
        if (call === undefined) throw new Error('a piece of a call that has not begun')
        call.json += piece.function?.arguments ?? ''
      }
    }
    expect(calls.map(({ name }) => name)).toEqual(['get_weather', 'get_time'])
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2)
    for (const { id, json } of calls) {
      expect(id).toMatch(/^call_[a-zA-Z0-9]{1,24}$/)
      expect(JSON.parse(json)).toBeTypeOf('object')
    }
  })

  test('a long prompt is read from the cache, unasked', async () => {
    const body = { model: gpt41, messages: [said('Signals. '.repeat(600)), said('Well?')] }
    const first = await client.chat.completions.create(body)
    const second = await client.chat.completions.create(body)
    expect(first.usage?.prompt_tokens_details?.cached_tokens).toBe(0)
    const cached = second.usage?.prompt_tokens_details?.cached_tokens ?? 0
    expect(cached).toBeGreaterThanOrEqual(1_024)
    expect(cached % 128).toBe(0)
    expect(second.usage?.prompt_tokens).toBe(first.usage?.prompt_tokens)
  })

  test('headers tell who answered, how long it took and what is left', async () => {
    const { response } = await client.chat.completions
      .create({ model: gpt41, messages: [said('Hello')] })
      .withResponse()
    expect(response.headers.get('x-request-id')).toBe(simulator.ledger().at(-1)?.requestId)
    expect(response.headers.get('openai-processing-ms')).toMatch(/^\d+$/)
    expect(response.headers.get('x-ratelimit-limit-requests')).toBe('10000')
    expect(Number(response.headers.get('x-ratelimit-remaining-requests'))).toBeLessThan(10_000)
    expect(response.headers.get('x-ratelimit-reset-tokens')).toMatch(/^[\d.]+m?s$/)
  })

  test.each([
    [{ throttle: 'tokens' as const, retryAfter: 7 }, 429, 'rate_limit_exceeded', 'tokens', '7'],
    [{ error: { name: 'insufficient_quota' } }, 429, 'insufficient_quota', 'insufficient_quota', '1'],
    [{ error: { name: 'server_error' } }, 500, null, 'server_error', null],
    [{ error: { name: 'service_unavailable_error' } }, 503, null, 'service_unavailable_error', null],
    [
      { error: { name: 'context_length_exceeded' } },
      400,
      'context_length_exceeded',
      'invalid_request_error',
      null,
    ],
  ])('scripted: %o', async (effect, status, code, type, wait) => {
    simulator.script({ effect })
    const error: unknown = await client.chat.completions
      .create({ model: gpt41, messages: [said('Hello')] })
      .catch((thrown: unknown) => thrown)
    if (!(error instanceof OpenAI.APIError)) throw new Error('no error of the API')
    expect(error).toMatchObject({ status, code, type })
    const headers = error.headers as Headers
    expect(headers.get('retry-after')).toBe(wait)
  })
})

describe('responses', () => {
  test('number their events without a gap and tell the parts that they add', async () => {
    const stream = client.responses.stream({
      model: luna,
      input: 'Call get_weather for “Berlin”.',
      reasoning: { summary: 'auto' },
      include: ['reasoning.encrypted_content'],
      tools: [
        {
          type: 'function',
          name: 'get_weather',
          strict: false,
          parameters: { type: 'object', properties: {} },
        },
      ],
    })
    const types: string[] = []
    let next = 0
    for await (const event of stream) {
      expect('sequence_number' in event ? event.sequence_number : -1).toBe(next)
      next += 1
      if (types.at(-1) !== event.type) types.push(event.type)
    }
    const final = await stream.finalResponse()
    expect(types).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.reasoning_summary_part.added',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.done',
      'response.reasoning_summary_part.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.done',
      'response.output_item.done',
      'response.completed',
    ])
    expect(final.output.map((item) => item.type)).toEqual(['reasoning', 'message', 'function_call'])
    expect(final.usage?.output_tokens_details.reasoning_tokens).toBeGreaterThan(0)
  })

  test('call tools of namespaces, of the request and of its items, by both names, and take the calls back', async () => {
    const docs: OpenAI.Responses.NamespaceTool = {
      type: 'namespace',
      name: 'mcp__docs',
      description: 'Docs.',
      tools: [
        { type: 'function', name: 'search', strict: false, parameters: { type: 'object', properties: {} } },
      ],
    }
    const user: OpenAI.Responses.ResponseInputItem = { role: 'user', content: 'Hello' }
    const added: OpenAI.Responses.ResponseInputItem = {
      type: 'additional_tools',
      role: 'developer',
      tools: [docs],
    }
    const metadata = { client_metadata: { 'x-codex-installation-id': 'a' } }
    for (const body of [{ tools: [docs], input: [user] }, { input: [added, user] }]) {
      const tool_choice = 'required' as const
      const first = await client.responses.create({ model: gpt41, tool_choice, ...body, ...metadata })
      const call = first.output.find((item) => item.type === 'function_call')
      expect(call).toMatchObject({ name: 'search', namespace: 'mcp__docs' })
      expect(first.usage?.input_tokens_details).toEqual({ cached_tokens: 0, cache_write_tokens: 0 })
      if (call?.type !== 'function_call') throw new Error('there is a call')
      const output = { type: 'function_call_output', call_id: call.call_id, output: 'Found.' } as const
      const second = await client.responses.create({
        model: gpt41,
        ...body,
        input: [...body.input, call, output],
      })
      expect(second.output_text).not.toBe('')
    }
  })

  test('are kept, gone on from, and forgotten', async () => {
    const first = await client.responses.create({ model: gpt41, input: 'My city is “Berlin”.' })
    const again = await client.responses.retrieve(first.id)
    expect(again.output_text).toBe(first.output_text)
    const alone = await client.responses.create({ model: gpt41, input: 'And?' })
    const second = await client.responses.create({
      model: gpt41,
      input: 'And?',
      previous_response_id: first.id,
    })
    expect(second.previous_response_id).toBe(first.id)
    expect(second.usage?.input_tokens).toBe(
      (alone.usage?.input_tokens ?? 0) + (first.usage?.total_tokens ?? 0) + 4,
    )
    const [item] = first.output
    if (item?.id === undefined) throw new Error('no item')
    const referring = [
      { type: 'item_reference' as const, id: item.id },
      { role: 'user' as const, content: 'And?' },
    ]
    await client.responses.create({ model: gpt41, input: referring })
    await client.responses.delete(first.id)
    await expect(client.responses.retrieve(first.id)).rejects.toMatchObject({ status: 404 })
    await expect(client.responses.create({ model: gpt41, input: referring })).rejects.toMatchObject({
      status: 404,
      param: 'input',
    })
  })

  test('that are not to be kept are not', async () => {
    const first = await client.responses.create({ model: gpt41, input: 'Hello', store: false })
    await expect(
      client.responses.create({ model: gpt41, input: 'And?', previous_response_id: first.id }),
    ).rejects.toMatchObject({
      status: 400,
      code: 'previous_response_not_found',
      param: 'previous_response_id',
    })
  })

  test('end without usage where a script leaves it out', async () => {
    simulator.script({ effect: { withoutMetadata: true } })
    const stream = await client.responses.create({ model: gpt41, input: 'Hello', stream: true })
    const events: OpenAI.Responses.ResponseStreamEvent[] = []
    for await (const event of stream) events.push(event)
    expect(events.at(-1)).toMatchObject({
      type: 'response.completed',
      response: { status: 'completed', usage: null },
    })
    const whole = await client.responses.create({ model: gpt41, input: 'Hello' })
    expect(whole.usage).toBeNull()
    await expect.poll(() => simulator.ledger().map(({ usage }) => usage)).toEqual([null, null])
  })

  test('an error in the middle of a stream', async () => {
    simulator.script({ effect: { exceptionAfterChunks: { n: 1, name: 'server_error', message: 'broke' } } })
    const stream = await client.responses.create({ model: gpt41, input: 'Hello', stream: true })
    const read = async (): Promise<void> => {
      for await (const event of stream) {
        if (event.type === 'error') throw new Error(`${event.code ?? ''}: ${event.message}`)
        expect(event.type).not.toBe('response.completed')
      }
    }
    await expect(read()).rejects.toThrow('broke')
  })
})
