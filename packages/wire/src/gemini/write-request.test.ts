import type { ChatCall, EmbedCall } from '@pointsman/contract'
import { noUsage } from '@pointsman/contract'
import { expect, it } from 'vitest'

import type { WriteTarget } from '../dialect.ts'
import { converseCall, openaiCall } from '../testing/calls.ts'
import { about, decodeJson, dialects, encodeJson, refusal, target } from '../testing/dialects-for-tests.ts'

const { gemini, openaiChat } = dialects
const model = (generation: number, tier = 'flash'): WriteTarget =>
  target({
    upstreamId: `gemini-${generation}-${tier}`,
    format: 'gemini',
    family: 'gemini',
    generation,
    tier,
    maxOutputTokens: 1_000,
    abilities: { reasoning: true, jsonSchema: true },
  })
const third = model(3.5)
const second = model(2.5)

interface Written {
  readonly body: Readonly<Record<string, unknown>>
  readonly warnings: readonly string[]
}
function write(call: ChatCall, to: WriteTarget = third): Written {
  const { body, warnings } = gemini.writeRequest(call, to)
  return { body: decodeJson(body) as Record<string, unknown>, warnings }
}
const geminiCall = (body: object): ChatCall =>
  gemini.readRequest(
    gemini.scanRequest(encodeJson({ contents: [{ role: 'user', parts: [{ text: 'hi' }] }], ...body }), false),
  )

const tool = { type: 'function', function: { name: 'f', parameters: { properties: { a: {} } } } }
const asked = (id: string, name = 'f') => ({ id, type: 'function', function: { name, arguments: '{"a":1}' } })

it('writes what an OpenAI caller asks for', () => {
  const { body, warnings } = write(
    openaiCall({
      messages: [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'hi' },
      ],
      tools: [tool],
      tool_choice: 'required',
      temperature: 0.5,
      top_p: 0.9,
      max_tokens: 5_000,
      stop: 'x',
      seed: 7,
      logprobs: true,
      top_logprobs: 2,
      reasoning_effort: 'low',
      service_tier: 'flex',
      metadata: { a: 'b' },
      user: 'u',
    }),
  )
  expect(body).toEqual({
    systemInstruction: { parts: [{ text: 'Be kind.' }] },
    contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
    tools: [
      {
        functionDeclarations: [
          { name: 'f', parametersJsonSchema: { type: 'object', properties: { a: {} } } },
        ],
      },
    ],
    toolConfig: { functionCallingConfig: { mode: 'ANY' } },
    generationConfig: {
      maxOutputTokens: 1_000,
      temperature: 0.5,
      topP: 0.9,
      stopSequences: ['x'],
      seed: 7,
      responseLogprobs: true,
      logprobs: 2,
      thinkingConfig: { thinkingLevel: 'LOW' },
    },
    serviceTier: 'flex',
  })
  expect(warnings.map((text) => text.split(':')[0])).toEqual(['user', 'metadata', 'max_tokens'])
})

it('turns a history of another vendor into what Gemini accepts', () => {
  const call = openaiCall({
    tools: [tool],
    messages: [
      { role: 'user', content: 'hi' },
      {
        role: 'assistant',
        reasoning_content: 'hm',
        content: null,
        tool_calls: [asked('1'), asked('2', 'g')],
      },
      { role: 'tool', tool_call_id: '2', content: 'two' },
      { role: 'tool', tool_call_id: '1', content: 'one' },
      { role: 'user', content: 'go on' },
      { role: 'assistant', content: '' },
      { role: 'user', content: 'please' },
    ],
  })
  const { body, warnings } = write(call)
  const functionCall = (id: string, name: string) => ({ functionCall: { id, name, args: { a: 1 } } })
  const functionResponse = (id: string, name: string, output: string) => ({
    functionResponse: { id, name, response: { output } },
  })
  expect(body['contents']).toEqual([
    { role: 'user', parts: [{ text: 'hi' }] },
    {
      role: 'model',
      parts: [
        { ...functionCall('1', 'f'), thoughtSignature: 'skip_thought_signature_validator' },
        functionCall('2', 'g'),
      ],
    },
    {
      role: 'user',
      parts: [
        functionResponse('1', 'f', 'one'),
        functionResponse('2', 'g', 'two'),
        { text: 'go on' },
        { text: 'please' },
      ],
    },
  ])
  expect(warnings).toHaveLength(2)
  // Older models ask for no signature.
  expect(JSON.stringify(write(call, second).body)).not.toContain('thoughtSignature')
})

it('writes its own history back as it was', () => {
  const contents = [
    {
      role: 'user',
      parts: [{ text: 'hi' }, { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } }],
    },
    {
      role: 'model',
      parts: [
        { text: 'hm', thought: true, thoughtSignature: 'AA==' },
        { text: 'Hello', thoughtSignature: 'BB==' },
        { functionCall: { id: 'x', name: 'f', args: { a: [1, { b: null }] } }, thoughtSignature: 'CC==' },
        { functionCall: { id: 'y', name: 'g', args: {} } },
      ],
    },
    {
      role: 'user',
      parts: [
        { functionResponse: { id: 'x', name: 'f', response: { rain: true } } },
        { functionResponse: { id: 'y', name: 'g', response: { error: 'no' } } },
        { fileData: { fileUri: 'https://youtu.be/x' } },
      ],
    },
    { role: 'model', parts: [{ text: 'Done' }, { text: '', thoughtSignature: 'DD==' }] },
    { role: 'user', parts: [{ text: 'and?' }] },
  ]
  expect(write(geminiCall({ contents }))).toEqual({ body: { contents }, warnings: [] })
})

it('writes its own fields back where they were', () => {
  const own = {
    safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
    cachedContent: 'cachedContents/x',
    tools: [
      { functionDeclarations: [{ name: 'f', parametersJsonSchema: { type: 'object' } }] },
      { googleSearch: {} },
    ],
    toolConfig: {
      functionCallingConfig: { mode: 'VALIDATED' },
      retrievalConfig: { languageCode: 'en' },
    },
    generationConfig: {
      responseMimeType: 'application/json',
      responseJsonSchema: { type: 'object' },
      thinkingConfig: { thinkingBudget: 100, includeThoughts: true },
      mediaResolution: 'MEDIA_RESOLUTION_LOW',
    },
    serviceTier: 'priority',
  }
  expect(write(geminiCall(own))).toMatchObject({ body: own, warnings: [] })
})

it('refuses to leave out what is part of the question for other vendors', () => {
  const refused = (body: object) => refusal(() => openaiChat.writeRequest(geminiCall(body), target()))
  expect(refused({ cachedContent: 'c' })).toMatchObject({ code: 'unsupported_parameter' })
  expect(refused({ tools: [{ googleSearch: {} }] })).toMatchObject({
    code: 'unsupported_parameter',
    details: { field: 'tools.googleSearch' },
  })
})

it.each<[WriteTarget, string, object | undefined, number]>([
  [third, 'none', { thinkingLevel: 'MINIMAL' }, 1],
  [third, 'minimal', { thinkingLevel: 'MINIMAL' }, 0],
  [third, 'high', { thinkingLevel: 'HIGH' }, 0],
  [third, 'max', { thinkingLevel: 'HIGH' }, 1],
  [third, 'extreme', undefined, 1],
  [model(3, 'pro'), 'medium', { thinkingLevel: 'HIGH' }, 1],
  [model(3.1, 'pro'), 'medium', { thinkingLevel: 'MEDIUM' }, 0],
  [model(3.1, 'pro'), 'none', { thinkingLevel: 'LOW' }, 1],
  [second, 'none', { thinkingBudget: 0 }, 0],
  [second, 'medium', { thinkingBudget: 8_192 }, 0],
  [second, 'max', { thinkingBudget: 24_576 }, 1],
  [second, 'extreme', undefined, 1],
  [model(2.5, 'pro'), 'none', { thinkingBudget: 128 }, 1],
  [model(2.5, 'flash-lite'), 'none', { thinkingBudget: 0 }, 0],
  [model(3.6, 'flash'), 'minimal', { thinkingLevel: 'MINIMAL' }, 0],
  [model(3.8, 'flash'), 'minimal', { thinkingLevel: 'LOW' }, 1],
  [model(3.8, 'flash'), 'none', { thinkingLevel: 'LOW' }, 1],
  [model(4, 'argon'), 'minimal', { thinkingLevel: 'LOW' }, 1],
  [model(2), 'low', undefined, 1],
  [model(2), 'none', undefined, 0],
])('asks %# for the effort %s', (to, effort, thinkingConfig, warned) => {
  const { body, warnings } = write(openaiCall({ reasoning_effort: effort }), to)
  expect(body['generationConfig']).toEqual(thinkingConfig === undefined ? undefined : { thinkingConfig })
  expect(warnings).toHaveLength(warned)
})

it.each<[WriteTarget, number, number, number]>([
  [model(2.5, 'flash-lite'), 100, 512, 1],
  [model(2.5, 'flash-lite'), 511, 512, 1],
  [model(2.5, 'flash-lite'), 512, 512, 0],
  [model(2.5, 'pro'), 100, 128, 1],
  [model(2.5, 'pro'), 40_000, 32_768, 1],
  [second, 30_000, 24_576, 1],
  [second, 100, 100, 0],
  [model(3.5, 'flash-lite'), 100, 100, 0],
])('asks %# for a budget of %i tokens', (to, wanted, thinkingBudget, warned) => {
  const call = { ...openaiCall({}), reasoning: { effort: null, budgetTokens: wanted, summary: null } }
  const { body, warnings } = write(call, to)
  expect(body['generationConfig']).toEqual({ thinkingConfig: { thinkingBudget } })
  expect(warnings).toHaveLength(warned)
})

it.each<[number, string]>([
  [0, 'LOW'],
  [1_024, 'LOW'],
  [8_000, 'MEDIUM'],
  [30_000, 'HIGH'],
])('asks a model that takes no budget of %i tokens for the level that it amounts to', (wanted, level) => {
  const { body, warnings } = write(
    geminiCall({ generationConfig: { thinkingConfig: { thinkingBudget: wanted } } }),
    model(4, 'argon'),
  )
  expect(body['generationConfig']).toEqual({ thinkingConfig: { thinkingLevel: level } })
  expect(warnings).toHaveLength(1)
})

it('leaves out penalties that the model refuses, with a warning where they say something', () => {
  const call = openaiCall({ presence_penalty: 0.5, frequency_penalty: 0 })
  expect(write(call, second)).toMatchObject({
    body: { contents: expect.anything() as unknown },
    warnings: ['presence_penalty: this model takes no penalties; it was left out'],
  })
  expect(write(call, second).body['generationConfig']).toBeUndefined()
  expect(write(call, model(2))).toMatchObject({
    body: { generationConfig: { presencePenalty: 0.5, frequencyPenalty: 0 } },
    warnings: [],
  })
})

it('puts media of tools inside the response, or beside it for older models', () => {
  const image = { image: { format: 'png', source: { bytes: 'iVBORw0KGgo=' } } }
  const call = converseCall({
    toolConfig: { tools: [{ toolSpec: { name: 'f', inputSchema: { json: {} } } }] },
    messages: [
      { role: 'user', content: [{ text: 'hi' }] },
      { role: 'assistant', content: [{ toolUse: { toolUseId: 'x', name: 'f', input: {} } }] },
      {
        role: 'user',
        content: [{ toolResult: { toolUseId: 'x', content: [{ json: { a: 1 } }, image], status: 'error' } }],
      },
    ],
  })
  const inline = { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } }
  const response = { id: 'x', name: 'f', response: { error: { a: 1 } } }
  const last = (to: WriteTarget) => (write(call, to).body['contents'] as { parts: unknown }[]).at(-1)?.parts
  expect(last(third)).toEqual([{ functionResponse: { ...response, parts: [inline] } }])
  expect(last(second)).toEqual([{ functionResponse: response }, inline])
})

const image = (url: string) => ({
  messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }],
})

it('sends addresses of images with the type that they tell', () => {
  const file = (url: string) =>
    (write(openaiCall(image(url))).body['contents'] as { parts: unknown }[])[0]?.parts
  expect(file('https://a.test/b.jpg?x=1')).toEqual([
    { fileData: { mimeType: 'image/jpeg', fileUri: 'https://a.test/b.jpg?x=1' } },
  ])
  expect(file('https://a.test/b')).toEqual([{ fileData: { fileUri: 'https://a.test/b' } }])
})

const fiveMore = ['1', '2', '3', '4', '5', '6']
const json = { type: 'json_object' }
it.each<[ChatCall, WriteTarget]>([
  [openaiCall(image('data:image/gif;base64,aGk=')), third],
  [openaiCall({ stop: fiveMore }), third],
  [openaiCall({ tools: [tool], response_format: json }), second],
  [openaiCall({ tools: [{ ...tool, function: { name: '9f' } }] }), third],
  [openaiCall({ logit_bias: { '1': 1 } }), third],
  [openaiCall({ messages: [{ role: 'system', content: 'Hello' }] }), third],
  [converseCall({ guardrailConfig: { guardrailIdentifier: 'g' } }), third],
])('says what it cannot honour: %#', (call, to) => {
  expect(refusal(() => write(call, to)).code).toBe('unsupported_parameter')
})

it.each([
  [{ role: 'assistant', tool_calls: [{ ...asked('1'), function: { name: 'f', arguments: '{"a"' } }] }],
  [{ role: 'tool', tool_call_id: 'unknown', content: 'x' }],
])('refuses a broken history: %j', (message) => {
  const messages = [{ role: 'user', content: 'hi' }, message]
  expect(refusal(() => write(openaiCall({ messages })))).toMatchObject({
    code: 'invalid_request',
    details: { field: 'messages' },
  })
})

it('counts the tokens of the same request', () => {
  const form = gemini.countTokens
  if (form === null) throw new Error('Gemini counts tokens')
  const call = openaiCall({ tools: [tool], temperature: 1 })
  expect(decodeJson(form.writeRequest(call, third).body)).toEqual({
    generateContentRequest: {
      model: 'models/gemini-3.5-flash',
      contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
      tools: [
        {
          functionDeclarations: [
            { name: 'f', parametersJsonSchema: { type: 'object', properties: { a: {} } } },
          ],
        },
      ],
    },
  })
  const inner = { contents: [{ parts: [{ text: 'hi' }] }], generationConfig: { topP: 7 } }
  const read = (body: object) => form.readRequest(form.scanRequest(encodeJson(body), null))
  expect(read({ contents: inner.contents }).messages).toHaveLength(1)
  expect(refusal(() => read({ generate_content_request: inner })).details.field).toBe(
    'generate_content_request.generationConfig.topP',
  )
  expect(refusal(() => read({ generateContentRequest: inner, contents: inner.contents })).code).toBe(
    'invalid_request',
  )
  const result = form.readResult(encodeJson({ totalTokens: 31 }))
  expect(result).toEqual({ inputTokens: 31, finish: null, usage: noUsage })
  expect(decodeJson(form.writeResult(result, about))).toEqual({ totalTokens: 31 })
  expect(refusal(() => form.readResult(encodeJson({ totalTokens: -1 }))).code).toBe('upstream_broken')
})

it('embeds one text and many', () => {
  const form = gemini.embed
  if (form === null) throw new Error('Gemini embeds')
  const read = (body: object): EmbedCall => form.readRequest(form.scanRequest(encodeJson(body), null))
  const content = (text: string) => ({ content: { parts: [{ text }] } })
  const settings = { taskType: 'RETRIEVAL_QUERY', outputDimensionality: 8 }
  const one = read({ ...content('a'), model: 'models/x', ...settings })
  expect(one).toEqual({
    inputs: ['a'],
    inputField: 'content',
    dimensions: 8,
    encoding: 'float',
    purpose: 'query',
    extras: {},
  })
  const requests = ['a', 'b'].map((text) => ({ model: 'models/embedder', ...content(text), ...settings }))
  expect(read({ requests })).toEqual({ ...one, inputs: ['a', 'b'], inputField: 'requests' })
  const to = target({ upstreamId: 'embedder' })
  expect(decodeJson(form.writeRequest(read({ requests }), to).body)).toEqual({ requests })
  const similar = read({ ...content('a'), taskType: 'SEMANTIC_SIMILARITY', title: 't' })
  expect(similar).toMatchObject({
    purpose: null,
    extras: { taskType: 'SEMANTIC_SIMILARITY', title: 't' },
  })
  for (const [taskType, purpose] of [
    ['RETRIEVAL_DOCUMENT', 'document'],
    ['CLASSIFICATION', 'classification'],
    ['CLUSTERING', 'clustering'],
  ]) {
    const call = read({ ...content('a'), taskType })
    expect(call).toMatchObject({ purpose, extras: {} })
    expect(decodeJson(form.writeRequest(call, to).body)).toMatchObject({ requests: [{ taskType }] })
  }
  expect(refusal(() => read({ requests: [...requests, content('c')] })).code).toBe('unsupported_parameter')
  expect(refusal(() => read({ content: { parts: [] } })).details.field).toBe('content.parts')
  expect(refusal(() => read({ requests: [] })).details.field).toBe('requests')
  const many = { ...one, inputs: Array<string>(101).fill('a') }
  expect(refusal(() => form.writeRequest(many, to)).code).toBe('unsupported_parameter')
})

it('answers one vector as embedding and a batch as embeddings, as it was asked', () => {
  const form = gemini.embed
  if (form === null) throw new Error('Gemini embeds')
  const single = form.readResult(encodeJson({ embedding: { values: [1, 2] } }))
  expect(decodeJson(form.writeResult(single, about))).toEqual({
    embedding: { values: [1, 2] },
  })
  const batch = { ...about, asked: { requests: [{}] } }
  expect(decodeJson(form.writeResult(single, batch))).toEqual({ embeddings: [{ values: [1, 2] }] })
  const embeddings = [{ values: [1] }, { values: [2] }]
  const both = form.readResult(encodeJson({ embeddings, usageMetadata: { promptTokenCount: 4 } }))
  expect(both).toEqual({ vectors: [[1], [2]], finish: null, usage: { ...noUsage, inputTokens: 4 } })
  expect(decodeJson(form.writeResult(both, batch))).toEqual({
    embeddings,
    usageMetadata: { promptTokenCount: 4 },
  })
  for (const broken of [{}, { embeddings: [] }, { embedding: { values: ['a'] } }, { embeddings: [{}] }]) {
    expect(refusal(() => form.readResult(encodeJson(broken))).code).toBe('upstream_broken')
  }
})
