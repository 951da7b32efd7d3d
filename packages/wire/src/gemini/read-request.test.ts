import type { ChatCall } from '@pointsman/contract'
import { expect, it } from 'vitest'

import { decode, dialects, encode, encodeJson, refusal, target } from '../testing/dialects-for-tests.ts'
import { writeSignature } from '../signatures.ts'

const { gemini } = dialects
const hi = { role: 'user', parts: [{ text: 'hi' }] }
const scan = (body: object) => gemini.scanRequest(encodeJson({ contents: [hi], ...body }), false)
const read = (body: object): ChatCall => gemini.readRequest(scan(body))
const own = (value: string) => ({ signer: 'google', value })
const png = 'iVBORw0KGgo='

it('reads every field in either spelling', () => {
  const camel = {
    systemInstruction: { parts: [{ text: 'Be kind.' }, { text: 'Be brief.' }] },
    generationConfig: {
      maxOutputTokens: 30,
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      stopSequences: ['a', 'b'],
      seed: 7,
      presencePenalty: 1,
      frequencyPenalty: -1,
      responseLogprobs: true,
      logprobs: 3,
      responseMimeType: 'application/json',
      responseJsonSchema: { type: 'object' },
      thinkingConfig: { thinkingLevel: 'LOW', includeThoughts: true },
    },
    labels: { team: 'x' },
    serviceTier: 'flex',
    toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] } },
    tools: [
      { functionDeclarations: [{ name: 'f', description: 'd', parametersJsonSchema: { type: 'object' } }] },
    ],
  }
  const call = read(camel)
  expect(call).toEqual({
    system: [
      { kind: 'text', text: 'Be kind.' },
      { kind: 'text', text: 'Be brief.' },
    ],
    messages: [{ role: 'user', parts: [{ kind: 'text', text: 'hi' }] }],
    tools: [{ name: 'f', description: 'd', schema: { type: 'object' }, strict: null, cacheMark: null }],
    toolChoice: { kind: 'tool', name: 'f' },
    parallelToolCalls: null,
    sampling: {
      maxTokens: 30,
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      stopSequences: ['a', 'b'],
      seed: 7,
      presencePenalty: 1,
      frequencyPenalty: -1,
      logprobs: { alternatives: 3 },
    },
    responseFormat: {
      kind: 'json-schema',
      name: 'response',
      description: null,
      schema: { type: 'object' },
      strict: true,
    },
    reasoning: { effort: 'low', budgetTokens: null, summary: 'auto' },
    serviceTier: 'flex',
    metadata: { team: 'x' },
    stream: false,
    streamUsage: true,
    extras: {},
  })
  const snake = JSON.parse(
    JSON.stringify(camel).replace(
      /"([a-z]+(?:[A-Z][a-z]*)+)":/g,
      (_, name: string) => `"${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}":`,
    ),
  ) as object
  expect(Object.keys(snake)).toContain('system_instruction')
  expect(read(snake)).toEqual(call)
})

it('reads a single value as a list of one, and numbers in texts', () => {
  expect(
    read({
      contents: { parts: { text: 'hi' } },
      generationConfig: { maxOutputTokens: '30', stopSequences: 'x' },
    }),
  ).toMatchObject({
    messages: [{ role: 'user', parts: [{ kind: 'text', text: 'hi' }] }],
    sampling: { maxTokens: 30, stopSequences: ['x'] },
  })
})

it('keeps what only Gemini knows', () => {
  const safetySettings = [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }]
  expect(
    read({
      safetySettings,
      cachedContent: 'cachedContents/x',
      tools: [{ google_search: { a: 1 } }, { urlContext: {} }],
      toolConfig: { retrievalConfig: { languageCode: 'en' } },
      generationConfig: { mediaResolution: 'MEDIA_RESOLUTION_LOW' },
      contents: [{ parts: [{ text: 'hi', partMetadata: { a: 1 } }] }],
    }).extras,
  ).toEqual({
    safetySettings,
    cachedContent: 'cachedContents/x',
    'tools.googleSearch': { a: 1 },
    'tools.urlContext': {},
    'toolConfig.retrievalConfig': { languageCode: 'en' },
    'generationConfig.mediaResolution': 'MEDIA_RESOLUTION_LOW',
    'contents[0].parts[0].partMetadata': { a: 1 },
  })
})

it('reads media: images and documents as such, all else as its own', () => {
  const parts = [
    { inlineData: { mimeType: 'image/png', data: png } },
    { inline_data: { mime_type: 'application/pdf', data: '-_-_', display_name: 'a.pdf' } },
    { fileData: { mimeType: 'image/jpeg', fileUri: 'https://a.test/b.jpg' } },
    { fileData: { mimeType: 'application/pdf', fileUri: 'https://a.test/b.pdf' } },
    {
      fileData: {
        mimeType: 'image/png',
        fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/x',
      },
    },
    { fileData: { fileUri: 'https://youtu.be/x' } },
    { inlineData: { mimeType: 'audio/wav', data: png } },
    { executableCode: { code: 'x' } },
  ]
  const [message] = read({ contents: [{ role: 'user', parts }] }).messages
  const foreign = (name: string, value: unknown) => ({ kind: 'foreign', dialect: 'gemini', name, value })
  expect(message?.parts).toEqual([
    { kind: 'image', mediaType: 'image/png', source: { kind: 'base64', data: png } },
    {
      kind: 'document',
      mediaType: 'application/pdf',
      name: 'a.pdf',
      source: { kind: 'base64', data: '+/+/' },
    },
    { kind: 'image', mediaType: 'image/jpeg', source: { kind: 'url', url: 'https://a.test/b.jpg' } },
    {
      kind: 'document',
      mediaType: 'application/pdf',
      name: 'document',
      source: { kind: 'url', url: 'https://a.test/b.pdf' },
    },
    foreign('fileData', parts[4]),
    foreign('fileData', parts[5]),
    foreign('inlineData', parts[6]),
    foreign('executableCode', parts[7]),
  ])
})

const call = (name: string, more: object = {}) => ({ functionCall: { name, args: {}, ...more } })
const response = (name: string, output: object, more: object = {}) => ({
  functionResponse: { name, response: output, ...more },
})

it('matches responses to calls by id, else by name and order', () => {
  const { messages } = read({
    contents: [
      hi,
      { role: 'model', parts: [call('f'), call('f'), call('g', { id: 'own' })] },
      {
        role: 'user',
        parts: [response('g', { output: 'G' }, { id: 'own' }), response('f', { output: { n: 1 } })],
      },
      { role: 'function', parts: [response('f', { error: 'no' })] },
      { role: 'model', parts: [call('f')] },
      { role: 'user', parts: [response('f', { output: 1, more: 2 })] },
    ],
  })
  const result = (callId: string, isError: boolean, content: object) => ({
    kind: 'tool-result',
    callId,
    isError,
    content: [content],
  })
  expect(messages[1]?.parts).toMatchObject([{ id: 'call_1_0' }, { id: 'call_1_1' }, { id: 'own' }])
  expect(messages.slice(2).map(({ parts }) => parts)).toMatchObject([
    [
      result('own', false, { kind: 'text', text: 'G' }),
      result('call_1_0', false, { kind: 'json', value: { n: 1 } }),
    ],
    [result('call_1_1', true, { kind: 'text', text: 'no' })],
    [{ id: 'call_4_0' }],
    [result('call_4_0', false, { kind: 'json', value: { output: 1, more: 2 } })],
  ])
})

it('gives a call the same id in every later turn', () => {
  const turns = [hi, { role: 'model', parts: [call('f')] }, { role: 'user', parts: [response('f', {})] }]
  const later = [...turns, { role: 'model', parts: [{ text: 'done' }] }, hi]
  expect(read({ contents: later }).messages.slice(0, 3)).toEqual(read({ contents: turns }).messages)
})

it('joins the pieces that SDKs keep of a stream', () => {
  const model = (part: object) => ({ role: 'model', parts: [part] })
  const { messages } = read({
    contents: [
      hi,
      model({ text: 'I th', thought: true }),
      model({ text: 'ink', thought: true }),
      model({ text: '', thought: true, thoughtSignature: 'AA==' }),
      model({ text: 'Hel' }),
      model({ text: 'lo' }),
      model({ text: '', thoughtSignature: 'BB==' }),
      hi,
    ],
  })
  expect(messages).toHaveLength(3)
  expect(messages[1]?.parts).toEqual([
    { kind: 'reasoning', text: 'I think', signature: own('AA==') },
    { kind: 'text', text: 'Hello' },
    { kind: 'reasoning', text: '', signature: own('BB==') },
  ])
})

it('knows signatures of other vendors again, and does not pass their bytes', () => {
  const foreign = { signer: 'anthropic', value: 'c2ln' } as const
  const marked = writeSignature(foreign, 'google')
  const body = {
    contents: [
      hi,
      {
        role: 'model',
        parts: [
          { text: 'hm', thought: true, thoughtSignature: marked },
          { thought: true, thoughtSignature: marked },
        ],
      },
      hi,
    ],
  }
  expect(scan(body).marked).toBe(true)
  expect(scan({}).marked).toBe(false)
  expect(read(body).messages[1]?.parts).toEqual([
    { kind: 'reasoning', text: 'hm', signature: foreign },
    { kind: 'redacted-reasoning', data: foreign },
  ])
})

it.each<[object, object]>([
  [{ mode: 'AUTO' }, { kind: 'auto' }],
  [{ mode: 'NONE' }, { kind: 'none' }],
  [{ mode: 'ANY' }, { kind: 'any' }],
  [
    { mode: 'ANY', allowedFunctionNames: ['g'] },
    { kind: 'tool', name: 'g' },
  ],
])('reads the mode %j', (functionCallingConfig, toolChoice) => {
  const tools = [{ functionDeclarations: [{ name: 'f' }, { name: 'g' }] }]
  expect(read({ tools, toolConfig: { functionCallingConfig } }).toolChoice).toEqual(toolChoice)
})

it('narrows the choice to the tools that are allowed; validated ones are strict', () => {
  const tools = [{ functionDeclarations: [{ name: 'f' }, { name: 'g' }, { name: 'h' }] }]
  const allowed = { allowedFunctionNames: ['f', 'h'] }
  const asked = (mode: string) => read({ tools, toolConfig: { functionCallingConfig: { mode, ...allowed } } })
  expect(asked('ANY')).toMatchObject({
    tools: [{ strict: null }, { strict: null }, { strict: null }],
    toolChoice: { kind: 'any', among: ['f', 'h'] },
  })
  expect(asked('VALIDATED')).toMatchObject({
    tools: [{ strict: true }, { strict: true }, { strict: true }],
    toolChoice: { kind: 'auto', among: ['f', 'h'] },
  })
})

it('turns schemas of the OpenAPI kind into JSON schema', () => {
  const parameters = {
    type: 'OBJECT',
    properties: {
      type: { type: 'STRING', nullable: true, enum: ['a', 'b'], format: 'enum', example: 'a' },
      list: { type: 'ARRAY', items: { type: 'INTEGER' }, maxItems: '3', min_items: '1' },
      either: { anyOf: [{ type: 'NUMBER' }, { type: 'BOOLEAN' }], nullable: true },
    },
    required: ['type'],
    propertyOrdering: ['type', 'list'],
  }
  const [tool] = read({ tools: [{ functionDeclarations: [{ name: 'f', parameters }] }] }).tools
  expect(tool?.schema).toEqual({
    type: 'object',
    properties: {
      type: { type: ['string', 'null'], enum: ['a', 'b', null], examples: ['a'] },
      list: { type: 'array', items: { type: 'integer' }, maxItems: 3, minItems: 1 },
      either: { anyOf: [{ type: 'number' }, { type: 'boolean' }, { type: 'null' }] },
    },
    required: ['type'],
  })
})

it.each<[object, object | null]>([
  [{ thinkingBudget: 0 }, { effort: 'none', budgetTokens: null, summary: null }],
  [{ thinkingBudget: -1 }, { effort: null, budgetTokens: null, summary: null }],
  [
    { thinkingBudget: 512, includeThoughts: true },
    { effort: null, budgetTokens: 512, summary: 'auto' },
  ],
  [{ thinkingLevel: 'HIGH' }, { effort: 'high', budgetTokens: null, summary: null }],
  [{ includeThoughts: false }, null],
])('reads thinking %j', (thinkingConfig, reasoning) => {
  expect(read({ generationConfig: { thinkingConfig } }).reasoning).toEqual(reasoning)
})

it.each<[object, string]>([
  [{ contents: [] }, 'contents'],
  [{ contents: ['hi'] }, 'contents[0]'],
  [{ contents: [{ role: 'system', parts: [{ text: 'a' }] }] }, 'contents[0].role'],
  [{ contents: [{ parts: [] }] }, 'contents[0].parts'],
  [{ contents: [{ parts: [{}] }] }, 'contents[0].parts[0]'],
  [{ contents: [{ parts: [{ text: 7 }] }] }, 'contents[0].parts[0].text'],
  [{ contents: [{ parts: [{ inline_data: {} }] }] }, 'contents[0].parts[0].inline_data.mimeType'],
  [
    { contents: [{ parts: [{ inlineData: { mimeType: 'image/png', data: '?' } }] }] },
    'contents[0].parts[0].inlineData.data',
  ],
  [{ contents: [{ parts: [call('f')] }] }, 'contents[0].parts[0]'],
  [{ contents: [hi, { parts: [response('f', {})] }] }, 'contents[1].parts[0].functionResponse'],
  [
    { contents: [hi, { role: 'model', parts: [call('f')] }, { parts: [response('g', {}, { id: 'x' })] }] },
    'contents[2].parts[0].functionResponse',
  ],
  [{ systemInstruction: { parts: [{ inlineData: {} }] } }, 'systemInstruction.parts[0]'],
  [{ system_instruction: 'x' }, 'system_instruction'],
  [{ generation_config: { top_p: 2 } }, 'generation_config.top_p'],
  [{ generationConfig: { maxOutputTokens: 1.5 } }, 'generationConfig.maxOutputTokens'],
  [{ generationConfig: { logprobs: 3 } }, 'generationConfig.logprobs'],
  [{ generationConfig: { responseMimeType: 'a/b' } }, 'generationConfig.responseMimeType'],
  [{ generationConfig: { responseSchema: { type: 'OBJECT' } } }, 'generationConfig.responseMimeType'],
  [{ tools: [{ functionDeclarations: [{ name: '' }] }] }, 'tools[0].functionDeclarations[0].name'],
  [
    { tools: [{ functionDeclarations: [{ name: 'f', parameters: {}, parametersJsonSchema: {} }] }] },
    'tools[0].functionDeclarations[0].parametersJsonSchema',
  ],
  [{ toolConfig: { functionCallingConfig: { mode: 'X' } } }, 'toolConfig.functionCallingConfig.mode'],
  [
    { toolConfig: { functionCallingConfig: { allowedFunctionNames: ['x'] } } },
    'toolConfig.functionCallingConfig.allowedFunctionNames[0]',
  ],
  [{ serviceTier: 'x' }, 'serviceTier'],
])('refuses %j for its %s', (body, field) => {
  expect(refusal(() => read(body))).toMatchObject({ code: 'invalid_request', details: { field } })
})

it.each<[object, string]>([
  [{ generationConfig: { candidateCount: 2 } }, 'generationConfig.candidateCount'],
  [{ generationConfig: { responseModalities: ['TEXT', 'IMAGE'] } }, 'generationConfig.responseModalities'],
  [{ generationConfig: { responseMimeType: 'text/x.enum' } }, 'generationConfig.responseMimeType'],
])('says of %j that it cannot be had', (body, field) => {
  expect(refusal(() => read(body))).toMatchObject({ code: 'unsupported_parameter', details: { field } })
})

it('finds what a request needs of a model', () => {
  expect(scan({}).needs).toMatchObject({ tools: false, images: false, documents: false, reasoning: false })
  const tools = [{ function_declarations: [{ name: 'f' }] }]
  expect(scan({ tools }).needs.tools).toBe(true)
  expect(scan({ tools, toolConfig: { functionCallingConfig: { mode: 'NONE' } } }).needs.tools).toBe(false)
  const media = (part: object) => scan({ contents: [{ parts: [part] }] }).needs
  expect(media({ inlineData: { mimeType: 'image/png', data: png } }).images).toBe(true)
  expect(media({ fileData: { mimeType: 'application/pdf', fileUri: 'x' } }).documents).toBe(true)
  const attached = { name: 'f', parts: [{ inlineData: { mimeType: 'image/png', data: png } }] }
  expect(media({ functionResponse: attached })).toMatchObject({ tools: true, images: true })
  const config = (generationConfig: object) => scan({ generationConfig }).needs
  expect(config({ responseSchema: {} }).jsonSchema).toBe(true)
  expect(config({ thinkingConfig: { thinkingBudget: 5 } }).reasoning).toBe(true)
  expect(config({ thinkingConfig: { thinkingBudget: 0 } }).reasoning).toBe(false)
})

it('passes bytes on as they came, but for the model where the body repeats it', () => {
  const to = target({ upstreamId: 'gemini-x' })
  const pass = (text: string, form: Pick<typeof gemini, 'scanRequest' | 'passRequest'> | null) =>
    form === null ? '' : decode(form.passRequest(form.scanRequest(encode(text), false), to).body)
  const odd =
    '{ "contents":[{"parts":[{"text":"\\"model\\":1"}]}] , "unknown" : 1e2, "x":12345678901234567890}'
  expect(pass(odd, gemini)).toBe(odd)
  expect(pass(`{"model" : "models/a",${odd.slice(1)}`, gemini)).toBe(
    `{"model" : "models/gemini-x",${odd.slice(1)}`,
  )
  const inner = `{"model":"a", ${odd.slice(1)}`
  expect(pass(`{"generateContentRequest": ${inner}}`, gemini.countTokens)).toBe(
    `{"generateContentRequest": ${inner.replace('"a"', '"models/gemini-x"')}}`,
  )
  const one = (model: string) => `{"content":{"parts":[{"text":"],{\\"}"}]} ,"model":"${model}"}`
  expect(pass(`{"requests":[${one('a')}, ${one('b')}]}`, gemini.embed)).toBe(
    `{"requests":[${one('models/gemini-x')}, ${one('models/gemini-x')}]}`,
  )
  expect(pass(one('a'), gemini.embed)).toBe(one('models/gemini-x'))
})
