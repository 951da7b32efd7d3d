export type CsvColumn<Row> = readonly [title: string, value: (row: Row) => string | number | null]

/** The first line of a file. RFC 4180; what a spreadsheet would run as a formula is told as text by a quote in front. */
export const csvTitles = <Row>(columns: readonly CsvColumn<Row>[]): string =>
  line(columns.map(([title]) => title))

/** The lines of some rows: a file is written in pieces. */
export const csvLines = <Row>(columns: readonly CsvColumn<Row>[], rows: readonly Row[]): string =>
  rows.map((row) => line(columns.map(([, value]) => value(row)))).join('')

const line = (values: readonly (string | number | null)[]): string => `${values.map(field).join(',')}\r\n`

function field(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
