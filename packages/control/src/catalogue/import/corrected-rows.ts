import { priceId, type Price } from '@pointsman/contract'
import { isSamePrice, placeOf } from '../price-rules.ts'
import type { Proposal } from '../changes/catalogue-plan.ts'
import type { ImportContext } from './import-context.ts'

type Corrected = Pick<Proposal, 'prices' | 'warnings'>
type Standing = Pick<ImportContext, 'history' | 'nowMs'>

/**
 * Rows of a file whose place and beginning the registry has with other rates: usage was reckoned by those, so the file's hold
 * from now on, as a row of their own. A price that somebody set since stays, as it would had the file been right at first.
 */
export function correctedRows(prices: readonly Price[], { history, nowMs }: Standing): Corrected {
  const standing = Map.groupBy(history, placeOf)
  const given = Map.groupBy(prices, placeOf)
  const warnings: string[] = []
  const rows = prices.flatMap((price) => {
    const ofPlace = standing.get(placeOf(price)) ?? []
    const present = ofPlace.find(isAt(price.effectiveFromMs))
    if (present === undefined) return [price]
    const latest =
      newest(ofPlace.filter(({ id }) => id === present.id || id.startsWith(`${present.id}@`))) ?? present
    if (isSamePrice(price, latest)) return []
    const effectiveFromMs = Math.max(nowMs, latest.effectiveFromMs + 1)
    const begun = [...ofPlace, ...(given.get(placeOf(price)) ?? [])].filter(
      (row) => row.effectiveFromMs <= effectiveFromMs,
    )
    const inForce = newest(begun) ?? latest
    if (inForce.effectiveFromMs === latest.effectiveFromMs)
      return [{ ...price, id: priceId(`${present.id}@${effectiveFromMs}`), effectiveFromMs }]
    // Of a row that the file itself has another one after, what was is not reckoned anew.
    if (
      given.get(placeOf(price))?.some(isAt(inForce.effectiveFromMs)) !== true &&
      !isSamePrice(price, inForce)
    )
      warnings.push(
        `The file puts right what ${present.id} says, but ${inForce.id} (${inForce.source}) holds since: it stays. If the file's rates should hold, add them with POST /api/v1/prices.`,
      )
    return []
  })
  return { prices: rows, warnings }
}

const isAt =
  (effectiveFromMs: number) =>
  (price: Price): boolean =>
    price.effectiveFromMs === effectiveFromMs

const newest = (rows: readonly Price[]): Price | null =>
  rows.reduce<Price | null>(
    (latest, row) => (latest === null || row.effectiveFromMs >= latest.effectiveFromMs ? row : latest),
    null,
  )
