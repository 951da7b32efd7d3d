import { canonicalJson, PointsmanError, type Price, type TokenRates } from '@pointsman/contract'

export const placeOf = ({ modelId, region }: Pick<Price, 'modelId' | 'region'>): string =>
  `${modelId} in ${region}`

const rateNames = [
  'inputPicoUsd',
  'outputPicoUsd',
  'cacheReadPicoUsd',
  'cacheWrite5mPicoUsd',
  'cacheWrite1hPicoUsd',
] as const satisfies readonly (keyof TokenRates)[]

export const isSamePrice = (price: Price, present: Price | null): boolean =>
  present !== null &&
  rateNames.every((rate) => price[rate] === present[rate]) &&
  canonicalJson(price.tiers) === canonicalJson(present.tiers)

/** What was known may become another figure, never unknown. */
export function refuseShrunken(price: Price, present: Price | null): void {
  if (present === null) return
  const lost = rateNames.find((rate) => present[rate] !== null && price[rate] === null)
  const isShorter = price.tiers.length < present.tiers.length
  if (lost === undefined && !isShorter) return
  const what = lost ?? 'tiers'
  throw new PointsmanError(
    'refused',
    `The price of ${placeOf(price)} knows less than ${present.id}, which it would follow: "${what}" is ${lost === undefined ? 'shorter' : 'missing'}. Nothing was changed.`,
    { field: what, data: { follows: present.id } },
  )
}

/** Vendors have halved prices and cut them to a tenth; a hundredfold is a slip of the unit, and nothing is free. */
const mostFold = 20

/** Of a source that nobody watches: single prices are written by somebody who looks at them. `what` is refused by it. */
export function refuseAbsurd(price: Price, present: Price | null, what = 'The table is refused whole'): void {
  if (present === null) return
  for (const rate of rateNames) {
    const [is, was] = [price[rate], present[rate]]
    if (is === null || was === null || was === 0 || (is * mostFold >= was && is <= was * mostFold)) continue
    throw new PointsmanError(
      'refused',
      `${what}: "${rate}" of ${placeOf(price)} would go from ${was} to ${is} pico-dollars a token, more than ${mostFold}-fold. If that is so, add this price by itself with POST.`,
      { field: rate, data: { follows: present.id } },
    )
  }
}
