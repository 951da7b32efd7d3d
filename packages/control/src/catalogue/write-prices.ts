import { PointsmanError, type Price, type Principal } from '@pointsman/contract'
import {
  addPrices,
  findPriceRow,
  listPriceRows,
  priceTableRevision,
  type Queryable,
} from '@pointsman/registry'
import type { Behind } from '../acknowledgements/replicas.ts'
import { requireFresh } from '../http/entity-tag.ts'
import { requireUnlimited } from '../keys/limits.ts'
import { actorOf } from '../switches/actor.ts'
import type { SwitchParts } from '../switches/perform.ts'
import {
  asTheyBegin,
  followedBy,
  isSamePrice,
  placeOf,
  refuseAbsurd,
  refuseEdited,
  refuseShrunken,
} from './price-rules.ts'
import { requireModel } from './unknown-names.ts'

export interface WrittenPrices {
  readonly prices: readonly Price[]
  /** Set: the prices are the whole table (of this model, or with null of all), and no row of it may be missing. */
  readonly whole: { readonly modelId: string | null } | null
  /** The price table has one ETag: the revision that last added a price. */
  readonly ifMatch: number | null
}

/**
 * Adds dated prices in one revision, or none of them; of a whole table those that differ from what is in force. Returns
 * how many were added, and who does not know of them yet. Throws PointsmanError `model_not_found`, `stale`, and `refused` where a row would change one that
 * exists, or knows less than that in force, and of a whole table where rows are missing or are far from those in force: a
 * table that shrinks is its source's mistake.
 */
export async function writePrices(
  parts: SwitchParts,
  principal: Principal,
  { prices, whole, ifMatch }: WrittenPrices,
): Promise<{ readonly added: number; readonly behind: Behind }> {
  requireUnlimited(principal)
  const { compiled } = parts.publishing.holder.required()
  for (const { modelId } of prices) requireModel(compiled, modelId)
  const { result, revision } = await parts.publishing.change(actorOf(principal), async (transaction) => {
    if (ifMatch !== null) requireFresh(ifMatch, await priceTableRevision(transaction), 'The price table')
    if (whole !== null) await refuseMissing(transaction, prices, { ...whole, nowMs: parts.clock.nowMs() })
    const news: Price[] = []
    const byPlace = new Map<string, readonly Price[]>()
    for (const price of asTheyBegin(prices)) {
      const before = byPlace.get(placeOf(price)) ?? []
      const follows = followedBy(price, [...(await begunBefore(transaction, price)), ...before])
      if (!isSamePrice(price, follows)) refuseEdited(price, follows)
      refuseShrunken(price, follows)
      if (whole !== null) refuseAbsurd(price, follows)
      if (whole !== null && isSamePrice(price, follows)) continue
      news.push(price)
      byPlace.set(placeOf(price), [...before, price])
    }
    await refuseTakenIds(transaction, news)
    const added = await addPrices(transaction, news)
    return { changed: added > 0, result: added }
  })
  return { added: result, behind: await parts.replicas.settled(revision) }
}

async function refuseMissing(
  database: Queryable,
  prices: readonly Price[],
  { modelId, nowMs }: { readonly modelId: string | null; readonly nowMs: number },
): Promise<void> {
  const present = await listPriceRows(database, { ...(modelId === null ? {} : { modelId }), asOfMs: nowMs })
  const given = new Set(prices.map(placeOf))
  const missing = present.map(({ price }) => placeOf(price)).filter((place) => !given.has(place))
  if (missing.length === 0) return
  throw new PointsmanError(
    'refused',
    `The table is refused whole: ${missing.length} of ${present.length} prices in force are missing from it, first that of ${missing[0]}. Add single prices with POST.`,
    { field: 'prices', data: { missing: missing.slice(0, 100) } },
  )
}

/** The stored one that holds when the price begins, if there is any. */
async function begunBefore(database: Queryable, price: Price): Promise<readonly Price[]> {
  const { modelId, region, effectiveFromMs } = price
  const rows = await listPriceRows(database, { modelId, region, asOfMs: effectiveFromMs })
  return rows.slice(0, 1).map((row) => row.price)
}

async function refuseTakenIds(database: Queryable, prices: readonly Price[]): Promise<void> {
  const seen = new Set<string>()
  for (const price of prices) {
    const { id, modelId, region, effectiveFromMs } = price
    const row = await findPriceRow(database, id)
    const same =
      row?.price.modelId === modelId &&
      row.price.region === region &&
      row.price.effectiveFromMs === effectiveFromMs
    if (seen.has(id) || (row !== null && !same)) {
      throw new PointsmanError(
        'refused',
        `The price ${id} is ${row === null ? 'named twice' : 'another one already'}: an id stands for one dated price.`,
        { field: 'id' },
      )
    }
    seen.add(id)
  }
}
