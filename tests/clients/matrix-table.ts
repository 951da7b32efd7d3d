import { cells } from './client.ts'
import type { Cell } from './client.ts'

interface Row {
  readonly client: string
  readonly family: string
}

/** The matrix for a terminal: a line for each client and family, a column for each thing asked. */
export function matrixTable(rows: readonly Row[], result: (row: Row, cell: Cell) => string): string {
  const lines = rows.map((row) => [row.client, row.family, ...cells.map((cell) => result(row, cell))])
  const all = [['client', 'provider', ...cells], ...lines]
  const widths = all[0]?.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0))) ?? []
  return all
    .map((line) =>
      line
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
