import { layTable, type Column } from './table.ts'
import { cells, hanging, pad, printable } from './terminal-text.ts'

/** Whether each row fits in one line of `width` cells; null = any width. */
export const fitsBeside = (
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number | null,
): boolean => {
  if (width === null) return true
  const { heading, rows: lines } = layTable(columns, rows, null)
  return [heading, ...lines.map(({ line }) => line)].every((line) => cells(line) <= width)
}

/** One row as lines of name and value, broken between words: what is wider than the terminal stays readable and whole. */
export function layRecord(
  columns: readonly Column[],
  row: readonly string[],
  width: number | null,
): readonly string[] {
  const label = Math.max(0, ...columns.map(({ heading }) => cells(heading)))
  return columns.flatMap(({ heading }, place) =>
    hanging(`  ${pad(printable(heading), label)}  `, printable(row[place] ?? ''), width).map((text) =>
      text.trimEnd(),
    ),
  )
}
