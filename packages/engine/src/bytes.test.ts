import fc from 'fast-check'
import { expect, test } from 'vitest'
import { joinBytes } from './bytes.ts'

test('joins any pieces, from one buffer or many, as one after the other', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 100 }),
      fc.array(fc.nat(100)),
      fc.boolean(),
      (whole, cuts, copy) => {
        const places = [
          0,
          ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b),
          whole.length,
        ]
        const pieces = places.slice(1).map((end, index) => {
          const piece = whole.subarray(places[index] ?? 0, end)
          return copy && index % 2 === 0 ? piece.slice() : piece
        })
        expect(joinBytes(pieces)).toEqual(whole)
        expect(joinBytes([...pieces].reverse())).toEqual(
          new Uint8Array([...pieces].reverse().flatMap((piece) => [...piece])),
        )
      },
    ),
  )
})

test('neighbours in one buffer are not copied', () => {
  const whole = new Uint8Array([1, 2, 3, 4])
  expect(joinBytes([whole.subarray(1, 2), whole.subarray(2, 4)]).buffer).toBe(whole.buffer)
})
