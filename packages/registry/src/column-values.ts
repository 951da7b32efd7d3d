import type { SqlValue } from './database.ts'

/** PostgreSQL's type numbers (`pg_type.oid`) of the values that both drivers must read alike. */
const int8 = 20
const numeric = 1700
const date = 1082
const timestamp = 1114

const readInteger = (text: string): number | bigint => {
  const whole = Number(text)
  return Number.isSafeInteger(whole) ? whole : BigInt(text)
}

/** 15 significant digits are what every double keeps; more stay text, so that no digit is lost in silence. */
const readNumeric = (text: string): number | string => {
  if (!/^-?[\d.]+$/.test(text)) return text
  const plain = text.includes('.') ? text.replace(/\.?0+$/, '') : text
  const digits = plain.replace('-', '').replace('.', '').replace(/^0+/, '')
  return digits.length <= 15 ? Number(plain) : text
}

const asText = (value: string): string => value

/** Reads a column's text by its type; types that are absent here are read by the driver. */
export const columnReaders: ReadonlyMap<number, (text: string) => unknown> = new Map<
  number,
  (text: string) => unknown
>([
  [int8, readInteger],
  [numeric, readNumeric],
  // Drivers make these Dates at local midnight: a date would become another one east of Greenwich.
  [date, asText],
  [timestamp, asText],
])

/** Values as both drivers take them: instants and large integers as text, bytes as a Buffer. */
export const writeValues = (values: readonly SqlValue[]): unknown[] =>
  values.map((value) => {
    if (value instanceof Date) return value.toISOString()
    if (typeof value === 'bigint') return value.toString()
    if (Array.isArray(value))
      return value.map((item: unknown) => (typeof item === 'bigint' ? item.toString() : item))
    return value
  })
