import { expect, it } from 'vitest'

import {
  anthropicCall,
  converseCall,
  openaiCall,
  refusedByAnthropic,
  user,
  writeAnthropic,
} from '../testing/calls.ts'
import { claude, decode, dialects, encodeJson, gpt, refusal } from '../testing/dialects-for-tests.ts'

const { anthropicMessages, openaiChat } = dialects
const scan = (body: object) =>
  anthropicMessages.scanRequest(encodeJson({ model: 'm', messages: [user], ...body }), null)

const png = 'iVBORw0KGgo='
const weather = { name: 'get_weather', description: 'd', input_schema: { type: 'object', properties: {} } }
const call = { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { n: 1 } }
const result = { type: 'tool_result', tool_use_id: 'toolu_1', content: 'sunny' }

it('tells routing what a request needs', () => {
  expect(scan({}).needs).toMatchObject({ tools: false, images: false, reasoning: false, jsonSchema: false })
  expect(scan({ tools: [weather] }).needs.tools).toBe(true)
  expect(scan({ tools: [weather], tool_choice: { type: 'none' } }).needs.tools).toBe(false)
  expect(scan({ thinking: { type: 'adaptive' } }).needs.reasoning).toBe(true)
  expect(scan({ thinking: { type: 'disabled' } }).needs.reasoning).toBe(false)
  expect(scan({ output_config: { format: { type: 'json_schema' } } }).needs.jsonSchema).toBe(true)
  const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } }
  const withImage = { role: 'user', content: [{ ...result, content: [image] }] }
  expect(scan({ messages: [withImage] }).needs).toMatchObject({ tools: true, images: true })
  expect(scan({ stream: true }).stream).toBe(true)
})

it('knows what this server wrote for another vendor, which Anthropic would refuse', () => {
  const marked = (block: object) => scan({ messages: [user, { role: 'assistant', content: [block] }] }).marked
  expect(marked({ type: 'thinking', thinking: 't', signature: 'EqQB' })).toBe(false)
  expect(marked({ type: 'thinking', thinking: 't', signature: '' })).toBe(true)
  expect(marked({ type: 'thinking', thinking: 't', signature: 'cG9pbnRzbWFuYQ==' })).toBe(true)
  expect(marked({ type: 'redacted_thinking', data: 'cG9pbnRzbWFuYQ==' })).toBe(true)
  expect(marked(call)).toBe(false)
  expect(marked({ ...call, id: 'call:1' })).toBe(true)
  const cited = {
    type: 'text',
    text: 't',
    citations: [{ type: 'web_search_result_location', encrypted_index: '' }],
  }
  expect(marked(cited)).toBe(true)
})

it('reads system texts, blocks and marks wherever they stand', () => {
  const cache_control = { type: 'ephemeral', ttl: '1h' }
  const read = anthropicCall({
    system: [{ type: 'text', text: 'Be kind.', cache_control }],
    tools: [{ ...weather, cache_control: { type: 'ephemeral' } }],
    messages: [
      user,
      { role: 'system', content: 'Be short.' },
      { role: 'assistant', content: [call] },
      { role: 'user', content: [{ ...result, content: [{ type: 'text', text: 'sunny', cache_control }] }] },
    ],
    cache_control: { type: 'ephemeral' },
  })
  const hour = { kind: 'cache-mark', lifetime: '1h' }
  expect(read.system).toEqual([
    { kind: 'text', text: 'Be kind.' },
    hour,
    { kind: 'text', text: 'Be short.', at: 1 },
  ])
  expect(read.tools[0]?.cacheMark).toEqual({ kind: 'cache-mark', lifetime: null })
  expect(read.messages.at(-1)?.parts).toMatchObject([{ kind: 'tool-result', callId: 'toolu_1' }, hour])
  expect(read.extras).toEqual({ 'messages[1].role': 'system' })
})

it('reads images, documents, thoughts and what only Anthropic knows', () => {
  const blocks = [
    { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } },
    { type: 'image', source: { type: 'url', url: 'https://a/b.png' } },
    { type: 'document', title: 'T', source: { type: 'text', media_type: 'text/plain', data: 'words' } },
    { type: 'document', source: { type: 'url', url: 'https://a/b.pdf' } },
    {
      type: 'document',
      citations: { enabled: true },
      source: { type: 'text', media_type: 'text/plain', data: 'w' },
    },
    { type: 'image', source: { type: 'file', file_id: 'file_1' } },
    { type: 'search_result', title: 't', source: 's', content: [] },
  ]
  const parts = anthropicCall({ messages: [{ role: 'user', content: blocks }] }).messages[0]?.parts
  expect(parts).toMatchObject([
    { kind: 'image', mediaType: 'image/png', source: { kind: 'base64', data: png } },
    { kind: 'image', mediaType: null, source: { kind: 'url' } },
    { kind: 'document', name: 'T', source: { kind: 'text', text: 'words' } },
    { kind: 'document', mediaType: 'application/pdf', source: { kind: 'url' } },
    { kind: 'document', cited: true, source: { kind: 'text', text: 'w' } },
    { kind: 'foreign', name: 'image' },
    { kind: 'text', text: 't (s)', searchResult: { title: 't', source: 's', texts: [], cited: false } },
  ])
  const thoughts = [
    { type: 'thinking', thinking: 'hm', signature: 'EqQB' },
    { type: 'redacted_thinking', data: 'EmwK' },
    { type: 'server_tool_use', id: 's', name: 'web_search', input: {} },
  ]
  const said = anthropicCall({ messages: [user, { role: 'assistant', content: thoughts }] }).messages[1]
    ?.parts
  expect(said).toEqual([
    { kind: 'reasoning', text: 'hm', signature: { signer: 'anthropic', value: 'EqQB' } },
    { kind: 'redacted-reasoning', data: { signer: 'anthropic', value: 'EmwK' } },
    { kind: 'foreign', dialect: 'anthropic-messages', name: 'server_tool_use', value: thoughts[2] },
  ])
})

it('reads parameters, and refuses wrong ones with their field', () => {
  const read = anthropicCall({
    top_k: 5,
    stop_sequences: ['END'],
    metadata: { user_id: 'u' },
    service_tier: 'standard_only',
    thinking: { type: 'enabled', budget_tokens: 2_000 },
    output_config: { effort: 'low', format: { type: 'json_schema', schema: { type: 'object' } } },
    tools: [weather],
    tool_choice: { type: 'tool', name: 'get_weather', disable_parallel_tool_use: true },
    inference_geo: 'us',
  })
  expect(read).toMatchObject({
    sampling: { maxTokens: 100, topK: 5, stopSequences: ['END'] },
    metadata: { user_id: 'u' },
    serviceTier: 'standard',
    reasoning: { effort: 'low', budgetTokens: 2_000 },
    responseFormat: { kind: 'json-schema', schema: { type: 'object' } },
    toolChoice: { kind: 'tool', name: 'get_weather' },
    parallelToolCalls: false,
    extras: { inference_geo: 'us' },
  })
  const field = (body: object) => refusal(() => anthropicCall(body)).details.field
  expect(field({ temperature: 2 })).toBe('temperature')
  expect(field({ service_tier: 'fast' })).toBe('service_tier')
  expect(field({ tool_choice: { type: 'some' } })).toBe('tool_choice.type')
  expect(field({ messages: [{ role: 'user', content: [{ type: 'text' }] }] })).toBe(
    'messages[0].content[0].text',
  )
  expect(field({ messages: [{ role: 'tool', content: 'x' }] })).toBe('messages[0].role')
})

it("refuses for other vendors what only Anthropic's own tools and regions do", () => {
  const refusedByOpenai = (body: object) =>
    refusal(() => openaiChat.writeRequest(anthropicCall(body), claude(4.5))).details.field
  expect(refusedByOpenai({ tools: [{ type: 'web_search_20250305', name: 'web_search' }] })).toBe('tools[0]')
  expect(refusedByOpenai({ mcp_servers: [{}] })).toBe('mcp_servers')
  expect(refusedByOpenai({ inference_geo: 'eu' })).toBe('inference_geo')
})

it('writes again what it read, for the same vendor', () => {
  const body = {
    max_tokens: 100,
    system: [{ type: 'text', text: 'Be kind.', cache_control: { type: 'ephemeral' } }],
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'hi' }] },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'hm', signature: 'EqQB' },
          { type: 'redacted_thinking', data: 'EmwK' },
          call,
        ],
      },
      { role: 'user', content: [result, { type: 'search_result', title: 't', source: 's', content: [] }] },
    ],
    tools: [
      { type: 'web_search_20250305', name: 'web_search', max_uses: 2 },
      { ...weather, input_examples: [{ n: 1 }] },
    ],
    tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    thinking: { type: 'between_tools' },
    stop_sequences: ['END'],
    metadata: { user_id: 'u' },
    service_tier: 'standard_only',
  }
  const written = writeAnthropic(anthropicCall(body), claude(5.5))
  expect(written).toEqual({ body: { ...body, model: 'eu.anthropic.claude-sonnet' }, warnings: [] })
})

it('asks for thinking as each generation takes it', () => {
  const asked = { reasoning_effort: 'low', max_tokens: 5_000, temperature: 0.5 }
  expect(writeAnthropic(openaiCall(asked), claude(4.5)).body).toMatchObject({
    thinking: { type: 'enabled', budget_tokens: 1_024 },
    max_tokens: 5_000,
  })
  const adaptive = writeAnthropic(openaiCall(asked), claude(5.5))
  expect(adaptive.body).toMatchObject({ thinking: { type: 'adaptive' }, output_config: { effort: 'low' } })
  expect(adaptive.body).not.toHaveProperty('temperature')
  const summarized = anthropicCall({ thinking: { type: 'adaptive', display: 'summarized' } })
  expect(writeAnthropic(summarized, claude(5.5)).body['thinking']).toEqual({
    type: 'adaptive',
    display: 'summarized',
  })
})

it('asks for the rest of an answer that the caller began where the model goes on with none', () => {
  const cache_control = { type: 'ephemeral' }
  const text = { type: 'text', text: 'Once', cache_control }
  const begun = anthropicCall({ messages: [user, { role: 'assistant', content: [text] }] })
  expect(writeAnthropic(begun, claude(4.5)).body['messages']).toHaveLength(2)
  const { body, warnings } = writeAnthropic(begun, claude(4.6))
  expect(body['messages']).toEqual([
    { role: 'user', content: [{ type: 'text', text: 'hi' }] },
    { role: 'assistant', content: [text] },
    { role: 'user', content: [{ type: 'text', text: expect.stringContaining('Continue') as string }] },
  ])
  expect(warnings).toEqual([expect.stringMatching(/^messages: .*begun for it/)])
  const call = { type: 'tool_use', id: 'toolu_1', name: 'f', input: {} }
  const open = anthropicCall({ messages: [user, { role: 'assistant', content: [call] }] })
  expect(writeAnthropic(open, claude(4.6)).body['messages']).toHaveLength(2)
})

it("sends the model's own limit where the caller gave none, and clamps what is beyond the vendor's", () => {
  const { body, warnings } = writeAnthropic(openaiCall({ temperature: 1.5, top_p: 0.9 }), claude(3.5))
  expect(body).toMatchObject({ max_tokens: 64_000, temperature: 1, top_p: 0.9 })
  expect(warnings).toEqual(['temperature: this model takes at most 1, which was sent'])
  expect(writeAnthropic(openaiCall({ max_tokens: 999_999 })).body['max_tokens']).toBe(64_000)
})

it('mends a history of another vendor', () => {
  const toolCall = (id: string) => ({ id, type: 'function', function: { name: 'f', arguments: '{"a":1}' } })
  const { body, warnings } = writeAnthropic(
    openaiCall({
      messages: [
        user,
        { role: 'assistant', content: ' ', reasoning_content: 'hm', tool_calls: [toolCall('call:0')] },
        { role: 'tool', tool_call_id: 'call:0', content: 'one' },
        { role: 'assistant', tool_calls: [toolCall('call:0'), toolCall('b')] },
        { role: 'tool', tool_call_id: 'b', content: 'three' },
        { role: 'user', content: 'and?' },
        { role: 'tool', tool_call_id: 'call:0', content: 'two' },
        { role: 'assistant', content: 'I think \n' },
      ],
    }),
  )
  const messages = body['messages'] as readonly {
    role: string
    content: readonly Record<string, unknown>[]
  }[]
  expect(messages.map(({ role }) => role)).toEqual([
    'user',
    'assistant',
    'user',
    'assistant',
    'user',
    'assistant',
  ])
  const [, first, answered, second, both, last] = messages
  const ids = [first?.content[0]?.['id'], second?.content[0]?.['id']]
  expect(new Set(ids).size).toBe(2)
  for (const id of ids) expect(id).toMatch(/^call_[0-9a-f]{16}$/)
  expect(answered?.content).toEqual([{ type: 'tool_result', tool_use_id: ids[0], content: 'one' }])
  expect(both?.content.map((block) => block['tool_use_id'] ?? block['text'])).toEqual(['b', ids[1], 'and?'])
  expect(last?.content).toEqual([{ type: 'text', text: 'I think' }])
  // Its tools are declared, and cannot be called.
  expect(body).toMatchObject({ tools: [{ name: 'f' }], tool_choice: { type: 'none' } })
  expect(warnings).toHaveLength(3)
})

it('puts texts before calls, and leaves thoughts where they are', () => {
  const thought = { type: 'thinking', thinking: 'hm', signature: 'EqQB' }
  const said = { type: 'text', text: 'I look.', cache_control: { type: 'ephemeral' } }
  const written = writeAnthropic(
    anthropicCall({
      messages: [
        user,
        { role: 'assistant', content: [thought, call] },
        { role: 'assistant', content: [said] },
        { role: 'user', content: [result] },
      ],
    }),
  )
  expect(written.body['messages']).toMatchObject([
    {},
    { content: [thought, said, call] },
    { content: [result] },
  ])
})

it('writes no mark of an hour behind one of five minutes', () => {
  const block = (ttl?: string) => ({ type: 'text', text: 'x', cache_control: { type: 'ephemeral', ttl } })
  const call = anthropicCall({
    system: [block('1h'), block()],
    messages: [{ role: 'user', content: [block('1h'), block('5m')] }],
  })
  const { body, warnings } = writeAnthropic(call, claude(4.5))
  expect(body).toMatchObject({
    system: [block('1h'), { cache_control: { type: 'ephemeral' } }],
    messages: [{ content: [block('5m'), block('5m')] }],
  })
  expect(warnings).toEqual([
    'cache: this API caches nothing for an hour behind what it caches for five minutes, which was asked for',
  ])
})

it('keeps the last four cache marks, and none on thoughts', () => {
  const marked = { type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }
  const many = writeAnthropic(anthropicCall({ messages: [{ role: 'user', content: Array(6).fill(marked) }] }))
  const [message] = many.body['messages'] as readonly { content: readonly Record<string, unknown>[] }[]
  expect(message?.content.map((block) => block['cache_control'] !== undefined)).toEqual([
    ...[false, false],
    ...[true, true, true, true],
  ])
  expect(many.warnings).toHaveLength(1)
})

it("takes OpenAI's word for the user, and Converse's system blocks", () => {
  expect(writeAnthropic(openaiCall({ user: 'u-1' })).body['metadata']).toEqual({ user_id: 'u-1' })
  const call = converseCall({ system: [{ text: 'Be kind.' }], inferenceConfig: { maxTokens: 5 } })
  expect(writeAnthropic(call).body).toMatchObject({ system: 'Be kind.', max_tokens: 5 })
})

it('writes documents as PDF or text, and refuses others', () => {
  const file = (mediaType: string, text: string) => ({
    role: 'user',
    content: [{ type: 'file', file: { filename: 'a', file_data: `data:${mediaType};base64,${btoa(text)}` } }],
  })
  const source = (mediaType: string) => {
    const { body } = writeAnthropic(openaiCall({ messages: [file(mediaType, 'words')] }))
    return (body['messages'] as readonly { content: readonly Record<string, unknown>[] }[])[0]?.content[0]?.[
      'source'
    ]
  }
  expect(source('application/pdf')).toEqual({
    type: 'base64',
    media_type: 'application/pdf',
    data: btoa('words'),
  })
  expect(source('text/csv')).toEqual({ type: 'text', media_type: 'text/plain', data: 'words' })
  expect(refusedByAnthropic(openaiCall({ messages: [file('application/msword', 'x')] })).code).toBe(
    'unsupported_parameter',
  )
})

it('passes bytes with only the name of the model replaced, and counts tokens without what steers an answer', () => {
  const text =
    '{ "max_tokens":1, "model" : "x", "messages":[{"role":"user","content":"h"}], "new_field": 1.0 }'
  const passed = anthropicMessages.passRequest(
    anthropicMessages.scanRequest(new TextEncoder().encode(text), null),
    claude(5),
  )
  expect(decode(passed.body)).toBe(text.replace('"x"', '"eu.anthropic.claude-sonnet"'))
  const written = anthropicMessages.countTokens?.writeRequest(
    openaiCall({ temperature: 0.1, max_tokens: 5 }),
    claude(4.5),
  )
  expect(JSON.parse(new TextDecoder().decode(written?.body))).toEqual({
    model: 'eu.anthropic.claude-sonnet',
    messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
  })
})

const found = { type: 'new_kind', title: 't' }
const findings = (id: string) => [
  user,
  { role: 'assistant', content: [{ ...call, id }] },
  { role: 'user', content: [{ ...result, tool_use_id: id, content: [found] }] },
]

it('keeps a call and a result that only Anthropic can read together when the id has to change', () => {
  const { body } = writeAnthropic(anthropicCall({ messages: findings('functions.a:0') }))
  const ids = JSON.stringify(body['messages']).match(/"(?:tool_use_)?id":"[^"]+"/g) ?? []
  expect(ids).toHaveLength(2)
  expect(new Set(ids.map((one) => one.split(':')[1])).size).toBe(1)
  expect(JSON.stringify(body)).toContain(JSON.stringify(found))
})

it('names the block that only Anthropic takes, not the result around it', () => {
  const { message } = refusal(() =>
    dialects.openaiChat.writeRequest(anthropicCall({ messages: findings('a') }), gpt),
  )
  expect(message).toContain('"new_kind inside tool_result"')
})
