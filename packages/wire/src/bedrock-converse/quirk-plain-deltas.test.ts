import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeFrame, encodeHeaders } from '../framing/event-stream.ts'
import { readPlainTextDelta } from './quirk-plain-deltas.ts'
import { createStreamReader } from './read-stream.ts'

const headers = encodeHeaders([
  [':event-type', 'contentBlockDelta'],
  [':content-type', 'application/json'],
  [':message-type', 'event'],
])

const encoder = new TextEncoder()

function partsOf(...payloads: readonly (string | Uint8Array)[]) {
  const reader = createStreamReader('translate', 'bedrock', crc32)
  const bytes = (payload: string | Uint8Array) =>
    typeof payload === 'string' ? encoder.encode(payload) : payload
  return payloads.flatMap((payload) =>
    reader.push(encodeFrame(headers, bytes(payload), crc32)).map(({ parts, role }) => ({ parts, role })),
  )
}

test('a word is cut out of the event as Bedrock writes it', () => {
  const event = encoder.encode('{"contentBlockIndex":12,"delta":{"text":" Größe 😀"},"p":"abcDEF012"}')
  expect(readPlainTextDelta(event)).toEqual({ source: 12, text: ' Größe 😀' })
  expect(readPlainTextDelta(encoder.encode('{"contentBlockIndex":0,"delta":{"text":"a"}}'))).toEqual({
    source: 0,
    text: 'a',
  })
})

test.each([
  '{"contentBlockIndex":0,"delta":{"text":"a\\n"},"p":"a"}',
  '{"contentBlockIndex":0,"delta":{"text":""},"p":"a"}',
  '{"contentBlockIndex":00,"delta":{"text":"a"}}',
  '{"contentBlockIndex":0,"delta":{"text":"a"},"delta":{"text":"b"}}',
  '{"contentBlockIndex":0,"delta":{"text":"a","citation":{}}}',
  '{"contentBlockIndex":0,"delta":{"toolUse":{"input":"a"}}}',
  '{"contentBlockIndex":0,"delta":{"text":"a\n"}}',
  '{"contentBlockIndex":0,"delta":{"text":"a"}}\n',
  '{"contentBlockIndex":0,"delta":{"text":"a"}',
])('everything else is for the parser: %j', (event) => {
  expect(readPlainTextDelta(encoder.encode(event))).toBeNull()
})

test('what is cut out is what the parser reads', () => {
  const word = fc.record({
    contentBlockIndex: fc.nat({ max: 3 }),
    delta: fc.record({
      text: fc.oneof(
        fc.string(),
        fc.string({ unit: 'binary' }),
        fc.constantFrom('', '"', '\\', '\n', '\u2028'),
      ),
    }),
    p: fc.stringMatching(/^[A-Za-z0-9]{0,20}$/),
  })
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), (words) => {
      const events = words.map((one) => JSON.stringify(one))
      // A space is none of Bedrock's: such events go to the parser.
      expect(partsOf(...events)).toEqual(partsOf(...events.map((event) => `${event} `)))
    }),
    { numRuns: 50 },
  )
})

test('bytes that are no UTF-8, and a raw line end within a word, are a broken stream', () => {
  const event = encoder.encode('{"contentBlockIndex":0,"delta":{"text":"a!"}}')
  for (const byte of [0xff, 0x0a])
    expect(() => partsOf(event.map((one) => (one === 0x21 ? byte : one)))).toThrow('is not a JSON object')
})
