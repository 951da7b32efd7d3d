import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nearestNames } from './nearest-names.ts'

const names = ['eu.amazon.nova-pro-v1:0', 'eu.amazon.nova-lite-v1:0', 'gpt-4o', 'clinical']

test('a slip of the pen, a part of a name, another case', () => {
  expect(nearestNames('clinicl', names)).toEqual(['clinical'])
  expect(nearestNames('nova-lite', names)).toEqual(['eu.amazon.nova-lite-v1:0'])
  expect(nearestNames('GPT-4O', names)).toEqual(['gpt-4o'])
})

test('a name behind the prefix of a framework', () => {
  const routed = [...names, 'use-case/clinical', 'use-case/operations']
  expect(nearestNames('openai/GPT-4o', routed)).toEqual(['gpt-4o'])
  expect(nearestNames('anthropic/use-case/clinical', routed)[0]).toBe('use-case/clinical')
  expect(nearestNames('openai/gpt-99', names)).toEqual([])
})

test('nothing near, nothing said', () => {
  expect(nearestNames('mistral-large', names)).toEqual([])
  expect(nearestNames('', names)).toEqual([])
})

test('a name that exists stands first, and never more than three are told', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 30 }),
      (list) => {
        const [wanted = ''] = list
        const near = nearestNames(wanted, list)
        expect(near.length).toBeLessThanOrEqual(3)
        expect(near.map((name) => name.toLowerCase())).toContain(wanted.toLowerCase())
      },
    ),
  )
})
