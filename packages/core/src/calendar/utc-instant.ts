/** A date and time of day in UTC; months count from 1. */
export interface UtcFields {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour?: number
  readonly minute?: number
  readonly second?: number
}

const dayMs = 86_400_000

function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar, counted in eras of 400 years that begin in March. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year
  const era = Math.floor(marchYear / 400)
  const yearOfEra = marchYear - era * 400
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/**
 * Unix milliseconds of a UTC date and time; null when there is no such instant (a 30th of February, hour 24).
 * Written out because this room is pure: it has no `Date`.
 */
export function utcInstantMs(fields: UtcFields): number | null {
  const { year, month, day, hour = 0, minute = 0, second = 0 } = fields
  if (![year, month, day, hour, minute, second].every(Number.isInteger)) return null
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null
  // A leap second is the instant after it: RFC 9110 allows 60.
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return null
  return daysSinceEpoch(year, month, day) * dayMs + ((hour * 60 + minute) * 60 + second) * 1_000
}

/** The start of an ISO date (`2026-07-30`) in UTC, as Unix milliseconds; null when it is not one. */
export function isoDateMs(text: string): number | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  if (match === null) return null
  return utcInstantMs({ year: Number(match[1]), month: Number(match[2]), day: Number(match[3]) })
}
