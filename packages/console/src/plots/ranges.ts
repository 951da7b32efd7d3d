import { text } from './text.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

export interface Range {
  readonly id: string
  readonly label: string
  readonly spanMs: number
  readonly interval: 'minute' | 'hour' | 'day'
  readonly stepMs: number
}

/** Minutes of an hour, hours up to a week, days beyond: at most 168 points a line, whatever there is to count. */
export const lastHour: Range = {
  ...{ id: '1h', label: text.lastHour, spanMs: hourMs },
  ...{ interval: 'minute', stepMs: minuteMs },
}
export const lastDay: Range = {
  ...{ id: '24h', label: text.lastDay, spanMs: dayMs },
  ...{ interval: 'hour', stepMs: hourMs },
}
export const lastWeek: Range = { ...lastDay, id: '7d', label: text.lastWeek, spanMs: 7 * dayMs }
export const lastMonth: Range = {
  ...{ id: '30d', label: text.lastMonth, spanMs: 30 * dayMs },
  ...{ interval: 'day', stepMs: dayMs },
}
export const lastQuarter: Range = { ...lastMonth, id: '90d', label: text.lastQuarter, spanMs: 90 * dayMs }

/** From the begin of an interval, so that the first one is whole. */
export const beginOf = ({ spanMs, stepMs }: Range, nowMs: number): number =>
  Math.floor((nowMs - spanMs) / stepMs) * stepMs

/** The begin of each interval, those without requests too. */
export function instantsOf({ stepMs }: Range, fromMs: number, toMs: number): readonly number[] {
  const instants: number[] = []
  for (let at = fromMs; at <= toMs; at += stepMs) instants.push(at)
  return instants
}
