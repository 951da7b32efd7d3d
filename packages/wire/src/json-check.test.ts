import fc from 'fast-check'
import { expect, it } from 'vitest'

import { isOneLineJsonObject } from './json-check.ts'
import { readVendorJson } from './read-body.ts'
import { encode } from './testing/dialects-for-tests.ts'

const check = (text: string): boolean => isOneLineJsonObject(encode(text))

function isParsed(bytes: Uint8Array): boolean {
  try {
    readVendorJson(bytes, 'It')
    return true
  } catch {
    return false
  }
}

it('takes every object that is written on one line', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 8 })), (object) => {
      expect(check(JSON.stringify(object))).toBe(true)
    }),
  )
  for (const text of [
    '{}',
    ' { } \r\n\n',
    '{"a" : [ ] , "b":\t[1 , {}]}',
    '{"a":-0.5e+10,"b":0,"c":-1,"d":1E5,"e":10.25}',
    String.raw`{"\"\\\/\b\f\n\r\t\u00Ff":"\ud83d"}`,
    '{"":"Grüße 👩‍👩‍👧 \u0800\ud7ff\ue000\uffff\u{10ffff}"}',
  ]) {
    expect([text, check(text)]).toEqual([text, true])
    expect(() => JSON.parse(text) as unknown).not.toThrow()
  }
})

it('refuses what no parser takes', () => {
  for (const text of [
    '',
    '{',
    '}',
    '{"a":1}}',
    '{"a":1}{}',
    '{"a":1} x',
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{,"a":1}',
    '{"a" 1}',
    '{a:1}',
    "{'a':1}",
    '{"a":[1,]}',
    '{"a":[1 2]}',
    '{"a":[}',
    '{"a":]}',
    '{"a":01}',
    '{"a":-}',
    '{"a":.5}',
    '{"a":1.}',
    '{"a":1e}',
    '{"a":+1}',
    '{"a":NaN}',
    '{"a":tru}',
    '{"a":nulL}',
    '{"a":"\n"}',
    '{"a":"\u0000"}',
    String.raw`{"a":"\x"}`,
    String.raw`{"a":"\u12g4"}`,
    String.raw`{"a":"\"}`,
  ]) {
    expect([text, check(text)]).toEqual([text, false])
    expect(() => JSON.parse(text) as unknown).toThrow()
  }
})

it('leaves to the parser what is no object, stands on several lines or nests deep', () => {
  for (const text of [
    '7',
    '[]',
    '"x"',
    '{"a":\n1}',
    '\ufeff{}',
    `{"a":${'['.repeat(40)}${']'.repeat(40)}}`,
  ]) {
    expect([text, check(text)]).toEqual([text, false])
  }
})

it('finds a cut at any byte', () => {
  const bytes = encode(String.raw`{"index":0,"delta":{"text":"Grüße 👩\n\u00e4"},"list":[true,null,-1.5e3]}`)
  expect(isOneLineJsonObject(bytes)).toBe(true)
  for (let end = 0; end < bytes.length; end += 1) {
    expect(isOneLineJsonObject(bytes.subarray(0, end))).toBe(false)
  }
})

it('takes nothing that the parser refuses, whatever byte is changed', () => {
  const bytes = encode(String.raw`{"index":0,"text":"ü€👩\n\u00e4","list":[true,null,-1.5e3,{}]}`)
  for (let at = 0; at < bytes.length; at += 1) {
    for (let byte = 0; byte < 256; byte += 1) {
      const changed = bytes.slice()
      changed[at] = byte
      if (isOneLineJsonObject(changed)) expect([at, byte, isParsed(changed)]).toEqual([at, byte, true])
      // On one line the two agree.
      else if (byte !== 0x0a && byte !== 0x0d)
        expect([at, byte, isParsed(changed)]).toEqual([at, byte, false])
    }
  }
})

it('begins where it is told', () => {
  expect(isOneLineJsonObject(encode('data: {"a":1}\n\n'), 5)).toBe(true)
  expect(isOneLineJsonObject(encode('data: {"a":1}\n\n'))).toBe(false)
})
