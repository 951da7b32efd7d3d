import { expect, test } from 'vitest'
import { modelsNamespace } from './model-metrics.ts'

test('a namespace that the service would refuse is refused at once', () => {
  expect(modelsNamespace('supply-chain')).toBe('supply-chain/Models')
  for (const wrong of ['AWS', ':x', 'ü', 'x'.repeat(255)])
    expect(() => modelsNamespace(wrong)).toThrow(TypeError)
})
