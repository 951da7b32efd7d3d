import type { ModelDetail } from '@pointsman/sdk'
import { usd } from '../../format/numbers.ts'
import { DataTable, type Column } from '../../parts/data-table.tsx'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'

type Price = ModelDetail['prices'][number]
type Rates = Pick<Price, 'inputPicoUsd' | 'outputPicoUsd' | 'cacheReadPicoUsd'>

/** A price's own rates, or those of one of its service tiers. */
interface PriceRow {
  readonly key: string
  readonly price: Price
  readonly serviceTier: string | null
  readonly rates: Rates
}

const rowsOf = (price: Price): readonly PriceRow[] => [
  { key: price.id, price, serviceTier: null, rates: price },
  ...(price.serviceTiers ?? []).map((rates) => ({
    ...{ key: `${price.id} ${rates.serviceTier}`, price, rates },
    serviceTier: rates.serviceTier,
  })),
]

const placeOf = ({ price: { region }, serviceTier }: PriceRow): string => {
  const where = region === '*' ? text.everywhere : region
  return serviceTier === null ? where : fill(text.inTier, { where, tier: serviceTier })
}

/** Pico-dollars a token to dollars a million tokens. */
const perMillion = (picoUsd: number | null): string => usd(picoUsd === null ? null : picoUsd / 1_000_000)

const columns: readonly Column<PriceRow>[] = [
  {
    key: 'region',
    title: text.region,
    onPhone: 'title',
    cell: (row) => (
      <span title={fill(text.sourceRead, { source: row.price.source, date: row.price.sourceDate })}>
        {placeOf(row)}
      </span>
    ),
  },
  { key: 'input', title: text.input, align: 'end', cell: ({ rates }) => perMillion(rates.inputPicoUsd) },
  {
    key: 'output',
    title: text.outputPrice,
    align: 'end',
    cell: ({ rates }) => perMillion(rates.outputPicoUsd),
  },
  {
    key: 'cache',
    title: text.cacheRead,
    align: 'end',
    cell: ({ rates }) => perMillion(rates.cacheReadPicoUsd),
  },
]

export const PricesInForce = ({ prices }: { readonly prices: readonly Price[] }) => (
  <section>
    <h3>{text.prices}</h3>
    <DataTable
      label={text.prices}
      columns={columns}
      rows={prices.flatMap(rowsOf)}
      rowKey={({ key }) => key}
      empty={<p className="warn-text">{text.noPrices}</p>}
    />
    {prices[0] === undefined ? null : (
      <p className="soft small">
        {fill(text.sourceRead, { source: prices[0].source, date: prices[0].sourceDate })}
      </p>
    )}
  </section>
)
