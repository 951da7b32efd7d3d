import type { AnswerPart } from '@pointsman/contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createStreamGrammar } from './grammar.ts'

const start: AnswerPart = { type: 'start' }
const finish: AnswerPart = { type: 'finish', finish: { reason: 'stop', raw: 'end_turn' } }
const usage: AnswerPart = {
  type: 'usage',
  usage: {
    inputTokens: 1,
    cacheReadTokens: null,
    cacheWrite5mTokens: null,
    cacheWrite1hTokens: null,
    outputTokens: 1,
    reasoningTokens: null,
  },
  upstreamLatencyMs: null,
}
const error: AnswerPart = { type: 'error', error: { name: 'throttlingException', message: 'slow down' } }
const unrecognised: AnswerPart = { type: 'unrecognised', name: 'ping' }
const text = (index: number): readonly AnswerPart[] => [
  { type: 'block-start', index, block: { kind: 'text' } },
  { type: 'text-delta', index, text: 'Hello' },
  { type: 'block-end', index },
]
const toolCall = (index: number): readonly AnswerPart[] => [
  { type: 'block-start', index, block: { kind: 'tool-call', id: 't1', name: 'look_up' } },
  { type: 'tool-arguments-delta', index, json: '{"a":' },
  { type: 'tool-arguments-delta', index, json: '1}' },
  { type: 'block-end', index },
]
const reasoning = (index: number): readonly AnswerPart[] => [
  { type: 'block-start', index, block: { kind: 'reasoning' } },
  { type: 'reasoning-delta', index, text: 'Hm' },
  { type: 'redacted-reasoning', index, data: { signer: 'bedrock', value: 'AA==' } },
  { type: 'reasoning-signature', index, signature: { signer: 'bedrock', value: 's' } },
  { type: 'block-end', index },
]

const problemsOf = (parts: readonly AnswerPart[]): readonly string[] => {
  const grammar = createStreamGrammar()
  return parts.flatMap((part) => grammar.accept(part))
}
const isComplete = (parts: readonly AnswerPart[]): boolean => {
  const grammar = createStreamGrammar()
  for (const part of parts) grammar.accept(part)
  return grammar.isComplete
}
const whole = [
  start,
  usage,
  ...reasoning(0),
  unrecognised,
  ...text(1),
  ...toolCall(2),
  finish,
  unrecognised,
  usage,
]

describe('an answer in parts', () => {
  test('a whole one breaks nothing and is complete', () => {
    expect(problemsOf(whole)).toEqual([])
    expect(isComplete(whole)).toBe(true)
    expect(isComplete([start, finish])).toBe(true)
  })

  test('cut at any place before its finish it is not complete', () => {
    const end = whole.indexOf(finish)
    for (let length = 0; length <= end; length++) expect(isComplete(whole.slice(0, length))).toBe(false)
    for (let length = end + 1; length <= whole.length; length++)
      expect(isComplete(whole.slice(0, length))).toBe(true)
  })

  test('an error may come anywhere, ends it, and leaves it incomplete', () => {
    for (let place = 0; place <= whole.length; place++) {
      const broken = [...whole.slice(0, place), error]
      expect(problemsOf(broken)).toEqual([])
      expect(isComplete(broken)).toBe(false)
    }
    expect(problemsOf([start, error, finish])).toEqual([
      `'finish' came after the error that ended the answer`,
    ])
  })

  test.each<[string, readonly AnswerPart[], RegExp]>([
    ['a second start', [start, start], /'start' came twice/],
    ['content before the start', [...text(0), start], /came before 'start'/],
    ['usage before the start', [usage], /'usage' came before 'start'/],
    ['content after the finish', [start, finish, ...text(0)], /came after 'finish'/],
    ['a second finish', [start, finish, finish], /'finish' came after 'finish'/],
    ['a delta without its block', [start, { type: 'text-delta', index: 0, text: 'x' }], /not open/],
    [
      'a delta of another block',
      [start, ...text(0).slice(0, 1), { type: 'text-delta', index: 1, text: 'x' }],
      /block 1, which is not open/,
    ],
    [
      'a delta of another kind',
      [start, ...toolCall(0).slice(0, 1), { type: 'text-delta', index: 0, text: 'x' }],
      /which holds tool-call/,
    ],
    ['two blocks open', [start, ...text(0).slice(0, 1), ...text(1)], /block 1 began while block 0 was open/],
    ['an index used twice', [start, ...text(0), ...text(0)], /block 0 began after block 0/],
    ['an end without a block', [start, { type: 'block-end', index: 0 }], /ended but was not open/],
    ['a finish in a block', [start, ...text(0).slice(0, 2), finish], /while block 0 was open/],
  ])('%s is told', (_, parts, problem) => {
    expect(problemsOf(parts).join('\n')).toMatch(problem)
  })

  test('a whole answer of any blocks holds; with one of its parts taken out or doubled it does not', () => {
    const blocks = fc.array(fc.constantFrom(text, toolCall, reasoning), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(blocks, fc.nat(), (kinds, seed) => {
        const parts = [start, ...kinds.flatMap((kind, index) => kind(index)), finish]
        expect(problemsOf(parts)).toEqual([])
        const frames = parts.flatMap((part, place) =>
          ['start', 'block-start', 'block-end', 'finish'].includes(part.type) ? [place] : [],
        )
        const place = frames[seed % frames.length] ?? 0
        const without = parts.toSpliced(place, 1)
        expect(problemsOf(without).length > 0 || !isComplete(without)).toBe(true)
        expect(problemsOf(parts.toSpliced(place, 0, parts[place] ?? start)).length).toBeGreaterThan(0)
      }),
    )
  })
})
