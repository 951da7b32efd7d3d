/** RFC 4180; what a spreadsheet would run as a formula is told as text by a quote in front. */
export function csv<Row>(
  columns: readonly (readonly [title: string, value: (row: Row) => string | number | null])[],
  rows: readonly Row[],
): string {
  const line = (values: readonly (string | number | null)[]): string => `${values.map(field).join(',')}\r\n`
  return (
    line(columns.map(([title]) => title)) +
    rows.map((row) => line(columns.map(([, value]) => value(row)))).join('')
  )
}

function field(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
