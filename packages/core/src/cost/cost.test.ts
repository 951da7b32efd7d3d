import { unknownUsage, type ServedTier, type UsageBuckets } from '@pointsman/contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compiled, ids, price } from '../clinic.test-support.ts'
import { costNanoUsd } from './cost.ts'
import { priceInForce } from './price-in-force.ts'
import { billedNanoUsd, billedTier, tierCost } from './service-tier.ts'

const usage = (changes: Partial<UsageBuckets>): UsageBuckets => ({ ...unknownUsage, ...changes })
const novaPro = price(ids.novaPro, 1.05, 4.2, { cacheReadPicoUsd: 262_500, cacheWrite5mPicoUsd: 0 })

describe('the cost of an answer', () => {
  test('US-$ 1.05 and 4.20 per million: 1,000 in and 100 out are 1,470,000 nano-dollars', () => {
    expect(costNanoUsd(usage({ inputTokens: 1_000, outputTokens: 100 }), novaPro)).toBe(1_470_000)
  })

  test('each cache bucket by its own rate', () => {
    const cached = usage({
      inputTokens: 10,
      outputTokens: 1,
      cacheReadTokens: 1_000,
      cacheWrite5mTokens: 5_000,
    })
    expect(costNanoUsd(cached, novaPro)).toBe(10_500 + 4_200 + 262_500)
  })

  test('rounded once, half up', () => {
    const rates = price(ids.gpt, 0, 0, { inputPicoUsd: 250, outputPicoUsd: 249 })
    expect(costNanoUsd(usage({ inputTokens: 1, outputTokens: 1 }), rates)).toBe(0)
    expect(costNanoUsd(usage({ inputTokens: 2, outputTokens: 0 }), rates)).toBe(1)
  })

  test('unknown stays unknown, and is never 0', () => {
    expect(costNanoUsd(unknownUsage, novaPro)).toBeNull()
    expect(costNanoUsd(usage({ inputTokens: 1 }), novaPro)).toBeNull()
    expect(costNanoUsd(usage({ inputTokens: 1, outputTokens: 1 }), price(ids.gpt, null, 1))).toBeNull()
    const written = usage({ inputTokens: 1, outputTokens: 1, cacheWrite1hTokens: 1 })
    expect(costNanoUsd(written, novaPro)).toBeNull()
    expect(costNanoUsd(usage({ inputTokens: 1.5, outputTokens: 1 }), novaPro)).toBeNull()
    expect(costNanoUsd(usage({ inputTokens: -1, outputTokens: 1 }), novaPro)).toBeNull()
  })

  test('a bucket of no tokens needs no price', () => {
    expect(costNanoUsd(usage({ inputTokens: 0, outputTokens: 1_000 }), price(ids.gpt, null, 1))).toBe(
      1_000_000,
    )
  })

  test('a tier holds for the whole request, by its input over all buckets', () => {
    const tier = { ...price(ids.gpt, 2, 4, { cacheReadPicoUsd: 200_000 }), inputTokensAbove: 1_000 }
    const tiered = price(ids.gpt, 1, 2, {
      cacheReadPicoUsd: 100_000,
      tiers: [{ ...tier, inputPicoUsd: 3_000_000, inputTokensAbove: 9_999 }, tier],
    })
    const at = (inputTokens: number): number | null =>
      costNanoUsd(usage({ inputTokens, cacheReadTokens: 500, outputTokens: 10 }), tiered)
    expect(at(500)).toBe(500_000 + 50_000 + 20_000)
    expect(at(501)).toBe(1_002_000 + 100_000 + 40_000)
    expect(at(10_000)).toBe(30_000_000 + 100_000 + 40_000)
  })

  test('a tier holds for each call of the model, where an answer took several', () => {
    const long = { ...price(ids.gpt, 0.5, 2.5), inputTokensAbove: 100_000 }
    const haiku = price(ids.gpt, 0.1, 0.5, { tiers: [long] })
    const of = (...inputs: readonly number[]): number | null => {
      const calls = inputs.map((inputTokens) => usage({ inputTokens, outputTokens: 1_000 }))
      const sum = inputs.reduce((all, one) => all + one, 0)
      return costNanoUsd(
        { ...usage({ inputTokens: sum, outputTokens: 1_000 * inputs.length }), calls },
        haiku,
      )
    }
    expect(of(40_000, 50_000, 60_000)).toBe(16_500_000)
    expect(of(40_000, 100_001)).toBe(4_500_000 + 52_500_500)
    expect(of(40_000, 1_000_000_000_000)).toBe(4_500_000 + 500_000_002_500_000)
  })

  test('is exact beyond what doubles hold', () => {
    const dear = price(ids.gpt, 75, 0)
    expect(costNanoUsd(usage({ inputTokens: 1_000_000_001, outputTokens: 0 }), dear)).toBe(75_000_000_075_000)
  })

  const tokens = fc.nat(10_000_000)
  const anyUsage = fc.record({
    inputTokens: tokens,
    cacheReadTokens: tokens,
    cacheWrite5mTokens: tokens,
    cacheWrite1hTokens: tokens,
    outputTokens: tokens,
    reasoningTokens: fc.constant(null),
  })
  const anyPrice = fc
    .record({
      inputPicoUsd: fc.nat(100_000_000),
      outputPicoUsd: fc.nat(100_000_000),
      cacheReadPicoUsd: fc.nat(100_000_000),
      cacheWrite5mPicoUsd: fc.nat(100_000_000),
      cacheWrite1hPicoUsd: fc.nat(100_000_000),
    })
    .map((rates) => price(ids.gpt, 0, 0, rates))

  test('is what whole numbers without a bound make of it, small and large', () => {
    const few = anyUsage.map((one) => ({ ...one, inputTokens: one.inputTokens % 1_000, outputTokens: 3 }))
    fc.assert(
      fc.property(fc.oneof(few, anyUsage), anyPrice, (one, rates) => {
        const picoUsd = [
          [one.inputTokens, rates.inputPicoUsd],
          [one.cacheReadTokens, rates.cacheReadPicoUsd],
          [one.cacheWrite5mTokens, rates.cacheWrite5mPicoUsd],
          [one.cacheWrite1hTokens, rates.cacheWrite1hPicoUsd],
          [one.outputTokens, rates.outputPicoUsd],
        ].reduce((sum, [count, rate]) => sum + BigInt(count ?? 0) * BigInt(rate ?? 0), 0n)
        expect(costNanoUsd(one, rates)).toBe(Number((picoUsd + 500n) / 1_000n))
      }),
    )
  })

  test('adds up: two answers cost what one with both their tokens does, but for the rounding', () => {
    fc.assert(
      fc.property(anyUsage, anyUsage, anyPrice, (one, two, rates) => {
        const both: UsageBuckets = {
          inputTokens: one.inputTokens + two.inputTokens,
          cacheReadTokens: one.cacheReadTokens + two.cacheReadTokens,
          cacheWrite5mTokens: one.cacheWrite5mTokens + two.cacheWrite5mTokens,
          cacheWrite1hTokens: one.cacheWrite1hTokens + two.cacheWrite1hTokens,
          outputTokens: one.outputTokens + two.outputTokens,
          reasoningTokens: null,
        }
        const apart = (costNanoUsd(one, rates) ?? Number.NaN) + (costNanoUsd(two, rates) ?? Number.NaN)
        expect(Math.abs((costNanoUsd(both, rates) ?? Number.NaN) - apart)).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('is a whole number, never negative, and never falls when tokens are added', () => {
    fc.assert(
      fc.property(anyUsage, anyPrice, tokens, (one, rates, more) => {
        const cost = costNanoUsd(one, rates) ?? Number.NaN
        expect(Number.isSafeInteger(cost)).toBe(true)
        expect(cost).toBeGreaterThanOrEqual(0)
        const longer = { ...one, outputTokens: one.outputTokens + more }
        expect(costNanoUsd(longer, rates)).toBeGreaterThanOrEqual(cost)
      }),
    )
  })
})

describe('the price in force', () => {
  const snapshot = compiled({
    prices: [
      price(ids.novaPro, 1, 1, { region: 'eu-central-1', effectiveFromMs: 1_000 }),
      price(ids.novaPro, 2, 2, { region: 'eu-central-1', effectiveFromMs: 2_000 }),
      price(ids.novaPro, 9, 9),
      price(ids.novaLite, 3, 3, { region: 'us-east-1' }),
    ],
  })
  const inputAt = (region: string, atMs: number): number | null | undefined =>
    priceInForce(snapshot, ids.novaPro, region, atMs)?.inputPicoUsd

  test('is the newest that has begun, of the region, else of *', () => {
    expect(inputAt('eu-central-1', 1_000)).toBe(1_000_000)
    expect(inputAt('eu-central-1', 1_999)).toBe(1_000_000)
    expect(inputAt('eu-central-1', 2_000)).toBe(2_000_000)
    expect(inputAt('eu-central-1', 999)).toBe(9_000_000)
    expect(inputAt('eu-west-1', 5_000)).toBe(9_000_000)
  })

  test('is never another region’s, and null where none is known', () => {
    expect(priceInForce(snapshot, ids.novaLite, 'eu-central-1', 5_000)).toBeNull()
    expect(priceInForce(snapshot, 'unknown', 'eu-central-1', 5_000)).toBeNull()
  })
})

describe('the cost in a service tier', () => {
  const served = (tier: ServedTier['tier'], raw: string = tier): ServedTier => ({ tier, raw })
  const rates = { cacheReadPicoUsd: null, cacheWrite5mPicoUsd: null, cacheWrite1hPicoUsd: null }
  const priority = { ...rates, inputPicoUsd: 1_837_500, outputPicoUsd: 7_350_000, cacheReadPicoUsd: 459_375 }
  const long = { ...priority, inputPicoUsd: 3_675_000, inputTokensAbove: 1_000 }
  const tiered = price(ids.novaPro, 1.05, 4.2, {
    cacheReadPicoUsd: 262_500,
    cacheWrite5mPicoUsd: 1_000_000,
    serviceTiers: [
      { ...rates, serviceTier: 'flex', inputPicoUsd: 525_000, outputPicoUsd: 2_100_000, tiers: [] },
      { ...priority, serviceTier: 'priority', tiers: [long] },
    ],
  })
  const some = usage({ inputTokens: 1_000, outputTokens: 100 })

  test('is by its own rates: half, and 1.75 times the standard ones', () => {
    expect(tierCost(some, tiered, 'flex')).toEqual({ nanoUsd: 735_000, isOfTier: true })
    expect(tierCost(some, tiered, 'priority')).toEqual({ nanoUsd: 2_572_500, isOfTier: true })
    expect(billedNanoUsd(some, tiered, null)).toBe(1_470_000)
  })

  test('has its own rates of cached and of long inputs', () => {
    const cached = usage({ inputTokens: 10, cacheReadTokens: 990, outputTokens: 1 })
    expect(billedNanoUsd(cached, tiered, 'priority')).toBe(18_375 + 454_781 + 7_350)
    const longer = usage({ inputTokens: 1_001, outputTokens: 0 })
    expect(billedNanoUsd(longer, tiered, 'priority')).toBe(3_678_675)
  })

  test('of which a rate is not known is the standard one, and said to be', () => {
    const written = usage({ inputTokens: 0, cacheWrite5mTokens: 10, outputTokens: 1 })
    expect(tierCost(written, tiered, 'flex')).toEqual({ nanoUsd: 14_200, isOfTier: false })
    expect(tierCost(unknownUsage, tiered, 'flex')).toEqual({ nanoUsd: null, isOfTier: false })
  })

  test('that no price knows is the standard one, whatever it is called, and said to be', () => {
    const others = fc.string().filter((name) => name !== 'flex' && name !== 'priority')
    fc.assert(
      fc.property(others, fc.nat(1e6), fc.nat(1e6), (tier, inputTokens, outputTokens) => {
        const any = usage({ inputTokens, outputTokens })
        expect(tierCost(any, tiered, tier)).toEqual({ nanoUsd: costNanoUsd(any, tiered), isOfTier: false })
        expect(billedNanoUsd(any, tiered, tier)).toBe(costNanoUsd(any, tiered))
      }),
    )
  })

  test('is of the tier that served, else of the one that was asked for', () => {
    expect(billedTier(null, null)).toBe(null)
    expect(billedTier(served('standard', 'default'), served('priority'))).toBe(null)
    expect(billedTier(served('priority'), null)).toBe('priority')
    expect(billedTier(null, served('flex'))).toBe('flex')
    expect(billedTier(null, served('standard', 'default'))).toBe(null)
    expect(billedTier(served('other', 'Fast'), null)).toBe('fast')
  })

  test('is none where a vendor has another word for the standard one, and is named within bounds', () => {
    for (const word of ['Standard', 'default', 'on_demand'])
      expect(billedTier(served('other', word), served('flex'))).toBe(null)
    expect(billedTier(null, served('other', 'x'.repeat(100_000)))).toBe('x'.repeat(64))
  })
})
