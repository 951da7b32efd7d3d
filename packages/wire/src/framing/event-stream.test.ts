import fc from 'fast-check'
import { expect, it } from 'vitest'

import { everyCut, join, randomCut } from '../testing/cut.ts'
import { crc32, decode, encode, refusal } from '../testing/dialects-for-tests.ts'
import { smithy, smithyFrame } from '../testing/smithy.ts'
import { encodeFrame, encodeHeaders, EventStreamDecoder } from './event-stream.ts'
import type { EventStreamFrame } from './event-stream.ts'

const checksum = (bytes: Uint8Array, start?: number): number => crc32(bytes, start)

function readPieces(pieces: readonly Uint8Array[]): readonly EventStreamFrame[] {
  const decoder = new EventStreamDecoder(checksum)
  const frames = pieces.flatMap((piece) => decoder.pushAll(piece))
  decoder.end()
  return frames
}

const stream = join([
  smithyFrame(
    { ':event-type': 'messageStart', ':message-type': 'event' },
    encode('{"role":"assistant","p":"ab"}'),
  ),
  smithyFrame({ ':event-type': 'contentBlockDelta' }, encode('{"delta":{"text":"Grüße 👩‍👩‍👧 e\u0301"}}')),
  smithyFrame({}, new Uint8Array(0)),
  smithyFrame({ ':message-type': 'exception', ':exception-type': 'throttlingException' }, encode('{}')),
])

it('reads what the official codec writes, however it is cut', () => {
  const whole = readPieces([stream])
  expect(whole.map((frame) => Object.fromEntries(frame.headers))).toEqual([
    { ':event-type': 'messageStart', ':message-type': 'event' },
    { ':event-type': 'contentBlockDelta' },
    {},
    { ':message-type': 'exception', ':exception-type': 'throttlingException' },
  ])
  expect(decode(whole[1]?.payload ?? new Uint8Array())).toContain('👩‍👩‍👧 e\u0301')
  for (const pieces of everyCut(stream)) expect(readPieces(pieces)).toEqual(whole)
  fc.assert(
    fc.property(randomCut(stream), (pieces) => {
      const frames = readPieces(pieces)
      expect(frames).toEqual(whole)
      expect(join(frames.map((frame) => frame.bytes))).toEqual(stream)
    }),
  )
})

it('writes what the official codec reads', () => {
  // The official codec loses a header named `__proto__` in its plain object; ours keeps headers in a Map.
  const name = fc
    .string({ minLength: 1, maxLength: 40 })
    .filter((text) => encode(text).length < 256 && text !== '__proto__')
  const headers = fc.dictionary(name, fc.string({ maxLength: 300, unit: 'binary' }), {
    noNullPrototype: true,
  })
  fc.assert(
    fc.property(headers, fc.uint8Array({ maxLength: 2_000 }), (values, body) => {
      const frame = encodeFrame(encodeHeaders(Object.entries(values)), body, checksum)
      const message = smithy.decode(frame)
      expect(message.body).toEqual(body)
      expect(Object.entries(message.headers).map(([key, header]) => [key, header.value])).toEqual(
        Object.entries(values),
      )
      expect(frame).toEqual(smithyFrame(values, body))
    }),
  )
})

it('skips header types that AWS defines but does not send here', () => {
  const frame = smithy.encode({
    headers: {
      a: { type: 'boolean', value: true },
      b: { type: 'byte', value: 1 },
      c: { type: 'short', value: 2 },
      d: { type: 'integer', value: 3 },
      e: { type: 'binary', value: new Uint8Array([1, 2, 3]) },
      f: { type: 'timestamp', value: new Date(0) },
      g: { type: 'uuid', value: '00000000-0000-4000-8000-000000000000' },
      ':event-type': { type: 'string', value: 'metadata' },
    },
    body: new Uint8Array(0),
  })
  expect(Object.fromEntries(readPieces([frame])[0]?.headers ?? [])).toEqual({ ':event-type': 'metadata' })
})

it('refuses a frame with any one bit turned', () => {
  const frame = smithyFrame({ ':event-type': 'metadata' }, encode('{"usage":{}}'))
  for (let bit = 0; bit < frame.length * 8; bit += 1) {
    const damaged = frame.slice()
    damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    expect(refusal(() => readPieces([damaged])).code).toBe('upstream_broken')
  }
})

it('refuses a stream that ends inside a frame, at any byte', () => {
  const frame = smithyFrame({ ':event-type': 'metadata' }, encode('{}'))
  for (let at = 1; at < frame.length; at += 1) {
    expect(refusal(() => readPieces([frame.subarray(0, at)])).code).toBe('upstream_broken')
  }
})

it('refuses lengths that no frame has without waiting for their bytes', () => {
  const prelude = (total: number, headers: number): Uint8Array => {
    const bytes = new Uint8Array(12)
    const view = new DataView(bytes.buffer)
    view.setUint32(0, total)
    view.setUint32(4, headers)
    view.setUint32(8, checksum(bytes.subarray(0, 8)))
    return bytes
  }
  for (const [total, headers] of [
    [0, 0],
    [15, 0],
    [0xffffffff, 0],
    [64, 49],
  ] as const) {
    expect(refusal(() => new EventStreamDecoder(checksum).pushAll(prelude(total, headers))).code).toBe(
      'upstream_broken',
    )
  }
})

it('refuses a damaged prelude before the frame that it announces arrives', () => {
  const frame = smithyFrame({ ':event-type': 'metadata' }, encode('{}'))
  const damaged = frame.slice(0, 12)
  damaged[1] = 0x10
  expect(refusal(() => new EventStreamDecoder(checksum).pushAll(damaged)).code).toBe('upstream_broken')
})

it('never throws anything but upstream_broken, whatever the bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (headerBytes) => {
      // A frame whose checksums fit but whose headers are nonsense.
      const frame = encodeFrame(headerBytes, new Uint8Array(3), checksum)
      try {
        readPieces([frame])
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'upstream_broken' })
      }
    }),
  )
})

it('keeps no bytes of what it was handed', () => {
  const first = smithyFrame({ ':event-type': 'messageStart' }, encode('{}'))
  const second = smithyFrame({ ':event-type': 'messageStop!' }, encode('{}'))
  const received = Buffer.from(first)
  const decoder = new EventStreamDecoder(checksum)
  decoder.pushAll(received)
  // As if its memory had become the next read's.
  received.set(second)
  expect(decoder.pushAll(received)[0]?.headers.get(':event-type')).toBe('messageStop!')
})
