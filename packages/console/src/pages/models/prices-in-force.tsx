import type { ModelDetail } from '@pointsman/sdk'
import { usd } from '../../format/numbers.ts'
import { DataTable, type Column } from '../../parts/data-table.tsx'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'

type Price = ModelDetail['prices'][number]

/** Pico-dollars a token to dollars a million tokens. */
const perMillion = (picoUsd: number | null): string => usd(picoUsd === null ? null : picoUsd / 1_000_000)

const columns: readonly Column<Price>[] = [
  {
    key: 'region',
    title: text.region,
    onPhone: 'title',
    cell: ({ region, source, sourceDate }) => (
      <span title={fill(text.sourceRead, { source, date: sourceDate })}>
        {region === '*' ? text.everywhere : region}
      </span>
    ),
  },
  { key: 'input', title: text.input, align: 'end', cell: ({ inputPicoUsd }) => perMillion(inputPicoUsd) },
  {
    key: 'output',
    title: text.outputPrice,
    align: 'end',
    cell: ({ outputPicoUsd }) => perMillion(outputPicoUsd),
  },
  {
    key: 'cache',
    title: text.cacheRead,
    align: 'end',
    cell: ({ cacheReadPicoUsd }) => perMillion(cacheReadPicoUsd),
  },
]

export const PricesInForce = ({ prices }: { readonly prices: readonly Price[] }) => (
  <section>
    <h3>{text.prices}</h3>
    <DataTable
      label={text.prices}
      columns={columns}
      rows={prices}
      rowKey={({ id }) => id}
      empty={<p className="warn-text">{text.noPrices}</p>}
    />
    {prices[0] === undefined ? null : (
      <p className="soft small">
        {fill(text.sourceRead, { source: prices[0].source, date: prices[0].sourceDate })}
      </p>
    )}
  </section>
)
