import { requestId } from '@pointsman/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OpenIntents } from './open-intents.ts'

test('ids of any form are counted as a set counts them', () => {
  // Short and alike, so that many share a list and come twice.
  const id = fc.oneof(fc.string({ maxLength: 4, unit: fc.constantFrom('a', 'b', 'ä') }), fc.uuid())
  fc.assert(
    fc.property(fc.array(fc.record({ id, opens: fc.boolean(), segment: fc.nat(9) })), (steps) => {
      const open = new OpenIntents()
      const expected = new Map<string, number>()
      for (const step of steps) {
        if (step.opens) {
          open.add(requestId(step.id), step.segment)
          if (!expected.has(step.id)) expected.set(step.id, step.segment)
        } else {
          open.delete(requestId(step.id))
          expected.delete(step.id)
        }
        expect(open.size).toBe(expected.size)
        expect(open.oldestSegment(5)).toBe(Math.min(5, ...expected.values()))
      }
      for (const left of expected.keys()) open.delete(requestId(left))
      expect(open.size).toBe(0)
    }),
  )
})
