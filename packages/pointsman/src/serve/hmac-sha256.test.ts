import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hmacSha256, hmacSha256Hex } from './hmac-sha256.ts'

const nodes = (key: Uint8Array | string, data: string): string =>
  createHmac('sha256', key).update(data).digest('hex')
const ours = (key: Uint8Array | string, data: string): string =>
  Buffer.from(hmacSha256(key, data)).toString('hex')

test('is the HMAC that Node makes, whatever key and text', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 130 }),
      fc.string({ unit: 'binary', maxLength: 1_100 }),
      (key, data) => {
        expect(ours(key, data)).toBe(nodes(key, data))
        expect(hmacSha256Hex(key, data)).toBe(nodes(key, data))
        // With its pads at hand, after another text.
        hmacSha256(key, `${data}…`)
        expect(ours(key, data)).toBe(nodes(key, data))
      },
    ),
  )
})

test('takes keys that are texts, and the longest texts', () => {
  expect(ours('key', 'text')).toBe(nodes('key', 'text'))
  for (const length of [1_023, 1_024, 1_025])
    expect(ours(Buffer.from('key'), '€'.repeat(length))).toBe(nodes('key', '€'.repeat(length)))
})
