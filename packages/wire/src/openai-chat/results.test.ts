import { unknownUsage } from '@pointsman/contract'
import type { ChatResult } from '@pointsman/contract'
import { expect, it } from 'vitest'

import { about, decodeJson, dialects, encode, encodeJson, refusal } from '../testing/dialects-for-tests.ts'

const { openaiChat } = dialects
const result: ChatResult = {
  parts: [
    { kind: 'reasoning', text: 'hm', signature: { signer: 'openai', value: 'sig' } },
    { kind: 'text', text: 'It is ' },
    { kind: 'text', text: 'cold 🥶.' },
    { kind: 'tool-call', id: 'call_1', name: 'f', argumentsJson: '{"a":1}' },
    { kind: 'tool-call', id: 'call_2', name: 'g', argumentsJson: '' },
  ],
  finish: { reason: 'tool-calls', raw: 'tool_use' },
  usage: {
    inputTokens: 2,
    cacheReadTokens: 100,
    cacheWrite5mTokens: 20,
    cacheWrite1hTokens: 3,
    outputTokens: 7,
    reasoningTokens: 4,
  },
  logprobs: null,
  serviceTier: null,
  upstreamLatencyMs: 5,
}

it('writes a chat completion as the official client expects it', () => {
  expect(decodeJson(openaiChat.writeResult(result, about))).toEqual({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_795_219_200,
    model: 'eu.amazon.nova-pro-v1:0',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: 'It is cold 🥶.',
          refusal: null,
          reasoning_content: 'hm',
          tool_calls: [
            { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
            { id: 'call_2', type: 'function', function: { name: 'g', arguments: '{}' } },
          ],
        },
        logprobs: null,
        finish_reason: 'tool_calls',
      },
    ],
    usage: {
      prompt_tokens: 125,
      completion_tokens: 7,
      total_tokens: 132,
      prompt_tokens_details: { cached_tokens: 100, cache_write_tokens: 23 },
      completion_tokens_details: { reasoning_tokens: 4 },
    },
  })
})

it('never writes a zero for usage that nobody told', () => {
  const unknown = { ...result, usage: unknownUsage }
  expect(decodeJson(openaiChat.writeResult(unknown, about))).not.toHaveProperty('usage')
  const plain = { ...result, usage: { ...unknownUsage, inputTokens: 3, outputTokens: 4 } }
  expect(decodeJson(openaiChat.writeResult(plain, about))).toMatchObject({
    usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
  })
})

it('has a word for every end, and says more where the word says less', () => {
  const words: readonly (readonly [ChatResult['finish'], string, string | undefined])[] = [
    [{ reason: 'stop', raw: 'end_turn' }, 'stop', undefined],
    [{ reason: 'stop-sequence', raw: 'stop_sequence' }, 'stop', undefined],
    [{ reason: 'length', raw: 'max_tokens' }, 'length', undefined],
    [{ reason: 'tool-calls', raw: 'tool_use' }, 'tool_calls', undefined],
    [{ reason: 'content-filter', raw: 'guardrail_intervened' }, 'content_filter', undefined],
    [{ reason: 'refusal', raw: 'refusal' }, 'content_filter', 'refusal'],
    [
      { reason: 'context-length', raw: 'model_context_window_exceeded' },
      'length',
      'model_context_window_exceeded',
    ],
    [{ reason: 'other', raw: 'malformed_tool_use' }, 'length', 'malformed_tool_use'],
    [{ reason: 'other', raw: 'quite_new' }, 'stop', 'quite_new'],
    [{ reason: 'other', raw: '' }, 'stop', undefined],
  ]
  for (const [finish, word, native] of words) {
    const written = decodeJson(openaiChat.writeResult({ ...result, finish }, about)) as {
      choices: { finish_reason: string; native_finish_reason?: string }[]
    }
    expect(written.choices[0]?.finish_reason).toBe(word)
    expect(written.choices[0]?.native_finish_reason).toBe(native)
  }
})

const message = (more: object, rest: object = {}) =>
  openaiChat.readResult(
    encodeJson({
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'hi', ...more } }],
      some_new_member: true,
      ...rest,
    }),
  )

it('reads what it writes, but for what the form cannot say', () => {
  const read = openaiChat.readResult(openaiChat.writeResult(result, about))
  expect(read).toEqual({
    parts: [
      { kind: 'reasoning', text: 'hm', signature: null },
      { kind: 'text', text: 'It is cold 🥶.' },
      { kind: 'tool-call', id: 'call_1', name: 'f', argumentsJson: '{"a":1}' },
      { kind: 'tool-call', id: 'call_2', name: 'g', argumentsJson: '{}' },
    ],
    finish: { reason: 'tool-calls', raw: 'tool_calls' },
    logprobs: null,
    usage: { ...result.usage, cacheWrite5mTokens: 23, cacheWrite1hTokens: null },
    serviceTier: null,
    upstreamLatencyMs: null,
  })
})

it('takes cached tokens out of the prompt, and what is missing as unknown', () => {
  expect(
    message(
      {},
      {
        usage: {
          prompt_tokens: 100,
          completion_tokens: 5,
          total_tokens: 105,
          prompt_tokens_details: { cached_tokens: 60, audio_tokens: 0 },
        },
      },
    ).usage,
  ).toEqual({ ...unknownUsage, inputTokens: 40, cacheReadTokens: 60, outputTokens: 5 })
  expect(message({}).usage).toEqual(unknownUsage)
  expect(message({}, { usage: { prompt_tokens: 'many', completion_tokens: -1 } }).usage).toEqual(unknownUsage)
})

it('reads refusals, reasoning by either name, and words that it does not know', () => {
  expect(message({ content: null, refusal: 'No.' })).toMatchObject({
    parts: [{ kind: 'text', text: 'No.' }],
    finish: { reason: 'refusal', raw: 'stop' },
  })
  expect(message({ reasoning: 'hm' }).parts[0]).toEqual({ kind: 'reasoning', text: 'hm', signature: null })
  expect(
    openaiChat.readResult(encodeJson({ choices: [{ finish_reason: 'constructor', message: {} }] })).finish,
  ).toEqual({ reason: 'other', raw: 'constructor' })
})

it('ends with its calls where the caller chose the tool and the word says no more than stop', () => {
  const called = message({
    content: null,
    tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
  })
  expect(called.finish).toEqual({ reason: 'tool-calls', raw: 'stop' })
})

it('gives a refusal back in its own form', () => {
  const refused = message({ content: null, refusal: 'No.' })
  expect(decodeJson(openaiChat.writeResult(refused, about))).toMatchObject({
    choices: [{ message: { content: null, refusal: 'No.' }, finish_reason: 'stop' }],
  })
})

it('calls an answer broken that is none, and an error with status 200 an error', () => {
  for (const body of [
    '{}',
    '{"choices":[]}',
    '{"choices":[{}]}',
    'oops',
    '{"choices":[{"message":{"tool_calls":[1]}}]}',
  ]) {
    expect(refusal(() => openaiChat.readResult(encode(body))).code).toBe('upstream_broken')
  }
  const error = refusal(() =>
    openaiChat.readResult(encodeJson({ error: { message: 'overloaded', type: 'server_error' } })),
  )
  expect(error.code).toBe('upstream_error')
  expect(error.details.vendorName).toBe('server_error')
})

it('takes the arguments of a call as the object that some servers write, and nothing else for them', () => {
  const read = (args: unknown) =>
    openaiChat.readResult(
      encodeJson({
        choices: [
          {
            message: {
              role: 'assistant',
              tool_calls: [{ id: 'a', function: { name: 'f', arguments: args } }],
            },
            finish_reason: 'tool_calls',
          },
        ],
      }),
    )
  const call = { kind: 'tool-call', id: 'a', name: 'f' }
  expect(read({ x: 1 }).parts).toEqual([{ ...call, argumentsJson: '{"x":1}' }])
  expect(read(null).parts).toEqual([{ ...call, argumentsJson: '' }])
  for (const args of [['x'], 5, true]) {
    expect(refusal(() => read(args)).code).toBe('upstream_broken')
  }
})
