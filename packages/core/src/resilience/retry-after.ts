import { utcInstantMs } from '../calendar/utc-instant.ts'

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `Sun, 06 Nov 1994 08:49:37 GMT`, the form that servers must send. */
const imfDate = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/
/** `Sunday, 06-Nov-94 08:49:37 GMT`, obsolete. */
const rfc850Date = /^[A-Z][a-z]+day, (\d{2})-([A-Z][a-z]{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) GMT$/
/** `Sun Nov  6 08:49:37 1994`, obsolete. */
const asctimeDate = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/

/**
 * A two-digit year is the one nearest to now that is not more than 50 years ahead (RFC 9110, 5.6.7).
 * `nowMs` gives the century closely enough: a year is taken as 365.2425 days.
 */
function fullYear(twoDigits: number, nowMs: number): number {
  const thisYear = 1970 + Math.floor(nowMs / (365.2425 * 86_400_000))
  const year = thisYear - (thisYear % 100) + twoDigits
  return year > thisYear + 50 ? year - 100 : year
}

function httpDateMs(text: string, nowMs: number): number | null {
  const imf = imfDate.exec(text)
  if (imf !== null) return instant(imf[3], imf[2], imf[1], [imf[4], imf[5], imf[6]])
  const rfc850 = rfc850Date.exec(text)
  if (rfc850 !== null) {
    const year = fullYear(Number(rfc850[3]), nowMs)
    return instant(String(year), rfc850[2], rfc850[1], [rfc850[4], rfc850[5], rfc850[6]])
  }
  const asctime = asctimeDate.exec(text)
  if (asctime !== null)
    return instant(asctime[6], asctime[1], asctime[2], [asctime[3], asctime[4], asctime[5]])
  return null
}

function instant(
  year: string | undefined,
  month: string | undefined,
  day: string | undefined,
  time: readonly (string | undefined)[],
): number | null {
  const [hour, minute, second] = time.map(Number)
  return utcInstantMs({
    year: Number(year),
    month: months.indexOf(month ?? '') + 1,
    day: Number(day),
    hour: hour ?? 0,
    minute: minute ?? 0,
    second: second ?? 0,
  })
}

/**
 * Reads a `retry-after` header: seconds, or an HTTP date (any of RFC 9110's three forms). Null when it is
 * absent or says nothing that can be read; 0 for a date that has passed.
 */
export function retryAfterMs(value: string | null | undefined, nowMs: number): number | null {
  if (value === null || value === undefined) return null
  const text = value.trim()
  // Vendors also send fractions of a second, which the RFC does not know.
  if (/^\d+(\.\d+)?$/.test(text)) {
    const waitMs = Math.ceil(Number(text) * 1_000)
    return Number.isSafeInteger(waitMs) ? waitMs : null
  }
  const atMs = httpDateMs(text, nowMs)
  return atMs === null ? null : Math.max(0, Math.ceil(atMs - nowMs))
}
