import { requestId } from '@pointsman/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OpenIntents } from './open-intents.ts'

test('ids of any form are counted as a set counts them', () => {
  // Short and alike, so that many share a list and come twice.
  const id = fc.oneof(fc.string({ maxLength: 4, unit: fc.constantFrom('a', 'b', 'ä') }), fc.uuid())
  fc.assert(
    fc.property(fc.array(fc.record({ id, opens: fc.boolean() })), (steps) => {
      const open = new OpenIntents()
      const expected = new Set<string>()
      for (const step of steps) {
        if (step.opens) {
          open.add(requestId(step.id))
          expected.add(step.id)
        } else {
          open.delete(requestId(step.id))
          expected.delete(step.id)
        }
        expect(open.size).toBe(expected.size)
      }
      for (const left of expected) open.delete(requestId(left))
      expect(open.size).toBe(0)
    }),
  )
})
