import type { ChatCall } from '@pointsman/contract'
import type OpenAI from 'openai'
import { expect, it } from 'vitest'

import {
  about,
  claude,
  decode,
  decodeJson,
  dialects,
  encode,
  encodeJson,
  gpt,
  refusal,
  target,
} from '../testing/dialects-for-tests.ts'
import { converseCall, openaiCall } from '../testing/calls.ts'

const { openaiResponses, openaiChat, bedrockConverse } = dialects
const thinking = target({ upstreamId: 'gpt-5', abilities: { reasoning: true } })

type Body = Partial<OpenAI.Responses.ResponseCreateParams>
const scan = (body: object) => openaiResponses.scanRequest(encodeJson({ model: 'm', ...body }), null)
const read = (body: Body): ChatCall => openaiResponses.readRequest(scan(body))
const refused = (body: object) => refusal(() => openaiResponses.readRequest(scan(body)))
function written(call: ChatCall, to = gpt) {
  const { body, warnings } = openaiResponses.writeRequest(call, to)
  return { body: decodeJson(body) as Record<string, unknown>, warnings }
}

/** A conversation with everything in it that the neutral form has a word for. */
const whole: Body = {
  model: 'm',
  instructions: 'Be brief.',
  input: [
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_text', text: 'Look: Grüße 👩‍👩‍👧' },
        { type: 'input_image', detail: 'auto', image_url: 'data:image/png;base64,aGk=' },
        { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,aGk=' },
        { type: 'input_file', file_url: 'https://files.test/b.pdf' },
      ],
    },
    {
      type: 'reasoning',
      id: 'rs_1',
      summary: [{ type: 'summary_text', text: 'hm' }],
      encrypted_content: 'sealed',
    },
    { type: 'reasoning', id: 'rs_2', summary: [], encrypted_content: 'sealed too' },
    { role: 'assistant', content: 'I look.' },
    { type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{"at":1}' },
    { type: 'function_call', call_id: 'call_2', name: 'look', arguments: '{}' },
    { type: 'function_call_output', call_id: 'call_1', output: 'seen' },
    {
      type: 'function_call_output',
      call_id: 'call_2',
      output: [
        { type: 'input_text', text: 'picture:' },
        { type: 'input_image', detail: 'auto', image_url: 'https://images.test/a.png' },
      ],
    },
    { role: 'user', content: 'And?' },
  ],
  tools: [
    {
      type: 'function',
      name: 'look',
      description: 'Looks.',
      parameters: {
        type: 'object',
        properties: { at: { type: 'integer' } },
        required: ['at'],
        additionalProperties: false,
      },
      strict: true,
    },
  ],
  tool_choice: { type: 'function', name: 'look' },
  parallel_tool_calls: true,
  max_output_tokens: 100,
  temperature: 0.5,
  top_p: 0.9,
  top_logprobs: 2,
  reasoning: { effort: 'low', summary: 'auto' },
  text: {
    format: {
      type: 'json_schema',
      name: 's',
      schema: { type: 'object', additionalProperties: false },
      strict: true,
    },
    verbosity: 'low',
  },
  include: ['reasoning.encrypted_content', 'message.output_text.logprobs'],
  metadata: { a: 'b' },
  service_tier: 'default',
  safety_identifier: 'u',
  stream: true,
}

it('reads a whole request into neutral form', () => {
  const call = read(whole)
  expect(call).toMatchObject({
    system: [{ kind: 'text', text: 'Be brief.' }],
    toolChoice: { kind: 'tool', name: 'look' },
    parallelToolCalls: true,
    sampling: { maxTokens: 100, temperature: 0.5, topP: 0.9, logprobs: { alternatives: 2 } },
    responseFormat: { kind: 'json-schema', name: 's', strict: true },
    reasoning: { effort: 'low', budgetTokens: null, summary: 'auto' },
    serviceTier: 'standard',
    metadata: { a: 'b' },
    stream: true,
    extras: { safety_identifier: 'u', verbosity: 'low' },
  })
  expect(call.messages.map(({ role, parts }) => [role, parts.map(({ kind }) => kind)])).toEqual([
    ['user', ['text', 'image', 'document', 'document']],
    ['assistant', ['reasoning', 'redacted-reasoning', 'text', 'tool-call', 'tool-call']],
    ['user', ['tool-result']],
    ['user', ['tool-result']],
    ['user', ['text']],
  ])
  expect(call.messages[1]?.parts[0]).toEqual({
    kind: 'reasoning',
    text: 'hm',
    signature: { signer: 'openai', value: 'sealed' },
  })
})

it('writes again what it read, and stores nothing', () => {
  const { body, warnings } = written(read(whole))
  expect(warnings).toEqual([])
  const items = (whole.input as object[]).map((item): Record<string, unknown> =>
    Object.fromEntries(Object.entries(item).filter(([name]) => name !== 'id')),
  )
  expect(body).toEqual({
    ...whole,
    model: 'gpt-4o',
    input: items.map((item) =>
      item['role'] === undefined
        ? item
        : {
            type: 'message',
            ...item,
            content: item['content'] === 'And?' ? [{ type: 'input_text', text: 'And?' }] : item['content'],
          },
    ),
    store: false,
  })
})

it('reads a plain text, and says nothing that was not asked', () => {
  const { body } = written(read({ input: 'hi' }))
  expect(body).toEqual({
    model: 'gpt-4o',
    input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] }],
    store: false,
  })
  expect(written(read({ input: 'hi' }), thinking).body['include']).toEqual(['reasoning.encrypted_content'])
})

it.each([
  [{}, 'input'],
  [{ input: [] }, 'input'],
  [{ input: 7 }, 'input'],
  [{ input: [7] }, 'input[0]'],
  [{ input: [{ role: 'tool', content: 'a' }] }, 'input[0].role'],
  [{ input: [{ role: 'user' }] }, 'input[0].content'],
  [{ input: [{ role: 'user', content: [{ type: 'video' }] }] }, 'input[0].content[0].type'],
  [{ input: [{ role: 'user', content: [{ type: 'input_image' }] }] }, 'input[0].content[0].image_url'],
  [
    { input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'file:x' }] }] },
    'input[0].content[0].image_url',
  ],
  [
    { input: [{ role: 'user', content: [{ type: 'input_file', file_data: 'aGk=' }] }] },
    'input[0].content[0].file_data',
  ],
  [{ input: [{ type: 'function_call', name: 'f', arguments: '{}' }] }, 'input[0].call_id'],
  [{ input: [{ type: 'function_call_output', call_id: 'c', output: 7 }] }, 'input[0].output'],
  [{ input: [{ type: 'reasoning', summary: 'x' }] }, 'input[0].summary'],
  [{ input: 'a', tools: [{ name: 'f' }] }, 'tools[0].type'],
  [{ input: 'a', tools: [{ type: 'function' }] }, 'tools[0].name'],
  [{ input: 'a', tool_choice: { type: 'function', name: 'f' } }, 'tool_choice.name'],
  [
    {
      input: [
        { role: 'user', content: 'a' },
        { type: 'additional_tools', tools: ['f'] },
      ],
    },
    'input[1].tools[0]',
  ],
  [
    {
      input: [
        { role: 'user', content: 'a' },
        { type: 'additional_tools', tools: {} },
      ],
    },
    'input[1].tools',
  ],
  [{ input: 'a', tool_choice: 7 }, 'tool_choice'],
  [{ input: 'a', text: { format: { type: 'xml' } } }, 'text.format.type'],
  [{ input: 'a', reasoning: { effort: 7 } }, 'reasoning.effort'],
  [{ input: 'a', max_output_tokens: 0 }, 'max_output_tokens'],
  [{ input: 'a', include: 'x' }, 'include'],
])('refuses %j for its %s', (body, field) => {
  expect(refused(body)).toMatchObject({ code: 'invalid_request', details: { field } })
})

it.each([
  [{ previous_response_id: 'resp_1' }, 'previous_response_id'],
  [{ conversation: 'conv_1' }, 'conversation'],
  [{ prompt: { id: 'p' } }, 'prompt'],
  [{ background: true }, 'background'],
  [{ input: [{ id: 'msg_1' }] }, 'input[0]'],
  [{ input: [{ type: 'item_reference', id: 'msg_1' }] }, 'input[0]'],
  [
    { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'f' }] }] },
    'input[0].content[0].file_id',
  ],
  [{ tool_choice: { type: 'web_search' } }, 'tool_choice.type'],
])('only OpenAI itself honours %j, which passes there as it is', (body, field) => {
  const asked = { input: 'a', ...body }
  expect(refused(asked)).toMatchObject({ code: 'unsupported_parameter', details: { field } })
  const passed = openaiResponses.passRequest(scan(asked), gpt)
  expect(decodeJson(passed.body)).toEqual({ model: 'gpt-4o', ...asked })
  expect(passed.hideUsage).toBe(false)
})

it("sends OpenAI's own tools and items to OpenAI, and refuses them for anybody else", () => {
  const search = { type: 'web_search' } as const
  const call = read({ input: 'a', tools: [search] })
  expect(written(call).body['tools']).toEqual([search])
  const item = { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search' } }
  const second = openaiResponses.readRequest(scan({ input: [item, { role: 'user', content: 'a' }] }))
  expect(written(second).body['input']).toContainEqual(item)
  for (const other of [call, second]) {
    for (const dialect of [openaiChat, bedrockConverse]) {
      expect(refusal(() => dialect.writeRequest(other, claude(4.5))).code).toBe('unsupported_parameter')
    }
  }
})

it('passes bytes with the model replaced and nothing else', () => {
  const text = '{ "input" : "hi", "model":"use-case/x" ,"n":12345678901234567890,"stream":true}'
  const scanned = openaiResponses.scanRequest(encode(text), null)
  expect(scanned.stream).toBe(true)
  expect(decode(openaiResponses.passRequest(scanned, gpt).body)).toBe(text.replace('use-case/x', 'gpt-4o'))
  const empty = openaiResponses.scanRequest(encode('{}'), null)
  expect(decode(openaiResponses.passRequest(empty, gpt).body)).toBe('{"model":"gpt-4o"}')
})

it('leaves out thoughts of its own ids that OpenAI would look up in vain, and leaves OpenAI’s to it', () => {
  const thought = (id: string, more: object = {}) => ({
    input: [
      { type: 'reasoning', id, summary: [{ type: 'summary_text', text: 'hm' }], ...more },
      { role: 'assistant', content: 'b' },
      { role: 'user', content: 'c' },
    ],
  })
  const ours = thought('rs_0b0dbd0e-7f42-4f5e-9d8b-0a1d3a0a8f0c_0', { encrypted_content: null })
  expect(scan(ours).marked).toBe(true)
  const { body, warnings } = written(openaiResponses.readRequest(scan(ours)))
  expect(body['input']).toMatchObject([{ role: 'assistant' }, { role: 'user' }])
  expect(warnings).toEqual([expect.stringMatching(/^messages: reasoning/)])
  expect(scan(thought('rs_68af4030baa48193b0b43b4c2a176a1a')).marked).toBe(false)
})

it('tells routing what it needs', () => {
  expect(scan(whole)).toMatchObject({
    model: 'm',
    stream: true,
    marked: false,
    needs: { tools: true, images: true, documents: true, jsonSchema: true, reasoning: true },
  })
  expect(scan({ input: 'hi' }).needs).toMatchObject({
    tools: false,
    images: false,
    documents: false,
    jsonSchema: false,
    reasoning: false,
  })
})

it('knows a history that holds the reasoning of another vendor, and leaves that out for OpenAI', () => {
  const sealed = 'cG9pbnRzbWFu' + btoa('anthropic:theirs')
  const body = {
    input: [
      { role: 'user', content: 'a' },
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: sealed },
      { role: 'assistant', content: 'b' },
      { role: 'user', content: 'c' },
    ],
  }
  expect(scan(body).marked).toBe(true)
  const { body: sent, warnings } = written(openaiResponses.readRequest(scan(body)))
  expect(JSON.stringify(sent)).not.toContain('reasoning')
  expect(warnings).toHaveLength(1)
})

it('leaves out reasoning that nothing follows, and gives long ids of calls another', () => {
  const id = 'x'.repeat(70)
  const call = read({
    input: [
      { role: 'user', content: 'a' },
      { type: 'function_call', call_id: id, name: 'f', arguments: '' },
      { type: 'function_call_output', call_id: id, output: 'r' },
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'sealed' },
    ],
  })
  const { body, warnings } = written(call)
  const input = body['input'] as Record<string, string>[]
  expect(input.map((item) => item['type'])).toEqual(['message', 'function_call', 'function_call_output'])
  expect(input[1]?.['call_id']).toMatch(/^call_[0-9a-f]{16}$/)
  expect(input[2]?.['call_id']).toBe(input[1]?.['call_id'])
  expect(warnings).toEqual(['messages: reasoning that nothing follows was left out'])
})

it('takes calls of other faces, and refuses what the API has no word for', () => {
  const chat = openaiCall({
    messages: [
      { role: 'system', content: 's' },
      { role: 'user', content: 'a' },
    ],
    tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }],
    reasoning_effort: 'low',
    seed: 7,
  })
  const { body, warnings } = written(chat)
  expect(body).toMatchObject({
    instructions: 's',
    tools: [{ type: 'function', name: 'f', strict: false }],
    reasoning: { effort: 'low' },
    include: ['reasoning.encrypted_content'],
  })
  expect(warnings).toHaveLength(1)
  const stop = converseCall({ inferenceConfig: { stopSequences: ['x'] } })
  expect(refusal(() => written(stop)).details.field).toBe('stop')
})

it('goes to other dialects with what they need', () => {
  const call = read({ ...whole, top_logprobs: 0, include: [] })
  const plain = { ...call, sampling: { ...call.sampling, logprobs: null } }
  const chat = decodeJson(openaiChat.writeRequest({ ...plain, messages: call.messages.slice(4) }, gpt).body)
  expect(chat).toMatchObject({ verbosity: 'low', reasoning_effort: 'low', max_completion_tokens: 100 })
})

it('counts the input of the same request', () => {
  const form = openaiResponses.countTokens
  if (form === null) throw new Error('the dialect counts tokens')
  const scanned = form.scanRequest(encodeJson({ model: 'm', input: 'hi', stream: true }), null)
  expect(scanned.stream).toBe(false)
  expect(decodeJson(form.passRequest(scanned, gpt).body)).toMatchObject({ model: 'gpt-4o', input: 'hi' })
  const { body } = form.writeRequest(read(whole), gpt)
  expect(Object.keys(decodeJson(body) as object).sort()).toEqual([
    'input',
    'instructions',
    'model',
    'parallel_tool_calls',
    'reasoning',
    'text',
    'tool_choice',
    'tools',
  ])
  const result = form.readResult(encode('{"object":"response.input_tokens","input_tokens":11}'))
  expect(result.inputTokens).toBe(11)
  expect(decode(form.writeResult(result, { ...aboutOfCount }))).toBe(
    '{"object":"response.input_tokens","input_tokens":11}',
  )
  expect(refusal(() => form.readResult(encode('{"input_tokens":-1}'))).code).toBe('upstream_broken')
})

const aboutOfCount = { ...about, answerId: '1', model: 'm' }

it('asks for as many tokens as the API takes at least', () => {
  const { body, warnings } = written(openaiCall({ max_tokens: 1 }))
  expect(body).toMatchObject({ max_output_tokens: 16 })
  expect(warnings).toEqual(['max_tokens: this API takes at least 16, which was sent'])
})

it('asks for JSON in its input, where instructions alone speak of it', () => {
  const response_format = { type: 'json_object' }
  const system = { role: 'system', content: 'Answer as JSON.' }
  const { body, warnings } = written(
    openaiCall({ response_format, messages: [system, { role: 'user', content: 'a' }] }),
  )
  expect(body['input']).toMatchObject([{ role: 'developer', content: 'Answer in JSON.' }, { role: 'user' }])
  expect(warnings).toEqual([expect.stringMatching(/^response_format: .*JSON/)])
  const said = written(openaiCall({ response_format, messages: [{ role: 'user', content: 'a json' }] }))
  expect([said.warnings, said.body['input']]).toMatchObject([[], [{ role: 'user' }]])
})
