import { ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime'
import type { ConverseStreamOutput } from '@aws-sdk/client-bedrock-runtime'
import type { AnswerPart } from '@pointsman/contract'
import { unknownUsage } from '@pointsman/contract'
import fc from 'fast-check'
import { expect, it } from 'vitest'

import { awsClient } from '../testing/aws-client.ts'
import { everyCut, join, randomCut } from '../testing/cut.ts'
import { about, decode, dialects, encode, encodeJson, refusal } from '../testing/dialects-for-tests.ts'
import { partsOf, readAll, writeAll } from '../testing/read-all.ts'
import { smithyFrame } from '../testing/smithy.ts'

const { bedrockConverse, openaiChat } = dialects
const frame = (headers: Readonly<Record<string, string>>, payload: unknown): Uint8Array =>
  smithyFrame(headers, payload === null ? new Uint8Array(0) : encodeJson(payload))
const event = (name: string, payload: object): Uint8Array =>
  frame(
    { ':event-type': name, ':content-type': 'application/json', ':message-type': 'event' },
    { ...payload, p: 'abcdefghij' },
  )

/** As Bedrock sends it: text and reasoning begin without a word, metadata comes after messageStop. */
const golden = [
  event('messageStart', { role: 'assistant' }),
  event('contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { text: 'hm' } } }),
  event('contentBlockDelta', {
    contentBlockIndex: 0,
    delta: { reasoningContent: { signature: 'sig' } },
  }),
  event('contentBlockDelta', {
    contentBlockIndex: 0,
    delta: { reasoningContent: { redactedContent: 'AQID' } },
  }),
  event('contentBlockStop', { contentBlockIndex: 0 }),
  event('contentBlockDelta', { contentBlockIndex: 1, delta: { text: '' } }),
  event('contentBlockDelta', { contentBlockIndex: 1, delta: { text: 'Grüße ' } }),
  event('contentBlockDelta', { contentBlockIndex: 1, delta: { text: '👩‍👩‍👧 e\u0301' } }),
  event('contentBlockStop', { contentBlockIndex: 1 }),
  event('contentBlockStart', { contentBlockIndex: 2, start: { toolUse: { toolUseId: 't1', name: 'f' } } }),
  event('contentBlockDelta', { contentBlockIndex: 2, delta: { toolUse: { input: '{"a"' } } }),
  event('contentBlockDelta', { contentBlockIndex: 2, delta: { toolUse: { input: ':1}' } } }),
  event('contentBlockStop', { contentBlockIndex: 2 }),
  event('contentBlockStart', { contentBlockIndex: 3, start: { toolUse: { toolUseId: 't2', name: 'g' } } }),
  event('contentBlockDelta', { contentBlockIndex: 3, delta: { toolUse: { input: '' } } }),
  event('contentBlockStop', { contentBlockIndex: 3 }),
  event('messageStop', { stopReason: 'tool_use' }),
  event('metadata', {
    usage: { inputTokens: 9, outputTokens: 4, totalTokens: 13, serverToolUsage: {} },
    metrics: { latencyMs: 321 },
  }),
]
const bytes = join(golden)
const usage = { ...unknownUsage, inputTokens: 9, outputTokens: 4 }
const parts: readonly AnswerPart[] = [
  { type: 'start' },
  { type: 'block-start', index: 0, block: { kind: 'reasoning' } },
  { type: 'reasoning-delta', index: 0, text: 'hm' },
  { type: 'reasoning-signature', index: 0, signature: { signer: 'bedrock', value: 'sig' } },
  { type: 'redacted-reasoning', index: 0, data: { signer: 'bedrock', value: 'AQID' } },
  { type: 'block-end', index: 0 },
  { type: 'block-start', index: 1, block: { kind: 'text' } },
  { type: 'text-delta', index: 1, text: 'Grüße ' },
  { type: 'text-delta', index: 1, text: '👩‍👩‍👧 e\u0301' },
  { type: 'block-end', index: 1 },
  { type: 'block-start', index: 2, block: { kind: 'tool-call', id: 't1', name: 'f' } },
  { type: 'tool-arguments-delta', index: 2, json: '{"a"' },
  { type: 'tool-arguments-delta', index: 2, json: ':1}' },
  { type: 'block-end', index: 2 },
  { type: 'block-start', index: 3, block: { kind: 'tool-call', id: 't2', name: 'g' } },
  { type: 'block-end', index: 3 },
  { type: 'finish', finish: { reason: 'tool-calls', raw: 'tool_use' } },
  { type: 'usage', usage, upstreamLatencyMs: 321 },
]

const read = (mode: 'relay' | 'translate', pieces: readonly Uint8Array[]) =>
  readAll(bedrockConverse.streamReader({ mode, hideUsage: false }), pieces)
const write = (these: readonly AnswerPart[]): readonly Uint8Array[] =>
  writeAll(bedrockConverse.streamWriter(about), these)

it('reads a stream into parts; blocks that begin without a word begin all the same', () => {
  expect(partsOf(read('translate', [bytes]))).toEqual(parts)
})

it('passes a stream on byte for byte, and reads finish and usage only', () => {
  const frames = read('relay', [bytes])
  expect(join(frames.map((one) => one.bytes))).toEqual(bytes)
  expect(partsOf(frames)).toEqual([parts[0], ...parts.slice(-2)])
  expect(frames.map((one) => one.role)).toEqual([
    'opening',
    ...Array<string>(15).fill('content'),
    'closing',
    'closing',
  ])
})

it('reads the same however the bytes are cut, and never breaks a character', () => {
  for (const mode of ['relay', 'translate'] as const) {
    const whole = read(mode, [bytes])
    for (const pieces of everyCut(bytes)) expect(read(mode, pieces)).toEqual(whole)
    fc.assert(
      fc.property(randomCut(bytes), (pieces) => {
        expect(read(mode, pieces)).toEqual(whole)
      }),
    )
  }
})

it('does not commit to an answer before it has content', () => {
  const roles = read('translate', golden).map((one) => one.role)
  expect(roles[0]).toBe('opening')
  expect(roles[1]).toBe('content')
  // The empty first delta of a text block brings nothing.
  expect(roles[5]).toBe('other')
})

async function clientEvents(pieces: readonly Uint8Array[]): Promise<readonly ConverseStreamOutput[]> {
  const client = awsClient({
    status: 200,
    headers: { 'content-type': bedrockConverse.streamContentType },
    pieces,
  })
  const answer = await client.send(new ConverseStreamCommand({ modelId: 'm', messages: [] }))
  const events: ConverseStreamOutput[] = []
  for await (const one of answer.stream ?? []) events.push(one)
  return events
}

it('is understood by the official client', async () => {
  const written = write(parts)
  const expected = [
    { messageStart: { role: 'assistant' } },
    { contentBlockDelta: { contentBlockIndex: 0, delta: { reasoningContent: { text: 'hm' } } } },
    {
      contentBlockDelta: {
        contentBlockIndex: 0,
        delta: { reasoningContent: { signature: 'sig' } },
      },
    },
    {
      contentBlockDelta: {
        contentBlockIndex: 0,
        delta: { reasoningContent: { redactedContent: new Uint8Array([1, 2, 3]) } },
      },
    },
    { contentBlockStop: { contentBlockIndex: 0 } },
    { contentBlockDelta: { contentBlockIndex: 1, delta: { text: 'Grüße ' } } },
    { contentBlockDelta: { contentBlockIndex: 1, delta: { text: '👩‍👩‍👧 e\u0301' } } },
    { contentBlockStop: { contentBlockIndex: 1 } },
    { contentBlockStart: { contentBlockIndex: 2, start: { toolUse: { toolUseId: 't1', name: 'f' } } } },
    { contentBlockDelta: { contentBlockIndex: 2, delta: { toolUse: { input: '{"a"' } } } },
    { contentBlockDelta: { contentBlockIndex: 2, delta: { toolUse: { input: ':1}' } } } },
    { contentBlockStop: { contentBlockIndex: 2 } },
    { contentBlockStart: { contentBlockIndex: 3, start: { toolUse: { toolUseId: 't2', name: 'g' } } } },
    { contentBlockStop: { contentBlockIndex: 3 } },
    { messageStop: { stopReason: 'tool_use' } },
    {
      metadata: { usage: { inputTokens: 9, outputTokens: 4, totalTokens: 13 }, metrics: { latencyMs: 321 } },
    },
  ]
  expect(await clientEvents(written)).toEqual(expected)
})

it('is read back as it was written, however it is cut', () => {
  const written = join(write(parts))
  expect(partsOf(read('translate', [written]))).toEqual(parts)
  fc.assert(
    fc.property(randomCut(written), (pieces) => {
      expect(partsOf(read('translate', pieces))).toEqual(parts)
    }),
  )
})

it('tells usage after the finish, wherever it came', () => {
  const early = [parts[0], parts.at(-1), ...parts.slice(1, -1)].filter((part) => part !== undefined)
  expect(partsOf(read('translate', [join(write(early))]))).toEqual(parts)
})

it('tells a time of its own where the vendor told none, which typed clients must have', async () => {
  const untimed = parts.with(-1, { type: 'usage', usage, upstreamLatencyMs: null })
  for (const these of [untimed, parts.slice(0, -1)])
    expect((await clientEvents(write(these))).at(-1)).toMatchObject({
      metadata: { metrics: { latencyMs: about.elapsedMsNow() } },
    })
})

it('never ends an answer that did not finish', () => {
  const unfinished = parts.slice(0, -2)
  const frames = read('translate', [join(write(unfinished))])
  expect(frames.some((one) => one.role === 'closing')).toBe(false)
})

it('reads both kinds of errors inside a stream', () => {
  for (const mode of ['relay', 'translate'] as const) {
    const exception = frame(
      {
        ':message-type': 'exception',
        ':exception-type': 'throttlingException',
        ':content-type': 'application/json',
      },
      { message: 'Too many requests, please wait before trying again.' },
    )
    expect(read(mode, [golden[0] ?? bytes, exception]).at(-1)).toMatchObject({
      role: 'error',
      parts: [
        {
          type: 'error',
          error: {
            name: 'throttlingException',
            message: 'Too many requests, please wait before trying again.',
          },
        },
      ],
    })
    const error = frame(
      { ':message-type': 'error', ':error-code': 'InternalError', ':error-message': 'oh' },
      null,
    )
    expect(read(mode, [error]).at(-1)).toMatchObject({
      role: 'error',
      parts: [{ error: { name: 'InternalError', message: 'oh' } }],
    })
    const bare = frame({ ':message-type': 'exception', ':exception-type': 'x' }, null)
    expect(partsOf(read(mode, [bare]))).toEqual([{ type: 'error', error: { name: 'x', message: '' } }])
  }
})

it('writes errors that the official client throws by class', async () => {
  const begin = write(parts.slice(0, 3))
  const failing = writeAll(bedrockConverse.streamWriter(about), [
    ...parts.slice(0, 3),
    { type: 'error', error: { name: 'throttlingException', message: 'slow' } },
  ])
  await expect(clientEvents(failing)).rejects.toMatchObject({ name: 'ThrottlingException', message: 'slow' })
  const unknown = writeAll(bedrockConverse.streamWriter(about), [
    { type: 'error', error: { name: 'server_error', message: 'x' } },
  ])
  await expect(clientEvents([...begin, ...unknown])).rejects.toMatchObject({
    name: 'ModelStreamErrorException',
  })
})

it('counts what it does not know, and carries on', () => {
  const odd = [
    golden[0] ?? bytes,
    event('aNewEvent', { a: 1 }),
    event('contentBlockStart', { contentBlockIndex: 0, start: { image: { format: 'png' } } }),
    event('contentBlockDelta', { contentBlockIndex: 0, delta: { image: { source: {} } } }),
    event('contentBlockStop', { contentBlockIndex: 0 }),
    event('contentBlockDelta', { contentBlockIndex: 1, delta: { citation: {} } }),
    event('contentBlockDelta', { contentBlockIndex: 1, delta: { text: 'x' } }),
    event('contentBlockStop', { contentBlockIndex: 1 }),
    event('messageStop', { stopReason: 'a_new_word' }),
  ]
  expect(partsOf(read('translate', odd))).toEqual([
    { type: 'start' },
    { type: 'unrecognised', name: 'aNewEvent' },
    { type: 'unrecognised', name: 'contentBlockStart.image' },
    { type: 'unrecognised', name: 'contentBlockDelta.image' },
    { type: 'unrecognised', name: 'contentBlockDelta.citation' },
    { type: 'block-start', index: 0, block: { kind: 'text' } },
    { type: 'text-delta', index: 0, text: 'x' },
    { type: 'block-end', index: 0 },
    { type: 'finish', finish: { reason: 'other', raw: 'a_new_word' } },
  ])
  expect(read('relay', odd)[1]).toMatchObject({
    role: 'other',
    parts: [{ type: 'unrecognised', name: 'aNewEvent' }],
  })
})

it('keeps blocks of tools that run at the vendor, and new ones, where the face is the same', () => {
  const use = { toolUseId: 'a', name: 'nova_grounding', type: 'server_tool_use' }
  const result = { toolUseId: 'a', type: 'nova_grounding_result', status: 'success' }
  const odd = [
    event('messageStart', { role: 'assistant' }),
    event('contentBlockStart', { contentBlockIndex: 0, start: { toolUse: use } }),
    event('contentBlockDelta', { contentBlockIndex: 0, delta: { toolUse: { input: '{}' } }, p: 'ab' }),
    event('contentBlockStop', { contentBlockIndex: 0 }),
    event('contentBlockStart', { contentBlockIndex: 1, start: { toolResult: result } }),
    event('contentBlockDelta', { contentBlockIndex: 1, delta: { toolResult: [{ json: {} }] } }),
    event('contentBlockStop', { contentBlockIndex: 1 }),
    event('contentBlockDelta', { contentBlockIndex: 2, delta: { news: 1 } }),
    event('contentBlockStop', { contentBlockIndex: 2 }),
    event('contentBlockDelta', { contentBlockIndex: 3, delta: { text: 'x' } }),
    event('contentBlockStop', { contentBlockIndex: 3 }),
    event('messageStop', { stopReason: 'end_turn' }),
  ]
  const frames = read('translate', odd)
  // What only one API has is not yet the commit point.
  expect(frames.findIndex(({ role }) => role === 'content')).toBe(9)
  const foreign = { kind: 'foreign', dialect: 'bedrock-converse' } as const
  const all = partsOf(frames)
  expect(all).toEqual([
    { type: 'start' },
    { type: 'unrecognised', name: 'contentBlockStart.toolUse' },
    { type: 'block-start', index: 0, block: { ...foreign, name: 'toolUse', value: use } },
    { type: 'foreign-delta', index: 0, value: { toolUse: { input: '{}' } } },
    { type: 'block-end', index: 0 },
    { type: 'unrecognised', name: 'contentBlockStart.toolResult' },
    { type: 'block-start', index: 1, block: { ...foreign, name: 'toolResult', value: result } },
    { type: 'foreign-delta', index: 1, value: { toolResult: [{ json: {} }] } },
    { type: 'block-end', index: 1 },
    { type: 'unrecognised', name: 'contentBlockDelta.news' },
    { type: 'block-start', index: 2, block: { ...foreign, name: 'news', value: null } },
    { type: 'foreign-delta', index: 2, value: { news: 1 } },
    { type: 'block-end', index: 2 },
    { type: 'block-start', index: 3, block: { kind: 'text' } },
    { type: 'text-delta', index: 3, text: 'x' },
    { type: 'block-end', index: 3 },
    { type: 'finish', finish: { reason: 'stop', raw: 'end_turn' } },
  ])
  const told = (given: readonly AnswerPart[]) =>
    partsOf(read('translate', write(given))).filter(({ type }) => type !== 'usage')
  expect(told(all)).toEqual(all)
  const elsewhere = all.map((part) =>
    part.type === 'block-start' && part.block.kind === 'foreign'
      ? { ...part, block: { ...part.block, dialect: 'anthropic-messages' } }
      : part,
  )
  expect(told(elsewhere)).toEqual([
    { type: 'start' },
    { type: 'block-start', index: 0, block: { kind: 'text' } },
    { type: 'text-delta', index: 0, text: 'x' },
    { type: 'block-end', index: 0 },
    { type: 'finish', finish: { reason: 'stop', raw: 'end_turn' } },
  ])
})

it('calls a stream broken that was cut inside a frame or holds no JSON', () => {
  expect(refusal(() => read('relay', [bytes.subarray(0, bytes.length - 1)])).code).toBe('upstream_broken')
  const damaged = frame({ ':event-type': 'messageStop', ':message-type': 'event' }, 7)
  expect(refusal(() => read('relay', [damaged])).code).toBe('upstream_broken')
  const orphan = event('contentBlockDelta', { contentBlockIndex: 0, delta: { toolUse: { input: '{}' } } })
  expect(refusal(() => read('translate', [orphan])).code).toBe('upstream_broken')
})

it('calls an event broken whose JSON is cut, although it is only passed on', () => {
  const content = '{"contentBlockIndex":0,"delta":{"text":"broken"},"p":"ab"}'
  for (const name of ['messageStart', 'contentBlockStart', 'contentBlockDelta', 'contentBlockStop']) {
    const headers = { ':event-type': name, ':message-type': 'event' }
    for (let end = 0; end < content.length; end += 1) {
      const cut = smithyFrame(headers, encode(content.slice(0, end)))
      expect(refusal(() => read('relay', [cut])).code).toBe('upstream_broken')
    }
    expect(read('relay', [smithyFrame(headers, encode(content.replace(',', ',\n')))])).toHaveLength(1)
  }
})

it('serves the same answer on the OpenAI face, part by part', () => {
  const writer = openaiChat.streamWriter(about)
  const text = decode(join(writeAll(writer, partsOf(read('translate', golden)))))
  const deltas = text
    .split('\n\n')
    .filter((line) => line.startsWith('data: {'))
    .map(
      (line) =>
        (JSON.parse(line.slice(6)) as { choices: { delta?: { content?: string } }[] }).choices[0]?.delta
          ?.content ?? '',
    )
  expect(deltas.join('')).toBe('Grüße 👩‍👩‍👧 e\u0301')
  expect(text).toContain('"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}')
  expect(text).toMatch(/data: \[DONE\]\n\n$/)
})
