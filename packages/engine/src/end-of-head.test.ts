import fc from 'fast-check'
import { expect, test } from 'vitest'
import { endOfHead } from './end-of-head.ts'

test('a head ends where a search says that it does', () => {
  const text = fc.string({ unit: fc.constantFrom('\r', '\n', 'a'), maxLength: 40 })
  const withEnd = fc.tuple(text, text).map(([before, after]) => `${before}\r\n\r\n${after}`)
  fc.assert(
    fc.property(fc.oneof(text, withEnd), fc.nat(8), (written, from) => {
      expect(endOfHead(Buffer.from(written), from)).toBe(written.indexOf('\r\n\r\n', from))
    }),
    { numRuns: 2_000 },
  )
})
