import { expect, test } from 'vitest'
import { createDimensions } from './dimensions.ts'
import { invocationOf, type Invocation } from './invocation.ts'
import { sampleRecord } from './testing/index.ts'

function ofAgent(agent: string): Invocation {
  const invocation = invocationOf(sampleRecord())
  if (invocation === null) throw new Error('the sample is of an invocation')
  return { ...invocation, agent }
}

test.each([
  ['', 'none'],
  [' \u0000 ', '?'],
  ['::x', 'x'],
  ['é', '?'],
  ['y'.repeat(2_000), 'y'.repeat(1_024)],
])('the dimension %j is %j', (text, told) => {
  expect(createDimensions()(ofAgent(text)).Agent).toBe(told)
})

test('pairs beyond the bound are one, and those before it stay', () => {
  const dimensionsOf = createDimensions(1)
  const first = dimensionsOf(ofAgent('first'))
  expect(first).toEqual({ Agent: 'first', Model: 'eu.amazon.nova-pro-v1:0', Success: 'true' })
  expect(dimensionsOf(ofAgent('second'))).toEqual({ Agent: 'other', Model: 'other', Success: 'true' })
  expect(dimensionsOf(ofAgent('first'))).toEqual(first)
})
