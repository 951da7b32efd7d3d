/** US dollars as people read them: cents where there are any, else as many digits as it takes. */
export function dollars(usd: number | null | undefined): string {
  if (usd === null || usd === undefined) return '?'
  if (usd === 0) return '$0'
  const size = Math.abs(usd)
  const sign = usd < 0 ? '-' : ''
  if (size >= 0.01)
    return `${sign}$${size.toFixed(size >= 100 ? 0 : size >= 1 ? 2 : 4).replace(/(\.\d*?[1-9])0+$|\.0+$/, '$1')}`
  return `${sign}$${Number(size.toPrecision(3))}`
}

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

export const share = (value: number | null | undefined): string =>
  value === null || value === undefined ? '-' : `${(value * 100).toFixed(1)} %`
