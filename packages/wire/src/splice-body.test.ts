import { isWholeBody } from '@pointsman/contract'
import fc from 'fast-check'
import { expect, it } from 'vitest'

import { spliceBody } from './splice-body.ts'
import { decode, encode } from './testing/dialects-for-tests.ts'

const long = 'x'.repeat(70_000)

it('copies nothing of a body', () => {
  const body = encode(`ab${long}`)
  const pieces = spliceBody(body, [{ span: { start: 1, end: 2 }, text: 'new' }])
  if (isWholeBody(pieces)) throw new Error('it is one piece')
  expect(pieces.map(({ length }) => length)).toEqual([1, 3, 70_000])
  expect(pieces[2]?.buffer).toBe(body.buffer)
})

it('gives the text with its edits, wherever they stand and however long it is', () => {
  const place = fc.integer({ min: 0, max: 200_000 })
  fc.assert(
    fc.property(
      fc.constantFrom(10, 65_536, 65_537, 150_000),
      place,
      place,
      fc.string(),
      (length, a, b, text) => {
        const whole = Array.from({ length: length / 2 }, (_, at) => String.fromCharCode(97 + (at % 26))).join(
          '',
        )
        const [start, end] = [a % (whole.length + 1), b % (whole.length + 1)].toSorted(
          (one, other) => one - other,
        )
        const body = spliceBody(encode(whole), [{ span: { start: start ?? 0, end: end ?? 0 }, text }])
        expect(decode(body)).toBe(whole.slice(0, start) + decode(encode(text)) + whole.slice(end))
      },
    ),
    { numRuns: 40 },
  )
})
