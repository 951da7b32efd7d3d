import fc from 'fast-check'
import { expect, it } from 'vitest'

import { everyCut, join, randomCut } from '../testing/cut.ts'
import { decode, encode, refusal } from '../testing/dialects-for-tests.ts'
import { encodeServerSentEvent, readServerSentEvent, ServerSentEventSplitter } from './server-sent-events.ts'

function split(pieces: readonly Uint8Array[]): {
  readonly frames: readonly string[]
  readonly rest: string | null
} {
  const splitter = new ServerSentEventSplitter()
  const frames = pieces.flatMap((piece) => splitter.push(piece)).map((frame) => decode(frame.bytes))
  const rest = splitter.end()
  if (rest?.isWhole === true) return { frames: [...frames, decode(rest.bytes)], rest: null }
  return { frames, rest: rest === null ? null : decode(rest.bytes) }
}

const text = 'data: {"a":"Grüße 👩‍👩‍👧 e\u0301"}\n\n: ping\n\nevent: x\ndata: 1\ndata: 2\n\n\ndata: [DONE]\n\n'
const lineEnds = ['\n', '\r\n', '\r']

it('cuts at blank lines of any kind, however the bytes are cut', () => {
  for (const lineEnd of lineEnds) {
    const bytes = encode(text.replaceAll('\n', lineEnd))
    const whole = split([bytes])
    expect(whole.frames).toHaveLength(4)
    expect(whole.rest).toBeNull()
    expect(whole.frames.join('')).toBe(decode(bytes))
    for (const pieces of everyCut(bytes)) expect(split(pieces)).toEqual(whole)
    fc.assert(
      fc.property(randomCut(bytes), (pieces) => {
        expect(split(pieces)).toEqual(whole)
      }),
    )
  }
})

it('passes an event on as soon as its blank line is whole', () => {
  const splitter = new ServerSentEventSplitter()
  expect(splitter.push(encode('data: 1\n'))).toEqual([])
  expect(splitter.push(encode('\n'))).toHaveLength(1)
  expect(splitter.push(encode('data: 2\r\n\r\n'))).toHaveLength(1)
})

it('tells what was cut off', () => {
  expect(split([encode('data: 1\n\ndata: {"a')])).toEqual({ frames: ['data: 1\n\n'], rest: 'data: {"a' })
  expect(split([encode('data: 1\n')])).toEqual({ frames: [], rest: 'data: 1\n' })
})

it('joins to the stream byte for byte, whatever the stream', () => {
  const pieces = fc.array(
    fc
      .array(fc.constantFrom('d', ':', '\n', '\r', '\r\n', '\n\n', '👩'), { maxLength: 6 })
      .map((parts) => parts.join('')),
    { maxLength: 12 },
  )
  fc.assert(
    fc.property(pieces, (parts) => {
      const splitter = new ServerSentEventSplitter()
      const frames = parts.flatMap((part) => splitter.push(encode(part)))
      const rest = splitter.end()
      const all = [...frames, ...(rest === null ? [] : [rest])].map((frame) => frame.bytes)
      expect(decode(join(all))).toBe(parts.join(''))
    }),
  )
})

it('reads fields as the standard says', () => {
  expect(readServerSentEvent(encode('event: x\ndata: 1\ndata:2\nid: 7\n\n'))).toEqual({
    name: 'x',
    data: '1\n2',
  })
  expect(readServerSentEvent(encode(': ping\n\n'))).toEqual({ name: null, data: null })
  expect(readServerSentEvent(encode('data\n\n'))).toEqual({ name: null, data: '' })
  expect(readServerSentEvent(encode('\u{feff}data: 1\n\n')).data).toBe('1')
  expect(readServerSentEvent(encodeServerSentEvent('{}', 'error'))).toEqual({ name: 'error', data: '{}' })
})

it('refuses text that is not UTF-8 instead of replacing it', () => {
  const bytes = new Uint8Array([...encode('data: '), 0xf0, 0x9f, 0x0a, 0x0a])
  expect(refusal(() => readServerSentEvent(bytes)).code).toBe('upstream_broken')
})
