import type { UpstreamAnswerHead } from '@pointsman/contract'

// What is longer is not worth waiting for, and a vendor's mistake must not silence a model for days.
const longestMs = 24 * 60 * 60 * 1_000

// The only form of HTTP's that is still written; a looser reading takes `-5` for a year.
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/
const dateMs = (text: string): number => (httpDate.test(text) ? Date.parse(text) : NaN)

/**
 * What the answer says in `retry-after-ms` (OpenAI, Azure), or its Retry-After: seconds, or a date, which is read
 * against the vendor's own clock (its Date header), because ours may differ. Null when there is none or it says nothing usable.
 */
export function retryAfterMs({ headers }: UpstreamAnswerHead): number | null {
  const exact = headers['retry-after-ms']?.trim() ?? ''
  if (/^\d+(\.\d+)?$/.test(exact)) return Math.min(Math.ceil(Number(exact)), longestMs)
  const text = headers['retry-after']?.trim()
  if (text === undefined || text === '') return null
  const spanMs = /^\d+(\.\d+)?$/.test(text)
    ? Math.ceil(Number(text) * 1_000)
    : dateMs(text) - dateMs(headers['date'] ?? '')
  return Number.isFinite(spanMs) ? Math.min(Math.max(spanMs, 0), longestMs) : null
}
