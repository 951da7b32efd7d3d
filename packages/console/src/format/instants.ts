import { language } from '../text/define-text.ts'

const dayAndTime = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' })
// Not `hour12: false`: of that some browsers make 24:05.
const shortTime = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const shortDay = new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric' })
const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' })

type Instant = string | number

const ms = (instant: Instant): number => (typeof instant === 'number' ? instant : Date.parse(instant))

/** With the day and the second, in the reader's own time zone. */
export const instant = (value: Instant | null): string =>
  value === null ? '–' : dayAndTime.format(ms(value))
export const clockTime = (value: Instant): string => shortTime.format(ms(value))
export const day = (value: Instant): string => shortDay.format(ms(value))

/** The time alone for today, the day beside it for anything older. */
export function brief(value: Instant | null, nowMs = Date.now()): string {
  if (value === null) return '–'
  const isToday = new Date(ms(value)).toDateString() === new Date(nowMs).toDateString()
  return isToday ? clockTime(value) : `${day(value)}, ${clockTime(value)}`
}

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const

/** "3 min. ago". Of what has happened: an instant to come is a clock that differs, or was set back. */
export function ago(value: Instant | null, nowMs = Date.now()): string {
  if (value === null) return '–'
  const passedMs = Math.min(0, ms(value) - nowMs)
  const [unit, size] = units.find(([, length]) => Math.abs(passedMs) >= length) ?? units[3]
  return relative.format(Math.round(passedMs / size), unit)
}
