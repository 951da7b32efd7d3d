import type Anthropic from '@anthropic-ai/sdk'
import { errorTable, PointsmanError } from '@pointsman/contract'
import type { ChatResult, ErrorCode } from '@pointsman/contract'
import { expect, it } from 'vitest'

import { about, decodeJson, dialects, encodeJson, refusal } from '../testing/dialects-for-tests.ts'

const { anthropicMessages } = dialects

const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude',
  content: [
    { type: 'thinking', thinking: 'hm', signature: 'EqQB' },
    {
      type: 'text',
      text: 'Rails.',
      citations: [
        {
          type: 'char_location',
          cited_text: 'Rails',
          document_index: 0,
          document_title: 'T',
          start_char_index: 0,
          end_char_index: 5,
        },
      ],
    },
    { type: 'tool_use', id: 'toolu_1', name: 'f', input: { id: 1 } },
    { type: 'web_search_tool_result', tool_use_id: 's', content: [] },
  ],
  stop_reason: 'tool_use',
  stop_sequence: null,
  usage: {
    input_tokens: 10,
    cache_read_input_tokens: 3,
    cache_creation_input_tokens: 7,
    cache_creation: { ephemeral_5m_input_tokens: 5, ephemeral_1h_input_tokens: 2 },
    output_tokens: 20,
    output_tokens_details: { thinking_tokens: 4 },
  },
}

const read = (body: object): ChatResult => anthropicMessages.readResult(encodeJson(body))
const write = (result: ChatResult) =>
  decodeJson(anthropicMessages.writeResult(result, about)) as Anthropic.Message

it('reads a whole message with its buckets', () => {
  expect(read(message)).toEqual({
    parts: [
      { kind: 'reasoning', text: 'hm', signature: { signer: 'anthropic', value: 'EqQB' } },
      {
        kind: 'text',
        text: 'Rails.',
        citations: [
          {
            title: 'T',
            url: null,
            quote: 'Rails',
            documentIndex: 0,
            place: { unit: 'characters', start: 0, end: 5 },
          },
        ],
      },
      { kind: 'tool-call', id: 'toolu_1', name: 'f', argumentsJson: '{"id":1}' },
      {
        kind: 'foreign',
        dialect: 'anthropic-messages',
        name: 'web_search_tool_result',
        value: message.content[3],
      },
    ],
    finish: { reason: 'tool-calls', raw: 'tool_use' },
    usage: {
      inputTokens: 10,
      cacheReadTokens: 3,
      cacheWrite5mTokens: 5,
      cacheWrite1hTokens: 2,
      outputTokens: 20,
      reasoningTokens: 4,
    },
    logprobs: null,
    serviceTier: null,
    upstreamLatencyMs: null,
  })
})

it('writes it again with the same figures', () => {
  expect(write(read(message))).toMatchObject({ stop_reason: 'tool_use', usage: message.usage })
})

it('keeps unknown figures unknown, and refuses what is no message', () => {
  const { usage } = read({ ...message, usage: { input_tokens: 10 } })
  expect(usage).toMatchObject({
    inputTokens: 10,
    outputTokens: null,
    cacheReadTokens: null,
    cacheWrite1hTokens: null,
  })
  expect(write({ ...read(message), usage }).usage).toMatchObject({ input_tokens: 10, output_tokens: null })
  expect(read({ ...message, usage: { cache_creation_input_tokens: 7 } }).usage.cacheWrite5mTokens).toBe(7)
  expect(refusal(() => read({})).code).toBe('upstream_broken')
  expect(refusal(() => read({ ...message, stop_reason: null })).code).toBe('upstream_broken')
  expect(refusal(() => read({ type: 'error', error: { type: 'overloaded_error', message: 'm' } })).code).toBe(
    'upstream_error',
  )
})

it('writes answers of other vendors so that the next turn is recognised', () => {
  const result: ChatResult = {
    ...read(message),
    parts: [
      { kind: 'reasoning', text: 'hm', signature: null },
      { kind: 'redacted-reasoning', data: { signer: 'google', value: 'g' } },
      {
        kind: 'text',
        text: 'x',
        citations: [{ title: 'T', url: 'https://a', quote: 'q', documentIndex: null }],
      },
      { kind: 'tool-call', id: '', name: 'f', argumentsJson: '' },
    ],
    finish: { reason: 'content-filter', raw: 'SAFETY' },
  }
  const written = write(result)
  expect(written).toMatchObject({
    id: 'msg_1',
    stop_reason: 'refusal',
    native_stop_reason: 'SAFETY',
    content: [
      { type: 'thinking', signature: '' },
      { type: 'redacted_thinking' },
      {
        type: 'text',
        citations: [{ type: 'web_search_result_location', url: 'https://a', cited_text: 'q' }],
      },
      { type: 'tool_use', id: 'call_1_0', input: {} },
    ],
  })
  const next = {
    model: 'm',
    messages: [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: written.content },
    ],
  }
  const scanned = anthropicMessages.scanRequest(encodeJson(next), null)
  expect(scanned.marked).toBe(true)
  expect(anthropicMessages.readRequest(scanned).messages[1]?.parts[1]).toEqual(result.parts[1])
})

it('leaves out a call that the limit cut, and reads and writes counts', () => {
  const cut: ChatResult = {
    ...read(message),
    parts: [{ kind: 'tool-call', id: 'a', name: 'f', argumentsJson: '{"a":' }],
    finish: { reason: 'length', raw: 'length' },
  }
  expect(write(cut)).toMatchObject({ content: [], stop_reason: 'max_tokens' })
  expect(() => write({ ...cut, finish: { reason: 'stop', raw: 'stop' } })).toThrow(PointsmanError)
  const filtered: ChatResult = { ...cut, finish: { reason: 'content-filter', raw: 'content_filter' } }
  expect(write(filtered)).toMatchObject({ content: [], stop_reason: 'refusal' })
  const { countTokens } = anthropicMessages
  const count = countTokens?.readResult(encodeJson({ input_tokens: 14 }))
  if (count === undefined) throw new Error('no token count')
  expect(count).toMatchObject({ inputTokens: 14, finish: null })
  expect(decodeJson(countTokens?.writeResult(count, about) ?? new Uint8Array(0))).toEqual({
    input_tokens: 14,
  })
  expect(() => countTokens?.readResult(encodeJson({ input_tokens: 'x' }))).toThrow(PointsmanError)
})

it("tells every error in Anthropic's form", () => {
  for (const code of Object.keys(errorTable) as ErrorCode[]) {
    const { status, headers, body } = anthropicMessages.writeError(new PointsmanError(code, 'text'), 'req-1')
    expect(status).toBe(errorTable[code].status)
    expect(headers).toContain('request-id')
    expect(decodeJson(body)).toMatchObject({ type: 'error', error: { message: 'text' }, request_id: 'req-1' })
  }
  const typeOf = (code: ErrorCode, details = {}) =>
    (
      decodeJson(
        anthropicMessages.writeError(new PointsmanError(code, 't', details), 'r').body,
      ) as Anthropic.ErrorResponse
    ).error.type
  expect(typeOf('invalid_request')).toBe('invalid_request_error')
  expect(typeOf('invalid_key')).toBe('authentication_error')
  expect(typeOf('forbidden')).toBe('permission_error')
  expect(typeOf('model_not_found')).toBe('not_found_error')
  expect(typeOf('body_too_large')).toBe('request_too_large')
  expect(typeOf('limit_reached')).toBe('rate_limit_error')
  expect(typeOf('upstream_overloaded')).toBe('overloaded_error')
  expect(typeOf('no_candidate')).toBe('overloaded_error')
  // What asking again does not mend.
  expect(typeOf('no_candidate', { retryable: false })).toBe('api_error')
  expect(typeOf('upstream_timeout_idle')).toBe('timeout_error')
  expect(typeOf('upstream_rejected', { vendorName: 'billing_error' })).toBe('billing_error')
  expect(typeOf('upstream_rejected', { vendorName: 'ValidationException' })).toBe('invalid_request_error')
})

it('tells apart what an advisor took, which the totals leave out', () => {
  const advisor = { input_tokens: 100, output_tokens: 20, cache_read_input_tokens: 3 }
  const iterations = [
    { input_tokens: 10, output_tokens: 2, type: 'message' },
    { ...advisor, type: 'advisor_message', model: 'claude-opus-4-7' },
  ]
  const { usage } = read({ ...message, usage: { input_tokens: 10, output_tokens: 2, iterations } })
  expect(usage).toMatchObject({
    ...{ inputTokens: 10, outputTokens: 2 },
    others: [{ model: 'claude-opus-4-7', usage: { inputTokens: 100, outputTokens: 20, cacheReadTokens: 3 } }],
  })
})

it('counts what a compaction took, which the totals leave out', () => {
  const iteration = {
    input_tokens: 100,
    output_tokens: 20,
    cache_read_input_tokens: 3,
    cache_creation_input_tokens: 9,
    cache_creation: { ephemeral_5m_input_tokens: 5, ephemeral_1h_input_tokens: 4 },
  }
  const iterations = [
    { ...iteration, type: 'compaction' },
    { ...iteration, type: 'message' },
  ]
  const { usage } = read({ ...message, usage: { input_tokens: 10, output_tokens: 2, iterations } })
  expect(usage).toMatchObject({
    inputTokens: 110,
    outputTokens: 22,
    cacheReadTokens: 3,
    cacheWrite5mTokens: 5,
    cacheWrite1hTokens: 4,
  })
})

const hop = (type: string, model: string, input_tokens: number, output_tokens: number) => ({
  ...{ type, model, input_tokens, output_tokens },
  ...{ cache_read_input_tokens: 0, cache_creation_input_tokens: 0, cache_creation: null },
})

it('tells who answered for a model that declined, and leaves out what is not billed of that', () => {
  const iterations = [
    hop('message', 'claude-fable-5-2', 40_800, 0),
    hop('message', 'claude-opus-4-8', 1_200, 40),
    hop('fallback_message', 'claude-opus-4-8', 40_000, 2_600),
  ]
  const usage = { input_tokens: 41_200, output_tokens: 2_640, iterations }
  const told = read({ ...message, model: 'claude-opus-4-8', usage }).usage
  const own = { inputTokens: 41_200, outputTokens: 2_640, servedModel: 'claude-opus-4-8' }
  expect(told).toMatchObject(own)
  expect(told.others).toBeUndefined()
})

it('tells apart what was written before a model declined', () => {
  const partly = hop('message', 'claude-fable-5-2', 2, 578)
  const usage = (last: string) => ({
    ...{ input_tokens: 2, output_tokens: 13_658 },
    iterations: [partly, hop(last, 'claude-opus-4-8', 2, 13_658)],
  })
  // The last one declined as well: nobody says that it served.
  for (const last of ['fallback_message', 'message'])
    expect(read({ ...message, usage: usage(last) }).usage).toMatchObject({
      ...{ inputTokens: 2, outputTokens: 13_658, servedModel: 'claude-opus-4-8' },
      others: [{ model: 'claude-fable-5-2', usage: { inputTokens: 2, outputTokens: 578 } }],
    })
})

it('tells apart the calls that an answer took', () => {
  const steps = [hop('message', 'claude', 40, 1), hop('message', 'claude', 60, 2)]
  const compaction = hop('compaction', 'claude', 70, 3)
  const told = (iterations: readonly object[], input_tokens = 100) =>
    read({ ...message, usage: { input_tokens, output_tokens: 3, iterations } }).usage
  const of = (inputTokens: number, outputTokens: number) =>
    expect.objectContaining({ inputTokens, outputTokens }) as unknown
  expect(told(steps).calls).toEqual([of(40, 1), of(60, 2)])
  expect(told([...steps, compaction])).toMatchObject({
    ...{ inputTokens: 170, outputTokens: 6 },
    calls: [of(40, 1), of(60, 2), of(70, 3)],
  })
  // What does not add up is one call, for all that is known.
  expect(told([...steps, compaction], 101).calls).toEqual([of(101, 3), of(70, 3)])
  expect(told(steps, 101).calls).toBeUndefined()
  expect(told([...steps, { type: 'compaction', input_tokens: 1 }]).calls).toBeUndefined()
})

it('takes an answer in several steps of one model for no fallback, whatever it was asked by', () => {
  const iterations = [
    hop('message', 'claude-haiku-4-5-20251001', 5, 1),
    hop('message', 'claude-haiku-4-5-20251001', 6, 2),
  ]
  const told = read({ ...message, usage: { input_tokens: 11, output_tokens: 3, iterations } }).usage
  expect(told).toMatchObject({ inputTokens: 11, outputTokens: 3 })
  expect(told).not.toHaveProperty('servedModel')
  expect(told).not.toHaveProperty('others')
})
