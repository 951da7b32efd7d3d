import { canonicalJson, PointsmanError, type Price, type TokenRates } from '@pointsman/contract'

export const placeOf = ({ modelId, region }: Pick<Price, 'modelId' | 'region'>): string =>
  `${modelId} in ${region}`

/** As they begin: a price of a table may follow another one of it. */
export const asTheyBegin = (prices: readonly Price[]): readonly Price[] =>
  prices.toSorted((one, other) => one.effectiveFromMs - other.effectiveFromMs)

/** What holds when a price begins, of the rows of its place; of two that begin at once the later one. */
export const followedBy = ({ effectiveFromMs }: Price, rows: readonly Price[]): Price | null =>
  rows
    .filter((row) => row.effectiveFromMs <= effectiveFromMs)
    .reduce<Price | null>(
      (newest, row) => (newest === null || row.effectiveFromMs >= newest.effectiveFromMs ? row : newest),
      null,
    )

const rateNames = [
  'inputPicoUsd',
  'outputPicoUsd',
  'cacheReadPicoUsd',
  'cacheWrite5mPicoUsd',
  'cacheWrite1hPicoUsd',
] as const satisfies readonly (keyof TokenRates)[]

/** In whatever order its service tiers stand. */
export const isSamePrice = (price: Price, present: Price | null): boolean =>
  present !== null && differingFields(price, present).length === 0

type Rates = Pick<Price, (typeof rateNames)[number] | 'tiers'>

/** The standard rates and those of each service tier, by the field in which they stand. */
const ratesIn = (price: Price): ReadonlyMap<string, Rates> =>
  new Map<string, Rates>([
    ['', price],
    ...(price.serviceTiers ?? []).map((priced) => [`serviceTiers.${priced.serviceTier}`, priced] as const),
  ])
const fieldOf = (place: string, name: string): string => (place === '' ? name : `${place}.${name}`)

/** Where two prices differ: `cacheReadPicoUsd`, `tiers`, `serviceTiers.flex.outputPicoUsd`; a whole service tier that only one has. */
export function differingFields(price: Price, present: Price): readonly string[] {
  const [is, was] = [ratesIn(price), ratesIn(present)]
  return [...new Set([...is.keys(), ...was.keys()])].flatMap((place) => {
    const [rates, known] = [is.get(place), was.get(place)]
    if (rates === undefined || known === undefined) return [place]
    return [
      ...rateNames.filter((rate) => rates[rate] !== known[rate]),
      ...(canonicalJson(rates.tiers) === canonicalJson(known.tiers) ? [] : ['tiers']),
    ].map((name) => fieldOf(place, name))
  })
}

/** Usage was reckoned by what stands there. */
export function refuseEdited(price: Price, present: Price | null): void {
  if (present?.effectiveFromMs !== price.effectiveFromMs) return
  throw new PointsmanError(
    'refused',
    `The price of ${placeOf(price)} would change ${present.id}, which begins at the same time, and a price is never edited. Nothing was changed. Give it another beginning ("effectiveFrom").`,
    { field: 'effectiveFrom', data: { follows: present.id } },
  )
}

/** What was known may become another figure, never unknown. */
export function refuseShrunken(price: Price, present: Price | null): void {
  if (present === null) return
  const given = ratesIn(price)
  for (const [place, known] of ratesIn(present)) {
    const rates = given.get(place)
    if (rates === undefined) throw knowsLess(price, present, { field: place, how: 'missing' })
    const lost = rateNames.find((rate) => known[rate] !== null && rates[rate] === null)
    if (lost !== undefined) throw knowsLess(price, present, { field: fieldOf(place, lost), how: 'missing' })
    if (rates.tiers.length < known.tiers.length)
      throw knowsLess(price, present, { field: fieldOf(place, 'tiers'), how: 'shorter' })
  }
}

const knowsLess = (
  price: Price,
  present: Price,
  { field, how }: { readonly field: string; readonly how: 'missing' | 'shorter' },
): PointsmanError =>
  new PointsmanError(
    'refused',
    `The price of ${placeOf(price)} knows less than ${present.id}, which it would follow: "${field}" is ${how}. Nothing was changed. Send it again with "${field}" as \`GET /api/v1/prices/${encodeURIComponent(present.id)}\` shows it, or with a new figure.`,
    { field, data: { follows: present.id } },
  )

/** Vendors have halved prices and cut them to a tenth; a hundredfold is a slip of the unit, and nothing is free. */
const mostFold = 20

/** Of a source that nobody watches: single prices are written by somebody who looks at them. `what` is refused by it. */
export function refuseAbsurd(price: Price, present: Price | null, what = 'The table is refused whole'): void {
  if (present === null) return
  const given = ratesIn(price)
  for (const [place, known] of ratesIn(present)) {
    for (const rate of rateNames) {
      const [is, was] = [given.get(place)?.[rate] ?? null, known[rate]]
      if (is === null || was === null || was === 0 || (is * mostFold >= was && is <= was * mostFold)) continue
      const field = fieldOf(place, rate)
      throw new PointsmanError(
        'refused',
        `${what}: "${field}" of ${placeOf(price)} would go from ${was} to ${is} pico-dollars a token, more than ${mostFold}-fold. If that is so, add this price by itself with POST.`,
        { field, data: { follows: present.id } },
      )
    }
  }
}
