import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { vendorModelName } from '../claude/model-names.ts'
import { sealThought } from '../claude/thought-seal.ts'
import type { Simulator } from '../simulator.ts'
import { jpeg, pdf, png, send, sonnet, startAnthropic } from '../testing/anthropic-clients.ts'
import { sampleModels } from '../testing/sample-models.ts'

let simulator: Simulator

beforeAll(async () => {
  simulator = await startAnthropic()
})
afterAll(() => simulator.close())

interface Refused {
  readonly type: string
  readonly error: { readonly type: string; readonly message: string }
  readonly request_id: string
}

/** Status, type and message of a refusal, in one line. */
async function refusal(answer: Response): Promise<string> {
  const body = (await answer.json()) as Refused
  expect(body.type).toBe('error')
  expect(body.request_id).toBe(answer.headers.get('request-id'))
  return `${answer.status} ${body.error.type}: ${body.error.message}`
}

const said = (content: unknown): Record<string, unknown> => ({ role: 'user', content })
const answered = (content: unknown): Record<string, unknown> => ({ role: 'assistant', content })
const good = { model: sonnet, max_tokens: 200, messages: [said('Hi')] }
const tool = { name: 'x', input_schema: { type: 'object' } }
const use = { type: 'tool_use', id: 'toolu_1', name: 'x', input: {} }
const result = { type: 'tool_result', tool_use_id: 'toolu_1', content: 'ok' }
const mark = { type: 'ephemeral' }
const image = (mediaType: string, data: string): Record<string, unknown> => ({
  type: 'image',
  source: { type: 'base64', media_type: mediaType, data },
})
const thinking = { type: 'enabled', budget_tokens: 1_024 }

describe('who may enter', () => {
  test.each([
    [{ 'x-api-key': null }, '401 authentication_error: x-api-key header is required'],
    [{ 'x-api-key': 'wrong' }, '401 authentication_error: invalid x-api-key'],
    [{ 'x-api-key': null, authorization: 'Bearer wrong' }, '401 authentication_error: Invalid bearer token'],
    [{ 'anthropic-version': null }, '400 invalid_request_error: anthropic-version: header is required'],
    [
      { 'anthropic-version': '2020-01-01' },
      '400 invalid_request_error: anthropic-version: "2020-01-01" is not a valid version',
    ],
  ])('%j', async (headers, message) => {
    expect(await refusal(await send(simulator, '/v1/messages', good, headers))).toBe(message)
  })

  test.each(['2023-01-01', '2023-06-01', '2026-10-21'])('version %s', async (version) => {
    const headers = { 'anthropic-version': version, 'anthropic-beta': 'anything-2025-01-01' }
    expect((await send(simulator, '/v1/messages', good, headers)).status).toBe(200)
  })
})

describe('where it stands', () => {
  test('other paths and methods', async () => {
    expect(await refusal(await send(simulator, '/v1/messages/batches', good))).toBe(
      '404 not_found_error: Not found',
    )
    expect(await refusal(await send(simulator, '/v1/messages', undefined))).toBe(
      '405 invalid_request_error: Method Not Allowed',
    )
  })

  test('the models are listed for requests with the version only', async () => {
    const own = await send(simulator, '/v1/models', undefined)
    expect(await own.json()).toMatchObject({ data: [{ type: 'model', id: sonnet }, {}], has_more: false })
    const page = await send(simulator, `/v1/models?limit=1&after_id=${sonnet}`, undefined)
    expect(await page.json()).toMatchObject({
      data: [{ id: 'claude-3-5-sonnet-20241022', lifecycle: 'retired' }],
      has_more: false,
    })
    expect(await refusal(await send(simulator, '/v1/models/claude-none', undefined))).toBe(
      '404 not_found_error: model: claude-none',
    )
    const other = await send(simulator, '/v1/models', undefined, { 'anthropic-version': null })
    expect(await other.text()).not.toContain(sonnet)
  })

  test('a body over the limit', async () => {
    const answer = await send(simulator, '/v1/messages', 'x'.repeat(33_554_433))
    expect(answer.status).toBe(413)
    expect(await answer.json()).toMatchObject({ type: 'error', error: { type: 'request_too_large' } })
  })
})

describe('what a message must be', () => {
  const cases: readonly (readonly [Record<string, unknown>, string | RegExp])[] = [
    [{ model: undefined }, 'model: Field required'],
    [{ max_tokens: undefined }, 'max_tokens: Field required'],
    [{ max_tokens: 1.5 }, 'max_tokens: Input should be a valid integer'],
    [{ max_tokens: -1 }, 'max_tokens: Input should be greater than or equal to 0'],
    [
      { max_tokens: 100_000 },
      `max_tokens: 100000 > 64000, which is the maximum allowed number of output tokens for ${sonnet}`,
    ],
    [{ messages: 'Hi' }, 'messages: Input should be a valid list'],
    [{ messages: [] }, 'messages: at least one message is required'],
    [{ messages: [answered('x')] }, 'messages: first message must use the "user" role'],
    [{ messages: [said('')] }, 'messages: text content blocks must be non-empty'],
    [
      { messages: [said([{ type: 'text', text: ' ' }])] },
      'messages: text content blocks must contain non-whitespace text',
    ],
    [{ messages: [said([])] }, /^messages\.0: all messages must have non-empty content/],
    [{ messages: [{ ...said('x'), id: 1 }] }, 'messages.0.id: Extra inputs are not permitted'],
    [{ messages: [{ role: 'tool', content: 'x' }] }, /^messages\.0\.role: Input should be 'user'/],
    [{ messages: [said([{ type: 'input_text' }])] }, /^messages\.0\.content\.0: Input tag 'input_text'/],
    [
      { messages: [said([{ type: 'text', text: 'x', index: 0 }])] },
      'messages.0.content.0.text.index: Extra inputs are not permitted',
    ],
    [{ messages: [said('x'), answered('y ')] }, /final assistant content cannot end with trailing/],
    [{ messages: [{ role: 'system', content: 'x' }] }, /^messages: Unexpected role "system"/],
    [{ logprobs: true }, 'logprobs: Extra inputs are not permitted'],
    [{ context_management: {} }, 'context_management: Extra inputs are not permitted'],
    [{ stream: 'yes' }, 'stream: Input should be a valid boolean'],
    [{ temperature: 1.5 }, 'temperature: Input should be less than or equal to 1'],
    [{ service_tier: 'flex' }, "service_tier: Input should be 'auto' or 'standard_only'"],
    [{ metadata: { team: 'x' } }, 'metadata.team: Extra inputs are not permitted'],
    [{ system: [{ type: 'text', text: '' }] }, 'system: text content blocks must be non-empty'],
    [{ stop_sequences: [' '] }, 'stop_sequences: each stop sequence must contain non-whitespace'],
    [{ tools: [{ ...tool, name: 'a b' }] }, /^tools\.0\.custom\.name: String should match pattern/],
    [{ tools: [{ name: 'x' }] }, 'tools.0.custom.input_schema: Field required'],
    [{ tools: [{ ...tool, input_schema: {} }] }, 'tools.0.custom.input_schema.type: Field required'],
    [{ tools: [tool, tool] }, 'tools: Tool names must be unique.'],
    [{ tools: [{ ...tool, parameters: {} }] }, 'tools.0.custom.parameters: Extra inputs are not permitted'],
    [{ tools: [tool], tool_choice: 'auto' }, 'tool_choice: Input should be an object'],
    [{ tools: [tool], tool_choice: { type: 'required' } }, /^tool_choice: Input tag 'required'/],
    [{ tools: [tool], tool_choice: { type: 'tool', name: 'y' } }, "Tool 'y' not found in provided tools"],
    [
      { tools: [tool], tool_choice: { type: 'any' }, max_tokens: 3_000, thinking },
      'Thinking may not be enabled when tool_choice forces tool use.',
    ],
    [{ thinking }, '`max_tokens` must be greater than `thinking.budget_tokens`'],
    [{ thinking: { type: 'on' } }, /^thinking: Input tag 'on'/],
    [
      { thinking, max_tokens: 3_000, temperature: 0 },
      '`temperature` may only be set to 1 when thinking is enabled.',
    ],
    [
      { output_config: { format: { type: 'json_schema', schema: { type: 'object' } } } },
      "output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false",
    ],
    [
      { output_config: { format: { type: 'json_schema', schema: { type: 'integer', minimum: 1 } } } },
      "output_config.format.schema: For 'integer' type, properties minimum are not supported",
    ],
  ]
  test.each(cases)('%j', async (change, message) => {
    const text = await refusal(await send(simulator, '/v1/messages', { ...good, ...change }))
    expect(text).toMatch(/^400 invalid_request_error: /)
    const told = text.slice('400 invalid_request_error: '.length)
    if (typeof message === 'string') expect(told).toBe(message)
    else expect(told).toMatch(message)
  })

  test('bodies that are no JSON object', async () => {
    for (const body of ['{', '[]', '"x"', '']) {
      expect(await refusal(await send(simulator, '/v1/messages', body))).toMatch(
        /^400 invalid_request_error: (?:The request body is not valid JSON|Input should be an object)/,
      )
    }
  })

  test('a model that the vendor does not have', async () => {
    expect(
      await refusal(await send(simulator, '/v1/messages', { ...good, model: 'eu.amazon.nova-pro-v1:0' })),
    ).toBe('404 not_found_error: model: eu.amazon.nova-pro-v1:0')
  })

  test('what the version of 2026 removed', async () => {
    const headers = { 'anthropic-version': '2026-10-21' }
    const cited = { type: 'text', text: 'x', citations: [{ type: 'char_location' }] }
    const document = { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'x' } }
    for (const [change, message] of [
      [{ temperature: 1 }, 'temperature: Extra inputs are not permitted'],
      [{ top_k: 5 }, 'top_k: Extra inputs are not permitted'],
      [{ messages: [said([cited])] }, 'messages.0.content.0.text.citations: Extra inputs are not permitted'],
      [
        { messages: [said('x'), answered([document])] },
        'messages.1.content.0: `document` blocks are not permitted in `assistant` messages',
      ],
    ] as const) {
      const body = { ...good, ...change }
      expect(await refusal(await send(simulator, '/v1/messages', body, headers))).toBe(
        `400 invalid_request_error: ${message}`,
      )
      expect((await send(simulator, '/v1/messages', body)).status).toBe(200)
    }
  })

  test('a count takes what steers no answer', async () => {
    const path = '/v1/messages/count_tokens'
    const body = { model: sonnet, messages: good.messages }
    expect(await (await send(simulator, path, body)).json()).toEqual({ input_tokens: 5 })
    expect(await refusal(await send(simulator, path, good))).toBe(
      '400 invalid_request_error: max_tokens: Extra inputs are not permitted',
    )
  })
})

describe('calls and their results', () => {
  const unanswered =
    'messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_1. ' +
    'Each `tool_use` block must have a corresponding `tool_result` block in the next message.'
  const cases: readonly (readonly [readonly unknown[], string | RegExp])[] = [
    [[said('Hi'), answered([use]), said('and?')], unanswered],
    [[said('Hi'), answered([use])], unanswered],
    [[said('Hi'), answered([use, { type: 'text', text: 'I look.' }]), said([result])], unanswered],
    [[said('Hi'), answered([use]), said([{ type: 'text', text: 'here' }, result])], unanswered],
    [[said([result])], /^messages\.0\.content\.0: unexpected `tool_use_id` found .*: toolu_1\./],
    [[said('Hi'), answered([use]), said([result, result])], /each tool_use must have a single result/],
    [
      [said('Hi'), answered([use, use]), said([result])],
      'messages.1.content.1: `tool_use` ids must be unique',
    ],
    [
      [said('Hi'), answered([{ ...use, id: 'call.1' }]), said([result])],
      "messages.1.content.0.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'",
    ],
    [[said([use])], /^messages\.0\.content\.0: `tool_use` blocks are not permitted in `user` messages/],
    [
      [said('Hi'), answered([use]), said([{ ...result, content: [{ type: 'audio' }] }])],
      /^messages\.2\.content\.0\.tool_result\.content\.0: Input tag 'audio'/,
    ],
  ]
  test.each(cases)('%j', async (messages, message) => {
    const text = await refusal(await send(simulator, '/v1/messages', { ...good, tools: [tool], messages }))
    if (typeof message === 'string') expect(text).toBe(`400 invalid_request_error: ${message}`)
    else expect(text.slice('400 invalid_request_error: '.length)).toMatch(message)
  })

  test('results in several messages of the user are one turn', async () => {
    const other = { ...use, id: 'toolu_2' }
    const messages = [
      said('Hi'),
      answered([use, other]),
      said([result]),
      said([{ ...result, tool_use_id: 'toolu_2', is_error: true }]),
    ]
    expect((await send(simulator, '/v1/messages', { ...good, tools: [tool], messages })).status).toBe(200)
  })
})

describe('thoughts that come back', () => {
  const own = { type: 'thinking', thinking: 'So.', signature: sealThought('So.') }
  const ask = { ...good, max_tokens: 3_000, thinking }
  const forged = 'messages.1.content.0: Invalid `signature` in `thinking` block'
  test.each([
    [{ ...own, signature: 'RW9rQmNvcA==' }, forged],
    [{ ...own, signature: '' }, forged],
    [{ ...own, thinking: 'So?' }, forged],
    [{ ...own, signature: `${own.signature} ` }, forged],
    [
      { type: 'redacted_thinking', data: own.signature },
      'messages.1.content.0: Invalid `data` in `redacted_thinking` block',
    ],
    [{ type: 'thinking', thinking: 'So.' }, 'messages.1.content.0.thinking.signature: Field required'],
  ])('%j', async (thought, message) => {
    const messages = [said('Hi'), answered([thought, { type: 'text', text: 'x' }]), said('and?')]
    expect(await refusal(await send(simulator, '/v1/messages', { ...ask, messages }))).toBe(
      `400 invalid_request_error: ${message}`,
    )
  })

  test('before a call that is being answered there must be one', async () => {
    const turn = (blocks: readonly unknown[]): unknown => ({
      ...ask,
      tools: [tool],
      messages: [said('Hi'), answered(blocks), said([result])],
    })
    expect(await refusal(await send(simulator, '/v1/messages', turn([use])))).toMatch(
      /messages\.1\.content\.0\.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`/,
    )
    expect((await send(simulator, '/v1/messages', turn([own, use]))).status).toBe(200)
  })
})

describe('images and documents', () => {
  const document = (source: Record<string, unknown>): unknown => ({ type: 'document', source })
  test.each([
    [image('image/tiff', png), /source\.base64\.media_type: Input should be 'image\/jpeg', 'image\/png'/],
    [image('image/png', 'a-_b'), /source\.base64: invalid base64 data/],
    [image('image/png', 'aGVsbG8='), /: Could not process image$/],
    [image('image/png', jpeg), /Image does not match the provided media type image\/png/],
    [{ type: 'image', source: { type: 'url', url: 'http://x.example/a.png' } }, /Only HTTPS URLs/],
    [{ type: 'image', image_url: 'x' }, /image\.image_url: Extra inputs are not permitted/],
    [
      document({ type: 'base64', media_type: 'application/pdf', data: png }),
      /The PDF specified was not valid/,
    ],
    [
      document({ type: 'base64', media_type: 'text/plain', data: 'aGk=' }),
      /Input should be 'application\/pdf'/,
    ],
    [document({ type: 's3' }), /Input tag 's3' found .*: 'base64', 'content', 'file', 'text', 'url'/],
  ])('%j', async (block, message) => {
    const text = await refusal(await send(simulator, '/v1/messages', { ...good, messages: [said([block])] }))
    expect(text).toMatch(/^400 invalid_request_error: /)
    expect(text).toMatch(message)
  })

  test('an uploaded file is not there', async () => {
    const block = document({ type: 'file', file_id: 'file_1' })
    expect(await refusal(await send(simulator, '/v1/messages', { ...good, messages: [said([block])] }))).toBe(
      '404 not_found_error: File not found: file_1',
    )
  })

  test('each kind of source', async () => {
    const sources = [
      document({ type: 'base64', media_type: 'application/pdf', data: pdf }),
      document({ type: 'text', media_type: 'text/plain', data: 'x' }),
      document({ type: 'content', content: [{ type: 'text', text: 'x' }] }),
      document({ type: 'url', url: 'https://x.example/a.pdf' }),
      image('image/png', png),
      image('image/jpeg', jpeg),
      { type: 'image', source: { type: 'url', url: 'https://x.example/a.png' } },
    ]
    const messages = [said([...sources, { type: 'text', text: 'What is it?' }])]
    expect((await send(simulator, '/v1/messages', { ...good, messages })).status).toBe(200)
  })
})

test('fast mode is of some models, and asked for under its beta of the older ones', async () => {
  const beta = { 'anthropic-beta': 'fast-mode-2026-02-01' }
  const ask = async (
    model: string,
    headers: Record<string, string>,
    path = '/v1/messages',
  ): Promise<string> => {
    const { max_tokens, ...counted } = { ...good, model, speed: 'fast' }
    const answer = await send(
      fastOnes,
      path,
      path === '/v1/messages' ? { ...counted, max_tokens } : counted,
      headers,
    )
    return answer.status === 200 ? '200' : refusal(answer)
  }
  const unavailable = `400 invalid_request_error: speed: 'fast' is not available for ${sonnet}`
  const unknown = '400 invalid_request_error: speed: Extra inputs are not permitted'
  const [sample] = sampleModels.filter(({ id }) => vendorModelName(id) === sonnet)
  if (sample === undefined) throw new Error('no sample')
  const of = (id: string, tier: string, generation: number) => ({ ...sample, id, tier, generation })
  const fastOnes = await startAnthropic({
    models: [
      of(sonnet, 'sonnet', 5.5),
      of('claude-opus-4-8', 'opus', 4.8),
      of('claude-opus-5', 'opus', 5),
      of('claude-opus-5-5', 'opus', 5.5),
      of('claude-fable-5-2', 'fable', 5.2),
    ],
  })
  try {
    expect([await ask(sonnet, beta), await ask(sonnet, {})]).toEqual([unavailable, unavailable])
    for (const older of ['claude-opus-4-8', 'claude-opus-5']) {
      expect([await ask(older, beta), await ask(older, {})]).toEqual(['200', unknown])
      expect(await ask(older, {}, '/v1/messages/count_tokens')).toBe(unknown)
    }
    for (const newer of ['claude-opus-5-5', 'claude-fable-5-2']) {
      expect([await ask(newer, beta), await ask(newer, {})]).toEqual(['200', '200'])
      expect(await ask(newer, {}, '/v1/messages/count_tokens')).toBe('200')
    }
  } finally {
    await fastOnes.close()
  }
  expect((await send(simulator, '/v1/messages', { ...good, speed: 'standard' })).status).toBe(200)
})

describe('cache marks', () => {
  const marked = (ttl?: string): Record<string, unknown> => ({
    type: 'text',
    text: 'x',
    cache_control: ttl === undefined ? mark : { ...mark, ttl },
  })
  test.each([
    [
      {
        system: [marked()],
        tools: [{ ...tool, cache_control: mark }],
        messages: [said([marked(), marked(), marked()])],
      },
      'A maximum of 4 blocks with cache_control may be provided. Found 5.',
    ],
    [
      {
        cache_control: mark,
        messages: [said([marked(), marked(), marked(), marked(), { type: 'text', text: 'y' }])],
      },
      'A maximum of 4 blocks with cache_control may be provided. Found 5.',
    ],
    [
      { system: [marked()], messages: [said([marked('1h')])] },
      /^messages\.0\.content\.0\.cache_control\.ttl: a ttl='1h' cache_control block must not come after/,
    ],
    [{ messages: [said([marked('2h')])] }, /cache_control\.ephemeral\.ttl: Input should be '5m' or '1h'/],
    [
      { messages: [said([{ ...marked(), text: '' }])] },
      'messages.0.content.0.text: cache_control cannot be set for empty text blocks',
    ],
  ])('%j', async (change, message) => {
    const text = await refusal(await send(simulator, '/v1/messages', { ...good, ...change }))
    const told = text.slice('400 invalid_request_error: '.length)
    if (typeof message === 'string') expect(told).toBe(message)
    else expect(told).toMatch(message)
  })
})
