import { expect, test } from 'vitest'
import { nextSwitchState, switchTransitions, type SwitchEvent, type SwitchState } from './switch.ts'

const states = Object.keys(switchTransitions) as SwitchState[]

test('only a proposal can be refused, and what is refused or reverted stays so', () => {
  expect(states.filter((state) => nextSwitchState(state, 'refuse') !== null)).toEqual(['proposed'])
  for (const end of ['refused', 'reverted'] as const) {
    expect(Object.values(switchTransitions[end]).every((next) => next === null)).toBe(true)
  }
})

test('every state but the first can be reached, and no event leads back to a proposal', () => {
  const reached = new Set<SwitchState>(['proposed'])
  for (let round = 0; round < states.length; round++) {
    for (const state of [...reached]) {
      for (const event of Object.keys(switchTransitions[state]) as SwitchEvent[]) {
        const next = nextSwitchState(state, event)
        if (next !== null) reached.add(next)
        expect(next).not.toBe('proposed')
      }
    }
  }
  expect([...reached].sort()).toEqual([...states].sort())
})
