import type { AnswerPart } from '@pointsman/contract'
import fc from 'fast-check'
import { expect, it } from 'vitest'

import { everyCut, join, randomCut } from '../testing/cut.ts'
import { about, decode, dialects, encode, refusal } from '../testing/dialects-for-tests.ts'
import { partsOf, readAll, writeAll } from '../testing/read-all.ts'

const { gemini } = dialects

const event = (value: unknown): string => `data: ${JSON.stringify(value)}\r\n\r\n`
const chunk = (parts: readonly object[], more: object = {}, rest: object = {}): string =>
  event({
    candidates: [{ content: { parts, role: 'model' }, index: 0, ...more }],
    usageMetadata: { promptTokenCount: 10, totalTokenCount: 10 },
    modelVersion: 'gemini-3-pro',
    responseId: 'r',
    ...rest,
  })
const lastUsage = {
  promptTokenCount: 10,
  cachedContentTokenCount: 6,
  candidatesTokenCount: 4,
  thoughtsTokenCount: 3,
  totalTokenCount: 17,
}
const golden = [
  chunk([{ text: 'h\u{1f914}m', thought: true }]),
  ': keep-alive\r\n\r\n',
  chunk([{ text: 'Grüße ' }]),
  chunk([{ text: '"finishReason":"STOP" 👩‍👩‍👧 e\u0301' }]),
  chunk([
    { functionCall: { name: 'f', args: { a: 1 } }, thoughtSignature: 'c2ln' },
    { functionCall: { id: 'own', name: 'g' } },
  ]),
  chunk([{ text: '', thoughtSignature: 'ZW5k' }], { finishReason: 'STOP' }, { usageMetadata: lastUsage }),
]
const bytes = encode(golden.join(''))

const read = (mode: 'relay' | 'translate', pieces: readonly Uint8Array[]) =>
  readAll(gemini.streamReader({ mode, hideUsage: false }), pieces)
const readText = (text: string, mode: 'relay' | 'translate' = 'translate') => read(mode, [encode(text)])
const withoutUsage = (parts: readonly AnswerPart[]) => parts.filter((part) => part.type !== 'usage')
const own = (value: string) => ({ signer: 'google', value })

it('reads a stream into parts', () => {
  expect(withoutUsage(partsOf(read('translate', [bytes])))).toEqual([
    { type: 'start' },
    { type: 'block-start', index: 0, block: { kind: 'reasoning' } },
    { type: 'reasoning-delta', index: 0, text: 'h\u{1f914}m' },
    { type: 'block-end', index: 0 },
    { type: 'block-start', index: 1, block: { kind: 'text' } },
    { type: 'text-delta', index: 1, text: 'Grüße ' },
    { type: 'text-delta', index: 1, text: '"finishReason":"STOP" 👩‍👩‍👧 e\u0301' },
    { type: 'block-end', index: 1 },
    {
      type: 'block-start',
      index: 2,
      block: { kind: 'tool-call', id: '', name: 'f', signature: own('c2ln') },
    },
    { type: 'tool-arguments-delta', index: 2, json: '{"a":1}' },
    { type: 'block-end', index: 2 },
    { type: 'block-start', index: 3, block: { kind: 'tool-call', id: 'own', name: 'g', signature: null } },
    { type: 'tool-arguments-delta', index: 3, json: '{}' },
    { type: 'block-end', index: 3 },
    { type: 'block-start', index: 4, block: { kind: 'reasoning' } },
    { type: 'reasoning-signature', index: 4, signature: own('ZW5k') },
    { type: 'block-end', index: 4 },
    { type: 'finish', finish: { reason: 'tool-calls', raw: 'STOP' } },
  ])
})

it('tells usage with every chunk, the last one whole', () => {
  for (const mode of ['relay', 'translate'] as const) {
    const usages = partsOf(read(mode, [bytes])).filter((part) => part.type === 'usage')
    expect(usages).toHaveLength(5)
    expect(usages.at(-1)).toMatchObject({
      usage: {
        inputTokens: 4,
        cacheReadTokens: 6,
        cacheWrite5mTokens: null,
        outputTokens: 7,
        reasoningTokens: 3,
      },
    })
  }
})

it('passes a stream on byte for byte, and reads finish and usage only', () => {
  const frames = read('relay', [bytes])
  expect(join(frames.map((frame) => frame.bytes))).toEqual(bytes)
  expect(withoutUsage(partsOf(frames))).toEqual([
    { type: 'start' },
    { type: 'finish', finish: { reason: 'tool-calls', raw: 'STOP' } },
  ])
  expect(frames.map((frame) => frame.role)).toEqual([
    'content',
    'other',
    'content',
    'content',
    'content',
    'closing',
  ])
})

it('reads the same however the bytes are cut, and never breaks a character', () => {
  for (const mode of ['relay', 'translate'] as const) {
    const whole = read(mode, [bytes])
    for (const pieces of everyCut(bytes)) {
      const frames = read(mode, pieces)
      expect(frames.map(({ role, parts }) => ({ role, parts }))).toEqual(
        whole.map(({ role, parts }) => ({ role, parts })),
      )
      expect(join(frames.map((frame) => frame.bytes))).toEqual(bytes)
    }
    fc.assert(
      fc.property(randomCut(bytes), (pieces) => {
        const frames = read(mode, pieces)
        expect(partsOf(frames)).toEqual(partsOf(whole))
        expect(decode(join(frames.map((frame) => frame.bytes)))).not.toContain('\ufffd')
      }),
    )
  }
})

it('never takes a cut stream for a whole one', () => {
  for (let length = 1; length < bytes.length - 3; length += 1) {
    const cut = bytes.subarray(0, length)
    for (const mode of ['relay', 'translate'] as const) {
      let parts: readonly AnswerPart[] = []
      try {
        parts = partsOf(read(mode, [cut]))
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'upstream_broken' })
      }
      expect(parts.some((part) => part.type === 'finish')).toBe(false)
    }
  }
})

it('tells an error inside the stream by its word', () => {
  const error = { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' }
  for (const mode of ['relay', 'translate'] as const) {
    const frames = readText(chunk([{ text: 'a' }]) + event({ error }), mode)
    expect(frames.at(-1)).toMatchObject({
      role: 'error',
      parts: [{ type: 'error', error: { name: 'UNAVAILABLE', message: error.message } }],
    })
    expect(partsOf(readText(event({ error: { code: 500 } }), mode))).toEqual([
      { type: 'error', error: { name: '500', message: '' } },
    ])
  }
})

it('ends an answer whose prompt was blocked', () => {
  for (const mode of ['relay', 'translate'] as const) {
    const frames = readText(event({ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } }), mode)
    expect(frames).toMatchObject([{ role: 'closing' }])
    expect(partsOf(frames)).toContainEqual({
      type: 'finish',
      finish: { reason: 'content-filter', raw: 'PROHIBITED_CONTENT' },
    })
  }
})

it('calls an event broken that is no JSON object or holds damaged parts', () => {
  for (const data of ['[1]', '7', '{"candidates":', 'hello']) {
    for (const mode of ['relay', 'translate'] as const) {
      expect(refusal(() => readText(`data: ${data}\n\n`, mode)).code).toBe('upstream_broken')
    }
  }
  expect(refusal(() => readText(chunk([{ functionCall: {} }]))).code).toBe('upstream_broken')
})

it('counts what it does not know, and keeps long numbers of arguments', () => {
  expect(partsOf(readText(event({ hello: 1 })))).toEqual([
    { type: 'unrecognised', name: 'chunk without candidates' },
  ])
  expect(partsOf(readText(chunk([{ executableCode: { code: 'x' } }])))).toContainEqual({
    type: 'unrecognised',
    name: 'executableCode',
  })
  const call =
    'data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"id":1234567890123456789}}}]}}]}\n\n'
  expect(partsOf(readText(call))).toContainEqual({
    type: 'tool-arguments-delta',
    index: 0,
    json: '{"id":1234567890123456789}',
  })
})

it('keeps parts of tools that run at the vendor where the face is the same', () => {
  const code = { executableCode: { code: 'x' }, thoughtSignature: 'c2ln' }
  const sound = { inlineData: { mimeType: 'audio/mp3', data: 'aGk=' } }
  const frames = readText(chunk([code]) + chunk([{ text: 'Hi' }, sound]))
  // What only one API has is not yet the commit point.
  expect(frames.map(({ role }) => role)).toEqual(['opening', 'content'])
  const foreign = { kind: 'foreign', dialect: 'gemini' } as const
  const told: readonly AnswerPart[] = [
    { type: 'unrecognised', name: 'executableCode' },
    { type: 'block-start', index: 0, block: { ...foreign, name: 'executableCode', value: code } },
    { type: 'block-end', index: 0 },
    { type: 'block-start', index: 1, block: { kind: 'text' } },
    { type: 'text-delta', index: 1, text: 'Hi' },
    { type: 'unrecognised', name: 'inlineData' },
    { type: 'block-end', index: 1 },
    { type: 'block-start', index: 2, block: { ...foreign, name: 'inlineData', value: sound } },
    { type: 'block-end', index: 2 },
  ]
  const all = withoutUsage(partsOf(frames))
  expect(all).toEqual([{ type: 'start' }, ...told])
  const written = join(writeAll(gemini.streamWriter(about), all))
  expect(partsOf(read('translate', [written]))).toEqual(all)
  expect(all.map((part) => gemini.partWarning?.(part) ?? null).filter((warning) => warning !== null)).toEqual(
    [],
  )
})

it('tells sources and log probabilities', () => {
  const parts = partsOf(
    readText(
      chunk([{ text: 'Hi' }], {
        logprobsResult: {
          chosenCandidates: [{ token: 'Hi', logProbability: -0.5 }],
          topCandidates: [{ candidates: [{ token: 'Hi', logProbability: -0.5 }] }],
        },
      }) +
        chunk([], {
          groundingMetadata: {
            groundingChunks: [{ web: { uri: 'https://a.test', title: 'A' } }],
            groundingSupports: [{ segment: { endIndex: 2 }, groundingChunkIndices: [0] }],
          },
          finishReason: 'STOP',
        }),
    ),
  )
  expect(parts).toContainEqual({
    type: 'citation',
    index: 0,
    citation: { title: 'A', url: 'https://a.test', quote: null, documentIndex: null },
  })
  expect(parts).toContainEqual({
    type: 'logprobs',
    index: 0,
    tokens: [
      {
        token: 'Hi',
        logprob: -0.5,
        bytes: null,
        alternatives: [{ token: 'Hi', logprob: -0.5, bytes: null }],
      },
    ],
  })
})

const written = (parts: readonly AnswerPart[]): readonly unknown[] =>
  decode(join(writeAll(gemini.streamWriter(about), parts)))
    .split('\r\n\r\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text.slice('data: '.length)) as unknown)

const translated: readonly AnswerPart[] = [
  { type: 'start' },
  { type: 'block-start', index: 0, block: { kind: 'reasoning' } },
  { type: 'reasoning-delta', index: 0, text: 'hm' },
  { type: 'reasoning-signature', index: 0, signature: { signer: 'anthropic', value: 'c2ln' } },
  { type: 'block-end', index: 0 },
  { type: 'block-start', index: 1, block: { kind: 'text' } },
  { type: 'text-delta', index: 1, text: 'Hi' },
  { type: 'block-end', index: 1 },
  { type: 'block-start', index: 2, block: { kind: 'tool-call', id: '', name: 'f' } },
  { type: 'tool-arguments-delta', index: 2, json: '{"a"' },
  { type: 'tool-arguments-delta', index: 2, json: ':1}' },
  { type: 'block-end', index: 2 },
  { type: 'finish', finish: { reason: 'tool-calls', raw: 'tool_use' } },
  {
    type: 'usage',
    usage: {
      inputTokens: 4,
      cacheReadTokens: 6,
      cacheWrite5mTokens: null,
      cacheWrite1hTokens: null,
      outputTokens: 7,
      reasoningTokens: 3,
    },
    upstreamLatencyMs: null,
  },
]

it('writes chunks that say the same when they are read again', () => {
  const chunks = written(translated)
  expect(chunks.at(-1)).toEqual({
    candidates: [{ content: { parts: [{ text: '' }], role: 'model' }, finishReason: 'STOP', index: 0 }],
    usageMetadata: lastUsage,
    modelVersion: about.model,
    responseId: about.answerId,
  })
  const again = partsOf(readText(chunks.map(event).join('')))
  expect(again.filter((part) => part.type === 'usage')).toEqual(translated.slice(-1))
  const ofBlocks = withoutUsage(again).filter((part) => part.type !== 'tool-arguments-delta')
  expect(ofBlocks).toMatchObject([
    ...translated.slice(0, 8),
    { type: 'block-start', block: { kind: 'tool-call', id: 'call_1_0', name: 'f' } },
    { type: 'block-end' },
    { type: 'finish', finish: { reason: 'tool-calls', raw: 'STOP' } },
  ])
  expect(again).toContainEqual({ type: 'tool-arguments-delta', index: 2, json: '{"a":1}' })
})

it('leaves out a call that was cut off, and says so where nothing else does', () => {
  const cut = translated.slice(8, 10)
  const end = { type: 'block-end', index: 2 } as const
  const finish = (reason: 'length' | 'content-filter' | 'tool-calls') =>
    ({ type: 'finish', finish: { reason, raw: 'x' } }) as const
  expect(written([...cut, end, finish('length')])).toMatchObject([
    { candidates: [{ finishReason: 'MAX_TOKENS' }] },
  ])
  expect(written([...cut, end, finish('content-filter')])).toMatchObject([
    { candidates: [{ finishReason: 'SAFETY' }] },
  ])
  expect(written([...cut, end, finish('tool-calls')])).toMatchObject([
    { candidates: [{ finishReason: 'MALFORMED_FUNCTION_CALL' }] },
  ])
})

it('never ends an answer that failed or did not finish', () => {
  expect(written(translated.slice(0, 8)).at(-1)).not.toHaveProperty('candidates.0.finishReason')
  const failed = written([
    ...translated,
    { type: 'error', error: { name: 'overloaded_error', message: 'Busy' } },
  ])
  expect(failed.at(-1)).toEqual({ error: { code: 500, message: 'Busy', status: 'overloaded_error' } })
})

const finishesOf = (text: string, answers: number) =>
  partsOf(readAll(gemini.streamReader({ mode: 'relay', hideUsage: false, answers }), [encode(text)])).filter(
    (part) => part.type === 'finish',
  )
const both = [
  event({
    candidates: [{ content: { parts: [{ text: 'a' }] } }, { index: 1, content: { parts: [{ text: 'b' }] } }],
  }),
  chunk([{ text: 'a' }], { finishReason: 'STOP' }),
  chunk([{ text: 'b' }], { index: 1 }),
  chunk([{ text: 'b' }], { index: 1, finishReason: 'MAX_TOKENS' }),
]

it('ends when all the answers that were asked for have', () => {
  for (let count = 0; count < both.length; count += 1) {
    expect(finishesOf(both.slice(0, count).join(''), 2)).toEqual([])
  }
  expect(finishesOf(both.join(''), 2)).toEqual([
    { type: 'finish', finish: { reason: 'length', raw: 'MAX_TOKENS' } },
  ])
  const together = event({ candidates: [{ finishReason: 'STOP' }, { index: 1, finishReason: 'STOP' }] })
  expect(finishesOf(together, 2)).toHaveLength(1)
})

it('ends tidily where fewer answers came than were asked for, and never before', () => {
  const reader = gemini.streamReader({ mode: 'relay', hideUsage: false, answers: 2 })
  const before = reader.push(encode(chunk([{ text: 'a' }], { finishReason: 'STOP' })))
  expect(partsOf(before).map(({ type }) => type)).not.toContain('finish')
  expect(partsOf(reader.end()).map(({ type }) => type)).toEqual(['finish'])
})
