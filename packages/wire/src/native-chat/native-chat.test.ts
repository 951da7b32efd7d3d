import {
  modelId,
  PointsmanError,
  type AnswerPart,
  type ChatResult,
  type UsageBuckets,
} from '@pointsman/contract'
import fc from 'fast-check'
import { expect, it } from 'vitest'

import type { AnswerAbout } from '../dialect.ts'
import { join } from '../testing/cut.ts'
import { about, decode, decodeJson, dialects, encodeJson, refusal } from '../testing/dialects-for-tests.ts'
import { writeAll } from '../testing/read-all.ts'

const { nativeChat } = dialects
const scan = (body: object) => nativeChat.scanRequest(encodeJson(body), null)
const read = (body: object) => nativeChat.readRequest(scan(body))
const refused = (body: object) => {
  const { code, details, message } = refusal(() => read(body))
  return { code, field: details.field, message }
}

const notification = {
  title: 'Auto-Switching AI Model',
  message: 'Replaced Amazon Nova Pro with Claude Sonnet (use case clinical)...',
  type: 'auto',
  modelName: 'Claude Sonnet',
  modelId: modelId('claude'),
} as const
const usage: UsageBuckets = {
  inputTokens: 10,
  cacheReadTokens: 4,
  cacheWrite5mTokens: null,
  cacheWrite1hTokens: null,
  outputTokens: 6,
  reasoningTokens: null,
}
const told: AnswerAbout = {
  ...about,
  conversation: { id: 'conv-123', useCase: 'clinical', switched: true, switchId: 's-1', notification },
  costNanoUsd: ({ usage: { outputTokens } }) => (outputTokens === null ? null : outputTokens * 1_000),
}

it('takes a message or a whole conversation, both spellings of each name', () => {
  const body = { conversation_id: 'c', userId: 'u', use_case: 'clinical', message: 'Hi', stream: true }
  expect(scan(body)).toMatchObject({
    model: null,
    stream: true,
    caller: {
      conversation: { text: 'c', field: 'conversation_id' },
      user: { text: 'u', field: 'userId' },
      useCase: { text: 'clinical', field: 'use_case' },
      role: null,
      tellSwitch: true,
    },
  })
  expect(read({ ...body, max_tokens: 9, systemPrompt: 'Be brief.' })).toMatchObject({
    system: [{ text: 'Be brief.' }],
    messages: [{ role: 'user', parts: [{ text: 'Hi' }] }],
    sampling: { maxTokens: 9 },
  })
  const messages = [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Hello.' },
    { role: 'user', content: 'Go on.' },
  ]
  expect(read({ messages }).messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
  expect(scan({ message: 'Hi', showNotification: false }).caller?.tellSwitch).toBe(false)
  // What this form has no word for is told by whoever writes the request for the model.
  expect(read({ message: 'Hi', top_p: 0.5 }).extras).toEqual({ top_p: 0.5 })
})

it('refuses what is wrong under the name that the caller wrote', () => {
  expect(refused({})).toMatchObject({ code: 'invalid_request', field: 'message' })
  expect(refused({ message: ' ' })).toMatchObject({ field: 'message' })
  expect(refused({ message: 'a', messages: [] })).toMatchObject({ field: 'messages' })
  expect(refused({ messages: [{ role: 'tool', content: 'x' }] })).toMatchObject({ field: 'messages[0].role' })
  expect(refused({ messages: [{ role: 'user', content: 5 }] })).toMatchObject({
    field: 'messages[0].content',
  })
  expect(refused({ message: 'a', use_case: 5 })).toMatchObject({ field: 'use_case' })
  expect(refused({ message: 'a', useCase: 'x', use_case: 'y' })).toMatchObject({ field: 'use_case' })
  expect(refused({ message: 'a', userId: 'u'.repeat(257) })).toMatchObject({ field: 'userId' })
  expect(refused({ message: 'a', userId: 'u\u0000' })).toMatchObject({ field: 'userId' })
  expect(refused({ message: 'a', conversationId: 'c\ud800' })).toMatchObject({ field: 'conversationId' })
  expect(refused({ message: 'a', max_tokens: 0 })).toMatchObject({ field: 'max_tokens' })
  expect(refused({ message: 'a', stream: 'yes' })).toMatchObject({ field: 'stream' })
})

it('answers in the seeds’ envelope', () => {
  const result: ChatResult = {
    parts: [
      { kind: 'reasoning', text: 'Hm.', signature: null },
      { kind: 'text', text: 'Rest ' },
      { kind: 'text', text: 'well.' },
    ],
    finish: { reason: 'stop', raw: 'end_turn' },
    usage,
    logprobs: null,
    upstreamLatencyMs: null,
    serviceTier: null,
  }
  expect(decodeJson(nativeChat.writeResult(result, told))).toMatchObject({
    success: true,
    action: 'chat',
    data: {
      conversationId: 'conv-123',
      message: 'Rest well.',
      model: about.model,
      useCase: 'clinical',
      use_case: 'clinical',
      usage: { inputTokens: 14, outputTokens: 6, totalTokens: 20, cacheReadTokens: 4 },
      cost: 0.000006,
      responseTimeMs: 34,
      switched: true,
      switchId: 's-1',
      notification,
    },
    notification,
  })
  const unknown = { ...usage, outputTokens: null }
  expect(decodeJson(nativeChat.writeResult({ ...result, usage: unknown }, about))).toMatchObject({
    data: {
      conversationId: null,
      usage: { outputTokens: null, totalTokens: null },
      cost: null,
      switched: false,
    },
  })
})

const parts: readonly AnswerPart[] = [
  { type: 'start' },
  { type: 'block-start', index: 0, block: { kind: 'text' } },
  { type: 'text-delta', index: 0, text: 'Rest ' },
  { type: 'text-delta', index: 0, text: 'well.' },
  { type: 'block-end', index: 0 },
  { type: 'finish', finish: { reason: 'stop', raw: 'end_turn' } },
  { type: 'usage', usage, upstreamLatencyMs: null },
]
const events = (written: readonly AnswerPart[]) =>
  decode(join(writeAll(nativeChat.streamWriter(told), written)))
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => {
      const [name, data] = event.split('\n')
      return [
        name?.slice('event: '.length),
        JSON.parse(data?.slice('data: '.length) ?? '') as object,
      ] as const
    })

it('streams who serves, the text, and at last everything', () => {
  const all = events(parts)
  expect(all.map(([name]) => name)).toEqual(['start', 'delta', 'delta', 'done'])
  expect(all[0]?.[1]).toMatchObject({
    type: 'start',
    conversationId: 'conv-123',
    switched: true,
    notification,
  })
  expect(all[1]?.[1]).toEqual({ type: 'delta', text: 'Rest ' })
  expect(all[3]?.[1]).toMatchObject({
    type: 'done',
    success: true,
    data: { message: 'Rest well.', usage: { totalTokens: 20 }, cost: 0.000006 },
  })
})

it('never ends a cut answer as if it were whole', () => {
  expect(events(parts.slice(0, 4)).map(([name]) => name)).toEqual(['start', 'delta', 'delta'])
  const cut: AnswerPart = { type: 'error', error: { name: 'throttled', message: 'Slow down.' } }
  expect(events([...parts.slice(0, 3), cut]).map(([name]) => name)).toEqual(['start', 'delta', 'error'])
  const error = new PointsmanError('upstream_broken', 'Broke off.')
  expect(decode(nativeChat.writeStreamError(error))).toBe(
    'event: error\ndata: {"type":"error","success":false,"action":"chat","error":{"code":"upstream_broken","message":"Broke off."}}\n\n',
  )
})

it('tells an error with its field, and answers any body with a request or an error of ours', () => {
  const error = new PointsmanError('route_not_found', 'Use case not found: x.', {
    field: 'useCase',
    suggestions: ['clinical'],
  })
  const { body, status } = nativeChat.writeError(error, 'r')
  expect([status, decodeJson(body)]).toEqual([
    404,
    {
      success: false,
      action: 'chat',
      error: {
        code: 'route_not_found',
        message: 'Use case not found: x.',
        field: 'useCase',
        suggestions: ['clinical'],
      },
    },
  ])
  const names = [
    'message',
    'messages',
    'userId',
    'user_id',
    'useCase',
    'maxTokens',
    'stream',
    'systemPrompt',
    '__proto__',
  ]
  const body_ = fc.dictionary(fc.constantFrom(...names), fc.jsonValue(), { maxKeys: 5 })
  fc.assert(
    fc.property(body_, (sent) => {
      try {
        read(sent)
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(PointsmanError)
      }
    }),
  )
})
