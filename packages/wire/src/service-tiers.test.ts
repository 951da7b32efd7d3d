import type { DialectName } from '@pointsman/contract'
import { describe, expect, it } from 'vitest'

import { encodeFrame, encodeHeaders, EventStreamDecoder } from './framing/event-stream.ts'
import { writtenTier } from './service-tiers.ts'
import { everyCut, join } from './testing/cut.ts'
import {
  about,
  crc32,
  decode,
  decodeJson,
  dialectNamed,
  encode,
  encodeJson,
} from './testing/dialects-for-tests.ts'
import { partsOf, readAll, writeAll } from './testing/read-all.ts'

const checksum = (bytes: Uint8Array, start?: number): number => crc32(bytes, start)

interface Vendor {
  readonly dialect: DialectName
  /** Its words for a tier of each kind; null where it has none. */
  readonly words: { readonly standard: string; readonly flex: string | null; readonly priority: string }
  whole(word: string): object
  stream(word: string): Uint8Array
}

const sse = (events: readonly object[], end = ''): Uint8Array =>
  encode(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('') + end)

const frames = (events: readonly (readonly [string, object])[]): Uint8Array =>
  join(
    events.map(([name, payload]) =>
      encodeFrame(
        encodeHeaders([
          [':event-type', name],
          [':content-type', 'application/json'],
          [':message-type', 'event'],
        ]),
        encodeJson(payload),
        checksum,
      ),
    ),
  )

const vendors: readonly Vendor[] = [
  {
    dialect: 'openai-chat',
    words: { standard: 'default', flex: 'flex', priority: 'priority' },
    whole: (service_tier) => ({
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 1, completion_tokens: 1 },
      service_tier,
    }),
    stream: (service_tier) =>
      sse(
        [
          { choices: [{ index: 0, delta: { role: 'assistant', content: '' } }], service_tier },
          { choices: [{ index: 0, delta: { content: 'Hi' } }], service_tier },
          { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], service_tier },
          { choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 }, service_tier },
        ],
        'data: [DONE]\n\n',
      ),
  },
  {
    dialect: 'openai-responses',
    words: { standard: 'default', flex: 'flex', priority: 'priority' },
    whole: (service_tier) => ({
      status: 'completed',
      output: [{ type: 'message', content: [{ type: 'output_text', text: 'Hi' }] }],
      service_tier,
    }),
    stream: (service_tier) =>
      sse([
        { type: 'response.created', response: { status: 'in_progress', service_tier: 'auto' } },
        { type: 'response.output_text.delta', output_index: 0, delta: 'Hi' },
        { type: 'response.completed', response: { status: 'completed', output: [], service_tier } },
      ]),
  },
  {
    dialect: 'anthropic-messages',
    words: { standard: 'standard', flex: null, priority: 'priority' },
    whole: (service_tier) => ({
      content: [{ type: 'text', text: 'Hi' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 1, output_tokens: 1, service_tier },
    }),
    stream: (service_tier) =>
      sse([
        { type: 'message_start', message: { usage: { input_tokens: 1, output_tokens: 1, service_tier } } },
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } },
        { type: 'content_block_stop', index: 0 },
        { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } },
        { type: 'message_stop' },
      ]),
  },
  {
    dialect: 'bedrock-converse',
    words: { standard: 'default', flex: 'flex', priority: 'priority' },
    whole: (type) => ({
      output: { message: { role: 'assistant', content: [{ text: 'Hi' }] } },
      stopReason: 'end_turn',
      usage: { inputTokens: 1, outputTokens: 1 },
      serviceTier: { type },
    }),
    stream: (type) =>
      frames([
        ['messageStart', { role: 'assistant' }],
        ['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hi' } }],
        ['contentBlockStop', { contentBlockIndex: 0 }],
        ['messageStop', { stopReason: 'end_turn' }],
        ['metadata', { usage: { inputTokens: 1, outputTokens: 1 }, serviceTier: { type } }],
      ]),
  },
  {
    dialect: 'gemini',
    words: { standard: 'standard', flex: 'flex', priority: 'priority' },
    whole: (serviceTier) => ({
      candidates: [{ content: { role: 'model', parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2, serviceTier },
    }),
    stream: (serviceTier) =>
      sse([
        {
          candidates: [{ content: { role: 'model', parts: [{ text: 'Hi' }] }, index: 0 }],
          usageMetadata: { promptTokenCount: 1, serviceTier },
        },
        {
          candidates: [{ content: { role: 'model', parts: [{ text: '' }] }, finishReason: 'STOP', index: 0 }],
          usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2, serviceTier },
        },
      ]),
  },
]

type Json = Readonly<Record<string, unknown>>
const member = (from: unknown, name: string): unknown => (from as Json | undefined)?.[name]

/** Where a client of each API reads the tier of a whole answer. */
function toldWhole(dialect: DialectName, answer: unknown): unknown {
  if (dialect === 'anthropic-messages') return member(member(answer, 'usage'), 'service_tier')
  if (dialect === 'bedrock-converse') return member(member(answer, 'serviceTier'), 'type')
  if (dialect === 'gemini') return member(member(answer, 'usageMetadata'), 'serviceTier')
  return member(answer, 'service_tier')
}

function eventsOf(dialect: DialectName, bytes: Uint8Array): readonly unknown[] {
  if (dialect === 'bedrock-converse') {
    return new EventStreamDecoder(checksum).pushAll(bytes).map(({ payload }) => decodeJson(payload))
  }
  return decode(bytes)
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice(6)) as unknown)
}

/** The last word of a stream on its tier. */
const toldStream = (dialect: DialectName, bytes: Uint8Array): unknown =>
  eventsOf(dialect, bytes)
    .map((event) => {
      if (dialect === 'openai-responses') return toldWhole(dialect, member(event, 'response'))
      const message = member(event, 'message')
      return toldWhole(dialect, dialect === 'anthropic-messages' && message !== undefined ? message : event)
    })
    .findLast((word) => word !== undefined)

const pairs = vendors.flatMap((from) => vendors.map((to) => ({ from, to })))

describe.each(pairs)('$from.dialect to $to.dialect', ({ from, to }) => {
  const source = dialectNamed(from.dialect)
  const face = dialectNamed(to.dialect)
  const partsIn = (bytes: Uint8Array) =>
    partsOf(readAll(source.streamReader({ mode: 'translate', hideUsage: false }), [bytes]))

  it.each(['standard', 'flex', 'priority'] as const)('tells that %s served', (tier) => {
    const word = from.words[tier]
    if (word === null) return
    const expected = to.words[tier] ?? undefined
    const written = face.writeResult(source.readResult(encodeJson(from.whole(word))), about)
    expect(toldWhole(to.dialect, decodeJson(written))).toBe(expected)
    const streamed = writeAll(face.streamWriter(about), partsIn(from.stream(word)))
    expect(toldStream(to.dialect, join(streamed))).toBe(expected)
  })

  it('says nothing where the vendor did not', () => {
    const whole = encode(JSON.stringify(from.whole('?')).replace(/,?"(?:service_tier|type)":"\?"/g, ''))
    const told = toldWhole(to.dialect, decodeJson(face.writeResult(source.readResult(whole), about)))
    expect(told).toBe(undefined)
  })
})

it.each(vendors)('$dialect: tells a tier once, wherever its stream is cut', (vendor) => {
  const { dialect, words } = vendor
  const bytes = vendor.stream(words.priority)
  for (const pieces of everyCut(bytes)) {
    for (const mode of ['translate', 'relay'] as const) {
      const reader = dialectNamed(dialect).streamReader({ mode, hideUsage: false })
      const told = partsOf(readAll(reader, pieces)).filter(({ type }) => type === 'service-tier')
      expect(told).toEqual([{ type: 'service-tier', served: { tier: 'priority', raw: words.priority } }])
    }
  }
})

it('keeps a word that only its vendor has, and passes it off as nobody else’s', () => {
  const batch = dialectNamed('anthropic-messages').readResult(encodeJson(vendors[2]?.whole('batch') ?? {}))
  expect(batch.serviceTier).toEqual({ tier: 'other', raw: 'batch' })
  const told = (dialect: DialectName) =>
    toldWhole(dialect, decodeJson(dialectNamed(dialect).writeResult(batch, about)))
  expect(told('anthropic-messages')).toBe('batch')
  expect(told('openai-chat')).toBe(undefined)
  expect(told('bedrock-converse')).toBe(undefined)
  expect(told('gemini')).toBe(undefined)
})

it.each([
  [{ service_tier: 'standard', speed: 'fast' }, 'fast'],
  [{ service_tier: 'priority', speed: 'fast' }, 'fast'],
  [{ service_tier: 'standard', inference_geo: 'us' }, 'us'],
  [{ service_tier: 'standard', inference_geo: 'us', speed: 'fast' }, 'fast.us'],
  [{ service_tier: 'standard', inference_geo: 'global' }, 'standard'],
  [{ service_tier: 'standard', inference_geo: 'not_available', speed: 'standard' }, 'standard'],
  [{ service_tier: 'standard', inference_geo: '', speed: 'standard' }, 'standard'],
  // Of a model without fast mode, where it was asked for.
  [{ speed: 'standard' }, 'standard'],
  [{ speed: null }, undefined],
  // Paid by contract, wherever it serves.
  [{ service_tier: 'priority', inference_geo: 'us' }, 'priority'],
])('knows the speed and the place of Claude, which the tier does not tell: %j', (usage, raw) => {
  const answer = { content: [], stop_reason: 'end_turn', usage }
  const { serviceTier } = dialectNamed('anthropic-messages').readResult(encodeJson(answer))
  expect(serviceTier?.raw).toBe(raw)
})

it.each([
  ['openai-chat', { service_tier: 'priority' }, { tier: 'priority', raw: 'priority' }],
  ['openai-chat', { service_tier: 'default' }, { tier: 'standard', raw: 'default' }],
  ['openai-chat', { service_tier: 'auto' }, null],
  ['openai-chat', { service_tier: 'fast' }, { tier: 'priority', raw: 'fast' }],
  ['openai-responses', { service_tier: 'ultrafast' }, { tier: 'other', raw: 'ultrafast' }],
  ['openai-responses', { service_tier: 'flex' }, { tier: 'flex', raw: 'flex' }],
  ['openai-responses', { service_tier: 'scale' }, { tier: 'other', raw: 'scale' }],
  ['anthropic-messages', { service_tier: 'auto' }, null],
  ['anthropic-messages', { service_tier: 'standard_only' }, null],
  ['anthropic-messages', { speed: 'standard' }, null],
  ['anthropic-messages', { speed: 'fast', service_tier: 'auto' }, { tier: 'other', raw: 'fast' }],
  ['anthropic-messages', { inference_geo: 'us' }, { tier: 'other', raw: 'us' }],
  ['anthropic-messages', { inference_geo: 'us', speed: 'fast' }, { tier: 'other', raw: 'fast.us' }],
  ['anthropic-messages', { inference_geo: 'global' }, null],
  ['bedrock-converse', { serviceTier: { type: 'priority' } }, { tier: 'priority', raw: 'priority' }],
  ['bedrock-converse', { serviceTier: { type: 'reserved' } }, { tier: 'other', raw: 'reserved' }],
  ['gemini', { serviceTier: 'flex' }, { tier: 'flex', raw: 'flex' }],
  ['gemini', { service_tier: 'SERVICE_TIER_UNSPECIFIED' }, null],
] as const)('%s: asks for a tier by name: %j', (name, json, asked) => {
  const dialect = dialectNamed(name)
  expect(dialect.askedTier?.(json, [])).toEqual(asked)
  expect(dialect.askedTier?.({}, [])).toBe(null)
  expect(writtenTier(dialect, encodeJson(json))).toEqual(asked)
})

it('asks for a tier of InvokeModel, and is told of one, in a header', () => {
  const invoke = dialectNamed('bedrock-invoke-nova')
  const name = 'x-amzn-bedrock-service-tier'
  expect(invoke.askedTier?.({}, ['accept', name, name, 'flex'])).toEqual({ tier: 'flex', raw: 'flex' })
  expect(invoke.askedTier?.({}, ['accept', name])).toBe(null)
  expect(invoke.headTier?.({ [name]: 'default' })).toEqual({ tier: 'standard', raw: 'default' })
  expect(invoke.headTier?.({})).toBe(null)
})

it('knows OpenAI’s newer name for priority, and keeps it among its own', () => {
  const served = { tier: 'priority', raw: 'fast' } as const
  const answer = dialectNamed('openai-chat').readResult(encodeJson(vendors[0]?.whole('fast') ?? {}))
  expect(answer.serviceTier).toEqual(served)
  const told = (dialect: DialectName) =>
    toldWhole(dialect, decodeJson(dialectNamed(dialect).writeResult(answer, about)))
  expect(told('openai-responses')).toBe('fast')
  expect(told('bedrock-converse')).toBe('priority')
  const scanned = dialectNamed('openai-chat').scanRequest(
    encodeJson({ model: 'm', messages: [{ role: 'user', content: 'Hi' }], service_tier: 'fast' }),
    false,
  )
  expect(dialectNamed('openai-chat').readRequest(scanned)).toMatchObject({ serviceTier: 'priority' })
})
