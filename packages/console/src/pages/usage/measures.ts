import { inputTokensOfTotal, type UsageDimension, type UsageTotal } from '@pointsman/sdk'
import { shortCount, span, usd } from '../../format/numbers.ts'
import { text } from './text.ts'

export interface Measure {
  readonly id: string
  readonly label: string
  readonly of: (total: UsageTotal) => number | null
  readonly format: (value: number) => string
  /** Sums of groups mean something, and a gap is zero. */
  readonly isSum: boolean
}

const sum = (
  id: string,
  label: string,
  of: (total: UsageTotal) => number,
  format: (value: number) => string = shortCount,
): Measure => ({ ...{ id, label, of, format }, isSum: true })

export const measures: readonly [Measure, ...Measure[]] = [
  sum(
    'cost',
    text.costUsd,
    ({ costUsd }) => costUsd,
    (value) => usd(value),
  ),
  sum('requests', text.requests, ({ requests }) => requests),
  sum('input', text.inputTokens, inputTokensOfTotal),
  sum('output', text.outputTokens, ({ outputTokens }) => outputTokens),
  sum('errors', text.errors, ({ errors }) => errors),
  sum('fallbacks', text.fallbacks, ({ fallbacks }) => fallbacks),
  { id: 'p50', label: text.p50, of: ({ latency }) => latency.p50Ms, format: span, isSum: false },
  { id: 'p99', label: text.p99, of: ({ latency }) => latency.p99Ms, format: span, isSum: false },
]

export const measureOf = (id: string): Measure => measures.find((measure) => measure.id === id) ?? measures[0]

export interface Dimension {
  readonly id: UsageDimension
  readonly label: string
}

export const dimensions: readonly [Dimension, ...Dimension[]] = [
  { id: 'model', label: text.byModel },
  { id: 'provider', label: text.byProvider },
  { id: 'route', label: text.byRoute },
  { id: 'useCase', label: text.byUseCase },
  { id: 'agent', label: text.byAgent },
  { id: 'user', label: text.byUser },
  { id: 'key', label: text.byKey },
  { id: 'operation', label: text.byOperation },
]

export const dimensionOf = (id: string): Dimension =>
  dimensions.find((dimension) => dimension.id === id) ?? dimensions[0]
