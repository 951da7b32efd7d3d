import fc from 'fast-check'
import { expect, it } from 'vitest'

import type { StreamFrame } from '../dialect.ts'
import { decode, encode } from '../testing/dialects-for-tests.ts'
import { LikeEvent } from './like-event.ts'
import { createStreamReader } from '../openai-chat/read-stream.ts'

const event = (content: unknown, others: object = {}): string =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-1',
    model: 'm',
    choices: [{ index: 0, delta: { content }, finish_reason: null }],
    ...others,
  })}\n\n`

/** What is read of the last of these, each in a read of its own, or in two: then none is compared with another. */
function lastRead(events: readonly Uint8Array[], cut: boolean): readonly unknown[] {
  const reader = createStreamReader({ mode: 'relay', hideUsage: false })
  const told = ({ bytes, parts, role }: StreamFrame) => ({ text: decode(bytes), role, parts })
  let read: readonly unknown[] = []
  for (const bytes of events) {
    try {
      const pieces = cut ? [bytes.subarray(0, 1), bytes.subarray(1)] : [bytes]
      read = pieces.flatMap((piece) => reader.push(piece)).map(told)
    } catch (thrown) {
      read = [String(thrown)]
    }
  }
  return read
}

const known = ['one', 'two', 'three'].map((word) => encode(event(word, { obfuscation: word })))

it.each([
  event('four', { obfuscation: 'x' }),
  event('"[DONE]", \\ and \u0000 è 👩‍👩‍👧\n\n'),
  event(''),
  event(null),
  event('x', { usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } }),
  event('x', { error: { message: 'no' } }),
  event('x').replace('null', '"stop"'),
  event('x').replace('"x"', '"a\\x"'),
  event('x').replace('"x"', '"a\tb"'),
  event('x').replace('"x"', '"\\u12g4"'),
  event('x').replace('"x"', '"a","role":"b"'),
  `${event('x')}${event('y')}`,
  `${event('x')}\n`,
  event('x').slice(0, -1),
  'data: [DONE]\n\n',
])('says of an event what reading it says: %j', (text) => {
  const events = [...known, encode(text)]
  expect(lastRead(events, false)).toEqual(lastRead(events, true))
})

it('says the same whatever byte is changed', () => {
  const bytes = encode(event('où, "x"', { obfuscation: 'ab' }))
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), (place, byte) => {
      const events = [...known, bytes.with(place, byte)]
      expect(lastRead(events, false)).toEqual(lastRead(events, true))
    }),
    { numRuns: 2_000 },
  )
})

it('tells an event by what stands around its words', () => {
  const like = new LikeEvent()
  expect(like.matches(encode(event('a')))).toBe(false)
  like.learn(event('a', { obfuscation: 'b' }))
  expect(like.matches(encode(event('another "word"', { obfuscation: '' })))).toBe(true)
  expect(like.matches(encode(event('a', { obfuscation: 'b', id: 'chatcmpl-2' })))).toBe(false)
})

it('compares events that are never alike ever more seldom, and finds those that are', () => {
  const like = new LikeEvent()
  const compared = (count: number): number => {
    let matches = 0
    for (let at = 0; at < count; at += 1) if (like.matches(encode(event('x')))) matches += 1
    return matches
  }
  like.learn(event('x', { id: 'chatcmpl-2' }))
  expect(compared(1_000)).toBe(0)
  like.learn(event('x'))
  const found = compared(100)
  expect(found).toBeGreaterThanOrEqual(100 - 64)
  expect(found).toBeLessThan(100)
})
