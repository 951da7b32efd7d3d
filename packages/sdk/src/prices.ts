import type { Price, ServiceTierPrice, TokenRates } from '@pointsman/contract'
import type { Behind } from './behind.ts'
import type { CallOptions, Connection, Tagged, WriteOptions } from './connection.ts'
import { listing, type Listing } from './paging.ts'

/** A dated price, in pico-dollars a token: US-$ 1 per million tokens is 1,000,000; null = not known. */
export interface PriceItem extends Price {
  readonly serviceTiers: readonly ServiceTierPrice[]
  /** ISO 8601. */
  readonly effectiveFrom: string
  /** The revision that added it. */
  readonly revision: number
}

export interface PriceQuestion {
  readonly modelId?: string | undefined
  readonly region?: string | undefined
  /** ISO date or instant: only those that hold then; the whole history unless set. */
  readonly asOf?: string | undefined
}

type KnownRates = Pick<TokenRates, 'inputPicoUsd' | 'outputPicoUsd'>

/** Rates of a service tier other than the standard one, as they are written. */
export interface ServiceTierOrder extends KnownRates, Partial<Omit<ServiceTierPrice, keyof KnownRates>> {
  /** `flex`, `priority`, or a vendor's own word in small letters: `fast`, `ultrafast`. */
  readonly serviceTier: string
}

export interface PriceOrder extends KnownRates, Partial<Omit<TokenRates, keyof KnownRates>> {
  /** `MODEL@REGION@INSTANT` unless set. */
  readonly id?: string | undefined
  readonly modelId: string
  /** `*`, one price everywhere, unless set. */
  readonly region?: string | undefined
  /** ISO date or instant; now unless set. */
  readonly effectiveFrom?: string | undefined
  readonly tiers?: Price['tiers'] | undefined
  readonly serviceTiers?: readonly ServiceTierOrder[] | undefined
  readonly source: string
  /** ISO date; today unless set. */
  readonly sourceDate?: string | undefined
}

/** Nothing is ever edited: a change of price is a new row. `etag` is that of the whole table. */
export interface Prices extends Listing<PriceItem, PriceQuestion> {
  show(id: string, options?: CallOptions): Promise<Tagged<PriceItem>>
  add(price: PriceOrder, options?: WriteOptions): Promise<Tagged<PriceItem & Behind>>
  /**
   * A whole table, of one model where `modelId` is set: what changed in it is added. Refused whole where a price in force
   * is missing from it or knows less.
   */
  putTable(
    prices: readonly PriceOrder[],
    options?: WriteOptions & { readonly modelId?: string | undefined },
  ): Promise<Tagged<{ readonly added: number; readonly revision: number } & Behind>>
}

export function pricesOf(connection: Connection): Prices {
  return {
    ...listing<PriceItem, PriceQuestion>((question, options) =>
      connection.json('GET', '/api/v1/prices', { ...options, query: { ...question } }),
    ),
    show: (id, options) => connection.tagged('GET', `/api/v1/prices/${encodeURIComponent(id)}`, options),
    add: (price, options) => connection.tagged('POST', '/api/v1/prices', { ...options, body: price }),
    putTable: (prices, { modelId, ...options } = {}) =>
      connection.tagged('PUT', '/api/v1/prices', { ...options, query: { modelId }, body: { prices } }),
  }
}
