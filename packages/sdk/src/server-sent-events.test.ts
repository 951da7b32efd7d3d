import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eventData } from './server-sent-events.ts'
import { collect } from './testing/collect.ts'

async function* pieces(all: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const piece of all) yield Promise.resolve(piece)
}
const read = (all: readonly Uint8Array[]): Promise<readonly string[]> => collect(eventData(pieces(all)))
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('events', () => {
  test.each([
    ['LF', 'data: a\n\ndata: b\n\n', ['a', 'b']],
    ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
    ['CR', 'data: a\r\rdata: b\r\r', ['a', 'b']],
    ['several data lines are one text', 'data: a\ndata:b\ndata\n\n', ['a\nb\n']],
    ['only one space goes', 'data:  a\n\n', [' a']],
    ['comments, names, ids and unknown fields', ': beat\nevent: x\nid: 1\ndata: a\ndatum: b\n\n', ['a']],
    ['an event without data is none', 'event: x\n\n: beat\n\n', []],
    ['an event cut off by the end is not given out', 'data: a\n\ndata: b\n', ['a']],
    ['a byte-order mark', '\ufeffdata: a\n\n', ['a']],
    ['a carriage return before an empty line', 'data: a\r\n\n\ndata: b\n\n', ['a', 'b']],
  ])('%s', async (_what, text, expected) => {
    expect(await read([bytes(text)])).toEqual(expected)
  })

  test('are the same however the bytes are cut', async () => {
    const line = fc.oneof(
      fc.constantFrom('data', 'data:', 'data: ü€😀', ': comment', 'event: x', '', 'data: {"a":1}'),
      fc.string().map((text) => `data: ${text.replaceAll(/[\r\n]/g, '')}`),
    )
    const stream = fc
      .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')))
      .map((lines) => bytes(lines.map(([text, end]) => text + end).join('')))
    await fc.assert(
      fc.asyncProperty(stream, fc.array(fc.nat({ max: 200 })), async (whole, cuts) => {
        const at = [...new Set([0, ...cuts.filter((cut) => cut < whole.length), whole.length])].sort(
          (a, b) => a - b,
        )
        const cut = at.slice(1).map((end, index) => whole.subarray(at[index], end))
        expect(await read(cut)).toEqual(await read([whole]))
      }),
    )
  })
})
