import { unknownUsage } from '@pointsman/contract'
import type { AnswerPart, Finish } from '@pointsman/contract'
import { expect, it } from 'vitest'

import { about, decode, dialects, encodeJson, gpt } from './testing/dialects-for-tests.ts'
import { writeAll } from './testing/read-all.ts'
import { StreamedArguments, wasCut } from './tool-arguments.ts'

const cuts: readonly Finish[] = [
  { reason: 'length', raw: 'max_tokens' },
  { reason: 'context-length', raw: 'model_context_window_exceeded' },
  { reason: 'content-filter', raw: 'guardrail_intervened' },
  { reason: 'refusal', raw: 'refusal' },
  { reason: 'other', raw: 'malformed_tool_use' },
]
const regular: readonly Finish[] = [
  { reason: 'tool-calls', raw: 'tool_use' },
  { reason: 'stop', raw: 'end_turn' },
  { reason: 'stop-sequence', raw: 'stop_sequence' },
  { reason: 'other', raw: 'a_new_word' },
]

it('takes no end for a regular one that came before the model was done', () => {
  for (const finish of cuts) expect(wasCut(finish), finish.raw).toBe(true)
  for (const finish of regular) expect(wasCut(finish), finish.raw).toBe(false)
})

it('lets a streamed call be unfinished only where the answer is', () => {
  const half = new StreamedArguments()
  half.begin()
  half.add('{"a":')
  half.endBlock()
  for (const finish of cuts) expect(() => half.finish(finish), finish.raw).not.toThrow()
  for (const finish of regular) expect(() => half.finish(finish), finish.raw).toThrow('no JSON object')
})

/** `arguments` of every call, as a client of OpenAI's APIs parses them. */
const argumentsIn = (told: string): readonly unknown[] =>
  [...told.matchAll(/"arguments":("(?:[^"\\]|\\.)*")/g)].map(([, text]) => JSON.parse(text ?? '') as unknown)

it.each(['', ' ', '\n'])('makes an object of arguments that say nothing: %j', (json) => {
  const { openaiChat, openaiResponses } = dialects
  const finish: Finish = { reason: 'tool-calls', raw: 'tool_use' }
  const result = {
    parts: [{ kind: 'tool-call', id: 'a', name: 'f', argumentsJson: json }],
    finish,
    usage: unknownUsage,
    serviceTier: null,
    logprobs: null,
    upstreamLatencyMs: null,
  } as const
  const parts: readonly AnswerPart[] = [
    { type: 'start' },
    { type: 'block-start', index: 0, block: { kind: 'tool-call', id: 'a', name: 'f' } },
    ...(json === '' ? [] : [{ type: 'tool-arguments-delta', index: 0, json } as const]),
    { type: 'block-end', index: 0 },
    { type: 'finish', finish },
  ]
  for (const dialect of [openaiChat, openaiResponses]) {
    const streamed = writeAll(dialect.streamWriter(about), parts).map(decode).join('')
    const pieces = argumentsIn(streamed)
    const told = dialect === openaiChat ? pieces.join('') : String(pieces.at(-1))
    expect([JSON.parse(told)], dialect.name).toEqual([{}])
    expect(argumentsIn(decode(dialect.writeResult(result, about)))).toEqual(['{}'])
  }
  const history = {
    model: 'm',
    messages: [
      { role: 'user', content: 'a' },
      {
        role: 'assistant',
        tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: json } }],
      },
      { role: 'tool', tool_call_id: 'a', content: 'x' },
    ],
  }
  const call = openaiChat.readRequest(openaiChat.scanRequest(encodeJson(history), false))
  for (const dialect of [openaiChat, openaiResponses]) {
    expect(argumentsIn(decode(dialect.writeRequest(call, gpt).body))).toEqual(['{}'])
  }
})
