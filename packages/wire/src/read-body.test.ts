import { expect, it } from 'vitest'

import { readRequestBody, readVendorJson } from './read-body.ts'
import { encode, refusal } from './testing/dialects-for-tests.ts'

const code = (bytes: Uint8Array): string => refusal(() => readRequestBody(bytes)).code

it('refuses what is not a JSON object in UTF-8', () => {
  for (const text of ['', ' ', '{', '{"a":}', '[]', 'null', '"x"', '1', "{'a':1}", '{"a":1}}']) {
    expect(code(encode(text))).toBe('invalid_json')
  }
  expect(code(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toBe('invalid_json')
})

it('never repeats the body in its message: it may be a prompt', () => {
  expect(refusal(() => readRequestBody(encode('{"prompt": my secret}'))).message).not.toContain('secret')
})

it('refuses bodies that nest without end before they are parsed', () => {
  expect(code(encode(`{"a":${'['.repeat(100_000)}`))).toBe('invalid_json')
  expect(readRequestBody(encode(`{"a":${'['.repeat(198)}${']'.repeat(198)}}`)).json).toBeDefined()
})

it('refuses two of a member that decides where the request goes', () => {
  const error = refusal(() => readRequestBody(encode('{"model":"a","x":1,"mod\\u0065l":"b"}')))
  expect(error.code).toBe('invalid_request')
  expect(error.details.field).toBe('model')
  expect(code(encode('{"stream":false,"stream":true}'))).toBe('invalid_request')
  // Inside messages it is nobody's business.
  expect(readRequestBody(encode('{"a":{"model":1,"model":2}}')).json).toEqual({ a: { model: 2 } })
})

it('drops a byte order mark, so that offsets and vendors see the JSON', () => {
  const body = readRequestBody(encode('\u{feff}{"model":"a"}'))
  expect(body.bytes[0]).toBe(0x7b)
  expect(body.modelSpan).toEqual({ start: 9, end: 12 })
})

it('keeps `__proto__` a member like any other', () => {
  const { json } = readRequestBody(encode('{"__proto__":{"model":"x"},"constructor":1}'))
  expect(json['model']).toBeUndefined()
  expect(Object.keys(json)).toEqual(['__proto__', 'constructor'])
})

it('keeps the digits of integers that a double would round', () => {
  const text = '{"id":12345678901234567890,"rate":0.30000000000000004,"huge":1e400,"n":9007199254740991}'
  const { json } = readRequestBody(encode(text))
  expect(JSON.stringify(json)).toBe(text)
})

it('calls a broken body of a vendor broken', () => {
  expect(refusal(() => readVendorJson(encode('<html>'), 'The answer')).code).toBe('upstream_broken')
  expect(refusal(() => readVendorJson(encode('[1]'), 'The answer')).code).toBe('upstream_broken')
})

it('refuses more members than a parser can build at once, wherever they stand', () => {
  const members = (count: number) => Array.from({ length: count }, (_, at) => `"k${at}":":"`).join()
  expect(code(encode(`{${members(100_001)}}`))).toBe('invalid_json')
  expect(code(encode(`{"a":[{${members(100_000)}}]}`))).toBe('invalid_json')
  expect(Object.keys(readRequestBody(encode(`{${members(1_000)}}`)).json)).toHaveLength(1_000)
})
