import { GoogleGenAI } from '@google/genai'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { modelId, providerId, type ChatCall, type Model, type Operation } from '@pointsman/contract'
import { createGoogle } from '@pointsman/providers'
import { startSimulator, type Simulator } from '@pointsman/simulator'
import { createDialects, type AnswerAbout, type Dialect } from '@pointsman/wire'

/*
 * The Gemini dialect before its two judges: the simulator, which refuses requests as Google does, and Google's own
 * client, which reads answers.
 */
const dialects = createDialects({ crc32: (bytes, start) => crc32(bytes, start) })
const dialect = (name: 'gemini' | 'openai-chat' | 'bedrock-converse'): Dialect => {
  const found = dialects.get(name)
  if (found === undefined) throw new Error(`there is no dialect ${name}`)
  return found
}
const gemini = dialect('gemini')
const google = createGoogle()

const abilities = {
  tools: true,
  toolsStreaming: true,
  images: true,
  documents: true,
  streaming: true,
  jsonSchema: true,
  promptCaching: true,
  reasoning: true,
}
const model = (id: string, generation: number, purpose: Model['purpose'] = 'chat'): Model => ({
  id: modelId(id),
  name: id,
  vendor: 'google',
  provider: providerId('google'),
  upstreamId: id,
  purpose,
  kind: 'direct',
  baseModelId: null,
  family: 'gemini',
  tier: 'flash',
  generation,
  format: 'gemini',
  contextTokens: 1_048_576,
  maxOutputTokens: 65_536,
  abilities,
  sourceRegions: [],
  destinationRegions: [],
  lifecycle: { status: 'active', endsOn: null, replacement: null },
  enabled: true,
  priority: 1,
})
const third = model('gemini-3.5-flash', 3.5)
const second = model('gemini-2.5-flash', 2.5)
const embedder = model('gemini-embedding-001', 2, 'embedding')
const key = 'AIza-simulated'

let simulator: Simulator
beforeAll(async () => {
  simulator = await startSimulator({
    models: [third, second, embedder],
    credentials: { apiKeys: [key] },
    latency: { firstTokenMs: 0, perTokenMs: 0 },
  })
})
afterAll(() => simulator.close())

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
const digests = {
  sha256Hex: () => {
    throw new Error('the Gemini API signs nothing')
  },
  hmacSha256: () => {
    throw new Error('the Gemini API signs nothing')
  },
  hmacSha256Hex: () => {
    throw new Error('the Gemini API signs nothing')
  },
}

/** Sends as the engine would. */
async function send(operation: Operation, body: Uint8Array, to: Model): Promise<Response> {
  const { origin, path, headers } = google.buildRequest(
    {
      operation,
      dialect: 'gemini',
      callerHeaders: [],
      upstreamId: to.upstreamId,
      region: '',
      body,
      credential: { kind: 'bearer', token: key },
      baseUrl: simulator.url,
      nowMs: 0,
    },
    digests,
  )
  const pairs = headers.flatMap((name, at) =>
    at % 2 === 0 && name !== 'host' ? [[name, headers[at + 1] ?? '']] : [],
  )
  return fetch(origin + path, {
    method: 'POST',
    headers: Object.fromEntries(pairs) as Record<string, string>,
    body: Uint8Array.from(body),
  })
}

async function whole(operation: Operation, body: Uint8Array, to: Model): Promise<Uint8Array> {
  const answer = await send(operation, body, to)
  const bytes = new Uint8Array(await answer.arrayBuffer())
  expect(answer.status, new TextDecoder().decode(bytes)).toBe(200)
  return bytes
}

const read = (face: Dialect, body: object): ChatCall =>
  face.readRequest(face.scanRequest(encode(body), false))

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='
const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
const tools = [{ type: 'function', function: { name: 'get_weather', parameters } }]
const asked = (id: string, city: string) => ({
  id,
  type: 'function',
  function: { name: 'get_weather', arguments: JSON.stringify({ city }) },
})
const bedrockTools = { tools: [{ toolSpec: { name: 'get_weather', inputSchema: { json: parameters } } }] }
const openai = (body: object): ChatCall => read(dialect('openai-chat'), { model: 'm', ...body })
const converse = (body: object): ChatCall => read(dialect('bedrock-converse'), body)
const user = { role: 'user', content: 'How is the weather?' }

const moved: readonly (readonly [string, ChatCall])[] = [
  [
    'system text, images, every sampling parameter',
    openai({
      messages: [
        { role: 'system', content: 'Be kind.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } },
          ],
        },
      ],
      temperature: 0.5,
      top_p: 0.5,
      stop: ['never'],
      seed: 7,
      max_tokens: 500,
      reasoning_effort: 'low',
    }),
  ],
  [
    'parallel calls, unsigned, answered in another order',
    openai({
      tools,
      messages: [
        user,
        {
          role: 'assistant',
          reasoning_content: 'hm',
          content: null,
          tool_calls: [asked('call_1', 'Rome'), asked('call_2', 'Oslo')],
        },
        { role: 'tool', tool_call_id: 'call_2', content: 'snow' },
        { role: 'tool', tool_call_id: 'call_1', content: 'sun' },
      ],
    }),
  ],
  [
    'several steps of tools, then a new question',
    openai({
      tools,
      messages: [
        user,
        { role: 'assistant', content: 'I look.', tool_calls: [asked('a', 'Rome')] },
        { role: 'tool', tool_call_id: 'a', content: '' },
        { role: 'assistant', content: null, tool_calls: [asked('b', 'Oslo')] },
        { role: 'tool', tool_call_id: 'b', content: '{"degrees":1}' },
        { role: 'assistant', content: 'Cold.' },
        { role: 'user', content: 'And elsewhere?' },
      ],
    }),
  ],
  [
    'signed and redacted thoughts of Claude, a result with an image, a failed tool',
    converse({
      toolConfig: bedrockTools,
      messages: [
        { role: 'user', content: [{ text: 'How is the weather?' }, { cachePoint: { type: 'default' } }] },
        {
          role: 'assistant',
          content: [
            { reasoningContent: { reasoningText: { text: 'hm', signature: 'c2lnbmVk' } } },
            { reasoningContent: { redactedContent: 'c2VhbGVk' } },
            { text: 'I look.' },
            { toolUse: { toolUseId: 'tooluse_1', name: 'get_weather', input: { city: 'Rome' } } },
            { toolUse: { toolUseId: 'tooluse_2', name: 'get_weather', input: { city: 'Oslo' } } },
          ],
        },
        {
          role: 'user',
          content: [
            {
              toolResult: {
                toolUseId: 'tooluse_1',
                content: [{ image: { format: 'png', source: { bytes: png } } }],
              },
            },
            { toolResult: { toolUseId: 'tooluse_2', content: [{ json: { why: 'away' } }], status: 'error' } },
            { text: 'Well?' },
          ],
        },
      ],
    }),
  ],
]

const both = moved.flatMap(([what, call]) => [third, second].map((to) => [what, to, call] as const))

test.each(both)('a conversation moved to Gemini goes on: %s, %o', async (_what, to, call) => {
  const target = { upstreamId: to.upstreamId, model: to }
  const result = gemini.readResult(await whole('chat', gemini.writeRequest(call, target).body, to))
  expect(['stop', 'tool-calls']).toContain(result.finish.reason)
  expect(result.usage.inputTokens).toBeGreaterThan(0)
  const counting = gemini.countTokens
  if (counting === null) throw new Error('Gemini counts tokens')
  const count = counting.readResult(await whole('count-tokens', counting.writeRequest(call, target).body, to))
  expect(count.inputTokens).toBe((result.usage.inputTokens ?? 0) + (result.usage.cacheReadTokens ?? 0))
})

test('JSON by schema, beside tools where the model takes both', async () => {
  const format = { type: 'json_schema', json_schema: { name: 'w', schema: parameters } }
  const plain = openai({ messages: [user], response_format: format })
  for (const to of [third, second]) {
    const { body } = gemini.writeRequest(plain, { upstreamId: to.upstreamId, model: to })
    const { parts } = gemini.readResult(await whole('chat', body, to))
    const text = parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('')
    expect(JSON.parse(text)).toHaveProperty('city')
  }
  const beside = openai({ messages: [user], response_format: format, tools })
  await whole('chat', gemini.writeRequest(beside, { upstreamId: third.upstreamId, model: third }).body, third)
})

test("the model's own turn, through another face and back, is valid with its signatures", async () => {
  const target = { upstreamId: third.upstreamId, model: third }
  const first = openai({ messages: [user], tools, tool_choice: 'required', reasoning_effort: 'high' })
  const result = gemini.readResult(await whole('chat', gemini.writeRequest(first, target).body, third))
  const call = result.parts.find((part) => part.kind === 'tool-call')
  expect(call?.signature?.signer).toBe('google')
  const callId = call?.id ?? ''
  const next: ChatCall = {
    ...first,
    toolChoice: null,
    messages: [
      ...first.messages,
      { role: 'assistant', parts: result.parts },
      {
        role: 'user',
        parts: [{ kind: 'tool-result', callId, isError: false, content: [{ kind: 'text', text: 'sun' }] }],
      },
    ],
  }
  const { body } = gemini.writeRequest(next, target)
  expect(new TextDecoder().decode(body)).toContain(call?.signature?.value)
  expect(gemini.readResult(await whole('chat', body, third)).finish.reason).toBe('stop')
})

test('a stream says the same translated as whole', async () => {
  const call = openai({ messages: [user], tools, tool_choice: 'required' })
  const { body } = gemini.writeRequest(call, { upstreamId: third.upstreamId, model: third })
  const asWhole = gemini.readResult(await whole('chat', body, third))
  const reader = gemini.streamReader({ mode: 'translate', hideUsage: false })
  const bytes = await whole('chat-stream', body, third)
  const parts = [...reader.push(bytes), ...reader.end()].flatMap((frame) => frame.parts)
  expect(parts.filter((part) => part.type === 'unrecognised')).toEqual([])
  expect(parts).toContainEqual({ type: 'finish', finish: asWhole.finish })
  expect(parts.findLast((part) => part.type === 'usage')?.usage).toEqual(asWhole.usage)
  const json = parts.flatMap((part) => (part.type === 'tool-arguments-delta' ? [part.json] : []))
  expect(json).toEqual(
    asWhole.parts.flatMap((part) => (part.kind === 'tool-call' ? [part.argumentsJson] : [])),
  )
})

test('embeds one text and many, the same vector either way', async () => {
  const form = gemini.embed
  if (form === null) throw new Error('Gemini embeds')
  const one = encode({ content: { parts: [{ text: 'rails' }] }, outputDimensionality: 8 })
  const [vector] = form.readResult(await whole('embed', one, embedder)).vectors
  const call = form.readRequest(form.scanRequest(one, null))
  const batch = form.writeRequest(
    { ...call, inputs: ['points', 'rails'] },
    { upstreamId: embedder.upstreamId, model: embedder },
  )
  const { vectors } = form.readResult(await whole('embed', batch.body, embedder))
  expect(vectors).toHaveLength(2)
  expect(vectors[1]).toEqual(vector)
  expect(vector).toHaveLength(8)
})

test('refusals and limits of the simulator are read as what they are', async () => {
  const failure = async (answer: Response) =>
    google.readFailure(
      { status: answer.status, headers: Object.fromEntries(answer.headers) },
      new Uint8Array(await answer.arrayBuffer()),
    )
  const body = encode({ contents: [{ parts: [{ text: 'hi' }] }], unknown: 1 })
  expect(await failure(await send('chat', body, third))).toMatchObject({
    code: 'upstream_rejected',
    vendorName: 'INVALID_ARGUMENT',
  })
  const unknown = { ...third, upstreamId: 'gemini-0' }
  const fine = encode({ contents: [{ parts: [{ text: 'hi' }] }] })
  expect((await failure(await send('chat', fine, unknown))).code).toBe('upstream_model_unavailable')
  const url = `${simulator.url}/v1beta/models/${third.id}:generateContent`
  const wrongKey = await fetch(url, { method: 'POST', headers: { 'x-goog-api-key': 'wrong' }, body: '{}' })
  expect((await failure(wrongKey)).code).toBe('provider_auth')
})

const about: AnswerAbout = {
  answerId: 'r1',
  createdAtS: 1_795_219_200,
  model: 'some-model',
  streamUsage: true,
  elapsedMs: 12,
  vectorEncoding: 'float',
  asked: {},
  modelName: 'Some Model',
  reason: 'default',
  conversation: null,
  elapsedMsNow: () => 12,
  costNanoUsd: () => null,
}

/** The official client, which gets what the face writes. */
const client = (body: Uint8Array, contentType: string, status = 200) =>
  new GoogleGenAI({
    apiKey: 'k',
    httpOptions: {
      fetch: () =>
        Promise.resolve(
          new Response(Uint8Array.from(body), { status, headers: { 'content-type': contentType } }),
        ),
    },
  })
const answer = {
  parts: [
    { kind: 'reasoning', text: 'hm', signature: { signer: 'anthropic', value: 'c2ln' } },
    { kind: 'text', text: 'Grüße' },
    { kind: 'tool-call', id: 'toolu_1', name: 'f', argumentsJson: '{"a":1}' },
  ],
  finish: { reason: 'tool-calls', raw: 'tool_use' },
  usage: {
    inputTokens: 3,
    cacheReadTokens: null,
    cacheWrite5mTokens: null,
    cacheWrite1hTokens: null,
    outputTokens: 5,
    reasoningTokens: 1,
  },
  logprobs: null,
  serviceTier: null,
  upstreamLatencyMs: null,
} as const

test('the official client reads what the face writes, whole and streamed', async () => {
  const got = await client(gemini.writeResult(answer, about), 'application/json').models.generateContent({
    model: 'm',
    contents: 'hi',
  })
  expect(got.text).toBe('Grüße')
  expect(got.functionCalls).toEqual([{ id: 'toolu_1', name: 'f', args: { a: 1 } }])
  expect(got.usageMetadata).toMatchObject({
    promptTokenCount: 3,
    candidatesTokenCount: 4,
    thoughtsTokenCount: 1,
  })
  expect(got.candidates?.[0]?.finishReason).toBe('STOP')
  expect([got.modelVersion, got.responseId]).toEqual([about.model, about.answerId])

  const writer = gemini.streamWriter(about)
  const events = [
    writer.write({ type: 'start' }),
    writer.write({ type: 'block-start', index: 0, block: { kind: 'text' } }),
    writer.write({ type: 'text-delta', index: 0, text: 'Grü' }),
    writer.write({ type: 'text-delta', index: 0, text: 'ße' }),
    writer.write({ type: 'block-end', index: 0 }),
    writer.write({ type: 'finish', finish: { reason: 'length', raw: 'max_tokens' } }),
    writer.write({ type: 'usage', usage: answer.usage, upstreamLatencyMs: null }),
    writer.end(),
  ]
  const stream = Buffer.concat(events.filter((bytes) => bytes !== null))
  const chat = client(stream, gemini.streamContentType).chats.create({ model: 'm' })
  let text = ''
  let last: string | undefined
  for await (const chunk of await chat.sendMessageStream({ message: 'hi' })) {
    text += chunk.text ?? ''
    last = chunk.candidates?.[0]?.finishReason ?? last
  }
  expect([text, last]).toEqual(['Grüße', 'MAX_TOKENS'])
  // What the client keeps as history is read as one message again.
  const contents = [...chat.getHistory(), { role: 'user', parts: [{ text: 'go on' }] }]
  expect(read(gemini, { contents }).messages[1]).toEqual({
    role: 'assistant',
    parts: [{ kind: 'text', text: 'Grüße' }],
  })
})
