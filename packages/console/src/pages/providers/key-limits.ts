import type { KeyChange, KeyItem } from '@pointsman/sdk'
import { usd } from '../../format/numbers.ts'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'

/** A key's limits as they are typed. */
export interface LimitFields {
  readonly routes: string
  readonly models: string
  readonly requestsPerMinute: string
  readonly tokensPerMinute: string
  readonly concurrentRequests: string
  readonly spendPerDayUsd: string
  readonly spendPerMonthUsd: string
}

export const noLimits: LimitFields = {
  routes: '',
  models: '',
  requestsPerMinute: '',
  tokensPerMinute: '',
  concurrentRequests: '',
  spendPerDayUsd: '',
  spendPerMonthUsd: '',
}

const typed = (value: number | null): string => (value === null ? '' : String(value))

export const limitsOf = (key: KeyItem): LimitFields => ({
  routes: (key.routes ?? []).join('\n'),
  models: (key.models ?? []).join('\n'),
  requestsPerMinute: typed(key.requestsPerMinute),
  tokensPerMinute: typed(key.tokensPerMinute),
  concurrentRequests: typed(key.concurrentRequests),
  spendPerDayUsd: typed(key.spendPerDayUsd),
  spendPerMonthUsd: typed(key.spendPerMonthUsd),
})

export const wholeLimits = ['requestsPerMinute', 'tokensPerMinute', 'concurrentRequests'] as const
export const spendLimits = ['spendPerDayUsd', 'spendPerMonthUsd'] as const

export const limitTitles: { readonly [Name in keyof LimitFields]: string } = {
  routes: text.routes,
  models: text.models,
  requestsPerMinute: text.requestsPerMinute,
  tokensPerMinute: text.tokensPerMinute,
  concurrentRequests: text.concurrentRequests,
  spendPerDayUsd: text.spendPerDay,
  spendPerMonthUsd: text.spendPerMonth,
}

const limitNames = Object.keys(noLimits) as readonly (keyof LimitFields)[]

export const isChanged = (fields: LimitFields, from: LimitFields): boolean =>
  limitNames.some((name) => fields[name] !== from[name])

/** What is wrong with a field; null = nothing. Names of routes and models are the server's to know. */
export function limitProblem(name: keyof LimitFields, value: string): string | null {
  if (name === 'routes' || name === 'models' || value.trim() === '') return null
  const number = Number(value)
  if (spendLimits.some((spend) => spend === name))
    return Number.isFinite(number) && number >= 0 ? null : text.notANumber
  return Number.isSafeInteger(number) && number > 0 ? null : text.notAWhole
}

const number = (value: string): number | null => (value.trim() === '' ? null : Number(value))

function names(value: string): readonly string[] | null {
  const given = value.split(/[\s,]+/).filter((name) => name !== '')
  return given.length === 0 ? null : given
}

/** As the server takes them: null = no limit. */
export const limitOrder = (
  fields: LimitFields,
): Required<Omit<KeyChange, 'name' | 'expiresAt' | 'expiresInSeconds'>> => ({
  routes: names(fields.routes),
  models: names(fields.models),
  requestsPerMinute: number(fields.requestsPerMinute),
  tokensPerMinute: number(fields.tokensPerMinute),
  concurrentRequests: number(fields.concurrentRequests),
  spendPerDayUsd: number(fields.spendPerDayUsd),
  spendPerMonthUsd: number(fields.spendPerMonthUsd),
})

/** In short, for a row of a table; empty = none. */
export function limitWords(key: KeyItem): string {
  const told = <Value>(value: Value | null, words: (value: Value) => string): readonly string[] =>
    value === null ? [] : [words(value)]
  return [
    ...told(key.routes, ({ length }) => fill(text.routeCount, { count: length })),
    ...told(key.models, ({ length }) => fill(text.modelCount, { count: length })),
    ...told(key.requestsPerMinute, (limit) => fill(text.perMinute, { count: limit })),
    ...told(key.tokensPerMinute, (limit) => fill(text.tokensMinute, { count: limit })),
    ...told(key.concurrentRequests, (limit) => fill(text.atOnce, { count: limit })),
    ...told(key.spendPerDayUsd, (limit) => fill(text.aDay, { amount: usd(limit) })),
    ...told(key.spendPerMonthUsd, (limit) => fill(text.aMonth, { amount: usd(limit) })),
  ].join(' · ')
}
