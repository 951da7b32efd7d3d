import type { ChatCall } from '@pointsman/contract'
import { expect, it } from 'vitest'

import { dialects, encodeJson, refusal } from '../testing/dialects-for-tests.ts'

const { openaiChat } = dialects
const read = (body: object): ChatCall =>
  openaiChat.readRequest(
    openaiChat.scanRequest(
      encodeJson({ model: 'm', messages: [{ role: 'user', content: 'hi' }], ...body }),
      null,
    ),
  )
const said = (body: object) => refusal(() => read(body))

it('reads every kind of message', () => {
  const call = read({
    messages: [
      { role: 'system', content: 'Be brief.' },
      {
        role: 'developer',
        content: [{ type: 'text', text: 'Be kind.', prompt_cache_breakpoint: { mode: 'explicit' } }],
      },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look', cache_control: { type: 'ephemeral', ttl: '1h' } },
          { type: 'image_url', image_url: { url: 'data:image/jpeg;base64,aGk=' } },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
          { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,aGk=' } },
          { type: 'file', file: { filename: 'b.csv', file_data: 'aGk=' } },
        ],
      },
      {
        role: 'assistant',
        content: null,
        reasoning_content: 'hm',
        tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"a":1}' } }],
      },
      { role: 'tool', tool_call_id: 'call_1', content: [{ type: 'text', text: 'seen' }] },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'A cat.' },
          { type: 'refusal', refusal: 'No more.' },
        ],
      },
      { role: 'assistant', content: '', refusal: 'I will not.' },
    ],
  })
  expect(call.system).toEqual([
    { kind: 'text', text: 'Be brief.' },
    { kind: 'text', text: 'Be kind.' },
    { kind: 'cache-mark', lifetime: null },
  ])
  expect(call.messages).toEqual([
    {
      role: 'user',
      parts: [
        { kind: 'text', text: 'Look' },
        { kind: 'cache-mark', lifetime: '1h' },
        { kind: 'image', mediaType: 'image/jpeg', source: { kind: 'base64', data: 'aGk=' } },
        { kind: 'image', mediaType: null, source: { kind: 'url', url: 'https://example.com/a.png' } },
        {
          kind: 'document',
          mediaType: 'application/pdf',
          name: 'a.pdf',
          source: { kind: 'base64', data: 'aGk=' },
        },
        { kind: 'document', mediaType: 'text/csv', name: 'b.csv', source: { kind: 'base64', data: 'aGk=' } },
      ],
    },
    {
      role: 'assistant',
      parts: [
        { kind: 'reasoning', text: 'hm', signature: null },
        { kind: 'tool-call', id: 'call_1', name: 'look', argumentsJson: '{"a":1}' },
      ],
    },
    {
      role: 'user',
      parts: [
        { kind: 'tool-result', callId: 'call_1', isError: false, content: [{ kind: 'text', text: 'seen' }] },
      ],
    },
    {
      role: 'assistant',
      parts: [
        { kind: 'text', text: 'A cat.' },
        { kind: 'text', text: 'No more.' },
      ],
    },
    { role: 'assistant', parts: [{ kind: 'text', text: 'I will not.' }] },
  ])
})

it('reads every parameter that has a place', () => {
  const call = read({
    max_tokens: 5,
    max_completion_tokens: 7,
    temperature: 0.5,
    top_p: 0.9,
    stop: ['a', 'b'],
    seed: 42,
    frequency_penalty: 0.5,
    presence_penalty: -1,
    parallel_tool_calls: false,
    reasoning_effort: 'high',
    metadata: { team: 'x' },
    stream: true,
    stream_options: { include_usage: true },
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'n', schema: { type: 'object' }, strict: true },
    },
    tools: [
      {
        type: 'function',
        function: { name: 'f', description: 'd', parameters: { type: 'object' }, strict: true },
      },
      { type: 'function', function: { name: 'g' } },
    ],
    tool_choice: { type: 'function', function: { name: 'f' } },
  })
  expect(call.sampling).toEqual({
    maxTokens: 7,
    temperature: 0.5,
    topP: 0.9,
    topK: null,
    stopSequences: ['a', 'b'],
    seed: 42,
    frequencyPenalty: 0.5,
    presencePenalty: -1,
    logprobs: null,
  })
  expect(call).toMatchObject({
    parallelToolCalls: false,
    reasoning: { effort: 'high', budgetTokens: null },
    metadata: { team: 'x' },
    stream: true,
    streamUsage: true,
    responseFormat: {
      kind: 'json-schema',
      name: 'n',
      description: null,
      schema: { type: 'object' },
      strict: true,
    },
    toolChoice: { kind: 'tool', name: 'f' },
    extras: {},
  })
  expect(call.tools).toEqual([
    { name: 'f', description: 'd', schema: { type: 'object' }, strict: true, cacheMark: null },
    {
      name: 'g',
      description: null,
      schema: { type: 'object', properties: {} },
      strict: null,
      cacheMark: null,
    },
  ])
  expect(read({ stop: 'x' }).sampling.stopSequences).toEqual(['x'])
  expect(read({ response_format: { type: 'text' } }).responseFormat).toBeNull()
  expect(read({ response_format: { type: 'json_object' } }).responseFormat).toEqual({ kind: 'json-object' })
})

it('reads every tool choice', () => {
  const tools = ['f', 'g'].map((name) => ({ type: 'function', function: { name } }))
  expect(read({ tools, tool_choice: 'auto' }).toolChoice).toEqual({ kind: 'auto' })
  expect(read({ tools, tool_choice: 'none' }).toolChoice).toEqual({ kind: 'none' })
  expect(read({ tools, tool_choice: 'required' }).toolChoice).toEqual({ kind: 'any' })
  const allowed = read({
    tools,
    tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [tools[1]] } },
  })
  expect(allowed.toolChoice).toEqual({ kind: 'any', among: ['g'] })
  expect(allowed.tools.map((tool) => tool.name)).toEqual(['f', 'g'])
})

it('keeps what it has no place for, and forgets what asks for nothing', () => {
  const { extras } = read({
    user: 'u',
    store: true,
    some_new_field: [1],
    service_tier: 'scale',
    stream_options: { include_obfuscation: true },
    messages: [
      {
        role: 'user',
        name: 'Ann',
        content: [{ type: 'image_url', image_url: { url: 'https://e.com/a', detail: 'high' } }],
      },
      { role: 'system', content: 'later' },
    ],
  })
  expect(extras).toEqual({
    user: 'u',
    store: true,
    some_new_field: [1],
    service_tier: 'scale',
    'stream_options.include_obfuscation': true,
    'messages[0].name': 'Ann',
    'messages[0].content[0].image_url.detail': 'high',
    'messages[1].role': 'system',
  })
  const quiet = {
    n: 1,
    logprobs: false,
    store: false,
    service_tier: 'auto',
    user: null,
    logit_bias: {},
    modalities: ['text'],
  }
  expect(read(quiet).extras).toEqual({})
})

it('reads tiers and log probabilities', () => {
  expect(read({ service_tier: 'flex' }).serviceTier).toBe('flex')
  expect(read({ service_tier: 'default' }).serviceTier).toBe('standard')
  expect(read({}).serviceTier).toBeNull()
  expect(read({ logprobs: true, top_logprobs: 3 }).sampling.logprobs).toEqual({ alternatives: 3 })
  expect(read({ logprobs: true }).sampling.logprobs).toEqual({ alternatives: 0 })
  expect(() => read({ top_logprobs: 3 })).toThrow('top_logprobs')
})

it('refuses what would change the answer, and says what to do', () => {
  const cases: readonly (readonly [object, string])[] = [
    [{ n: 2 }, 'n'],
    [{ modalities: ['text', 'audio'] }, 'modalities'],
    [{ functions: [{ name: 'f' }] }, 'functions'],
    [{ tools: [{ type: 'custom', custom: { name: 'c' } }] }, 'tools[0].type'],
    [{ messages: [{ role: 'function', name: 'f', content: 'x' }] }, 'messages[0].role'],
    [
      {
        messages: [
          { role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'a', format: 'wav' } }] },
        ],
      },
      'messages[0].content[0].type',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'f' } }] }] },
      'messages[0].content[0].file.file_id',
    ],
    [
      { messages: [{ role: 'assistant', function_call: { name: 'f', arguments: '' } }] },
      'messages[0].function_call',
    ],
  ]
  for (const [body, field] of cases) {
    expect(said(body).code).toBe('unsupported_parameter')
    expect(said(body).details.field).toBe(field)
  }
})

it('names the field that is wrong', () => {
  const user = (part: unknown) => ({
    messages: [
      { role: 'user', content: 'a' },
      { role: 'user', content: [part] },
    ],
  })
  const cases: readonly (readonly [object, string])[] = [
    [user({ type: 7 }), 'messages[1].content[0].type'],
    [user({ type: 'video' }), 'messages[1].content[0].type'],
    [user({ type: 'text' }), 'messages[1].content[0].text'],
    [user({ type: 'image_url', image_url: { url: 'ftp://x' } }), 'messages[1].content[0].image_url.url'],
    [
      user({ type: 'image_url', image_url: { url: 'data:image/png;base64,*' } }),
      'messages[1].content[0].image_url.url',
    ],
    [user({ type: 'image_url', image_url: 'https://x' }), 'messages[1].content[0].image_url'],
    [{ messages: [{ role: 'user', content: null }] }, 'messages[0].content'],
    [{ messages: [{ role: 'king', content: 'x' }] }, 'messages[0].role'],
    [{ messages: [{ content: 'x' }] }, 'messages[0].role'],
    [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].tool_call_id'],
    [
      {
        messages: [
          { role: 'assistant', tool_calls: [{ id: 'a', type: 'function', function: { name: 'f' } }] },
        ],
      },
      'messages[0].tool_calls[0].function.arguments',
    ],
    [{ temperature: 3 }, 'temperature'],
    [{ temperature: '1' }, 'temperature'],
    [{ max_tokens: 1.5 }, 'max_tokens'],
    [{ max_completion_tokens: 0 }, 'max_completion_tokens'],
    [{ stop: [1] }, 'stop[0]'],
    [{ metadata: { a: 1 } }, 'metadata.a'],
    [{ tools: [{ type: 'function', function: {} }] }, 'tools[0].function.name'],
    [
      { tools: [{ type: 'function', function: { name: 'f', parameters: 'x' } }] },
      'tools[0].function.parameters',
    ],
    [{ tool_choice: { type: 'function', function: { name: 'f' } } }, 'tool_choice.function.name'],
    [{ tool_choice: 7 }, 'tool_choice'],
    [{ response_format: { type: 'xml' } }, 'response_format.type'],
    [{ response_format: { type: 'json_schema' } }, 'response_format.json_schema'],
    [{ stream_options: { include_usage: 'yes' } }, 'stream_options.include_usage'],
  ]
  for (const [body, field] of cases) {
    const error = said(body)
    expect([field, error.code, error.details.field]).toEqual([field, 'invalid_request', field])
  }
})
