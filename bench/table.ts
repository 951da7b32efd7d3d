import type { Figure, Measured, Table } from './bench.ts'

const spanHeads = ['SETTING', 'MEASURED', 'COUNT', 'P50', 'P99', 'MAX', 'UNIT', 'AIM'] as const

/** For people; what was missed is said in words, not in colour. */
export const tableOfSpans = (measured: readonly Measured[]): string =>
  written([
    spanHeads,
    ...measured.map((line) => [
      line.setting,
      line.what,
      line.count,
      ...[line.p50, line.p99, line.max].map((value) => (value === null ? null : value.toFixed(1))),
      line.unit,
      aimOfSpan(line),
    ]),
  ])

function aimOfSpan({ aim, ...line }: Measured): string {
  if (aim === null) return ''
  const value = line[aim.of]
  const outcome = value === null ? 'not measured' : value < aim.below ? 'reached' : 'missed'
  return `${aim.of} < ${aim.below}: ${outcome}`
}

export const tableText = ({ heads, rows, title }: Table): string => `${title}\n${written([heads, ...rows])}`

/** Figures against their bars and against what is kept of them. */
export const tableOfFigures = (figures: readonly Figure[], kept: ReadonlyMap<string, number>): string =>
  written([
    ['FIGURE', 'VALUE', 'ROUNDS', 'UNIT', 'BAR', 'AIM', 'KEPT', ''],
    ...figures.map((figure) => [
      figure.name,
      short(figure.value),
      figure.spread === undefined ? '' : figure.spread.map(short).join('–'),
      figure.unit,
      figure.bar === null ? '' : short(figure.bar),
      figure.aim === null ? '' : short(figure.aim),
      kept.has(figure.name) ? short(kept.get(figure.name) ?? 0) : '',
      outcomeOf(figure),
    ]),
  ])

function outcomeOf({ aim, bar, value }: Figure): string {
  if (bar === null) return ''
  if (Number.isNaN(value)) return 'not measured'
  if (aim !== null && value <= aim) return 'aim reached'
  return value <= bar ? 'bar reached' : 'bar missed'
}

const short = (value: number): string => {
  if (Number.isNaN(value)) return '–'
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3)
}

const isFigure = (cell: string): boolean => /^[\d.,–-]+$/.test(cell)

function written(rows: readonly (readonly (string | number | null)[])[]): string {
  const cells = rows.map((row) => row.map((cell) => (cell === null ? '–' : String(cell))))
  const columns = Math.max(...cells.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...cells.map((row) => (row[column] ?? '').length)),
  )
  const right = widths.map((_, column) => cells.slice(1).every((row) => isFigure(row[column] ?? '')))
  return cells
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0
          return right[column] === true ? cell.padStart(width) : cell.padEnd(width)
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
