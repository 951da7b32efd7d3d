import type { CataloguePlan } from '@pointsman/sdk'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'

/** One kind of change, a line each. */
export interface PlanSection {
  readonly title: string
  readonly lines: readonly string[]
}

/** Nothing of it would change an entry or a price. */
export const isEmptyPlan = (plan: CataloguePlan): boolean =>
  plan.new.length + plan.changed.length + plan.ended.length + plan.prices.length === 0

/** What a plan changes, and what should be known of it; kinds without a line are left out. */
export const planSections = (plan: CataloguePlan): readonly PlanSection[] =>
  [
    { title: text.planWarnings, lines: plan.warnings },
    { title: text.planNew, lines: plan.new.map(({ id, kind, name }) => `${name} · ${id} · ${kind}`) },
    { title: text.planChanged, lines: plan.changed.map(changedLine) },
    { title: text.planEnded, lines: plan.ended.map(endedLine) },
    {
      title: text.planPrices,
      lines: plan.prices.map(
        ({ fields, from, modelId, region, to }) =>
          `${modelId} · ${region}: ${ratesWords(from)} → ${ratesWords(to)}${otherWords(fields)}`,
      ),
    },
    { title: text.planUnpriced, lines: plan.unpriced.map(({ id, region }) => `${id} · ${region}`) },
    { title: text.planMissing, lines: plan.missing.map(({ id, routes }) => `${id}${routesWords(routes)}`) },
    { title: text.planSkipped, lines: plan.skipped.map(({ id, reason }) => `${id}: ${reason}`) },
  ].filter(({ lines }) => lines.length > 0)

function changedLine({ fields, id }: CataloguePlan['changed'][number]): string {
  const changes = fields.map(({ field, from, to }) =>
    fill(text.planChange, { field, from: valueWords(from), to: valueWords(to) }),
  )
  return `${id}: ${changes.join('; ')}`
}

const endedLine = ({ endsOn, id, replacement, routes, status }: CataloguePlan['ended'][number]): string =>
  [id, status, endsOn, replacement === null ? null : `→ ${replacement}`]
    .filter((part) => part !== null)
    .join(' · ') + routesWords(routes)

const routesWords = (routes: CataloguePlan['missing'][number]['routes']): string =>
  routes.length === 0
    ? ''
    : ` · ${fill(text.planRoutes, { routes: routes.map(({ route }) => route).join(', ') })}`

const valueWords = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

const rateNames: { readonly [field: string]: string } = {
  cacheReadPicoUsd: text.rateCacheRead,
  cacheWrite5mPicoUsd: text.rateCacheWrite,
  cacheWrite1hPicoUsd: text.rateCacheWriteHour,
  tiers: text.rateLongInputs,
}

/** What differs beside input and output, which stand there: `serviceTiers.flex.inputPicoUsd` is told as `service tier flex`. */
function otherWords(fields: CataloguePlan['prices'][number]['fields'] = []): string {
  const others = fields.flatMap((field) => {
    const tier = /^serviceTiers\.(.+?)(?:\.(?:tiers|\w+PicoUsd))?$/.exec(field)?.[1]
    return tier === undefined ? (rateNames[field] ?? []) : fill(text.rateServiceTier, { tier })
  })
  return others.length === 0 ? '' : ` · ${[...new Set(others)].join(', ')}`
}

/** Pico-dollars a token as dollars a million tokens. */
function ratesWords(rates: CataloguePlan['prices'][number]['from']): string {
  if (rates === null) return text.notKnown
  const words = (pico: number | null): string => (pico === null ? '–' : `$${pico / 1_000_000}`)
  return `${words(rates.inputPicoUsd)} / ${words(rates.outputPicoUsd)}`
}
