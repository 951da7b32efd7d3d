import { InvokeModelCommand, InvokeModelWithResponseStreamCommand } from '@aws-sdk/client-bedrock-runtime'
import type { AnswerPart, ChatResult } from '@pointsman/contract'
import { PointsmanError, unknownUsage } from '@pointsman/contract'
import fc from 'fast-check'
import { expect, it } from 'vitest'

import { awsClient } from '../testing/aws-client.ts'
import { converseCall, openaiCall } from '../testing/calls.ts'
import { everyCut, join, randomCut } from '../testing/cut.ts'
import {
  about,
  decode,
  decodeJson,
  dialectNamed,
  encode,
  encodeJson,
  refusal,
  target,
} from '../testing/dialects-for-tests.ts'
import { partsOf, readAll, writeAll } from '../testing/read-all.ts'
import { smithyFrame } from '../testing/smithy.ts'

const nova = dialectNamed('bedrock-invoke-nova')
const converse = dialectNamed('bedrock-converse')
const scan = (body: object) => nova.scanRequest(encodeJson(body), false)
const read = (body: object) => nova.readRequest(scan(body))
const user = { role: 'user', content: [{ text: 'hi' }] }

const chunk = (event: unknown): Uint8Array =>
  smithyFrame(
    { ':event-type': 'chunk', ':content-type': 'application/json', ':message-type': 'event' },
    encodeJson({ bytes: Buffer.from(JSON.stringify(event)).toString('base64'), p: 'abcdefg' }),
  )
const golden = [
  chunk({ messageStart: { role: 'assistant' } }),
  chunk({ contentBlockDelta: { delta: { text: 'Grüße ' }, contentBlockIndex: 0 } }),
  chunk({ contentBlockDelta: { delta: { text: '👩‍👩‍👧' }, contentBlockIndex: 0 } }),
  chunk({ contentBlockStop: { contentBlockIndex: 0 } }),
  chunk({ contentBlockStart: { start: { toolUse: { toolUseId: 't1', name: 'f' } }, contentBlockIndex: 1 } }),
  chunk({ contentBlockDelta: { delta: { toolUse: { input: '{"a":1}' } }, contentBlockIndex: 1 } }),
  chunk({ contentBlockStop: { contentBlockIndex: 1 } }),
  chunk({ messageStop: { stopReason: 'tool_use' } }),
  chunk({
    metadata: {
      usage: { inputTokens: 9, outputTokens: 4, cacheReadInputTokenCount: 3, cacheWriteInputTokenCount: 2 },
      metrics: {},
      trace: {},
    },
    'amazon-bedrock-invocationMetrics': { inputTokenCount: 9, outputTokenCount: 4, invocationLatency: 321 },
  }),
]
const bytes = join(golden)
const usage = { ...unknownUsage, inputTokens: 9, outputTokens: 4, cacheReadTokens: 3, cacheWrite5mTokens: 2 }
const parts: readonly AnswerPart[] = [
  { type: 'start' },
  { type: 'block-start', index: 0, block: { kind: 'text' } },
  { type: 'text-delta', index: 0, text: 'Grüße ' },
  { type: 'text-delta', index: 0, text: '👩‍👩‍👧' },
  { type: 'block-end', index: 0 },
  { type: 'block-start', index: 1, block: { kind: 'tool-call', id: 't1', name: 'f' } },
  { type: 'tool-arguments-delta', index: 1, json: '{"a":1}' },
  { type: 'block-end', index: 1 },
  { type: 'finish', finish: { reason: 'tool-calls', raw: 'tool_use' } },
  { type: 'usage', usage, upstreamLatencyMs: null },
  { type: 'usage', usage, upstreamLatencyMs: 321 },
]
const readStream = (mode: 'relay' | 'translate', pieces: readonly Uint8Array[]) =>
  readAll(nova.streamReader({ mode, hideUsage: false }), pieces)

it('reads what Converse has under other names', () => {
  const call = read({
    schemaVersion: 'messages-v1',
    system: [{ text: 'be short' }],
    messages: [user],
    inferenceConfig: { max_new_tokens: 10, temperature: 0.5, top_p: 0.9, topK: 20, stopSequences: ['x'] },
    toolConfig: { tools: [{ toolSpec: { name: 'f', inputSchema: { json: { type: 'object' } } } }] },
    reasoningConfig: { type: 'enabled', maxReasoningEffort: 'low' },
  })
  expect(call).toMatchObject({
    system: [{ kind: 'text', text: 'be short' }],
    sampling: { maxTokens: 10, temperature: 0.5, topP: 0.9, topK: 20, stopSequences: ['x'] },
    tools: [{ name: 'f' }],
    reasoning: { effort: 'low' },
    extras: {},
  })
  expect(scan({ messages: [user], reasoningConfig: { type: 'enabled' } }).needs.reasoning).toBe(true)
  expect(scan({ messages: [user] }).needs.reasoning).toBe(false)
})

it.each([
  [{ messages: [user], inferenceConfig: { max_new_tokens: 0 } }, 'inferenceConfig.max_new_tokens'],
  [{ messages: [user], inferenceConfig: { maxTokens: 'a' } }, 'inferenceConfig.maxTokens'],
  [{ messages: [user], inferenceConfig: { top_p: 7 } }, 'inferenceConfig.top_p'],
  [{ messages: [user], schemaVersion: 'messages-v0' }, 'schemaVersion'],
  [{ messages: [{ role: 'user', content: [{}] }] }, 'messages[0].content[0]'],
])('refuses %j for its %s', (body, field) => {
  expect(refusal(() => read(body))).toMatchObject({ code: 'invalid_request', details: { field } })
})

it('writes a body that it reads as the same call', () => {
  const call = openaiCall({
    messages: [
      { role: 'system', content: 'be short' },
      { role: 'user', content: 'hi' },
    ],
    max_tokens: 10,
    temperature: 0.5,
    reasoning_effort: 'low',
  })
  const to = target({ generation: 2, abilities: { reasoning: true } })
  const { body, warnings } = nova.writeRequest(
    { ...call, sampling: { ...call.sampling, topK: 7 }, metadata: { a: 'b' } },
    to,
  )
  expect(decodeJson(body)).toEqual({
    schemaVersion: 'messages-v1',
    system: [{ text: 'be short' }],
    messages: [user],
    inferenceConfig: { maxTokens: 10, temperature: 0.5, topK: 7 },
    reasoningConfig: { type: 'enabled', maxReasoningEffort: 'low' },
  })
  expect(warnings).toEqual(['requestMetadata: InvokeModel takes it as a header only; it was left out'])
  expect(nova.readRequest(nova.scanRequest(body, false))).toMatchObject({
    sampling: { maxTokens: 10, topK: 7 },
    reasoning: { effort: 'low' },
  })
})

it('refuses what would change the meaning if it were left out', () => {
  const guarded = converseCall({ guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: '1' } })
  expect(refusal(() => nova.writeRequest(guarded, target()))).toMatchObject({
    code: 'unsupported_parameter',
    details: { field: 'guardrailConfig' },
  })
})

it('keeps long numbers of tool arguments', () => {
  const exact =
    '{"messages":[{"role":"user","content":[{"text":"hi"}]},{"role":"assistant","content":[{"toolUse":{"toolUseId":"t","name":"f","input":{"id":1234567890123456789}}}]},{"role":"user","content":[{"toolResult":{"toolUseId":"t","content":[{"text":"ok"}]}}]}]}'
  const call = nova.readRequest(nova.scanRequest(encode(exact), false))
  expect(decode(nova.writeRequest(call, target()).body)).toContain('{"id":1234567890123456789}')
})

const result: ChatResult = {
  parts: [{ kind: 'text', text: 'hello' }],
  finish: { reason: 'stop', raw: 'end_turn' },
  usage,
  logprobs: null,
  serviceTier: null,
  upstreamLatencyMs: 12,
}

it('writes and reads whole answers, counts under their own names', () => {
  const written = nova.writeResult(result, about)
  expect(decodeJson(written)).toEqual({
    output: { message: { role: 'assistant', content: [{ text: 'hello' }] } },
    stopReason: 'end_turn',
    usage: {
      inputTokens: 9,
      outputTokens: 4,
      totalTokens: 18,
      cacheReadInputTokenCount: 3,
      cacheWriteInputTokenCount: 2,
    },
  })
  expect(nova.readResult(written)).toEqual({ ...result, upstreamLatencyMs: null })
  expect(refusal(() => nova.readResult(encodeJson({ completion: 'hi' }))).code).toBe('upstream_broken')
})

it('reads a stream into parts, and the same however it is cut', () => {
  for (const mode of ['relay', 'translate'] as const) {
    const whole = readStream(mode, [bytes])
    expect(partsOf(whole)).toEqual(mode === 'translate' ? parts : [parts[0], ...parts.slice(-3)])
    // Where it is read, the end of a block is nothing that a client waits for.
    const end = mode === 'translate' ? 'other' : 'content'
    expect(whole.map((frame) => frame.role)).toEqual([
      'opening',
      'content',
      'content',
      end,
      'content',
      'content',
      end,
      'closing',
      'closing',
    ])
    expect(join(whole.map((frame) => frame.bytes))).toEqual(bytes)
    for (const pieces of everyCut(bytes)) expect(readStream(mode, pieces)).toEqual(whole)
    fc.assert(
      fc.property(randomCut(bytes), (pieces) => {
        expect(readStream(mode, pieces)).toEqual(whole)
      }),
    )
  }
})

it('calls a stream broken whose chunk is cut or damaged, and counts events that it does not know', () => {
  expect(refusal(() => readStream('relay', [bytes.subarray(0, -1)])).code).toBe('upstream_broken')
  const damaged = smithyFrame(
    { ':event-type': 'chunk', ':message-type': 'event' },
    encodeJson({ bytes: '%' }),
  )
  expect(refusal(() => readStream('relay', [damaged])).code).toBe('upstream_broken')
  const half = chunk({}).slice()
  expect(partsOf(readStream('translate', [half]))).toEqual([{ type: 'unrecognised', name: 'empty chunk' }])
  expect(partsOf(readStream('translate', [chunk({ contentBlockHint: {} })]))).toEqual([
    { type: 'unrecognised', name: 'contentBlockHint' },
  ])
})

it("takes Bedrock's own counts where the vendor's events tell none", () => {
  const metrics = { inputTokenCount: 5, outputTokenCount: 2 }
  const last = chunk({ metadata: {}, 'amazon-bedrock-invocationMetrics': metrics })
  expect(partsOf(readStream('relay', [last]))).toEqual([
    { type: 'usage', usage: { ...unknownUsage, inputTokens: 5, outputTokens: 2 }, upstreamLatencyMs: null },
  ])
})

async function clientEvents(pieces: readonly Uint8Array[]): Promise<readonly unknown[]> {
  const headers = { 'content-type': nova.streamContentType }
  const client = awsClient({ status: 200, headers, pieces })
  const command = new InvokeModelWithResponseStreamCommand({ modelId: 'm', body: '{}' })
  const answer = await client.send(command)
  const events: unknown[] = []
  for await (const event of answer.body ?? []) {
    if (event.chunk?.bytes === undefined) throw new Error('the client knows no such event')
    events.push(decodeJson(event.chunk.bytes))
  }
  return events
}

it('writes streams that the AWS client reads', async () => {
  const written = writeAll(nova.streamWriter(about), parts)
  const events = await clientEvents(written)
  expect(events[0]).toEqual({ messageStart: { role: 'assistant' } })
  expect(events.at(-1)).toEqual({
    metadata: {
      usage: {
        inputTokens: 9,
        outputTokens: 4,
        totalTokens: 18,
        cacheReadInputTokenCount: 3,
        cacheWriteInputTokenCount: 2,
      },
      metrics: {},
      trace: {},
    },
    'amazon-bedrock-invocationMetrics': {
      inputTokenCount: 9,
      outputTokenCount: 4,
      invocationLatency: 321,
      cacheReadInputTokenCount: 3,
      cacheWriteInputTokenCount: 2,
    },
  })
  expect(partsOf(readStream('translate', written))).toEqual(parts)
})

it.each([
  ['upstream_throttled', 'ThrottlingException'],
  ['upstream_timeout_idle', 'ModelTimeoutException'],
  ['upstream_broken', 'ModelStreamErrorException'],
] as const)('tells the AWS client of %s inside a stream as %s', async (code, name) => {
  const error = nova.writeStreamError(new PointsmanError(code, 'broke off'))
  await expect(clientEvents([...golden.slice(0, 3), error])).rejects.toMatchObject({ name })
  expect(readStream('relay', [error])[0]?.role).toBe('error')
})

it('ends nothing after an error', () => {
  const written = writeAll(nova.streamWriter(about), [
    { type: 'start' },
    { type: 'error', error: { name: 'modelTimeoutException', message: 'slow' } },
  ])
  expect(written).toHaveLength(2)
  expect(partsOf(readStream('translate', written)).at(-1)).toEqual({
    type: 'error',
    error: { name: 'modelTimeoutException', message: 'slow' },
  })
})

it('answers and refuses so that the AWS client reads it', async () => {
  const body = nova.writeResult(result, about)
  const client = awsClient({ status: 200, headers: { 'content-type': 'application/json' }, pieces: [body] })
  const answer = await client.send(new InvokeModelCommand({ modelId: 'm', body: '{}' }))
  expect(decodeJson(answer.body)).toEqual(decodeJson(body))
  const refused = nova.writeError(new PointsmanError('invalid_request', 'no'), 'id')
  expect(refused).toEqual(converse.writeError(new PointsmanError('invalid_request', 'no'), 'id'))
})

it('passes no thought of another model to Nova, nor its own', () => {
  const passes = (content: readonly object[]) =>
    nova.takesBytes?.(scan({ messages: [user, { role: 'assistant', content }, user] }), target())
  const thought = { reasoningContent: { reasoningText: { text: 'hm', signature: 's' } } }
  expect([passes([{ text: 'b' }]), passes([thought, { text: 'b' }])]).toEqual([true, false])
})
