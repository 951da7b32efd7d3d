import { ConverseCommand } from '@aws-sdk/client-bedrock-runtime'
import { unknownUsage } from '@pointsman/contract'
import type { ChatResult } from '@pointsman/contract'
import { expect, it } from 'vitest'

import { awsClient } from '../testing/aws-client.ts'
import {
  about,
  decode,
  decodeJson,
  dialects,
  encode,
  encodeJson,
  refusal,
} from '../testing/dialects-for-tests.ts'

const { bedrockConverse, openaiChat } = dialects
const result: ChatResult = {
  parts: [
    { kind: 'reasoning', text: 'hm', signature: { signer: 'bedrock', value: 'sig' } },
    { kind: 'redacted-reasoning', data: { signer: 'bedrock', value: 'AQID' } },
    { kind: 'text', text: 'It is cold 🥶.' },
    { kind: 'tool-call', id: 't1', name: 'f', argumentsJson: '{"a":[1,{"b":null}]}' },
  ],
  finish: { reason: 'tool-calls', raw: 'tool_use' },
  usage: {
    inputTokens: 2,
    cacheReadTokens: 100,
    cacheWrite5mTokens: 20,
    cacheWrite1hTokens: 3,
    outputTokens: 7,
    reasoningTokens: null,
  },
  logprobs: null,
  serviceTier: null,
  upstreamLatencyMs: 512,
}

it('is understood by the official client', async () => {
  const pieces = [bedrockConverse.writeResult(result, about)]
  const client = awsClient({ status: 200, headers: { 'content-type': 'application/json' }, pieces })
  const answer = await client.send(new ConverseCommand({ modelId: 'm', messages: [] }))
  expect(answer).toMatchObject({
    output: {
      message: {
        role: 'assistant',
        content: [
          {
            reasoningContent: {
              reasoningText: { text: 'hm', signature: 'sig' },
            },
          },
          { reasoningContent: { redactedContent: new Uint8Array([1, 2, 3]) } },
          { text: 'It is cold 🥶.' },
          { toolUse: { toolUseId: 't1', name: 'f', input: { a: [1, { b: null }] } } },
        ],
      },
    },
    stopReason: 'tool_use',
    usage: {
      inputTokens: 2,
      outputTokens: 7,
      totalTokens: 132,
      cacheReadInputTokens: 100,
      cacheWriteInputTokens: 23,
      cacheDetails: [
        { ttl: '5m', inputTokens: 20 },
        { ttl: '1h', inputTokens: 3 },
      ],
    },
    metrics: { latencyMs: 512 },
  })
})

it('reads what it writes', () => {
  expect(bedrockConverse.readResult(bedrockConverse.writeResult(result, about))).toEqual(result)
})

const recorded = {
  output: { message: { role: 'assistant', content: [{ text: 'Paris' }] } },
  stopReason: 'end_turn',
  usage: {
    inputTokens: 2,
    outputTokens: 5,
    totalTokens: 1329,
    cacheReadInputTokens: 1322,
    cacheReadInputTokenCount: 1322,
    cacheWriteInputTokens: 0,
    cacheWriteInputTokenCount: 0,
    serverToolUsage: {},
  },
  metrics: { latencyMs: 812, newFigure: 1 },
  additionalModelResponseFields: { stop_sequence: null },
  someNewMember: { a: [1] },
}

it('reads the usage of a recorded answer, undocumented members and all', () => {
  const read = bedrockConverse.readResult(encodeJson(recorded))
  expect(read).toEqual({
    parts: [{ kind: 'text', text: 'Paris' }],
    finish: { reason: 'stop', raw: 'end_turn' },
    logprobs: null,
    usage: { ...unknownUsage, inputTokens: 2, outputTokens: 5, cacheReadTokens: 1322, cacheWrite5mTokens: 0 },
    serviceTier: null,
    upstreamLatencyMs: 812,
  })
  // The same answer on the OpenAI face: there cached tokens count as prompt.
  expect(decodeJson(openaiChat.writeResult(read, about))).toMatchObject({
    usage: {
      prompt_tokens: 1324,
      completion_tokens: 5,
      total_tokens: 1329,
      prompt_tokens_details: { cached_tokens: 1322 },
    },
  })
})

it('splits cache writes by lifetime where the answer tells it', () => {
  const usage = {
    inputTokens: 1,
    outputTokens: 1,
    cacheWriteInputTokens: 30,
    cacheDetails: [{ ttl: '1h', inputTokens: 10 }],
  }
  expect(bedrockConverse.readResult(encodeJson({ ...recorded, usage })).usage).toMatchObject({
    cacheWrite5mTokens: 20,
    cacheWrite1hTokens: 10,
    cacheReadTokens: null,
  })
})

it('never makes up a figure', () => {
  const { usage: _usage, metrics: _metrics, ...rest } = recorded
  const read = bedrockConverse.readResult(encodeJson(rest))
  expect(read).toMatchObject({ usage: unknownUsage, upstreamLatencyMs: null })
  expect(decodeJson(bedrockConverse.writeResult(read, about))).toMatchObject({
    usage: {},
    metrics: { latencyMs: 12 },
  })
  const odd = { inputTokens: -1, outputTokens: '7', cacheReadInputTokens: 1.5 }
  expect(bedrockConverse.readResult(encodeJson({ ...rest, usage: odd })).usage).toEqual(unknownUsage)
})

it('maps every end both ways, and keeps words that nobody knows', () => {
  const words = {
    end_turn: 'stop',
    tool_use: 'tool-calls',
    max_tokens: 'length',
    stop_sequence: 'stop-sequence',
    guardrail_intervened: 'content-filter',
    content_filtered: 'content-filter',
    malformed_model_output: 'other',
    malformed_tool_use: 'other',
    model_context_window_exceeded: 'context-length',
    a_new_word: 'other',
    constructor: 'other',
  }
  for (const [stopReason, reason] of Object.entries(words)) {
    const read = bedrockConverse.readResult(encodeJson({ ...recorded, stopReason }))
    expect(read.finish).toEqual({ reason, raw: stopReason })
    expect(decodeJson(bedrockConverse.writeResult(read, about))).toMatchObject({ stopReason })
  }
})

it("never passes another vendor's word off as Bedrock's", () => {
  const stop = (finish: ChatResult['finish']) =>
    (decodeJson(bedrockConverse.writeResult({ ...result, finish }, about)) as { stopReason: string })
      .stopReason
  expect(stop({ reason: 'stop', raw: 'stop' })).toBe('end_turn')
  expect(stop({ reason: 'tool-calls', raw: 'tool_calls' })).toBe('tool_use')
  expect(stop({ reason: 'length', raw: 'length' })).toBe('max_tokens')
  expect(stop({ reason: 'content-filter', raw: 'content_filter' })).toBe('content_filtered')
  expect(stop({ reason: 'other', raw: '' })).toBe('malformed_model_output')
})

it('keeps blocks that it does not know, for its own face', () => {
  const content = [{ citationsContent: { content: 'of another form' } }, { aNewBlock: 1 }]
  const read = bedrockConverse.readResult(
    encodeJson({ ...recorded, output: { message: { role: 'assistant', content } } }),
  )
  expect(decodeJson(bedrockConverse.writeResult(read, about))).toMatchObject({
    output: { message: { content } },
  })
})

it('keeps the digits of large numbers in arguments, on either face', () => {
  const text =
    '{"output":{"message":{"role":"assistant","content":[{"toolUse":{"toolUseId":"t","name":"f","input":{"id":1234567890123456789}}}]}},"stopReason":"tool_use"}'
  const read = bedrockConverse.readResult(encode(text))
  expect(read.parts).toEqual([
    { kind: 'tool-call', id: 't', name: 'f', argumentsJson: '{"id":1234567890123456789}' },
  ])
  expect(decode(bedrockConverse.writeResult(read, about))).toContain('"input":{"id":1234567890123456789}')
})

it('leaves out a call that was cut off, and refuses one that is damaged', () => {
  const cut = { kind: 'tool-call', id: 't', name: 'f', argumentsJson: '{"a":' } as const
  const written = bedrockConverse.writeResult(
    { ...result, parts: [cut], finish: { reason: 'length', raw: 'length' } },
    about,
  )
  expect(decodeJson(written)).toMatchObject({
    output: { message: { content: [] } },
    stopReason: 'max_tokens',
  })
  expect(refusal(() => bedrockConverse.writeResult({ ...result, parts: [cut] }, about)).code).toBe(
    'upstream_broken',
  )
})

it('calls an answer broken that is none', () => {
  for (const body of [
    {},
    { output: {} },
    { output: { message: { content: [] } } },
    { ...recorded, output: { message: { content: [{ text: 7 }] } } },
  ]) {
    expect(refusal(() => bedrockConverse.readResult(encodeJson(body))).code).toBe('upstream_broken')
  }
  expect(refusal(() => bedrockConverse.readResult(encode('<html>'))).code).toBe('upstream_broken')
})
