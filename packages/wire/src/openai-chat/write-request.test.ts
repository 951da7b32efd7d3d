import type { ChatCall } from '@pointsman/contract'
import { expect, it } from 'vitest'

import type { WriteTarget } from '../dialect.ts'
import { geminiCall, openaiCall } from '../testing/calls.ts'
import { decodeJson, dialects, encodeJson, gpt, refusal } from '../testing/dialects-for-tests.ts'

const { openaiChat, openaiResponses, bedrockConverse } = dialects
const readOpenai = (body: object): ChatCall =>
  openaiChat.readRequest(openaiChat.scanRequest(encodeJson({ model: 'm', ...body }), null))
const readConverse = (body: object): ChatCall =>
  bedrockConverse.readRequest(bedrockConverse.scanRequest(encodeJson(body), false))
const write = (call: ChatCall) => {
  const { body, warnings } = openaiChat.writeRequest(call, gpt)
  return { body: decodeJson(body), warnings }
}

const closed = { type: 'object', properties: {}, required: [], additionalProperties: false }

it('writes back what it read', () => {
  const body = {
    messages: [
      { role: 'system', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=' } },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } },
          { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,aGk=' } },
        ],
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          {
            id: 'call_1',
            type: 'function',
            function: { name: 'f', arguments: '{"id":12345678901234567890}' },
          },
          { id: 'call_2', type: 'function', function: { name: 'f', arguments: '{"cut":' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'one' },
      { role: 'tool', tool_call_id: 'call_2', content: 'two' },
      { role: 'assistant', content: 'done' },
      { role: 'user', content: 'thanks' },
    ],
    tools: [
      {
        type: 'function',
        function: { name: 'f', description: 'd', parameters: closed, strict: true },
      },
    ],
    tool_choice: { type: 'function', function: { name: 'f' } },
    parallel_tool_calls: false,
    max_completion_tokens: 9,
    temperature: 1.5,
    top_p: 0.5,
    stop: ['x'],
    seed: 1,
    frequency_penalty: 1,
    presence_penalty: 1,
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'n', description: 'd', strict: true, schema: closed },
    },
    reasoning_effort: 'low',
    metadata: { a: 'b' },
    store: true,
    stream: true,
    stream_options: { include_usage: true },
    logit_bias: { '50256': -100 },
    user: 'u',
    service_tier: 'flex',
  }
  expect(write(readOpenai(body))).toEqual({ body: { ...body, model: 'gpt-4o' }, warnings: [] })
})

it('asks for usage in every stream: nothing else tells what it cost', () => {
  const call = readOpenai({ messages: [{ role: 'user', content: 'a' }], stream: true })
  expect(write(call).body).toMatchObject({ stream_options: { include_usage: true } })
})

it('writes a Converse request, and says what was left out', () => {
  const { body, warnings } = write(
    readConverse({
      system: [{ text: 'Be brief.' }, { cachePoint: { type: 'default' } }],
      messages: [
        { role: 'user', content: [{ text: 'Weather?' }] },
        {
          role: 'assistant',
          content: [
            { reasoningContent: { reasoningText: { text: 'hm', signature: 's' } } },
            { toolUse: { toolUseId: 't1', name: 'weather', input: { city: 'Oslo' } } },
          ],
        },
        {
          role: 'user',
          content: [
            { text: 'Here:' },
            {
              toolResult: {
                toolUseId: 't1',
                status: 'error',
                content: [{ json: { c: 3 } }, { text: 'cold' }],
              },
            },
          ],
        },
      ],
      toolConfig: {
        tools: [{ toolSpec: { name: 'weather', inputSchema: { json: { type: 'object' } } } }],
        toolChoice: { any: {} },
      },
      inferenceConfig: { maxTokens: 5 },
      additionalModelRequestFields: { top_k: 5 },
      performanceConfig: { latency: 'optimized' },
    }),
  )
  expect(body).toEqual({
    model: 'gpt-4o',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Weather?' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 't1', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
        ],
      },
      { role: 'tool', tool_call_id: 't1', content: '{"c":3}\ncold' },
      { role: 'user', content: 'Here:' },
    ],
    tools: [
      { type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } },
    ],
    tool_choice: 'required',
    max_completion_tokens: 5,
  })
  expect(warnings.map((warning) => warning.split(':')[0])).toEqual([
    'performanceConfig',
    'system',
    'messages',
    'messages',
    'top_k',
  ])
})

it('refuses what only Bedrock has', () => {
  const messages = [{ role: 'user', content: [{ text: 'a' }] }]
  const cases: readonly object[] = [
    { messages, guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: '1' } },
    { messages, toolConfig: { tools: [{ systemTool: { name: 'nova_grounding' } }] } },
    { messages, system: [{ guardContent: { text: { text: 'x' } } }] },
    { messages: [{ role: 'user', content: [{ video: { format: 'mp4', source: { bytes: 'aGk=' } } }] }] },
    {
      messages: [
        {
          role: 'user',
          content: [{ image: { format: 'png', source: { s3Location: { uri: 's3://b/k' } } } }],
        },
      ],
    },
  ]
  for (const body of cases) {
    expect(refusal(() => write(readConverse(body))).code).toBe('unsupported_parameter')
  }
})

const question = { messages: [{ role: 'user', content: 'a' }] }

it('leaves out what models of OpenAI refuse, with a warning', () => {
  const plain = { ...gpt, model: { ...gpt.model, abilities: { ...gpt.model.abilities, reasoning: false } } }
  const call = readOpenai({ ...question, metadata: { a: 'b' }, reasoning_effort: 'low' })
  const { body, warnings } = openaiChat.writeRequest(call, plain)
  expect(decodeJson(body)).toEqual({ model: 'gpt-4o', ...question })
  expect(warnings.map((text) => text.split(':')[0])).toEqual(['reasoning_effort', 'metadata'])
})

it('names the user of other faces as OpenAI does', () => {
  const call = { ...readOpenai(question), metadata: { user_id: 'u-1' } }
  expect(write(call)).toEqual({
    body: { model: 'gpt-4o', ...question, safety_identifier: 'u-1' },
    warnings: [],
  })
  const local = { ...gpt, model: { ...gpt.model, vendor: 'meta' } }
  expect(decodeJson(openaiChat.writeRequest(call, local).body)).toMatchObject({ user: 'u-1' })
  expect(write({ ...call, metadata: { user_id: 'u'.repeat(65) } }).warnings).toHaveLength(1)
})

it('is strict where the schema is one that OpenAI takes so', () => {
  const format = (schema: object) => {
    const written = write(
      readOpenai({
        ...question,
        response_format: { type: 'json_schema', json_schema: { name: 'n', schema, strict: true } },
      }),
    )
    const { response_format: sent } = written.body as { response_format: { json_schema: object } }
    return ['strict' in sent.json_schema, written.warnings.length]
  }
  const nested = { ...closed, properties: { a: { anyOf: [closed, { type: 'null' }] } }, required: ['a'] }
  expect([closed, nested].map(format)).toEqual([
    [true, 0],
    [true, 0],
  ])
  const loose = [
    { type: 'object' },
    { ...nested, required: [] },
    { ...closed, minProperties: 1 },
    { type: 'array', items: closed },
    { ...closed, properties: { a: { type: 'object' } }, required: ['a'] },
  ]
  expect(loose.map(format)).toEqual(loose.map(() => [false, 1]))
})

it('sends PDF as a file and text as text, and refuses other documents', () => {
  const file = (name: string, mediaType: string) => {
    const data = `data:${mediaType};base64,YSxi`
    const content = [{ type: 'file', file: { filename: name, file_data: data } }]
    return readOpenai({ messages: [{ role: 'user', content }] })
  }
  const first = (call: ChatCall) => (write(call).body as { messages: { content: unknown }[] }).messages[0]
  expect(first(file('a.csv', 'text/csv'))?.content).toBe('a.csv\n\na,b')
  expect(first(file('a.pdf', 'application/pdf'))?.content).toMatchObject([{ type: 'file' }])
  const word = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
  expect(refusal(() => write(file('a.docx', word))).code).toBe('unsupported_parameter')
})

it('asks models that always reason for the least, and gives those that can reason no penalties', () => {
  const call = readOpenai({ ...question, reasoning_effort: 'none', frequency_penalty: 0.5, temperature: 0.5 })
  const sent = (generation: number) => {
    const { body, warnings } = openaiChat.writeRequest(call, reasoner(generation))
    const { reasoning_effort: effort, temperature } = decodeJson(body) as Record<string, unknown>
    expect(decodeJson(body)).not.toHaveProperty('frequency_penalty')
    return [effort, temperature, warnings.map((text) => text.split(':')[0]).toSorted()]
  }
  expect(sent(6)).toEqual(['none', 0.5, ['frequency_penalty']])
  expect(sent(5)).toEqual(['minimal', undefined, ['frequency_penalty', 'reasoning_effort', 'temperature']])
})

it('declares no tools that may not be called to models that refuse them while they reason', () => {
  const call = readOpenai({
    ...question,
    tools: [{ type: 'function', function: { name: 'f', parameters: closed } }],
    tool_choice: 'none',
    parallel_tool_calls: false,
  })
  const sent = (to: WriteTarget) => decodeJson(openaiChat.writeRequest(call, to).body)
  for (const member of ['tools', 'tool_choice', 'parallel_tool_calls'])
    expect(sent(reasoner(6, 'sol'))).not.toHaveProperty(member)
  // Elsewhere they stay at the front of what the vendor caches.
  expect(sent(reasoner(5))).toMatchObject({ tools: [{ type: 'function' }], tool_choice: 'none' })
})

const reasoner = (generation: number, tier: string | null = null) => ({
  ...gpt,
  model: { ...gpt.model, generation, tier, abilities: { ...gpt.model.abilities, reasoning: true } },
})

it('asks for the nearest effort that the model has, by the API that is asked', () => {
  const asked = (effort: string, to: WriteTarget, by = openaiChat) => {
    const { body, warnings } = by.writeRequest(readOpenai({ ...question, reasoning_effort: effort }), to)
    const { reasoning_effort: flat, reasoning } = decodeJson(body) as {
      reasoning_effort?: string
      reasoning?: { effort?: string }
    }
    expect(warnings).toHaveLength((flat ?? reasoning?.effort) === effort ? 0 : 1)
    return flat ?? reasoning?.effort
  }
  const words = ['none', 'minimal', 'low', 'xhigh', 'max', 'ultra']
  const all = (to: WriteTarget, by = openaiChat) => words.map((word) => asked(word, to, by))
  expect(all(reasoner(3))).toEqual(['low', 'low', 'low', 'high', 'high', undefined])
  expect(all(reasoner(5))).toEqual(['minimal', 'minimal', 'low', 'high', 'high', undefined])
  expect(all(reasoner(5.1))).toEqual(['none', 'low', 'low', 'high', 'high', undefined])
  expect(all(reasoner(5.4))).toEqual(['none', 'low', 'low', 'xhigh', 'xhigh', undefined])
  expect(all(reasoner(5.6))).toEqual(['none', 'low', 'low', 'xhigh', 'xhigh', undefined])
  expect(all(reasoner(6, 'sol'), openaiResponses)).toEqual(['none', 'low', 'low', 'xhigh', 'max', undefined])
  expect(all(reasoner(6, 'astra'), openaiResponses)).toEqual(['low', 'low', 'low', 'xhigh', 'max', undefined])
  // Servers of one's own have efforts of their own.
  const own = { ...reasoner(1), model: { ...reasoner(1).model, vendor: 'qwen' } }
  expect(asked('ultra', own)).toBe('ultra')
})

it('leaves sampling to models that think only when asked, but no stop sequences', () => {
  const warm = readOpenai({ ...question, temperature: 0.5 })
  const sent = (generation: number) => decodeJson(openaiChat.writeRequest(warm, reasoner(generation)).body)
  expect(sent(5.4)).toMatchObject({ temperature: 0.5 })
  expect(sent(5.5)).not.toHaveProperty('temperature')
  const stop = readOpenai({ ...question, stop: ['x'] })
  expect(refusal(() => openaiChat.writeRequest(stop, reasoner(5.4))).details.field).toBe('stop')
})

it('leaves verbosity to models that have it, and refuses a bias on tokens to those that reason', () => {
  const flat = { ...gpt, model: { ...gpt.model, abilities: { ...gpt.model.abilities, reasoning: false } } }
  const short = readOpenai({ ...question, verbosity: 'low' })
  for (const by of [openaiChat, openaiResponses]) {
    expect(by.writeRequest(short, reasoner(5)).warnings).toEqual([])
    const { body, warnings } = by.writeRequest(short, flat)
    expect(JSON.stringify(decodeJson(body))).not.toContain('verbosity')
    expect(warnings).toEqual(['verbosity: this model has no setting for it; it was left out'])
  }
  const biased = readOpenai({ ...question, logit_bias: { 1: 1 } })
  expect(openaiChat.writeRequest(biased, flat).warnings).toEqual([])
  expect(refusal(() => openaiChat.writeRequest(biased, reasoner(5))).details.field).toBe('logit_bias')
})

it("says of every tool's arguments that they are an object with properties, which OpenAI wants to be told", () => {
  const written = (schema: object, by: typeof openaiChat) => {
    const tools = [{ toolSpec: { name: 'f', inputSchema: { json: schema } } }]
    const call = readConverse({
      messages: [{ role: 'user', content: [{ text: 'a' }] }],
      toolConfig: { tools },
    })
    const body = decodeJson(by.writeRequest(call, gpt).body) as { tools: Record<string, unknown>[] }
    const [first] = body.tools
    return (
      (first?.['function'] as Record<string, unknown> | undefined)?.['parameters'] ?? first?.['parameters']
    )
  }
  for (const by of [openaiChat, openaiResponses]) {
    expect(written({ type: 'object' }, by)).toEqual({ type: 'object', properties: {} })
    expect(written({}, by)).toEqual({ type: 'object', properties: {} })
    expect(written({ properties: { a: {} } }, by)).toEqual({ type: 'object', properties: { a: {} } })
  }
})

it('refuses a word where the form has yes or no', () => {
  expect(refusal(() => readOpenai({ ...question, store: 'yes' })).details.field).toBe('store')
})

it('asks for JSON in words where a caller of JSON mode has not, which OpenAI refuses', () => {
  const asked = (text: string) =>
    geminiCall(
      JSON.stringify({
        contents: [{ parts: [{ text }] }],
        generationConfig: { responseMimeType: 'application/json' },
      }),
    )
  expect(write(asked('Hi'))).toMatchObject({
    body: { messages: [{ role: 'system', content: 'Answer in JSON.' }, { role: 'user' }] },
    warnings: [expect.stringMatching(/^response_format: .*JSON/)],
  })
  expect(write(asked('Hi, as json')).warnings).toEqual([])
  expect(write(openaiCall({ response_format: null })).warnings).toEqual([])
})
