import { language } from '../text/define-text.ts'

const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 })
const compact = new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 })
const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 2 })

export const count = (value: number): string => whole.format(value)
/** 12.3K: where the place is small and the last digits say nothing. */
export const shortCount = (value: number): string =>
  value < 10_000 ? whole.format(value) : compact.format(value)
export const share = (value: number | null): string => (value === null ? '–' : percent.format(value))

/** US dollars; small sums keep the digits that tell them apart. */
export function usd(value: number | null, unknown = '–'): string {
  if (value === null) return unknown
  const size = Math.abs(value)
  const digits = size === 0 || size >= 1 ? 2 : size >= 0.01 ? 3 : tinyDigits(size)
  return new Intl.NumberFormat(language, {
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: Math.min(2, digits),
    maximumFractionDigits: digits,
  }).format(value)
}

/** Three that count, so that what costs next to nothing is not shown as free; browsers take twenty at most. */
const tinyDigits = (size: number): number => Math.min(20, Math.max(6, 2 - Math.floor(Math.log10(size))))

/** With its sign: what is saved (+) or dearer (−) a day. */
export const usdChange = (value: number | null): string =>
  value === null ? '–' : `${value > 0 ? '+' : value < 0 ? '−' : '±'}${usd(Math.abs(value))}`

const second = new Intl.NumberFormat(language, { maximumFractionDigits: 2 })

/** A span of time in the unit that fits it; no line breaks between the two. */
export function span(ms: number | null): string {
  if (ms === null) return '–'
  if (ms < 1) return `${second.format(ms)}\u00a0ms`
  if (ms < 1_000) return `${whole.format(ms)}\u00a0ms`
  if (ms < 60_000) return `${second.format(ms / 1_000)}\u00a0s`
  if (ms < 3_600_000) return `${second.format(ms / 60_000)}\u00a0min`
  return `${second.format(ms / 3_600_000)}\u00a0h`
}
