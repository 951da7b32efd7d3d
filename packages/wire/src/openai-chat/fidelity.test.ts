import type { AnswerPart, ChatResult, ContentPart } from '@pointsman/contract'
import { unknownUsage } from '@pointsman/contract'
import { expect, it } from 'vitest'

import { openaiCall } from '../testing/calls.ts'
import { join } from '../testing/cut.ts'
import { about, decode, decodeJson, dialects, refusal, target } from '../testing/dialects-for-tests.ts'
import { partsOf, readAll, writeAll } from '../testing/read-all.ts'

const { openaiChat, openaiResponses } = dialects
const reasoner = target({ vendor: 'openai', upstreamId: 'gpt-5', abilities: { reasoning: true } })
const plain = target({ vendor: 'openai', upstreamId: 'gpt-4o' })
const write = (call: ReturnType<typeof openaiCall>, to = plain) => {
  const { body, warnings } = openaiChat.writeRequest(call, to)
  return { body: decodeJson(body) as Record<string, unknown>, warnings }
}

const source = { title: 'T', url: 'https://a.test', quote: null, documentIndex: null }
const logprobs = [
  { token: 'a', logprob: -0.1, bytes: [97], alternatives: [{ token: 'b', logprob: -2, bytes: null }] },
]
const result: ChatResult = {
  parts: [
    { kind: 'text', text: 'Sky ' },
    { kind: 'text', text: 'is blue', citations: [source] },
    { kind: 'text', text: '.' },
    { kind: 'tool-call', id: '', name: 'f', argumentsJson: '{}' },
  ],
  finish: { reason: 'tool-calls', raw: 'tool_calls' },
  usage: unknownUsage,
  logprobs,
  serviceTier: null,
  upstreamLatencyMs: null,
}

it('carries log probabilities, sources and ids of calls that had none through a whole answer', () => {
  const bytes = openaiChat.writeResult(result, about)
  expect(openaiChat.readResult(bytes)).toEqual({
    ...result,
    parts: [
      ...result.parts.slice(0, 3),
      { kind: 'tool-call', id: 'call_1_0', name: 'f', argumentsJson: '{}' },
    ],
  })
})

it('carries the same through a stream', () => {
  const parts: readonly AnswerPart[] = [
    { type: 'start' },
    { type: 'block-start', index: 0, block: { kind: 'text' } },
    { type: 'text-delta', index: 0, text: 'Sky' },
    { type: 'logprobs', index: 0, tokens: logprobs },
    { type: 'citation', index: 0, citation: source },
    { type: 'block-end', index: 0 },
    { type: 'block-start', index: 1, block: { kind: 'tool-call', id: '', name: 'f' } },
    { type: 'tool-arguments-delta', index: 1, json: '{}' },
    { type: 'block-end', index: 1 },
    { type: 'finish', finish: { reason: 'tool-calls', raw: 'tool_calls' } },
  ]
  const stream = join(writeAll(openaiChat.streamWriter({ ...about, streamUsage: false }), parts))
  expect(decode(stream)).toContain('"start_index":0,"end_index":3')
  const again = partsOf(readAll(openaiChat.streamReader({ mode: 'translate', hideUsage: false }), [stream]))
  expect(again).toEqual(
    parts.map((part) =>
      part.type === 'block-start' && part.block.kind === 'tool-call'
        ? { ...part, block: { ...part.block, id: 'call_1_0' } }
        : part,
    ),
  )
})

const image = { kind: 'image', mediaType: 'image/png', source: { kind: 'base64', data: 'aGk=' } } as const
const resultOf = (callId: string, content: ContentPart[]): ContentPart => ({
  kind: 'tool-result',
  callId,
  isError: false,
  content: content as [],
})

it("moves images of tools' results into a message after all results", () => {
  const call = {
    ...openaiCall({}),
    messages: [
      { role: 'user', parts: [{ kind: 'text', text: 'q' }] },
      {
        role: 'assistant',
        parts: [
          { kind: 'tool-call', id: 'a', name: 'f', argumentsJson: '{}' },
          { kind: 'tool-call', id: 'b', name: 'f', argumentsJson: '{}' },
        ],
      },
      { role: 'user', parts: [resultOf('a', [{ kind: 'text', text: 'one' }, image])] },
      { role: 'user', parts: [resultOf('b', [{ kind: 'text', text: 'two' }])] },
      { role: 'user', parts: [{ kind: 'text', text: 'and?' }] },
    ],
  } as const
  const messages = write(call).body['messages'] as Record<string, unknown>[]
  expect(messages.map((message) => message['role'])).toEqual([
    'user',
    'assistant',
    'tool',
    'tool',
    'user',
    'user',
  ])
  expect(messages[3]?.['content']).toBe('two')
  expect(messages[4]).toEqual({
    role: 'user',
    content: [
      { type: 'text', text: 'From the tool call a:' },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=' } },
    ],
  })
})

it('gives ids of calls that are too long another, the same in call and result', () => {
  const id = 'toolu_'.repeat(8)
  const call = openaiCall({
    messages: [
      { role: 'user', content: 'q' },
      {
        role: 'assistant',
        tool_calls: [{ id, type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: id, content: 'r' },
    ],
  })
  const text = JSON.stringify(write(call).body)
  const made = [...text.matchAll(/call_[0-9a-f]{16}/g)].map(([found]) => found)
  expect(made).toHaveLength(2)
  expect(new Set(made).size).toBe(1)
  expect(text).not.toContain('toolu_')
})

it('leaves out the sampling that a model takes no more once it reasons, with a warning', () => {
  const body = { temperature: 0.5, top_p: 0.5, frequency_penalty: 1, presence_penalty: 1, max_tokens: 17 }
  for (const dialect of [openaiChat, openaiResponses]) {
    const written = dialect.writeRequest(openaiCall(body), reasoner)
    const sent = decodeJson(written.body) as Record<string, unknown>
    expect(Object.keys(sent)).not.toEqual(expect.arrayContaining(['temperature']))
    expect(sent['max_completion_tokens'] ?? sent['max_output_tokens']).toBe(17)
    for (const name of Object.keys(body).filter((field) => field !== 'max_tokens')) {
      expect(sent[name]).toBeUndefined()
      expect(written.warnings.some((warning) => warning.startsWith(`${name}: `))).toBe(true)
    }
  }
  expect(write(openaiCall({ temperature: 1, top_p: 1 }), reasoner).warnings).toEqual([])
  const silent = openaiCall({ ...body, reasoning_effort: 'none' })
  const newer = { ...reasoner, model: { ...reasoner.model, generation: 5.2 } }
  const written = write(silent, newer)
  expect(written.body).toMatchObject({ temperature: 0.5, top_p: 0.5, reasoning_effort: 'none' })
  expect(written.warnings.map((text) => text.split(':')[0])).toEqual([
    'frequency_penalty',
    'presence_penalty',
  ])
  expect(write(openaiCall(body)).body).toMatchObject({ temperature: 0.5, frequency_penalty: 1 })
})

it('refuses what would make another answer', () => {
  const fieldOf = (body: object, to = reasoner) => refusal(() => write(openaiCall(body), to)).details.field
  expect(fieldOf({ stop: ['x'] })).toBe('stop')
  expect(fieldOf({ logprobs: true })).toBe('logprobs')
  const tools = ['fine', 'n'.repeat(65)].map((name) => ({ type: 'function', function: { name } }))
  expect(fieldOf({ tools }, plain)).toBe('tools[1].name')
  expect(write(openaiCall({ tools }), target()).warnings).toEqual([])
})

it('leaves the sampling of open weights to whoever runs them', () => {
  const weights = { vendor: 'openai', family: 'gpt-oss', abilities: { reasoning: true } }
  const call = openaiCall({ temperature: 0.5, stop: ['x'], max_completion_tokens: 100 })
  const { body, warnings } = write(call, target({ ...weights, upstreamId: 'gpt-oss-20b' }))
  expect(body).toMatchObject({ temperature: 0.5, stop: ['x'], max_tokens: 100 })
  expect(warnings).toEqual([])
  expect(() => write(call, reasoner)).toThrow(/stop/)
})
