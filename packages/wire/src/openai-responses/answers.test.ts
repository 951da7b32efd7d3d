import type { AnswerPart, ChatResult, Finish } from '@pointsman/contract'
import { unknownUsage } from '@pointsman/contract'
import fc from 'fast-check'
import OpenAI from 'openai'
import { expect, it } from 'vitest'

import { everyCut, join, randomCut } from '../testing/cut.ts'
import {
  about,
  decode,
  decodeJson,
  dialects,
  encode,
  encodeJson,
  refusal,
} from '../testing/dialects-for-tests.ts'
import { gathered, partsOf, readAll, writeAll } from '../testing/read-all.ts'

const { openaiResponses } = dialects

const usage = {
  ...unknownUsage,
  inputTokens: 4,
  cacheReadTokens: 6,
  cacheWrite5mTokens: 0,
  outputTokens: 9,
  reasoningTokens: 5,
}
const result: ChatResult = {
  parts: [
    { kind: 'reasoning', text: 'hm', signature: { signer: 'openai', value: 'sealed' } },
    { kind: 'redacted-reasoning', data: { signer: 'anthropic', value: 'theirs' } },
    { kind: 'text', text: 'Grüße ' },
    {
      kind: 'text',
      text: '👩‍👩‍👧',
      citations: [{ title: 'T', url: 'https://a.test', quote: null, documentIndex: null }],
    },
    { kind: 'tool-call', id: 'call_1', name: 'f', argumentsJson: '{"a":1}' },
    { kind: 'tool-call', id: '', name: 'g', argumentsJson: '' },
  ],
  finish: { reason: 'tool-calls', raw: 'tool_use' },
  usage,
  logprobs: [
    {
      token: 'Gr',
      logprob: -0.5,
      bytes: [71, 114],
      alternatives: [{ token: 'H', logprob: -2, bytes: [72] }],
    },
  ],
  serviceTier: null,
  upstreamLatencyMs: null,
}

/** The official client on the bytes, with no network: its own parser is the judge. */
function client(bytes: Uint8Array, contentType: string): OpenAI {
  const body = (): ReadableStream =>
    new ReadableStream({
      start(controller) {
        for (let at = 0; at < bytes.length; at += 7) controller.enqueue(bytes.slice(at, at + 7))
        controller.close()
      },
    })
  return new OpenAI({
    apiKey: 'k',
    baseURL: 'http://127.0.0.1:1/v1',
    maxRetries: 0,
    fetch: () => Promise.resolve(new Response(body(), { headers: { 'content-type': contentType } })),
  })
}

it('writes an answer that the official client understands, and reads it again', async () => {
  const asked = { tools: [{ type: 'function', name: 'f' }], temperature: 0.5, metadata: { a: 'b' } }
  const bytes = openaiResponses.writeResult(result, { ...about, asked })
  const response = await client(bytes, 'application/json').responses.create({ model: 'm', input: 'x' })
  expect(response).toMatchObject({
    ...asked,
    id: 'resp_1',
    object: 'response',
    status: 'completed',
    output_text: 'Grüße 👩‍👩‍👧',
    store: false,
    tool_choice: 'auto',
    usage: {
      input_tokens: 10,
      input_tokens_details: { cached_tokens: 6, cache_write_tokens: 0 },
      output_tokens: 9,
      output_tokens_details: { reasoning_tokens: 5 },
      total_tokens: 19,
    },
  })
  expect(response.output.map(({ type, id }) => [type, id])).toEqual([
    ['reasoning', 'rs_1_0'],
    ['reasoning', 'rs_1_1'],
    ['message', 'msg_1_2'],
    ['function_call', 'fc_1_3'],
    ['function_call', 'fc_1_4'],
  ])
  expect(openaiResponses.readResult(bytes)).toEqual({
    ...result,
    parts: [
      ...result.parts.slice(0, 5),
      { kind: 'tool-call', id: 'call_1_1', name: 'g', argumentsJson: '{}' },
    ],
    finish: { reason: 'tool-calls', raw: 'completed' },
  })
})

const finishes: readonly (readonly [Finish, string, string | null])[] = [
  [{ reason: 'stop', raw: 'end_turn' }, 'completed', null],
  [{ reason: 'stop-sequence', raw: 'stop_sequence' }, 'completed', null],
  [{ reason: 'length', raw: 'max_tokens' }, 'incomplete', 'max_output_tokens'],
  [{ reason: 'context-length', raw: 'x' }, 'incomplete', 'max_output_tokens'],
  [{ reason: 'content-filter', raw: 'x' }, 'incomplete', 'content_filter'],
  [{ reason: 'refusal', raw: 'refusal' }, 'incomplete', 'content_filter'],
  [{ reason: 'refusal', raw: 'stop' }, 'completed', null],
]
it.each(finishes)('ends %j as %s', (finish, status, reason) => {
  const written = decodeJson(openaiResponses.writeResult({ ...result, finish }, about))
  expect(written).toMatchObject({ status, incomplete_details: reason === null ? null : { reason } })
})

it('reads refusals, cut answers and unknown usage', () => {
  const read = (body: object) => openaiResponses.readResult(encodeJson(body))
  const said = { type: 'message', content: [{ type: 'refusal', refusal: 'No.' }] }
  expect(read({ status: 'completed', output: [said] })).toMatchObject({
    parts: [{ kind: 'text', text: 'No.' }],
    finish: { reason: 'refusal', raw: 'completed' },
    usage: unknownUsage,
  })
  const cut = { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' }, output: [] }
  expect(read(cut).finish).toEqual({ reason: 'length', raw: 'max_output_tokens' })
  expect(read({ status: 'completed', output: [{ type: 'mcp_call', id: 'x' }] }).parts).toMatchObject([
    { kind: 'foreign', dialect: 'openai-responses', name: 'mcp_call' },
  ])
})

it('tells a failed response and what is none', () => {
  const failed = { status: 'failed', error: { code: 'server_error', message: 'oops' }, output: [] }
  expect(refusal(() => openaiResponses.readResult(encodeJson(failed)))).toMatchObject({
    code: 'upstream_error',
    details: { vendorName: 'server_error' },
  })
  for (const body of [{}, { output: 7 }, { output: [7] }, { output: [{ type: 'function_call' }] }]) {
    expect(refusal(() => openaiResponses.readResult(encodeJson(body))).code).toBe('upstream_broken')
  }
})

const parts: readonly AnswerPart[] = [
  { type: 'start' },
  { type: 'block-start', index: 0, block: { kind: 'reasoning' } },
  { type: 'reasoning-delta', index: 0, text: 'h\u{1f914}' },
  { type: 'reasoning-delta', index: 0, text: 'm' },
  { type: 'reasoning-signature', index: 0, signature: { signer: 'bedrock', value: 'sig' } },
  { type: 'block-end', index: 0 },
  { type: 'block-start', index: 1, block: { kind: 'reasoning' } },
  { type: 'redacted-reasoning', index: 1, data: { signer: 'openai', value: 'sealed' } },
  { type: 'block-end', index: 1 },
  { type: 'block-start', index: 2, block: { kind: 'text' } },
  { type: 'text-delta', index: 2, text: 'Grüße ' },
  { type: 'text-delta', index: 2, text: '"type":"response.completed" 👩‍👩‍👧 e\u0301\n' },
  {
    type: 'citation',
    index: 2,
    citation: { title: 'T', url: 'https://a.test', quote: null, documentIndex: null },
  },
  { type: 'block-end', index: 2 },
  { type: 'block-start', index: 3, block: { kind: 'tool-call', id: 't1', name: 'f' } },
  { type: 'tool-arguments-delta', index: 3, json: '{"a":' },
  { type: 'tool-arguments-delta', index: 3, json: '1}' },
  { type: 'block-end', index: 3 },
  { type: 'block-start', index: 4, block: { kind: 'tool-call', id: '', name: 'g' } },
  { type: 'block-end', index: 4 },
  { type: 'finish', finish: { reason: 'tool-calls', raw: 'tool_use' } },
  { type: 'usage', usage, upstreamLatencyMs: 7 },
]
const write = (these: readonly AnswerPart[]): Uint8Array =>
  join(writeAll(openaiResponses.streamWriter(about), these))
const bytes = write(parts)
const eventsOf = (stream: Uint8Array) =>
  decode(stream)
    .split('\n\n')
    .filter((frame) => frame !== '')
    .map((frame) => JSON.parse(frame.slice(frame.indexOf('data: ') + 6)) as Record<string, unknown>)

it('streams the typed events that the official client gathers into the same response', async () => {
  const stream = client(bytes, openaiResponses.streamContentType).responses.stream({ model: 'm', input: 'x' })
  const deltas: string[] = []
  stream.on('response.output_text.delta', (event) => deltas.push(event.delta))
  const response = await stream.finalResponse()
  expect(deltas.join('')).toBe('Grüße "type":"response.completed" 👩‍👩‍👧 e\u0301\n')
  expect(response).toMatchObject({
    status: 'completed',
    output_text: deltas.join(''),
    usage: { total_tokens: 19 },
  })
  const whole = decodeJson(
    openaiResponses.writeResult({ ...result, parts: wholeParts, logprobs: null }, about),
  )
  expect(eventsOf(bytes).at(-1)).toEqual({
    type: 'response.completed',
    response: whole,
    sequence_number: eventsOf(bytes).length - 1,
  })
})

/** The same answer as parts of a whole one. */
const wholeParts: ChatResult['parts'] = [
  { kind: 'reasoning', text: 'h\u{1f914}m', signature: { signer: 'bedrock', value: 'sig' } },
  { kind: 'redacted-reasoning', data: { signer: 'openai', value: 'sealed' } },
  {
    kind: 'text',
    text: 'Grüße "type":"response.completed" 👩‍👩‍👧 e\u0301\n',
    citations: [{ title: 'T', url: 'https://a.test', quote: null, documentIndex: null }],
  },
  { kind: 'tool-call', id: 't1', name: 'f', argumentsJson: '{"a":1}' },
  { kind: 'tool-call', id: '', name: 'g', argumentsJson: '' },
]

it('numbers its events and names each in its frame', () => {
  expect(eventsOf(bytes).map((event) => event['sequence_number'])).toEqual(eventsOf(bytes).map((_, at) => at))
  const named = decode(bytes)
    .split('\n\n')
    .filter((frame) => frame !== '')
    .map((frame) => /^event: (.*)\n/.exec(frame)?.[1])
  expect(named).toEqual(eventsOf(bytes).map((event) => event['type']))
  expect(named.slice(0, 8)).toEqual([
    'response.created',
    'response.in_progress',
    'response.output_item.added',
    'response.reasoning_summary_part.added',
    'response.reasoning_summary_text.delta',
    'response.reasoning_summary_text.delta',
    'response.reasoning_summary_text.done',
    'response.reasoning_summary_part.done',
  ])
})

const read = (mode: 'relay' | 'translate', pieces: readonly Uint8Array[]) =>
  readAll(openaiResponses.streamReader({ mode, hideUsage: false }), pieces)
const readText = (text: string) => read('translate', [encode(text)])

it('tells log probabilities in the stream, and all of them where the text ends', () => {
  const token = (text: string) => ({ token: text, logprob: -0.5, bytes: null, alternatives: [] })
  const stream = write([
    { type: 'start' },
    { type: 'block-start', index: 0, block: { kind: 'text' } },
    { type: 'text-delta', index: 0, text: 'Hi' },
    { type: 'logprobs', index: 0, tokens: [token('H'), token('i')] },
    { type: 'text-delta', index: 0, text: '!' },
    { type: 'logprobs', index: 0, tokens: [token('!')] },
    { type: 'block-end', index: 0 },
  ])
  const told = (text: string) => ({ token: text, logprob: -0.5, bytes: null, top_logprobs: [] })
  const ofType = (type: string) => eventsOf(stream).filter((event) => event['type'] === type)
  expect(ofType('response.output_text.delta').map(({ delta, logprobs }) => [delta, logprobs])).toEqual([
    ['Hi', []],
    ['', [told('H'), told('i')]],
    ['!', []],
    ['', [told('!')]],
  ])
  const all = [told('H'), told('i'), told('!')]
  expect(ofType('response.output_text.done')).toMatchObject([{ text: 'Hi!', logprobs: all }])
  const again = partsOf(read('translate', [stream])).filter(({ type }) => type === 'logprobs')
  expect(again).toMatchObject([{ tokens: [token('H'), token('i')] }, { tokens: [token('!')] }])
})

/** The written stream read again: what a Responses stream cannot say differently. */
const readAgain = parts.map((part): AnswerPart => {
  if (part.type === 'finish') return { type: 'finish', finish: { reason: 'tool-calls', raw: 'completed' } }
  if (part.type === 'usage') return { ...part, upstreamLatencyMs: null }
  if (part.type !== 'block-start' || part.block.kind !== 'tool-call' || part.block.id !== '') return part
  return { ...part, block: { ...part.block, id: 'call_1_1' } }
})

it('reads its own stream into the same parts', () => {
  const expected = [...readAgain]
  expected.splice(-3, 0, { type: 'tool-arguments-delta', index: 4, json: '{}' })
  expect(gathered(partsOf(read('translate', [bytes])))).toEqual(gathered(expected))
})

it('reads the same however the bytes are cut, and passes them on byte for byte', () => {
  for (const mode of ['relay', 'translate'] as const) {
    const whole = read(mode, [bytes]).map(({ role, parts: these }) => ({ role, these }))
    const once = (pieces: readonly Uint8Array[]) => {
      const frames = read(mode, pieces)
      expect(join(frames.map((frame) => frame.bytes))).toEqual(bytes)
      expect(frames.map(({ role, parts: these }) => ({ role, these }))).toEqual(whole)
    }
    for (const [index, pieces] of [...everyCut(bytes)].entries())
      if (index === 0 || index % 7 === 0) once(pieces)
    fc.assert(fc.property(randomCut(bytes), once), { numRuns: 30 })
  }
})

it('relays with the end, its usage and nothing else read', () => {
  const frames = read('relay', [bytes])
  expect(partsOf(frames)).toEqual(readAgain.filter(({ type }) => ['start', 'finish', 'usage'].includes(type)))
  expect(frames[0]?.role).toBe('opening')
  expect(frames.at(-1)?.role).toBe('closing')
  expect(frames.findIndex(({ role }) => role === 'content')).toBe(4)
})

it('is broken at any cut inside an event, and has no end without its last event', () => {
  const frame = decode(bytes).split('\n\n')[0] ?? ''
  for (let at = 1; at < frame.length + 1; at += 1) {
    expect(refusal(() => readText(frame.slice(0, at))).code).toBe('upstream_broken')
  }
  const withoutEnd = decode(bytes).slice(0, decode(bytes).lastIndexOf('event: '))
  for (const mode of ['relay', 'translate'] as const) {
    expect(partsOf(read(mode, [encode(withoutEnd)])).some(({ type }) => type === 'finish')).toBe(false)
  }
})

const event = (data: object) => `data: ${JSON.stringify(data)}\n\n`

it.each([
  [
    { type: 'error', code: 'rate_limit_exceeded', message: 'slow', param: null },
    'rate_limit_exceeded',
    'slow',
  ],
  [
    {
      type: 'error',
      error: { type: 'service_unavailable_error', code: 'server_is_overloaded', message: 'full' },
    },
    'server_is_overloaded',
    'full',
  ],
  [{ type: 'error', error: { type: 'server_error', message: 'm' } }, 'server_error', 'm'],
  [{ type: 'error' }, 'error', 'The vendor gave no reason.'],
  [
    { type: 'response.failed', response: { error: { code: 'server_error', message: 'oops' } } },
    'server_error',
    'oops',
  ],
  [{ type: 'response.failed', response: {} }, 'error', 'The vendor gave no reason.'],
  // As compatible servers say it, and as the official client throws on.
  [{ error: { message: 'no', type: 'server_error', code: null } }, 'server_error', 'no'],
  [{ error: { message: 'many', code: 429 } }, '429', 'many'],
  [{ error: 'upstream connect error' }, 'error', 'upstream connect error'],
  [{ type: 'response.broken', error: { message: 'no' } }, 'error', 'no'],
])('tells the error in %j', (data, name, message) => {
  const begun = event({ type: 'response.created' })
  const said = event({ type: 'response.output_text.delta', output_index: 0, delta: 'Well' })
  for (const mode of ['relay', 'translate'] as const) {
    for (const before of [begun, begun + said]) {
      expect(read(mode, [encode(before + event(data))]).at(-1)).toMatchObject({
        role: 'error',
        parts: [{ type: 'error', error: { name, message } }],
      })
    }
  }
})

it('reads refusals, paragraphs of a summary, logprobs and arguments that come late', () => {
  const at = { output_index: 0 }
  const stream = [
    { type: 'response.reasoning_summary_text.delta', ...at, summary_index: 0, delta: 'a' },
    { type: 'response.reasoning_summary_text.delta', ...at, summary_index: 1, delta: 'b' },
    { type: 'response.output_item.done', ...at, item: { type: 'reasoning' } },
    {
      type: 'response.output_item.added',
      output_index: 1,
      item: { type: 'function_call', call_id: 'c', name: 'f' },
    },
    {
      type: 'response.output_item.done',
      output_index: 1,
      item: { type: 'function_call', call_id: 'c', name: 'f', arguments: '{"x":1}' },
    },
    { type: 'response.refusal.delta', output_index: 2, delta: 'No.' },
    {
      type: 'response.output_text.delta',
      output_index: 2,
      delta: 'x',
      logprobs: [{ token: 'x', logprob: -1, bytes: null, top_logprobs: [] }],
    },
    { type: 'response.completed', response: { status: 'completed', output: [] } },
  ]
  const token = { token: 'x', logprob: -1, bytes: null, alternatives: [] }
  expect(partsOf(readText(stream.map(event).join('')))).toEqual([
    { type: 'start' },
    { type: 'block-start', index: 0, block: { kind: 'reasoning' } },
    { type: 'reasoning-delta', index: 0, text: 'a' },
    { type: 'reasoning-delta', index: 0, text: '\n\nb' },
    { type: 'block-end', index: 0 },
    { type: 'block-start', index: 1, block: { kind: 'tool-call', id: 'c', name: 'f' } },
    { type: 'tool-arguments-delta', index: 1, json: '{"x":1}' },
    { type: 'block-end', index: 1 },
    { type: 'block-start', index: 2, block: { kind: 'text', refused: true } },
    { type: 'text-delta', index: 2, text: 'No.' },
    { type: 'block-end', index: 2 },
    { type: 'block-start', index: 3, block: { kind: 'text' } },
    { type: 'text-delta', index: 3, text: 'x' },
    { type: 'logprobs', index: 3, tokens: [token] },
    { type: 'block-end', index: 3 },
    { type: 'finish', finish: { reason: 'refusal', raw: 'completed' } },
  ])
})

it('counts events, items and annotations that it does not know', () => {
  const stream = [
    { type: 'response.sung', note: 1, error: null },
    { type: 'response.output_item.done', item: { type: 'image_generation_call' } },
    { type: 'response.output_text.annotation.added', annotation: { type: 'file_citation' } },
  ]
  const names = partsOf(readText(stream.map(event).join(''))).flatMap((part) =>
    part.type === 'unrecognised' ? [part.name] : [],
  )
  expect(names).toEqual(['response.sung', 'item image_generation_call', 'annotation file_citation'])
})
