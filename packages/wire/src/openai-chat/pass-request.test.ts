import fc from 'fast-check'
import { expect, it } from 'vitest'

import { decode, dialects, encode, target } from '../testing/dialects-for-tests.ts'

const { openaiChat } = dialects
const pass = (text: string, upstreamId = 'gpt-4o'): string =>
  decode(openaiChat.passRequest(openaiChat.scanRequest(encode(text), null), target({ upstreamId })).body)

it('replaces the model and nothing else', () => {
  expect(
    pass(
      '{ "model" : "use-case/x" ,\n "messages":[{"role":"user","content":"\\"model\\": 1.0"}], "seed":12345678901234567890 }',
    ),
  ).toBe(
    '{ "model" : "gpt-4o" ,\n "messages":[{"role":"user","content":"\\"model\\": 1.0"}], "seed":12345678901234567890 }',
  )
  expect(pass('{"messages":[{"role":"user","content":"Grüße 👩‍👩‍👧"}],"model":"ä"}')).toBe(
    '{"messages":[{"role":"user","content":"Grüße 👩‍👩‍👧"}],"model":"gpt-4o"}',
  )
})

it('puts the model first where there is none', () => {
  expect(pass('{"messages":[{"role":"user"}]}')).toBe('{"model":"gpt-4o","messages":[{"role":"user"}]}')
  expect(pass('{"model":null,"messages":[{}]}')).toBe('{"model":"gpt-4o","messages":[{}]}')
})

it('always yields JSON whose model is the one given and whose rest is the same', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.string(),
      fc.string({ minLength: 1 }),
      (others, model, upstream) => {
        const { model: _, stream: _stream, stream_options: _options, ...rest } = others
        const body = { ...rest, messages: [{}], ...(model.trim() === '' ? {} : { model }) }
        const passed = JSON.parse(pass(JSON.stringify(body), upstream)) as unknown
        expect(passed).toEqual(JSON.parse(JSON.stringify({ ...body, model: upstream })))
      },
    ),
  )
})

const passStream = (text: string) => {
  const { body, hideUsage } = openaiChat.passRequest(
    openaiChat.scanRequest(encode(text), null),
    target({ upstreamId: 'gpt-4o' }),
  )
  return [decode(body), hideUsage]
}

it.each([
  [
    '{"messages":[{}], "model":"m","stream":true}',
    '{"stream_options":{"include_usage":true},"messages":[{}], "model":"gpt-4o","stream":true}',
  ],
  [
    '{"stream":true,"messages":[{}]}',
    '{"model":"gpt-4o","stream_options":{"include_usage":true},"stream":true,"messages":[{}]}',
  ],
  [
    '{"model":"m","messages":[{}],"stream":true,"stream_options": { } }',
    '{"model":"gpt-4o","messages":[{}],"stream":true,"stream_options": {"include_usage":true } }',
  ],
  [
    '{"model":"m","messages":[{"stream_options":{}}],"stream":true,"stream_options":{"include_obfuscation":false}}',
    '{"model":"gpt-4o","messages":[{"stream_options":{}}],"stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false}}',
  ],
  [
    '{"stream":true,"stream_options":{"x":1.0,"include_usage": false},"model":"m","messages":[{}]}',
    '{"stream":true,"stream_options":{"x":1.0,"include_usage": true},"model":"gpt-4o","messages":[{}]}',
  ],
  [
    '{"stream":true,"stream_options": null,"model":"m","messages":[{}]}',
    '{"stream":true,"stream_options": {"include_usage":true},"model":"gpt-4o","messages":[{}]}',
  ],
])('asks for the usage of a stream where the caller did not: %s', (text, passed) => {
  expect(passStream(text)).toEqual([passed, true])
})

it.each([
  '{"model":"gpt-4o","messages":[{}]}',
  '{"model":"gpt-4o","messages":[{}],"stream":false,"stream_options":null}',
  '{"model":"gpt-4o","messages":[{}],"stream":true,"stream_options":{"include_usage":true}}',
  '{"model":"gpt-4o","messages":[{}],"stream":true,"stream_options":"wrong"}',
  '{"model":"gpt-4o","messages":[{}],"stream":true,"stream_options":{"include_usage":"wrong"}}',
])('leaves as it is: %s', (text) => {
  expect(passStream(text)).toEqual([text, false])
})
