import { text } from './text.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

export interface Range {
  readonly id: string
  readonly label: string
  readonly spanMs: number
  readonly interval: 'hour' | 'day'
  readonly stepMs: number
}

/** Hours up to a week, days beyond: at most 168 points a line, whatever there is to count. */
export const ranges: readonly [Range, ...Range[]] = [
  { id: '24h', label: text.range24h, spanMs: dayMs, interval: 'hour', stepMs: hourMs },
  { id: '7d', label: text.range7d, spanMs: 7 * dayMs, interval: 'hour', stepMs: hourMs },
  { id: '30d', label: text.range30d, spanMs: 30 * dayMs, interval: 'day', stepMs: dayMs },
  { id: '90d', label: text.range90d, spanMs: 90 * dayMs, interval: 'day', stepMs: dayMs },
]

export const rangeOf = (id: string): Range => ranges.find((range) => range.id === id) ?? ranges[0]

/** From the begin of an interval, so that the first one is whole. */
export const beginOf = ({ spanMs, stepMs }: Range, nowMs: number): number =>
  Math.floor((nowMs - spanMs) / stepMs) * stepMs
