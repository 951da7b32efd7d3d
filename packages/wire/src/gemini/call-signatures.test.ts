import type { AnswerPart, ChatResult, ToolCallPart } from '@pointsman/contract'
import { unknownUsage } from '@pointsman/contract'
import { expect, it } from 'vitest'

import { about, decodeJson, dialects, encodeJson, target } from '../testing/dialects-for-tests.ts'
import { partsOf, readAll, writeAll } from '../testing/read-all.ts'

const { anthropicMessages, bedrockConverse, gemini, openaiChat, openaiResponses } = dialects
const call: ToolCallPart = {
  ...{ kind: 'tool-call', id: 'call_1', name: 'f', argumentsJson: '{"a":1}' },
  signature: { signer: 'google', value: 'c2ln' },
}
const unsigned: ToolCallPart = {
  kind: 'tool-call',
  id: 'call_2',
  name: 'g',
  argumentsJson: '{}',
  signature: null,
}
const answer: ChatResult = {
  parts: [{ kind: 'text', text: 'I look.' }, call, unsigned],
  finish: { reason: 'tool-calls', raw: 'STOP' },
  usage: unknownUsage,
  ...{ logprobs: null, serviceTier: null, upstreamLatencyMs: null },
}
const streamed: readonly AnswerPart[] = [
  { type: 'start' },
  { type: 'block-start', index: 0, block: { kind: 'text' } },
  { type: 'text-delta', index: 0, text: 'I look.' },
  { type: 'block-end', index: 0 },
  ...[call, unsigned].flatMap((part, at): AnswerPart[] => [
    { type: 'block-start', index: at + 1, block: { ...part } },
    { type: 'tool-arguments-delta', index: at + 1, json: part.argumentsJson },
    { type: 'block-end', index: at + 1 },
  ]),
  { type: 'finish', finish: answer.finish },
]

type Said = Record<string, unknown>
const result = (id: string) => ({ role: 'tool', tool_call_id: id, content: 'x' })
const user = { role: 'user', content: 'hi' }

/** The caller's next request, which holds the answer as it got it. */
const faces = [
  {
    face: anthropicMessages,
    next: (body: Said) => ({
      ...{ model: 'm', max_tokens: 9 },
      messages: [
        user,
        { role: 'assistant', content: body['content'] },
        {
          role: 'user',
          content: ['call_1', 'call_2'].map((id) => ({ type: 'tool_result', tool_use_id: id, content: 'x' })),
        },
      ],
    }),
  },
  {
    face: bedrockConverse,
    next: (body: Said) => ({
      messages: [
        { role: 'user', content: [{ text: 'hi' }] },
        (body['output'] as Said)['message'],
        {
          role: 'user',
          content: ['call_1', 'call_2'].map((toolUseId) => ({
            toolResult: { toolUseId, content: [{ text: 'x' }] },
          })),
        },
      ],
    }),
  },
  {
    face: openaiChat,
    next: (body: Said) => ({
      model: 'm',
      messages: [user, (body['choices'] as Said[])[0]?.['message'], result('call_1'), result('call_2')],
    }),
  },
  {
    face: openaiResponses,
    next: (body: Said) => ({
      model: 'm',
      input: [
        user,
        ...(body['output'] as Said[]),
        ...['call_1', 'call_2'].map((id) => ({ type: 'function_call_output', call_id: id, output: 'x' })),
      ],
    }),
  },
] as const

it.each(faces)('a call keeps its signature in a conversation over $face.name', ({ face, next }) => {
  const body = decodeJson(face.writeResult(answer, about)) as Said
  const scanned = face.scanRequest(encodeJson(next(body)), false)
  // Its own vendor would refuse it as it stands.
  expect(scanned.marked).toBe(true)
  const { body: sent } = gemini.writeRequest(
    face.readRequest(scanned),
    target({ format: 'gemini', generation: 3 }),
  )
  const { contents } = decodeJson(sent) as { contents: { parts: Said[] }[] }
  expect(contents[1]?.parts).toMatchObject([
    { text: 'I look.' },
    { functionCall: { name: 'f' }, thoughtSignature: 'c2ln' },
    { functionCall: { name: 'g' } },
  ])
  expect(JSON.stringify(contents)).not.toContain('skip_thought')
})

it.each(faces.filter(({ face }) => face !== openaiChat))(
  'a stream over $face.name holds it too',
  ({ face }) => {
    const written = writeAll(face.streamWriter(about), streamed)
    expect(Buffer.concat(written).toString('latin1')).toContain('"cG9pbnRzbWFuZ29vZ2xlOmMybG4="')
    const parts = partsOf(readAll(face.streamReader({ mode: 'translate', hideUsage: false }), written))
    const begun = parts.flatMap((part) => (part.type === 'block-start' ? [part.block.kind] : []))
    expect(begun).toEqual(['text', 'reasoning', 'tool-call', 'tool-call'])
  },
)

it('a streamed chat completion holds it in the place that Google gave it', () => {
  const text = new TextDecoder().decode(Buffer.concat(writeAll(openaiChat.streamWriter(about), streamed)))
  expect(text).toContain('"extra_content":{"google":{"thought_signature":"cG9p')
})
