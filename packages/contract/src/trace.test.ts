import { expect, test } from 'vitest'
import { readTraceparent, spanBelow, writeTraceparent } from './trace.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const spanId = 'b7ad6b7169203331'

test('a traceparent is read, also of a later version with more in it', () => {
  expect(readTraceparent(`00-${traceId}-${spanId}-01`)).toEqual({ traceId, spanId, sampled: true })
  expect(readTraceparent(`00-${traceId}-${spanId}-02`)).toEqual({ traceId, spanId, sampled: false })
  expect(readTraceparent(`cc-${traceId}-${spanId}-01-what-comes`)).toEqual({ traceId, spanId, sampled: true })
})

test.each([
  '',
  'x',
  `00-${'0'.repeat(32)}-${spanId}-01`,
  `00-${traceId}-${'0'.repeat(16)}-01`,
  `ff-${traceId}-${spanId}-01`,
  `00-${traceId.toUpperCase()}-${spanId}-01`,
  `00-${traceId}-${spanId}-01-more`,
  `00-${traceId}-${spanId}`,
])('%j is none', (text) => {
  expect(readTraceparent(text)).toBeNull()
})

test('what is sent on names our span below the same trace', () => {
  const context = { traceId, spanId, parentSpanId: null, sampled: true, state: null }
  const below = spanBelow(spanId, 1)
  expect(readTraceparent(writeTraceparent(context, below))).toEqual({ traceId, spanId: below, sampled: true })
  expect(spanBelow('ffffffffffffffff', 1)).toBe('0000000000000001')
  expect(new Set([1, 2, 3].map((number) => spanBelow(spanId, number))).size).toBe(3)
})
