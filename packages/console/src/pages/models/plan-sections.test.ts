// @vitest-environment happy-dom
import type { CataloguePlan } from '@pointsman/sdk'
import { expect, test } from 'vitest'
import { planSections } from './plan-sections.ts'

test('a changed price tells in words what differs beside input and output', () => {
  const rates = { inputPicoUsd: 1_000_000, outputPicoUsd: 2_000_000 }
  const fields = [
    ...['inputPicoUsd', 'cacheWrite1hPicoUsd', 'tiers'],
    ...['serviceTiers.flex', 'serviceTiers.priority.inputPicoUsd', 'serviceTiers.priority.tiers'],
  ]
  const price = { modelId: 'm', region: '*', effectiveFromMs: 0, fields, from: rates, to: rates, source: '' }
  const none = { new: [], changed: [], ended: [], unpriced: [], missing: [], skipped: [], warnings: [] }
  const plan: CataloguePlan = { ...none, prices: [price] }
  expect(planSections(plan).map(({ lines }) => lines)).toEqual([
    [
      'm · *: $1 / $2 → $1 / $2 · cache writes for an hour, long inputs, service tier flex, service tier priority',
    ],
  ])
})
