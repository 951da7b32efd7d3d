/** US dollars as people read them: cents where there are any, else three digits that count. */
export function dollars(usd: number | null | undefined): string {
  if (usd === null || usd === undefined) return '?'
  if (usd === 0) return '$0'
  const sign = usd < 0 ? '-' : ''
  const size = Math.abs(usd)
  return `${sign}$${size >= 0.01 ? cents(size) : tiny(size)}`
}

function cents(size: number): string {
  if (size >= 100) return count(Math.round(size))
  return trimZeros(size.toFixed(size >= 1 ? 2 : 4))
}

/** Never in the form 1e-9: that is not how people read money. */
function tiny(size: number): string {
  const places = Math.min(100, 2 - Math.floor(Math.log10(size)))
  return trimZeros(size.toFixed(places))
}

/** `1.50` stays, `0.0600` becomes `0.06`, `3.00` becomes `3`. */
const trimZeros = (text: string): string => text.replace(/\.00$/, '').replace(/(\.\d\d\d*?)0+$/, '$1')

export const count = (value: number | null | undefined): string =>
  value === null || value === undefined ? '?' : value.toLocaleString('en-US')

export const milliseconds = (value: number | null | undefined): string =>
  value === null || value === undefined
    ? '-'
    : value < 1_000
      ? `${Math.round(value)} ms`
      : `${(value / 1_000).toFixed(1)} s`

/** `2026-11-21 01:19:56`, UTC. */
export function instant(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return '-'
  const date = new Date(value)
  return Number.isNaN(date.getTime()) ? String(value) : date.toISOString().slice(0, 19).replace('T', ' ')
}

/** `0 %`, `12.5 %`. */
export const share = (value: number | null | undefined): string =>
  value === null || value === undefined ? '-' : `${(value * 100).toFixed(1).replace(/\.0$/, '')} %`
