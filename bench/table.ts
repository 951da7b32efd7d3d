import type { Measured } from './bench.ts'

const heads = ['SETTING', 'MEASURED', 'COUNT', 'P50', 'P99', 'MAX', 'UNIT', 'AIM'] as const
const isFigure = (column: number): boolean => column >= 2 && column <= 5

/** For people; what was missed is said in words, not in colour. */
export function tableOf(measured: readonly Measured[]): string {
  const rows = [heads, ...measured.map(cellsOf)]
  const widths = heads.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0
          return isFigure(column) ? cell.padStart(width) : cell.padEnd(width)
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

const cellsOf = (line: Measured): readonly string[] => [
  line.setting,
  line.what,
  String(line.count),
  figure(line.p50),
  figure(line.p99),
  figure(line.max),
  line.unit,
  aimOf(line),
]

const figure = (value: number | null): string => (value === null ? '–' : value.toFixed(1))

function aimOf({ aim, ...line }: Measured): string {
  if (aim === null) return ''
  const value = line[aim.of]
  const outcome = value === null ? 'not measured' : value < aim.below ? 'reached' : 'missed'
  return `${aim.of} < ${aim.below}: ${outcome}`
}
