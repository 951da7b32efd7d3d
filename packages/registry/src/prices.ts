import {
  modelId,
  PointsmanError,
  priceId,
  type ModelId,
  type Price,
  type PriceTier,
  type ServiceTierPrice,
} from '@pointsman/contract'
import type { Queryable, Row, Transaction } from './database.ts'
import * as read from './row-values.ts'

export function readPrice(row: Row): Price {
  const serviceTiers = read.json<readonly ServiceTierPrice[]>(row, 'service_tiers')
  return serviceTiers.length === 0 ? readStandard(row) : { ...readStandard(row), serviceTiers }
}

const readStandard = (row: Row): Price => ({
  id: priceId(read.text(row, 'id')),
  modelId: modelId(read.text(row, 'model_id')),
  region: read.text(row, 'region'),
  effectiveFromMs: read.instant(row, 'effective_from'),
  inputPicoUsd: read.numberOrNull(row, 'input_pico_usd'),
  outputPicoUsd: read.numberOrNull(row, 'output_pico_usd'),
  cacheReadPicoUsd: read.numberOrNull(row, 'cache_read_pico_usd'),
  cacheWrite5mPicoUsd: read.numberOrNull(row, 'cache_write_5m_pico_usd'),
  cacheWrite1hPicoUsd: read.numberOrNull(row, 'cache_write_1h_pico_usd'),
  tiers: read.json<readonly PriceTier[]>(row, 'tiers'),
  source: read.text(row, 'source'),
  sourceDate: read.text(row, 'source_date'),
})

const writePrice = (price: Price): { readonly [column: string]: unknown } => ({
  id: price.id,
  model_id: price.modelId,
  region: price.region,
  effective_from: new Date(price.effectiveFromMs).toISOString(),
  input_pico_usd: price.inputPicoUsd,
  output_pico_usd: price.outputPicoUsd,
  cache_read_pico_usd: price.cacheReadPicoUsd,
  cache_write_5m_pico_usd: price.cacheWrite5mPicoUsd,
  cache_write_1h_pico_usd: price.cacheWrite1hPicoUsd,
  tiers: price.tiers,
  service_tiers: price.serviceTiers ?? [],
  source: price.source,
  source_date: price.sourceDate,
})

const given = `jsonb_to_recordset($1::jsonb) AS given (id text, model_id text, region text, effective_from timestamptz,
  input_pico_usd bigint, output_pico_usd bigint, cache_read_pico_usd bigint, cache_write_5m_pico_usd bigint,
  cache_write_1h_pico_usd bigint, tiers jsonb, service_tiers jsonb, source text, source_date date)`
const figures = [
  'input_pico_usd',
  'output_pico_usd',
  'cache_read_pico_usd',
  'cache_write_5m_pico_usd',
  'cache_write_1h_pico_usd',
  'tiers',
  'service_tiers',
]
const figuresOf = (source: string): string => figures.map((column) => `${source}.${column}`).join(', ')

export async function listPrices(
  database: Queryable,
  filter: { readonly modelId?: ModelId; readonly region?: string } = {},
): Promise<readonly Price[]> {
  const { rows } = await database.query(
    `SELECT * FROM pointsman.prices
     WHERE ($1::text IS NULL OR model_id = $1) AND ($2::text IS NULL OR region = $2)
     ORDER BY model_id, region, effective_from`,
    [filter.modelId ?? null, filter.region ?? null],
  )
  return rows.map(readPrice)
}

/** A price with the revision that added it. */
export interface PriceRow {
  readonly price: Price
  readonly revision: number
}

const readPriceRow = (row: Row): PriceRow => ({
  price: readPrice(row),
  revision: read.number(row, 'revision'),
})

/** Every row of the filter, oldest first within a model and region; with `asOfMs` the one of each that held then. */
export async function listPriceRows(
  database: Queryable,
  filter: { readonly modelId?: string; readonly region?: string; readonly asOfMs?: number } = {},
): Promise<readonly PriceRow[]> {
  const chosen = filter.asOfMs === undefined ? '*' : 'DISTINCT ON (model_id, region) *'
  const { rows } = await database.query(
    `SELECT ${chosen} FROM pointsman.prices
     WHERE ($1::text IS NULL OR model_id = $1) AND ($2::text IS NULL OR region = $2)
       AND ($3::timestamptz IS NULL OR effective_from <= $3)
     ORDER BY model_id, region, effective_from ${filter.asOfMs === undefined ? '' : 'DESC'}`,
    [
      filter.modelId ?? null,
      filter.region ?? null,
      filter.asOfMs === undefined ? null : new Date(filter.asOfMs),
    ],
  )
  return rows.map(readPriceRow)
}

export async function findPriceRow(database: Queryable, id: string): Promise<PriceRow | null> {
  const { rows } = await database.query('SELECT * FROM pointsman.prices WHERE id = $1', [id])
  return rows[0] === undefined ? null : readPriceRow(rows[0])
}

/** The revision that last added a price, whichever; 0 where there is none. */
export async function priceTableRevision(database: Queryable): Promise<number> {
  const { rows } = await database.query('SELECT coalesce(max(revision), 0) AS revision FROM pointsman.prices')
  return rows[0] === undefined ? 0 : read.number(rows[0], 'revision')
}

/**
 * Adds dated rows; one that stands there already with the same figures is left. Throws `refused`, and adds nothing,
 * where a row would change one that exists, is negative, or names an unknown model. Returns how many were added.
 */
export async function addPrices(transaction: Transaction, prices: readonly Price[]): Promise<number> {
  if (prices.length === 0) return 0
  refuseImpossible(prices)
  const values = [read.storableJson(prices.map(writePrice))]
  const { rows } = await transaction.query(
    `SELECT given.id, 'names a model that the catalogue does not have: ' || given.model_id AS problem
     FROM ${given} WHERE NOT EXISTS (SELECT FROM public.bedrock_models AS model WHERE model.model_id = given.model_id)
     UNION ALL
     SELECT given.id, 'would change the row ' || present.id || ', and a price is never edited'
     FROM ${given} JOIN pointsman.prices AS present
       ON present.model_id = given.model_id AND present.region = given.region
       AND present.effective_from = given.effective_from
     WHERE (${figuresOf('present')}) IS DISTINCT FROM (${figuresOf('given')})
     LIMIT 1`,
    values,
  )
  if (rows[0] !== undefined) {
    throw new PointsmanError(
      'refused',
      `The price ${read.text(rows[0], 'id')} ${read.text(rows[0], 'problem')}.`,
    )
  }
  const { rowCount } = await transaction.query(
    `INSERT INTO pointsman.prices (id, model_id, region, effective_from, ${figures.join(', ')}, source, source_date)
     SELECT given.id, given.model_id, given.region, given.effective_from, ${figuresOf('given')}, given.source, given.source_date
     FROM ${given}
     WHERE NOT EXISTS (SELECT FROM pointsman.prices AS present WHERE present.model_id = given.model_id
       AND present.region = given.region AND present.effective_from = given.effective_from)`,
    values,
  )
  return rowCount
}

/** What JSON or a check constraint would let through in a form that nobody could read: NaN, fractions of a pico-dollar. */
function refuseImpossible(prices: readonly Price[]): void {
  for (const price of prices) {
    const inTiers = (price.serviceTiers ?? []).flatMap((priced) => [priced, ...priced.tiers])
    const rates = [price, ...price.tiers, ...inTiers].flatMap((rate) => [
      rate.inputPicoUsd,
      rate.outputPicoUsd,
      rate.cacheReadPicoUsd,
      rate.cacheWrite5mPicoUsd,
      rate.cacheWrite1hPicoUsd,
    ])
    const bad = rates.find((rate) => rate !== null && (!Number.isSafeInteger(rate) || rate < 0))
    if (bad !== undefined) {
      throw new PointsmanError(
        'refused',
        `The price ${price.id} has the rate ${bad}: a rate is a whole number of pico-dollars a token, zero or more, or null where it is not known.`,
      )
    }
  }
}

/** Per model and region, the row that holds at this instant. */
export async function currentPrices(
  database: Queryable,
  at: { readonly nowMs: number; readonly modelId?: ModelId },
): Promise<readonly Price[]> {
  const { rows } = await database.query(
    `SELECT DISTINCT ON (model_id, region) * FROM pointsman.prices
     WHERE effective_from <= $1::timestamptz AND ($2::text IS NULL OR model_id = $2)
     ORDER BY model_id, region, effective_from DESC`,
    [new Date(at.nowMs), at.modelId ?? null],
  )
  return rows.map(readPrice)
}
