import { createHash, createHmac } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  modelId,
  providerId,
  wholeBody,
  type AnswerPart,
  type DialectName,
  type Model,
  type Operation,
} from '@pointsman/contract'
import { createOpenai } from '@pointsman/providers'
import { startSimulator, type SimulatedModel, type Simulator } from '@pointsman/simulator'
import { createDialects, type Dialect } from '@pointsman/wire'

/** What OpenAI's dialects write for OpenAI, judged by a server that was written apart from them. */
const model: Model = {
  id: modelId('gpt-5-mini'),
  name: 'GPT-5 mini',
  vendor: 'openai',
  provider: providerId('openai'),
  upstreamId: 'gpt-5-mini',
  purpose: 'chat',
  kind: 'direct',
  baseModelId: null,
  family: 'gpt',
  tier: null,
  generation: 5,
  format: 'openai',
  contextTokens: 100_000,
  maxOutputTokens: 4_000,
  abilities: {
    tools: true,
    toolsStreaming: true,
    images: true,
    documents: true,
    streaming: true,
    jsonSchema: true,
    promptCaching: true,
    reasoning: true,
  },
  sourceRegions: [],
  destinationRegions: [],
  lifecycle: { status: 'active', endsOn: null, replacement: null },
  enabled: true,
  priority: 1,
}
const simulated: SimulatedModel = { ...model, lifecycle: { status: 'active', endsOn: null } }
const key = 'sk-right'
const target = { upstreamId: model.upstreamId, model }
const dialects = createDialects({ crc32: (bytes, start) => crc32(bytes, start) })
const provider = createOpenai()
const digests = {
  sha256Hex: (data: Uint8Array | string) => createHash('sha256').update(data).digest('hex'),
  hmacSha256: (secret: Uint8Array | string, data: string) =>
    new Uint8Array(createHmac('sha256', secret).update(data).digest()),
  hmacSha256Hex: (secret: Uint8Array | string, data: string) =>
    createHmac('sha256', secret).update(data).digest('hex'),
}
const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

function dialect(name: DialectName): Dialect {
  const found = dialects.get(name)
  if (found === undefined) throw new Error(`there is no dialect ${name}`)
  return found
}

let simulator: Simulator
beforeAll(async () => {
  simulator = await startSimulator({
    models: [simulated, { ...simulated, id: 'text-embedding-3-small', purpose: 'embedding' }],
    credentials: { apiKeys: [key] },
    latency: { firstTokenMs: 0, perTokenMs: 0 },
  })
})
afterAll(() => simulator.close())

async function send(operation: Operation, name: DialectName, body: Uint8Array): Promise<Uint8Array> {
  const request = provider.buildRequest(
    {
      operation,
      dialect: name,
      callerHeaders: [],
      upstreamId: model.upstreamId,
      region: '',
      body,
      credential: { kind: 'bearer', token: key },
      baseUrl: `${simulator.url}/v1`,
      nowMs: 0,
    },
    digests,
  )
  const headers = new Headers()
  for (let at = 0; at < request.headers.length; at += 2) {
    const [header, value] = request.headers.slice(at, at + 2)
    if (header !== undefined && header !== 'host' && value !== undefined) headers.set(header, value)
  }
  const answer = await fetch(request.origin + request.path, {
    method: request.method,
    headers,
    body: Buffer.from(wholeBody(request.body)),
  })
  const bytes = new Uint8Array(await answer.arrayBuffer())
  expect(answer.status, new TextDecoder().decode(bytes)).toBe(200)
  return bytes
}

// One pixel.
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** A conversation begun with a model on Bedrock: thoughts, long ids, a result with a picture. */
const begun = {
  system: [{ text: 'Be brief.' }],
  messages: [
    { role: 'user', content: [{ text: 'What is in the picture?' }] },
    {
      role: 'assistant',
      content: [
        { reasoningContent: { reasoningText: { text: 'hm', signature: 'c2ln' } } },
        { text: 'I look.' },
        { toolUse: { toolUseId: `tooluse_${'x'.repeat(50)}`, name: 'look', input: { at: 1 } } },
      ],
    },
    {
      role: 'user',
      content: [
        {
          toolResult: {
            toolUseId: `tooluse_${'x'.repeat(50)}`,
            content: [{ text: 'seen:' }, { image: { format: 'png', source: { bytes: png } } }],
          },
        },
        { text: 'And?' },
      ],
    },
  ],
  inferenceConfig: { maxTokens: 200, temperature: 0.5 },
  toolConfig: {
    tools: [
      {
        toolSpec: {
          name: 'look',
          inputSchema: { json: { type: 'object', properties: { at: { type: 'integer' } } } },
        },
      },
    ],
  },
}
const call = (stream: boolean) => {
  const face = dialect('bedrock-converse')
  return face.readRequest(face.scanRequest(encode(begun), stream))
}

test.each(['openai-chat', 'openai-responses'] as const)(
  'a conversation begun elsewhere goes on in %s, whole and streamed',
  async (name) => {
    const to = dialect(name)
    const written = to.writeRequest(call(false), target)
    expect(written.warnings.some((warning) => warning.startsWith('temperature: '))).toBe(true)
    const result = to.readResult(await send('chat', name, written.body))
    expect(result.parts.length).toBeGreaterThan(0)
    expect(result.usage.inputTokens).toBeGreaterThan(0)

    const streamed = await send('chat-stream', name, to.writeRequest(call(true), target).body)
    const reader = to.streamReader({ mode: 'translate', hideUsage: false })
    const parts: readonly AnswerPart[] = [...reader.push(streamed), ...reader.end()].flatMap(
      (frame) => frame.parts,
    )
    expect(parts.filter(({ type }) => type === 'unrecognised')).toEqual([])
    expect(parts.filter(({ type }) => type === 'finish' || type === 'usage')).toHaveLength(2)
    expect(parts.some(({ type }) => type === 'finish')).toBe(true)
  },
)

test('sealed thoughts of a response are taken back in the next turn', async () => {
  const to = dialect('openai-responses')
  const first = { ...call(false), messages: call(false).messages.slice(0, 1), tools: [] }
  const asked = { ...first, reasoning: { effort: 'low', budgetTokens: null, summary: 'auto' } }
  const result = to.readResult(await send('chat', to.name, to.writeRequest(asked, target).body))
  expect(result.parts.some(({ kind }) => kind === 'reasoning' || kind === 'redacted-reasoning')).toBe(true)
  const next = {
    ...asked,
    messages: [
      ...first.messages,
      { role: 'assistant', parts: result.parts } as const,
      { role: 'user', parts: [{ kind: 'text', text: 'And?' }] } as const,
    ],
  }
  const written = to.writeRequest(next, target)
  expect(new TextDecoder().decode(written.body)).toContain('"encrypted_content"')
  await send('chat', to.name, written.body)
})

test('embeddings come as they were asked', async () => {
  const form = dialect('openai-chat').embed
  if (form === null) throw new Error('the dialect has embeddings')
  const scanned = form.scanRequest(encode({ input: ['a', 'b'], dimensions: 16 }), null)
  const to = { ...target, upstreamId: 'text-embedding-3-small' }
  const { body } = form.writeRequest(form.readRequest(scanned), to)
  const result = form.readResult(await send('embed', 'openai-chat', body))
  expect(result.vectors.map((vector) => vector.length)).toEqual([16, 16])
  expect(result.usage.inputTokens).toBeGreaterThan(0)
})
