import type { CatalogueOutcome, CataloguePlan } from '@pointsman/sdk'
import type { OptionShape } from './command.ts'
import { dollars, instant } from './format.ts'
import type { PlanWords } from './plan-then-apply.ts'
import type { Column } from './table.ts'
import { printable } from './terminal-text.ts'

/** Of every command that adds models. */
export const enableOption: { readonly [name: string]: OptionShape } = {
  enable: { type: 'boolean', summary: 'switch new models on at once' },
}

const columns: readonly Column[] = [
  { heading: 'CHANGE' },
  { heading: 'MODEL' },
  { heading: 'WHAT', below: true },
]

export const cataloguePlanWords: PlanWords<CatalogueOutcome> = {
  tell(output, { plan }) {
    const rows = rowsOf(plan)
    if (rows.length > 0) {
      output.table(columns, rows)
      output.line('')
    }
    for (const reason of reasonsOf(plan.skipped)) output.sentence(`Left aside: ${reason}`, 2, output.dim)
    for (const warning of plan.warnings) output.sentence(`- ${warning}`, 2)
  },
  counts: ({ plan }) => countsOf(plan),
  changesAnything: ({ plan: { new: added, changed, prices } }) =>
    added.length + changed.length + prices.length > 0,
  // Told as left aside: a list of everything that a vendor sells has much that is none of ours.
  refused: () => 0,
}

/** `3 new, 2 changed, 1 price.` */
function countsOf(plan: CataloguePlan): string {
  const counts = [
    [plan.new.length, 'new'],
    [plan.changed.length, 'changed'],
    [plan.ended.length, 'ended'],
    [plan.prices.length, plan.prices.length === 1 ? 'price' : 'prices'],
  ] as const
  return `${counts.flatMap(([count, word]) => (count === 0 ? [] : [`${count} ${word}`])).join(', ')}.`
}

type Row = readonly [change: string, model: string, what: string]

const rowsOf = (plan: CataloguePlan): readonly Row[] => [
  ...plan.new.map(({ enabled, id, name, priced }): Row => {
    const state = enabled ? 'on' : `off until \`pointsman models enable ${id}\``
    return ['new', id, `${name}, ${state}${priced ? '' : ', no price known'}`]
  }),
  ...plan.changed.map(({ fields, id }): Row => {
    const words = fields.map(({ field, from, to }) => `${field}: ${valueWords(from)} → ${valueWords(to)}`)
    return ['changed', id, words.join('; ')]
  }),
  ...plan.ended.map(({ endsOn, id, replacement, routes, status }): Row => {
    const end = endsOn === null ? '' : status === 'eol' ? ` since ${endsOn}` : `, ends on ${endsOn}`
    const next = replacement === null ? '' : `; replace by ${replacement}`
    return ['ended', id, `${status}${end}${next}${routeWords(routes)}`]
  }),
  ...plan.prices.map((price): Row => {
    const where = price.region === '*' ? '' : ` in ${price.region}`
    return ['price', price.modelId, `${priceWords(price)}${where}, from ${instant(price.effectiveFromMs)}`]
  }),
  ...plan.unpriced.map(({ id, region }): Row => [
    'unpriced',
    id,
    `no price known in ${region}: its cost is told as unknown`,
  ]),
  ...plan.missing.map(({ id, routes }): Row => ['missing', id, `not listed any more${routeWords(routes)}`]),
]

/** What serves now comes first. */
const routeWords = (routes: CataloguePlan['ended'][number]['routes']): string =>
  routes.length === 0
    ? ''
    : `; ${routes
        .toSorted((one, other) => Number(other.as === 'target') - Number(one.as === 'target'))
        .map(({ as, route }) => `${as} of ${route}`)
        .join(', ')}`

/** Where two prices read the same, what differs is beside what they read. */
function priceWords({ fields = [], from, to }: CataloguePlan['prices'][number]): string {
  if (from === null) return rateWords(to)
  const others = otherRates(fields)
  const also = others === '' ? '' : `; ${others}`
  const [was, is] = [rateWords(from), rateWords(to)]
  return was === is && others !== '' ? `${is} as before${also}` : `${was} → ${is}${also}`
}

const rateNames: { readonly [field: string]: string } = {
  cacheReadPicoUsd: 'cache reads',
  cacheWrite5mPicoUsd: 'cache writes',
  cacheWrite1hPicoUsd: 'cache writes for an hour',
  tiers: 'long inputs',
}

/** `cache reads, service tiers flex, priority`: what differs beside input and output. */
function otherRates(fields: readonly string[]): string {
  const ofTiers = fields.filter((field) => field.startsWith('serviceTiers.'))
  const tiers = new Set(
    ofTiers.map((field) => field.slice('serviceTiers.'.length).replace(/\.(?:tiers|\w+PicoUsd)$/, '')),
  )
  return [
    ...fields.flatMap((field) => rateNames[field] ?? []),
    ...(tiers.size === 0 ? [] : [`service tiers ${[...tiers].join(', ')}`]),
  ].join(', ')
}

const rateWords = (rates: CataloguePlan['prices'][number]['to']): string =>
  `${perMillion(rates.inputPicoUsd)} in, ${perMillion(rates.outputPicoUsd)} out`

const perMillion = (picoUsd: number | null): string => dollars(picoUsd === null ? null : picoUsd / 1_000_000)

function valueWords(value: unknown): string {
  if (value === null) return 'not known'
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ')
  return printable(typeof value === 'string' ? value : JSON.stringify(value))
}

/** One line a reason, with the ids that it holds of. */
const reasonsOf = (skipped: CataloguePlan['skipped']): readonly string[] =>
  [...Map.groupBy(skipped, ({ reason }) => reason)].map(([reason, entries]) => {
    const ids = entries.map(({ id }) => id)
    const shown = ids.slice(0, 5).join(', ')
    return `${reason}: ${shown}${ids.length > 5 ? ` and ${ids.length - 5} more` : ''}`
  })
