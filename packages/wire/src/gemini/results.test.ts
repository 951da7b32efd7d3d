import type { ChatResult } from '@pointsman/contract'
import { PointsmanError, unknownUsage } from '@pointsman/contract'
import { expect, it } from 'vitest'

import {
  about,
  decode,
  decodeJson,
  dialects,
  encode,
  encodeJson,
  refusal,
} from '../testing/dialects-for-tests.ts'

const { gemini } = dialects
const read = (body: object): ChatResult => gemini.readResult(encodeJson(body))
const answer = (parts: readonly object[], more: object = {}): object => ({
  candidates: [{ content: { parts, role: 'model' }, finishReason: 'STOP', index: 0, ...more }],
})
const source = (title: string | null, url: string | null) => ({
  title,
  url,
  quote: null,
  documentIndex: null,
})

it('reads thoughts, texts, calls and their signatures', () => {
  const result = read(
    answer([
      { text: 'hm', thought: true },
      { text: 'Hi', thoughtSignature: 'AA==' },
      { functionCall: { name: 'f', args: { a: [1] } }, thoughtSignature: 'BB==' },
      { functionCall: { id: 'x', name: 'f' } },
    ]),
  )
  expect(result.parts).toEqual([
    { kind: 'reasoning', text: 'hm', signature: null },
    { kind: 'reasoning', text: '', signature: { signer: 'google', value: 'AA==' } },
    { kind: 'text', text: 'Hi' },
    {
      kind: 'tool-call',
      id: '',
      name: 'f',
      argumentsJson: '{"a":[1]}',
      signature: { signer: 'google', value: 'BB==' },
    },
    { kind: 'tool-call', id: 'x', name: 'f', argumentsJson: '{}', signature: null },
  ])
  expect(result.finish).toEqual({ reason: 'tool-calls', raw: 'STOP' })
  expect(result.usage).toEqual(unknownUsage)
})

it.each([
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['SAFETY', 'content-filter'],
  ['RECITATION', 'content-filter'],
  ['BLOCKLIST', 'content-filter'],
  ['PROHIBITED_CONTENT', 'content-filter'],
  ['SPII', 'content-filter'],
  ['IMAGE_SAFETY', 'content-filter'],
  ['LANGUAGE', 'other'],
  ['MALFORMED_FUNCTION_CALL', 'other'],
  ['MISSING_THOUGHT_SIGNATURE', 'other'],
  ['SOMETHING_NEW', 'other'],
])('reads the end %s as %s and writes the same word', (raw, reason) => {
  const result = read(answer([{ text: 'a' }], { finishReason: raw }))
  expect(result.finish).toEqual({ reason, raw })
  const { candidates } = decodeJson(gemini.writeResult(result, about)) as {
    candidates: { finishReason: string; finishMessage?: string }[]
  }
  const [first] = candidates
  expect(reason === 'other' ? first?.finishMessage : first?.finishReason).toBe(raw)
})

it('reads a blocked prompt as the end of an answer without parts', () => {
  const usageMetadata = { promptTokenCount: 5, totalTokenCount: 5 }
  expect(read({ promptFeedback: { blockReason: 'SAFETY' }, usageMetadata })).toMatchObject({
    parts: [],
    finish: { reason: 'content-filter', raw: 'SAFETY' },
    usage: { inputTokens: 5 },
  })
})

it.each<[object, object]>([
  [
    { promptTokenCount: 100, cachedContentTokenCount: 60, candidatesTokenCount: 20, thoughtsTokenCount: 30 },
    { inputTokens: 40, cacheReadTokens: 60, outputTokens: 50, reasoningTokens: 30 },
  ],
  [
    { promptTokenCount: 100, candidatesTokenCount: 20, toolUsePromptTokenCount: 7 },
    { inputTokens: 107, cacheReadTokens: null, outputTokens: 20, reasoningTokens: null },
  ],
  // All thoughts: protobuf's JSON leaves out what is zero.
  [
    { promptTokenCount: 10, thoughtsTokenCount: 30, totalTokenCount: 40 },
    { inputTokens: 10, outputTokens: 30, reasoningTokens: 30 },
  ],
  [
    { promptTokenCount: 10, totalTokenCount: 15 },
    { inputTokens: 10, outputTokens: 5 },
  ],
  [{ promptTokenCount: 10 }, { inputTokens: 10, outputTokens: null, reasoningTokens: null }],
  [{ promptTokenCount: -1, candidatesTokenCount: 'x' }, unknownUsage],
])('counts %j', (usageMetadata, usage) => {
  expect(read({ ...answer([]), usageMetadata }).usage).toMatchObject(usage)
})

it('gives sources to the text that rests on them', () => {
  const grounded = answer([{ text: 'A.' }, { text: 'B.' }], {
    citationMetadata: { citations: [{ startIndex: 0, endIndex: 2, uri: 'https://c.test', license: 'MIT' }] },
    groundingMetadata: {
      groundingChunks: [
        { web: { uri: 'https://a.test', title: 'A' } },
        { web: { uri: 'https://b.test', title: 'B' } },
        { retrievedContext: { uri: 'https://d.test', title: 'D', text: 'quoted' } },
      ],
      groundingSupports: [
        { segment: { endIndex: 2, text: 'A.' }, groundingChunkIndices: [0, 9] },
        { segment: { partIndex: 1, endIndex: 2 }, groundingChunkIndices: [1, 2, 1] },
      ],
    },
  })
  expect(read(grounded).parts).toEqual([
    { kind: 'text', text: 'A.', citations: [source('A', 'https://a.test')] },
    {
      kind: 'text',
      text: 'B.',
      citations: [
        source(null, 'https://c.test'),
        source('B', 'https://b.test'),
        { ...source('D', 'https://d.test'), quote: 'quoted' },
      ],
    },
  ])
  expect(decodeJson(gemini.writeResult(read(grounded), about))).toMatchObject({
    candidates: [
      { citationMetadata: { citationSources: [{ uri: 'https://a.test', title: 'A' }, {}, {}, {}] } },
    ],
  })
})

it('reads and writes log probabilities', () => {
  const logprobsResult = {
    chosenCandidates: [{ token: 'a', logProbability: -0.25 }],
    topCandidates: [
      {
        candidates: [
          { token: 'a', logProbability: -0.25 },
          { token: 'b', logProbability: -2 },
        ],
      },
    ],
  }
  const result = read(answer([{ text: 'a' }], { logprobsResult }))
  expect(result.logprobs).toEqual([
    {
      token: 'a',
      logprob: -0.25,
      bytes: null,
      alternatives: [
        { token: 'a', logprob: -0.25, bytes: null },
        { token: 'b', logprob: -2, bytes: null },
      ],
    },
  ])
  expect(decodeJson(gemini.writeResult(result, about))).toMatchObject({ candidates: [{ logprobsResult }] })
})

it.each([
  {},
  { candidates: [] },
  { candidates: [{ content: { parts: 'x' } }] },
  answer([{ functionCall: { name: '' } }]),
  answer([{}]),
])('calls %j broken', (body) => {
  expect(refusal(() => read(body)).code).toBe('upstream_broken')
})

it('writes what it reads, but for ids of calls, which every face has', () => {
  const result = read({
    ...answer([
      { text: 'hm', thought: true, thoughtSignature: 'AA==' },
      { text: 'Hi', thoughtSignature: 'BB==' },
      { functionCall: { name: 'f', args: { id: 1 } }, thoughtSignature: 'CC==' },
      { text: '', thoughtSignature: 'DD==' },
    ]),
    usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 },
  })
  expect(decodeJson(gemini.writeResult(result, about))).toEqual({
    candidates: [
      {
        content: {
          role: 'model',
          parts: [
            { text: 'hm', thought: true, thoughtSignature: 'AA==' },
            { text: 'Hi', thoughtSignature: 'BB==' },
            { functionCall: { id: 'call_1_0', name: 'f', args: { id: 1 } }, thoughtSignature: 'CC==' },
            { text: '', thoughtSignature: 'DD==' },
          ],
        },
        finishReason: 'STOP',
        index: 0,
      },
    ],
    usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 },
    modelVersion: about.model,
    responseId: about.answerId,
  })
})

it('gives calls an id on faces that want one, as Gemini may give none', () => {
  const result = read(
    answer([{ text: 'a' }, { functionCall: { name: 'f' } }, { functionCall: { name: 'f' } }]),
  )
  for (const face of [dialects.openaiChat, dialects.bedrockConverse]) {
    const written = decode(face.writeResult(result, about))
    for (const id of ['"call_1_0"', '"call_1_1"']) expect(written).toContain(id)
    const writer = face.streamWriter(about)
    for (const id of ['call_1_0', 'call_1_1']) {
      const block = { kind: 'tool-call', id: '', name: 'f' } as const
      const bytes = writer.write({ type: 'block-start', index: 0, block })
      expect(new TextDecoder().decode(bytes ?? new Uint8Array())).toContain(`"${id}"`)
    }
  }
})

it('keeps long numbers of arguments', () => {
  const body =
    '{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"id":1234567890123456789}}}]}}]}'
  const result = gemini.readResult(encode(body))
  expect(decode(gemini.writeResult(result, about))).toContain('{"id":1234567890123456789}')
})

it.each([
  [new PointsmanError('invalid_request', 'x', { field: 'contents' }), 400, 'INVALID_ARGUMENT'],
  [new PointsmanError('invalid_key', 'x'), 401, 'UNAUTHENTICATED'],
  [new PointsmanError('forbidden', 'x'), 403, 'PERMISSION_DENIED'],
  [new PointsmanError('model_not_found', 'x'), 404, 'NOT_FOUND'],
  [new PointsmanError('body_too_large', 'x'), 413, 'INVALID_ARGUMENT'],
  [new PointsmanError('limit_reached', 'x', { retryAfterMs: 1_500 }), 429, 'RESOURCE_EXHAUSTED'],
  [new PointsmanError('internal', 'x'), 500, 'INTERNAL'],
  [new PointsmanError('upstream_broken', 'x'), 502, 'UNAVAILABLE'],
  [new PointsmanError('no_candidate', 'x'), 503, 'UNAVAILABLE'],
  [new PointsmanError('upstream_timeout_total', 'x'), 504, 'DEADLINE_EXCEEDED'],
] as const)('writes errors in the form of Google: %s', (error, code, status) => {
  const written = gemini.writeError(error, 'req')
  expect(written.status).toBe(code)
  const body = decodeJson(written.body)
  expect(body).toMatchObject({ error: { code, message: 'x', status } })
  const details = JSON.stringify(body)
  expect(details.includes('"retryDelay":"1.5s"')).toBe(code === 429)
  expect(written.headers.includes('retry-after')).toBe(code === 429)
  expect(details.includes('"field":"contents"')).toBe(code === 400)
  expect(decode(gemini.writeStreamError(error))).toBe(`data: ${decode(written.body)}\r\n\r\n`)
})
