import type Anthropic from '@anthropic-ai/sdk'
import type { TextCitation } from '@anthropic-ai/sdk/resources/messages'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Simulator } from '../simulator.ts'
import {
  anthropicKey,
  pdf,
  png,
  send,
  sonnet,
  startAnthropic,
  wireEvents,
} from '../testing/anthropic-clients.ts'
import { anthropicClient, askBothWays, textOf, user, weather } from '../testing/anthropic-judge.ts'

/* The official client, unchanged, is the judge of what is answered. */

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

const clock: Anthropic.Tool = { name: 'get_time', input_schema: { type: 'object', properties: {} } }

describe('plain answers', () => {
  test('whole and streamed', async () => {
    const message = await both({ messages: [user('Tell me about signals.')] })
    expect(message).toMatchObject({
      type: 'message',
      role: 'assistant',
      model: sonnet,
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 10, service_tier: 'standard' },
    })
    expect(message.id).toMatch(/^msg_01[0-9a-f]{22}$/)
    expect(textOf(message)).toContain('Claude Sonnet 5.5 (simulated)')
  })

  test('both headers of authentication, and both API versions', async () => {
    for (const header of ['x-api-key', 'authorization']) {
      for (const version of ['2023-06-01', '2026-10-21']) {
        const key = header === 'x-api-key' ? anthropicKey : `Bearer ${anthropicKey}`
        const other = header === 'x-api-key' ? 'authorization' : 'x-api-key'
        const headers = { [header]: key, [other]: null, 'anthropic-version': version }
        const body = { model: sonnet, max_tokens: 10, messages: [user('Hi')] }
        const message = await client.messages.create(body, { headers })
        expect(message.stop_reason).toBe('max_tokens')
        expect(simulator.ledger().at(-1)).toMatchObject({
          authorization: { kind: header === 'x-api-key' ? 'apiKey' : 'bearer' },
          headers: { 'anthropic-version': version },
        })
      }
    }
  })

  test('the request id is told by header and by the ledger', async () => {
    const { request_id: id } = await client.messages
      .create({ model: sonnet, max_tokens: 10, messages: [user('Hi')] })
      .withResponse()
    expect(id).toMatch(/^req_01/)
    expect(simulator.ledger().at(-1)?.requestId).toBe(id)
  })

  test('a stop sequence, and a limit of tokens', async () => {
    const stopped = await both({ messages: [user('Hi')], stop_sequences: ['zzz', '(simulated)'] })
    expect(stopped).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: '(simulated)' })
    expect(textOf(stopped)).toBe('This is Claude Sonnet 5.5 ')
    const cut = await both({ messages: [user('Write an essay.')], max_tokens: 20 })
    expect(cut.stop_reason).toBe('max_tokens')
    expect(cut.usage.output_tokens).toBe(20)
  })

  test('no tokens at all fill the cache and answer nothing', async () => {
    const message = await both({ messages: [user('Hi')], max_tokens: 0 })
    expect(message).toMatchObject({ content: [], stop_reason: 'max_tokens', usage: { output_tokens: 0 } })
  })

  test("the vendor's own trigger of a refusal", async () => {
    const trigger =
      'ANTHROPIC_MAGIC_STRING_TRIGGER_REFUSAL_1FAEFB6177B4672DEE07F9D3AFC62588CCD2631EDCF22E8CCC1FB35B501C9C86'
    const message = await both({ messages: [user(trigger)] })
    expect(message).toMatchObject({ content: [], stop_reason: 'refusal', stop_details: { type: 'refusal' } })
  })

  test('the frames are events with a name and one line of JSON; a ping is among them', async () => {
    const body = { model: sonnet, max_tokens: 50, stream: true, messages: [user('Hi')] }
    const answer = await send(simulator, '/v1/messages', body)
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(answer.headers.get('anthropic-ratelimit-requests-limit')).toBe('4000')
    const events = wireEvents(await answer.text())
    for (const event of events) expect(event.data['type']).toBe(event.name)
    const names = events.map((event) => event.name).filter((name) => name !== 'content_block_delta')
    expect(names).toEqual([
      'message_start',
      'content_block_start',
      'ping',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ])
    const usage = { input_tokens: 5, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 }
    expect(events[0]?.data).toMatchObject({ message: { usage: { ...usage, output_tokens: 1 } } })
    expect(events.at(-2)?.data).toMatchObject({ usage: { ...usage, output_tokens: 50 } })
  })
})

describe('tools', () => {
  test('one call and its result', async () => {
    const first = await both({
      messages: [user('What is the weather in Berlin? Use a tool.')],
      tools: [weather],
    })
    expect(first.stop_reason).toBe('tool_use')
    const call = first.content.at(-1)
    if (call?.type !== 'tool_use') throw new Error('no call')
    expect(call.id).toMatch(/^toolu_01[a-zA-Z0-9]{22}$/)
    expect(call.input).toMatchObject({ city: 'Berlin' })
    const image = { type: 'base64', media_type: 'image/png', data: png } as const
    const second = await both({
      tools: [weather],
      messages: [
        user('What is the weather in Berlin? Use a tool.'),
        { role: 'assistant', content: first.content },
        user([
          {
            type: 'tool_result',
            tool_use_id: call.id,
            content: [
              { type: 'text', text: '21 degrees' },
              { type: 'image', source: image },
            ],
          },
        ]),
      ],
    })
    expect(second.stop_reason).toBe('end_turn')
    expect(textOf(second)).toMatch(/The tool returned: 21 degrees \(image [0-9a-f]{8}\)/)
  })

  test('a result that is an error', async () => {
    const call: Anthropic.ToolUseBlockParam = { type: 'tool_use', id: 'toolu_a', name: 'get_time', input: {} }
    const message = await both({
      tools: [clock],
      messages: [
        user('Which time is it?'),
        { role: 'assistant', content: [call] },
        user([{ type: 'tool_result', tool_use_id: 'toolu_a', content: 'no clock', is_error: true }]),
      ],
    })
    expect(textOf(message)).toContain('The tool failed with: no clock')
  })

  test('parallel calls, and their prohibition', async () => {
    const messages = [user('Call get_weather and get_time.')]
    const calls = (message: Anthropic.Message): readonly string[] =>
      message.content.flatMap((block) => (block.type === 'tool_use' ? [block.name] : []))
    const parallel = await both({ messages, tools: [weather, clock] })
    expect(calls(parallel)).toEqual(['get_weather', 'get_time'])
    const single = await both({
      messages,
      tools: [weather, clock],
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    })
    expect(calls(single)).toEqual(['get_weather'])
    const forced = await both({
      messages: [user('Hello')],
      tools: [weather, clock],
      tool_choice: { type: 'tool', name: 'get_time' },
    })
    expect(forced.content.map((block) => block.type)).toEqual(['tool_use'])
    expect(calls(forced)).toEqual(['get_time'])
    const any = await both({ messages: [user('Hello')], tools: [weather], tool_choice: { type: 'any' } })
    expect(calls(any)).toEqual(['get_weather'])
    const none = await both({ messages, tools: [weather, clock], tool_choice: { type: 'none' } })
    expect(calls(none)).toEqual([])
  })
})

describe('thoughts', () => {
  const thinking = { type: 'enabled', budget_tokens: 1_024 } as const
  const question = user('What is the weather in Berlin? Use a tool.')

  /** A second turn that gives everything back as it came. */
  async function goOn(
    first: Anthropic.Message,
    config: Anthropic.ThinkingConfigParam,
  ): Promise<Anthropic.Message> {
    const results = first.content.flatMap((block): Anthropic.ToolResultBlockParam[] =>
      block.type === 'tool_use'
        ? [{ type: 'tool_result', tool_use_id: block.id, content: '21 degrees' }]
        : [],
    )
    const messages: Anthropic.MessageParam[] = [
      question,
      { role: 'assistant', content: first.content },
      user(results),
    ]
    return both({ thinking: config, tools: [weather], messages })
  }

  test('come signed, and are taken back over two turns', async () => {
    const first = await both({ thinking, tools: [weather], messages: [question] })
    expect(first.content.map((block) => block.type)).toEqual(['thinking', 'text', 'tool_use'])
    expect(first.usage.output_tokens_details?.thinking_tokens).toBeGreaterThan(0)
    const second = await goOn(first, thinking)
    expect(second.stop_reason).toBe('end_turn')
    expect(second.content[0]?.type).toBe('thinking')
  })

  test('what a stream told is taken back too', async () => {
    const stream = client.messages.stream({
      model: sonnet,
      max_tokens: 4_000,
      thinking,
      tools: [weather],
      messages: [question],
    })
    expect((await goOn(await stream.finalMessage(), thinking)).stop_reason).toBe('end_turn')
  })

  test('adaptive, and without their text', async () => {
    const hidden = { type: 'adaptive', display: 'omitted' } as const
    const first = await both({ thinking: hidden, tools: [weather], messages: [question] })
    expect(first.content[0]).toMatchObject({ type: 'thinking', thinking: '' })
    expect((await goOn(first, hidden)).stop_reason).toBe('end_turn')
  })

  test("redacted, by the vendor's own trigger", async () => {
    const trigger =
      'ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING_46C9A13E193C177646C7398A98432ECCCE4C1253D5E2D82641AC0E52CC2876CB'
    const first = await both({ thinking, messages: [user(trigger)] })
    expect(first.content.map((block) => block.type)).toEqual(['redacted_thinking', 'text'])
    const messages = [user(trigger), { role: 'assistant' as const, content: first.content }, user('And?')]
    expect((await both({ thinking, messages })).stop_reason).toBe('end_turn')
  })
})

describe('content', () => {
  test('images and documents by bytes and by address', async () => {
    const message = await both({
      messages: [
        user([
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } },
          { type: 'image', source: { type: 'url', url: 'https://x.example/a.png' } },
          {
            type: 'document',
            title: 'Plan',
            source: { type: 'base64', media_type: 'application/pdf', data: pdf },
          },
          { type: 'text', text: 'What do you see?' },
        ]),
      ],
    })
    expect(textOf(message)).toContain('I looked at your 2 images. I read Plan.')
  })

  test('citations of each kind of document', async () => {
    const message = await both({
      messages: [
        user([
          {
            type: 'document',
            title: 'Rails',
            citations: { enabled: true },
            source: { type: 'text', media_type: 'text/plain', data: 'Rails are long. They are steel.' },
          },
          {
            type: 'document',
            citations: { enabled: true },
            source: { type: 'content', content: [{ type: 'text', text: 'Points move.' }] },
          },
          {
            type: 'document',
            title: 'Plan',
            citations: { enabled: true },
            source: { type: 'base64', media_type: 'application/pdf', data: pdf },
          },
          { type: 'text', text: 'What is said?' },
        ]),
      ],
    })
    const citations = message.content.flatMap((block): TextCitation[] =>
      block.type === 'text' ? (block.citations ?? []) : [],
    )
    expect(citations).toMatchObject([
      {
        type: 'char_location',
        document_index: 0,
        cited_text: 'Rails are long.',
        start_char_index: 0,
        end_char_index: 15,
      },
      { type: 'content_block_location', document_index: 1, cited_text: 'Points move.', end_block_index: 1 },
      { type: 'page_location', document_index: 2, document_title: 'Plan', start_page_number: 1 },
    ])
  })

  test('an answer in JSON of a schema', async () => {
    const schema = {
      type: 'object',
      properties: { city: { type: 'string' }, degrees: { type: 'integer' } },
      required: ['city', 'degrees'],
      additionalProperties: false,
    }
    const message = await both({
      messages: [user('It is 21 degrees in “Berlin”.')],
      output_config: { format: { type: 'json_schema', schema } },
    })
    expect(JSON.parse(textOf(message))).toEqual({ city: 'Berlin', degrees: expect.any(Number) as number })
  })

  test('instructions as text, as blocks and in the middle', async () => {
    const message = await both({
      system: [{ type: 'text', text: 'Be kind.' }],
      messages: [user('Hi'), { role: 'system', content: 'Be short.' }, user('Well?')],
    })
    expect(message.usage.input_tokens).toBe(2 + 3 + 4 + 1 + 4 + 2)
  })
})
