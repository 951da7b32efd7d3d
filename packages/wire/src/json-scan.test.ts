import fc from 'fast-check'
import { expect, it } from 'vitest'

import { scanJson } from './json-scan.ts'
import { decode, encode } from './testing/dialects-for-tests.ts'

const find = (text: string): readonly string[] => {
  const bytes = encode(text)
  return scanJson(bytes, 200, ['model']).members.map(({ value }) =>
    decode(bytes.subarray(value.start, value.end)),
  )
}

it('finds a member of the root object and nothing that looks like one', () => {
  expect(find('{"model":"a"}')).toEqual(['"a"'])
  expect(find('{ "x" : {"model":"no"}, "y":["model", {"model":1}], "model" :  "a" , "z":1}')).toEqual(['"a"'])
  expect(find('{"text":"\\"model\\":\\"no\\"","model":"a"}')).toEqual(['"a"'])
  expect(find('{"text":"ends in a backslash \\\\","model":"a"}')).toEqual(['"a"'])
  expect(find('{"a":"model","b":2}')).toEqual([])
  expect(find('["model","a"]')).toEqual([])
  expect(find('"model"')).toEqual([])
})

it('reads a key as the parser does, escapes included, and tells every repeat', () => {
  expect(find('{"mod\\u0065l":"a","model":"b"}')).toEqual(['"a"', '"b"'])
  expect(find('{"model":{"a":[1,2]},"n":1}')).toEqual(['{"a":[1,2]}'])
})

it('skips long strings with quotes and backslashes at any distance', () => {
  for (let length = 0; length < 140; length += 1) {
    for (const tail of ['\\\\', '\\"', '\\\\\\"', 'x']) {
      expect(find(`{"t":"${'y'.repeat(length)}${tail}","model":"a"}`)).toEqual(['"a"'])
    }
  }
})

it('agrees with JSON.parse on any object', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.jsonValue(),
      fc.boolean(),
      (others, model, spaced) => {
        const { model: _, ...rest } = others
        const text = JSON.stringify({ ...rest, model }, null, spaced ? 2 : 0)
        const found = find(text)
        expect(found).toHaveLength(1)
        expect(JSON.parse(found[0] ?? '')).toEqual(JSON.parse(JSON.stringify(model)))
      },
    ),
  )
})

it('stops at the depth limit, counts no brackets in strings, and never throws on bytes that are no JSON', () => {
  expect(scanJson(encode('['.repeat(200)), 200, []).tooDeep).toBe(false)
  expect(scanJson(encode('['.repeat(201)), 200, []).tooDeep).toBe(true)
  expect(scanJson(encode(`"${'['.repeat(500)}"`), 200, []).tooDeep).toBe(false)
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void scanJson(bytes, 10, ['model'])))
})

it('tells numbers that a double may not hold', () => {
  const long = (text: string): boolean => scanJson(encode(text), 200, []).longNumbers
  expect(long('{"a":123456789012345}')).toBe(false)
  expect(long('{"a":1234567890123456}')).toBe(true)
  expect(long('{"a":1e400}')).toBe(true)
  expect(long('{"a":"1234567890123456789","b":true,"c":false}')).toBe(false)
})

it('says the same of bytes with their text beside them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('"', '\\', '{', '}', '[', ':', ',', '1', 'ab', '"model":', 'y'.repeat(20)), {
        maxLength: 60,
      }),
      (pieces) => {
        const text = pieces.join('')
        const bytes = encode(text)
        const scan = (options: object) => scanJson(bytes, 200, ['model'], { longFrom: 8, ...options })
        expect(scan({ text })).toEqual(scan({}))
      },
    ),
    { numRuns: 2_000 },
  )
})
