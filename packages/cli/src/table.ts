import { cells, clip, pad, printable, wrap } from './terminal-text.ts'

export interface Column {
  readonly heading: string
  readonly align?: 'right'
  /** Where the line is too narrow, it is cut down to this many cells. Absent = never cut: ids are there to be copied. */
  readonly least?: number
  /** Where cutting is not enough, it moves to a second line below its row. */
  readonly below?: true
  /** Where even that is not enough, it is left out: 1 first. */
  readonly drop?: number
}

interface Placed {
  readonly column: Column
  /** Its place in a row. */
  readonly index: number
  readonly width: number
}

interface Layout {
  readonly beside: readonly Placed[]
  readonly below: readonly Placed[]
  readonly dropped: readonly Placed[]
}

export interface TableText {
  readonly heading: string
  /** What did not fit beside the rest of its row stands in lines below it. */
  readonly rows: readonly { readonly line: string; readonly below: readonly string[] }[]
  /** Headings of columns that found no place. */
  readonly left: readonly string[]
}

const gap = 2

/** Rows as text that fits in a line of `width` cells where it can; null = any width. */
export function layTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number | null,
): TableText {
  const clean = rows.map((row) => row.map(printable))
  const natural = columns.map((column, index) => ({
    column,
    index,
    width: Math.max(cells(column.heading), ...clean.map((row) => cells(row[index] ?? ''))),
  }))
  const { beside, below, dropped } = width === null ? all(natural) : fit(natural, width)
  const render = (row: readonly string[]): string =>
    beside
      .map((placed, place) => {
        const text = clip(row[placed.index] ?? '', placed.width)
        const isLast = place === beside.length - 1 && placed.column.align === undefined
        return isLast ? text : pad(text, placed.width, placed.column.align)
      })
      .join(' '.repeat(gap))
      .trimEnd()
  const renderBelow = (row: readonly string[]): readonly string[] => {
    const texts = below.map(({ index }) => row[index] ?? '').filter((text) => text !== '' && text !== '-')
    return texts.length === 0 ? [] : wrap(`  ${texts.join(' · ')}`, width, 2)
  }
  return {
    heading: render(columns.map(({ heading }) => heading)),
    rows: clean.map((row) => ({ line: render(row), below: renderBelow(row) })),
    left: dropped.map(({ column }) => column.heading),
  }
}

const all = (placed: readonly Placed[]): Layout => ({ beside: placed, below: [], dropped: [] })

const widthOf = (placed: readonly Placed[]): number =>
  placed.reduce((sum, { width }) => sum + width, 0) + gap * Math.max(0, placed.length - 1)

/** Cut first, then put below, then leave out. Where nothing helps the terminal breaks the line, rather than an id. */
function fit(natural: readonly Placed[], width: number): Layout {
  const whole = cut(natural, width)
  if (widthOf(whole) <= width) return all(whole)
  const below = natural.filter(({ column }) => column.below === true)
  const beside = natural.filter(({ column }) => column.below !== true)
  const order = beside
    .filter(({ column }) => column.drop !== undefined)
    .sort((a, b) => (a.column.drop ?? 0) - (b.column.drop ?? 0))
  for (let count = 0; ; count += 1) {
    const dropped = order.slice(0, count)
    const kept = cut(
      beside.filter((placed) => !dropped.includes(placed)),
      width,
    )
    if (widthOf(kept) <= width || count === order.length) return { beside: kept, below, dropped }
  }
}

/** Takes what is too much from the widest columns that may be cut. */
function cut(placed: readonly Placed[], width: number): readonly Placed[] {
  const floor = ({ column, width: own }: Placed): number =>
    Math.min(own, Math.max(column.least ?? own, cells(column.heading)))
  const widths = placed.map((one) => one.width)
  let excess = widthOf(placed) - width
  while (excess > 0) {
    const widest = placed
      .map((one, at) => ({ at, room: (widths[at] ?? 0) - floor(one), width: widths[at] ?? 0 }))
      .filter(({ room }) => room > 0)
      .sort((a, b) => b.width - a.width)[0]
    if (widest === undefined) break
    widths[widest.at] = widest.width - 1
    excess -= 1
  }
  return placed.map((one, at) => ({ ...one, width: widths[at] ?? one.width }))
}
