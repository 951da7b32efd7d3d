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
        const { model: _, stream: _stream, ...rest } = others
        const body = { ...rest, messages: [{}], ...(model.trim() === '' ? {} : { model }) }
        const passed = JSON.parse(pass(JSON.stringify(body), upstream)) as unknown
        expect(passed).toEqual(JSON.parse(JSON.stringify({ ...body, model: upstream })))
      },
    ),
  )
})
