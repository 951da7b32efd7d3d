// @vitest-environment happy-dom
import { modelId } from '@pointsman/contract'
import { expect, test } from 'vitest'
import { planOf, type Planned } from './plan.ts'

const [a, b, c] = [modelId('a'), modelId('b'), modelId('c')]
const route: Planned = {
  candidates: [
    { modelId: a, weight: 3 },
    { modelId: b, weight: 1 },
  ],
  fallbacks: null,
  inherits: false,
  serves: 'a',
  strategy: 'priority',
  switchId: null,
  target: a,
}
const told = (changes: Partial<Planned>) => {
  const { after, steps } = planOf({ ...route, ...changes })
  return [
    ...steps.map(
      ({ modelId, serves, share }) =>
        `${modelId}${serves ? ' serves' : ''}${share === null ? '' : ` ${share}`}`,
    ),
    after,
  ]
}

test('the target serves, then the chain of its own, or what families rule', () => {
  expect(told({})).toEqual(['a serves', expect.stringMatching(/families/)])
  expect(told({ fallbacks: [b, a, c] })).toEqual(['a serves', 'b', 'c', ''])
  expect(told({ fallbacks: [] })).toEqual(['a serves', expect.stringMatching(/no fallback/)])
})

test('a strategy shares the requests out until a switch sets a target', () => {
  expect(told({ strategy: 'weighted', target: null, fallbacks: [] }).slice(0, 2)).toEqual([
    'a serves 0.75',
    'b serves 0.25',
  ])
  expect(told({ strategy: 'weighted', switchId: 'sw-1' })).toEqual(['a serves', expect.anything()])
})
