import type { AnswerPart } from '@pointsman/contract'
import { PointsmanError } from '@pointsman/contract'
import { expect, it } from 'vitest'

import { about, decode, dialects, encode, refusal } from '../testing/dialects-for-tests.ts'
import { everyCut, join } from '../testing/cut.ts'
import { gathered, partsOf, readAll, writeAll } from '../testing/read-all.ts'

const { anthropicMessages } = dialects
const reader = (mode: 'relay' | 'translate' = 'translate') =>
  anthropicMessages.streamReader({ mode, hideUsage: false })

const event = (data: object): string =>
  `event: ${(data as { type: string }).type}\ndata: ${JSON.stringify(data)}\n\n`
const delta = (index: number, change: object): string =>
  event({ type: 'content_block_delta', index, delta: change })
const begin = (index: number, content_block: object): string =>
  event({ type: 'content_block_start', index, content_block })
const stop = (index: number): string => event({ type: 'content_block_stop', index })

const start = event({
  type: 'message_start',
  message: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    content: [],
    usage: {
      input_tokens: 10,
      cache_creation_input_tokens: 7,
      cache_read_input_tokens: 0,
      cache_creation: { ephemeral_5m_input_tokens: 5, ephemeral_1h_input_tokens: 2 },
      output_tokens: 1,
    },
  },
})
const serverCall = { type: 'server_tool_use', id: 's', name: 'web_search', input: {} }
const blocks = [
  begin(0, { type: 'thinking', thinking: '', signature: '' }),
  event({ type: 'ping' }),
  delta(0, { type: 'thinking_delta', thinking: 'hm' }),
  delta(0, { type: 'signature_delta', signature: 'EqQB' }),
  stop(0),
  begin(1, { type: 'redacted_thinking', data: 'EmwK' }),
  stop(1),
  begin(2, serverCall),
  delta(2, { type: 'input_json_delta', partial_json: '{"query":' }),
  delta(2, { type: 'input_json_delta', partial_json: '"a"}' }),
  stop(2),
  begin(3, { type: 'text', text: '' }),
  delta(3, { type: 'text_delta', text: 'Grüße 🚂 ' }),
  delta(3, { type: 'text_delta', text: 'an "alle"' }),
  delta(3, {
    type: 'citations_delta',
    citation: {
      type: 'web_search_result_location',
      url: 'https://a',
      title: 'A',
      cited_text: 'q',
      encrypted_index: 'E',
    },
  }),
  stop(3),
  begin(4, { type: 'tool_use', id: 'toolu_1', name: 'f', input: {} }),
  delta(4, { type: 'input_json_delta', partial_json: '' }),
  delta(4, { type: 'input_json_delta', partial_json: '{"a":' }),
  delta(4, { type: 'input_json_delta', partial_json: '1}' }),
  stop(4),
].join('')
const end =
  event({
    type: 'message_delta',
    delta: { stop_reason: 'tool_use', stop_sequence: null },
    usage: { output_tokens: 20, cache_read_input_tokens: null },
  }) + event({ type: 'message_stop' })
const whole = encode(start + blocks + end)

const foreign = { kind: 'foreign', dialect: 'anthropic-messages', name: 'server_tool_use' } as const
const parts: readonly AnswerPart[] = [
  { type: 'block-start', index: 0, block: { kind: 'reasoning' } },
  { type: 'reasoning-delta', index: 0, text: 'hm' },
  { type: 'reasoning-signature', index: 0, signature: { signer: 'anthropic', value: 'EqQB' } },
  { type: 'block-end', index: 0 },
  { type: 'block-start', index: 1, block: { kind: 'reasoning' } },
  { type: 'redacted-reasoning', index: 1, data: { signer: 'anthropic', value: 'EmwK' } },
  { type: 'block-end', index: 1 },
  { type: 'unrecognised', name: 'content_block_start.server_tool_use' },
  { type: 'block-start', index: 2, block: { ...foreign, value: serverCall } },
  { type: 'foreign-delta', index: 2, value: { type: 'input_json_delta', partial_json: '{"query":' } },
  { type: 'foreign-delta', index: 2, value: { type: 'input_json_delta', partial_json: '"a"}' } },
  { type: 'block-end', index: 2 },
  { type: 'block-start', index: 3, block: { kind: 'text' } },
  { type: 'text-delta', index: 3, text: 'Grüße 🚂 an "alle"' },
  { type: 'citation', index: 3, citation: { title: 'A', url: 'https://a', quote: 'q', documentIndex: null } },
  { type: 'block-end', index: 3 },
  { type: 'block-start', index: 4, block: { kind: 'tool-call', id: 'toolu_1', name: 'f' } },
  { type: 'tool-arguments-delta', index: 4, json: '{"a":1}' },
  { type: 'block-end', index: 4 },
]
const finish: AnswerPart = { type: 'finish', finish: { reason: 'tool-calls', raw: 'tool_use' } }
const usageOf = (outputTokens: number): AnswerPart => ({
  type: 'usage',
  upstreamLatencyMs: null,
  usage: {
    inputTokens: 10,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 5,
    cacheWrite1hTokens: 2,
    outputTokens,
    reasoningTokens: null,
  },
})

it('reads the same however the bytes are cut, and passes every byte on', () => {
  for (const pieces of everyCut(whole)) {
    const frames = readAll(reader(), pieces)
    expect(gathered(partsOf(frames))).toEqual([{ type: 'start' }, usageOf(1), ...parts, finish, usageOf(20)])
    expect(join(frames.map((frame) => frame.bytes))).toEqual(whole)
  }
})

it('relays unread what accounting does not need, in the same roles', () => {
  const translated = readAll(reader(), [whole])
  const relayed = readAll(reader('relay'), [whole])
  expect(relayed.map((frame) => frame.role)).toEqual(translated.map((frame) => frame.role))
  expect(relayed.map((frame) => frame.role).slice(0, 4)).toEqual(['opening', 'opening', 'other', 'content'])
  expect(relayed.slice(-2).map((frame) => frame.role)).toEqual(['closing', 'closing'])
  expect(join(relayed.map((frame) => frame.bytes))).toEqual(whole)
  expect(partsOf(relayed)).toEqual([{ type: 'start' }, usageOf(1), finish, usageOf(20)])
})

it('takes a stream for cut wherever it ends early', () => {
  for (let at = 0; at < encode(start + blocks).length; at += 7) {
    for (const mode of ['relay', 'translate'] as const) {
      try {
        const read = partsOf(readAll(reader(mode), [whole.subarray(0, at)]))
        expect(read.some((part) => part.type === 'finish')).toBe(false)
      } catch (thrown) {
        if (!(thrown instanceof PointsmanError)) throw thrown
        expect(thrown.code).toBe('upstream_broken')
      }
    }
  }
})

it('refuses damaged events in both modes, before and after the first content', () => {
  for (const mode of ['relay', 'translate'] as const) {
    for (const before of [start, start + blocks]) {
      const broken = `${before}event: content_block_delta\ndata: {"type":"content_block_delta","index":\n\n`
      expect(refusal(() => readAll(reader(mode), [encode(broken)])).code).toBe('upstream_broken')
    }
  }
})

it('tells errors inside a stream and counts what it does not know', () => {
  const error = event({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })
  for (const mode of ['relay', 'translate'] as const) {
    const frames = readAll(reader(mode), [encode(start + error + event({ type: 'new_event' }))])
    expect(frames.map((frame) => frame.role)).toEqual(['opening', 'error', 'other'])
    expect(partsOf(frames).slice(-2)).toEqual([
      { type: 'error', error: { name: 'overloaded_error', message: 'Overloaded' } },
      { type: 'unrecognised', name: 'new_event' },
    ])
  }
})

it('writes parts so that it reads them again', () => {
  const all = [{ type: 'start' } as const, usageOf(1), ...parts, finish, usageOf(20)]
  const written = join(writeAll(anthropicMessages.streamWriter(about), all))
  const again = gathered(partsOf(readAll(reader(), [written])))
  expect(again).toEqual(all)
})

it('numbers blocks without a gap, makes ids and marks thoughts of other vendors', () => {
  const google = { signer: 'google', value: 'g' } as const
  const written = decode(
    join(
      writeAll(anthropicMessages.streamWriter(about), [
        { type: 'start' },
        { type: 'block-start', index: 0, block: { kind: 'reasoning' } },
        { type: 'block-end', index: 0 },
        { type: 'block-start', index: 1, block: { kind: 'reasoning' } },
        { type: 'reasoning-delta', index: 1, text: 'hm' },
        { type: 'reasoning-signature', index: 1, signature: google },
        { type: 'redacted-reasoning', index: 1, data: google },
        { type: 'block-end', index: 1 },
        { type: 'block-start', index: 2, block: { kind: 'tool-call', id: '', name: 'f' } },
        { type: 'block-end', index: 2 },
        { type: 'finish', finish: { reason: 'tool-calls', raw: 'STOP' } },
      ]),
    ),
  )
  const data = written
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice(6)) as { type: string; index?: number; content_block?: object })
  const begun = data.filter(({ type }) => type === 'content_block_start')
  expect(begun.map(({ index }) => index)).toEqual([0, 1, 2])
  expect(begun.map(({ content_block: block }) => block)).toMatchObject([
    { type: 'thinking', signature: '' },
    { type: 'redacted_thinking', data: expect.stringMatching(/^cG9pbnRzbWFu/) as string },
    { type: 'tool_use', id: 'call_1_0', input: {} },
  ])
  // What nobody told is null at the end; typed clients want figures at the beginning.
  expect(data[0]).toMatchObject({ message: { usage: { input_tokens: 0, output_tokens: 0 } } })
  expect(data.at(-2)).toMatchObject({ usage: { input_tokens: null, output_tokens: null } })
})

it('ends an answer that failed without message_stop', () => {
  const writer = anthropicMessages.streamWriter(about)
  writer.write({ type: 'start' })
  const failed = writer.write({ type: 'error', error: { name: 'throttlingException', message: 'slow' } })
  expect(decode(failed ?? new Uint8Array(0))).toContain(
    'event: error\ndata: {"type":"error","error":{"type":"api_error"',
  )
  expect(writer.end()).toBeNull()
  const told = decode(anthropicMessages.writeStreamError(new PointsmanError('upstream_overloaded', 'busy')))
  expect(told).toBe(
    'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"busy"}}\n\n',
  )
})

it('counts what a compaction took, once', () => {
  const compaction = { type: 'compaction', input_tokens: 100, output_tokens: 30 }
  const end = {
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { input_tokens: 10, output_tokens: 20, iterations: [compaction] },
  }
  const frames = encode([start, event(end), event(end), event({ type: 'message_stop' })].join(''))
  for (const mode of ['relay', 'translate'] as const) {
    const told = partsOf(readAll(reader(mode), [frames])).filter((part) => part.type === 'usage')
    expect(told.at(-1)?.usage).toMatchObject({ inputTokens: 110, outputTokens: 50, cacheWrite1hTokens: 2 })
  }
})

it('tells at its end who answered for the model that declined, and counts that one alone', () => {
  const counts = { cache_read_input_tokens: 0, cache_creation_input_tokens: 4 }
  const iterations = [
    { type: 'message', model: 'claude-fable-5-2', input_tokens: 10, output_tokens: 0, ...counts },
    { type: 'fallback_message', model: 'claude-opus-4-8', input_tokens: 11, output_tokens: 20, ...counts },
  ]
  const end = {
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { input_tokens: 11, output_tokens: 20, ...counts, iterations },
  }
  const fallback = {
    type: 'fallback',
    from: { model: 'claude-fable-5-2' },
    to: { model: 'claude-opus-4-8' },
    trigger: { type: 'refusal', category: null },
  }
  const frames = encode(
    [start, begin(0, fallback), stop(0), event(end), event({ type: 'message_stop' })].join(''),
  )
  for (const mode of ['relay', 'translate'] as const) {
    const told = partsOf(readAll(reader(mode), [frames])).filter((part) => part.type === 'usage')
    expect(told.at(-1)?.usage).toEqual({
      ...{ inputTokens: 11, outputTokens: 20, servedModel: 'claude-opus-4-8' },
      // The first event told of an hour's cache of the model that declined.
      ...{ cacheReadTokens: 0, cacheWrite5mTokens: 4, cacheWrite1hTokens: null, reasoningTokens: null },
    })
  }
})
