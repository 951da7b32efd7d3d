import {
  canonicalJson,
  PointsmanError,
  priceId,
  type Model,
  type Price,
  type ServiceTierPrice,
  type TokenRates,
} from '@pointsman/contract'
import { callingRegion } from '@pointsman/core'
import { z } from 'zod'
import { placeOf } from '../price-rules.ts'
import { instant } from '../../instant.ts'
import type { ImportContext } from './import-context.ts'

/** US-$ per million tokens is the same figure as millionths of pico-dollars a token. */
export const picoOfUsdPerMillion = (usd: number): number => Math.round(usd * 1_000_000)
export const picoOfUsdPerToken = (usd: number): number => Math.round(usd * 1e12)

/** Rounded to nothing, what has a price would be free. */
const isKept = (pico: (usd: number) => number) => (usd: number) => usd === 0 || pico(usd) > 0
const keptWhole = 'a price is 0, or half a pico-dollar a token or more: less would be kept as 0'
export const usdPerMillion = z
  .number()
  .min(0)
  .max(9_007_199_254)
  .refine(isKept(picoOfUsdPerMillion), keptWhole)
export const usdPerToken = z
  .number()
  .min(0)
  .max(9_007)
  .refine(isKept(picoOfUsdPerToken), keptWhole)
  .optional()

/** Where a file's price of a model holds, that names no region itself. */
export const placeOfPrice = (model: Model, { homeRegion, region }: ImportContext): string =>
  model.kind === 'direct' ? '*' : (region ?? callingRegion(model, homeRegion))

/** What a file says of a price; what it says nothing of is left out. */
export interface SaidRates extends Partial<TokenRates> {
  readonly inputPicoUsd: number | null
  readonly outputPicoUsd: number | null
  readonly tiers?: Price['tiers']
  readonly serviceTiers?: ServiceTiers
}

const cacheRates = ['cacheReadPicoUsd', 'cacheWrite5mPicoUsd', 'cacheWrite1hPicoUsd'] as const

type ServiceTiers = NonNullable<Price['serviceTiers']>

export interface DatedPrice {
  readonly price: Price
  /** Rates that the file says nothing of and that were known: they stay as they were. */
  readonly kept: readonly string[]
}

/** A dated price by the word of a file. As with an edit by SQL, what it says nothing of stays as it was known. */
export function datedPrice(
  model: Pick<Model, 'id'>,
  region: string,
  said: SaidRates,
  context: ImportContext,
): DatedPrice {
  const { effectiveFromMs, history, nowMs, source } = context
  const price = {
    ...{ id: priceId(`${model.id}@${region}@${effectiveFromMs}`), modelId: model.id, region },
    ...{ effectiveFromMs, source, sourceDate: instant(nowMs).slice(0, 10) },
  }
  const before = history
    .filter((row) => placeOf(row) === placeOf(price) && row.effectiveFromMs <= effectiveFromMs)
    .sort((one, other) => other.effectiveFromMs - one.effectiveFromMs)[0]
  const tiered = withKnownTiers(said.serviceTiers ?? [], before?.serviceTiers ?? [])
  const kept: string[] = cacheRates.filter((rate) => said[rate] === undefined && before?.[rate] != null)
  if (tiered.isKept) kept.push('serviceTiers')
  const [cacheReadPicoUsd, cacheWrite5mPicoUsd, cacheWrite1hPicoUsd] = cacheRates.map(
    (rate) => said[rate] ?? before?.[rate] ?? null,
  )
  return {
    price: {
      ...price,
      inputPicoUsd: said.inputPicoUsd,
      outputPicoUsd: said.outputPicoUsd,
      cacheReadPicoUsd: cacheReadPicoUsd ?? null,
      cacheWrite5mPicoUsd: cacheWrite5mPicoUsd ?? null,
      cacheWrite1hPicoUsd: cacheWrite1hPicoUsd ?? null,
      tiers: said.tiers ?? before?.tiers ?? [],
      ...(tiered.serviceTiers.length === 0 ? {} : { serviceTiers: tiered.serviceTiers }),
    },
    kept,
  }
}

/** Of a service tier, or of rates of one, that the file says nothing of what was known stays. */
function withKnownTiers(said: ServiceTiers, known: ServiceTiers) {
  const named = new Set(said.map(({ serviceTier }) => serviceTier))
  const serviceTiers = [
    ...said.map((one) => {
      const before = known.find(({ serviceTier }) => serviceTier === one.serviceTier)
      return before === undefined ? one : withKnownRates(one, before)
    }),
    ...known.filter(({ serviceTier }) => !named.has(serviceTier)),
  ]
  return { serviceTiers, isKept: canonicalJson(serviceTiers) !== canonicalJson(said) }
}

const withKnownRates = (said: ServiceTierPrice, known: ServiceTierPrice): ServiceTierPrice => ({
  ...said,
  cacheReadPicoUsd: said.cacheReadPicoUsd ?? known.cacheReadPicoUsd,
  cacheWrite5mPicoUsd: said.cacheWrite5mPicoUsd ?? known.cacheWrite5mPicoUsd,
  cacheWrite1hPicoUsd: said.cacheWrite1hPicoUsd ?? known.cacheWrite1hPicoUsd,
  tiers: said.tiers.length === 0 ? known.tiers : said.tiers,
})

/** What was priced by the same source before and is not any more: a table that shrinks is its source's mistake. */
export function refuseShrunkenSource(prices: readonly Price[], context: ImportContext): void {
  const { history, nowMs, only, source } = context
  if (only !== null) return
  const given = new Set(prices.map(placeOf))
  const newest = new Map<string, Price>()
  for (const row of history)
    if (
      row.effectiveFromMs <= nowMs &&
      row.effectiveFromMs >= (newest.get(placeOf(row))?.effectiveFromMs ?? -Infinity)
    )
      newest.set(placeOf(row), row)
  const before = [...newest.values()].filter((row) => row.source === source)
  const missing = before.map(placeOf).filter((place) => !given.has(place))
  if (missing.length === 0) return
  throw new PointsmanError(
    'refused',
    `The file is refused whole: ${missing.length} of ${before.length} prices that it gave before (${source}) are missing from it, first that of ${missing[0]}. Nothing was changed. If it is another source, give it another name.`,
    { field: 'text', data: { missing: missing.slice(0, 100) } },
  )
}
