import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState, type ReactNode, type RefObject } from 'react'
import { fill } from '../text/fill.ts'
import { shared } from '../text/shared.ts'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'
import { Problem } from './states.tsx'
import './data-table.css'

export interface Column<Row> {
  readonly key: string
  readonly title: string
  readonly cell: (row: Row) => ReactNode
  readonly align?: 'end'
  /** A CSS width; columns without one share what is left. */
  readonly width?: string
  /** What to sort by here, once every row is; absent = the column cannot be sorted by. */
  readonly sortBy?: (row: Row) => string | number | null
  /** The server sorts by it: a list of which only the first pages are here, too. */
  readonly isSortedByServer?: boolean
  /** On a phone a row is a card: `title` stands at its top, `hidden` is left out. */
  readonly onPhone?: 'title' | 'hidden'
}

/** The rest of a list that the server pages. */
export interface More {
  readonly hasMore: boolean
  readonly isLoading: boolean
  /** So much is loaded that more comes by the button alone. */
  readonly isByButton: boolean
  /** Why the next page did not come; null = it did, or was not asked for. */
  readonly problem: unknown
  readonly load: () => void
}

export interface DataTableProps<Row> {
  /** Told to screen readers. */
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly rowKey: (row: Row) => string
  /** Makes the first column a button that opens the row. */
  readonly onOpen?: (row: Row) => void
  readonly empty: ReactNode
  readonly more?: More
  /** Where the server sorts: what the rows were asked for by. */
  readonly sorting?: Sorting | null
  readonly onSort?: (sorting: Sorting) => void
}

/** Longer lists keep only what is seen in the document. */
const wholeRows = 80
const rowHeightPx = 37

export interface Sorting {
  /** Of the column. */
  readonly key: string
  readonly descending: boolean
}

/**
 * A table for any number of rows: a list of the server is asked for page by page, as one comes near its end, and a long one
 * keeps only the rows in sight in the document. On a phone its rows are cards.
 */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { columns, more, rowKey } = props
  const [own, setOwn] = useState<Sorting | null>(null)
  const { onSort = setOwn, sorting = own } = props
  const isWhole = more?.hasMore !== true
  const rows = isWhole ? sorted(props.rows, columns, sorting) : props.rows
  const frame = useRef<HTMLDivElement>(null)
  const { after, before, isLong, measure, shown } = useWindow(rows, rowKey, frame)
  if (rows.length === 0 && more?.isLoading !== true) return <>{props.empty}</>
  return (
    // Reachable by keyboard, since it scrolls.
    <div
      className={`table-frame${isLong ? ' long' : ''}`}
      ref={frame}
      tabIndex={0}
      role="region"
      aria-label={props.label}
    >
      <table
        className="table"
        aria-label={props.label}
        aria-rowcount={more?.hasMore === true ? -1 : rows.length + 1}
      >
        <thead>
          <tr>
            {columns.map((column) => (
              <Heading
                key={column.key}
                column={column}
                isSortable={isWhole ? column.sortBy !== undefined : column.isSortedByServer === true}
                sorting={sorting}
                onSort={onSort}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          <Space height={before} columns={columns.length} />
          {shown.map(({ index, row }) => (
            <tr key={rowKey(row)} data-index={index} ref={measure} aria-rowindex={index + 2}>
              {columns.map((column, place) => (
                <Cell
                  key={column.key}
                  column={column}
                  row={row}
                  onOpen={place === 0 ? props.onOpen : undefined}
                />
              ))}
            </tr>
          ))}
          <Space height={after} columns={columns.length} />
        </tbody>
      </table>
      {more === undefined ? null : <MoreRows more={more} />}
    </div>
  )
}

interface Window<Row> {
  readonly isLong: boolean
  readonly shown: readonly { readonly row: Row; readonly index: number }[]
  /** Height of what stands above and below, in pixels. */
  readonly before: number
  readonly after: number
  readonly measure: ((element: Element | null) => void) | undefined
}

/** The rows in sight, with some around them; of a short list all. */
function useWindow<Row>(
  rows: readonly Row[],
  rowKey: (row: Row) => string,
  frame: RefObject<HTMLDivElement | null>,
): Window<Row> {
  const isLong = rows.length > wholeRows
  const virtual = useVirtualizer({
    count: rows.length,
    enabled: isLong,
    getScrollElement: () => frame.current,
    estimateSize: () => rowHeightPx,
    getItemKey: (index) => {
      const row = rows[index]
      return row === undefined ? index : rowKey(row)
    },
    overscan: 12,
  })
  if (!isLong) {
    const shown = rows.map((row, index) => ({ row, index }))
    return { isLong, shown, before: 0, after: 0, measure: undefined }
  }
  const items = virtual.getVirtualItems()
  return {
    isLong,
    shown: items.flatMap(({ index }) => {
      const row = rows[index]
      return row === undefined ? [] : [{ row, index }]
    }),
    before: items[0]?.start ?? 0,
    after: virtual.getTotalSize() - (items.at(-1)?.end ?? 0),
    measure: virtual.measureElement,
  }
}

/** In the place of rows that are out of sight. */
const Space = ({ columns, height }: { readonly height: number; readonly columns: number }) =>
  height <= 0 ? null : (
    <tr aria-hidden="true" className="table-space">
      <td colSpan={columns} style={{ height }} />
    </tr>
  )

function Heading<Row>({
  column,
  isSortable,
  onSort,
  sorting,
}: {
  readonly column: Column<Row>
  readonly isSortable: boolean
  readonly sorting: Sorting | null
  readonly onSort: (sorting: Sorting) => void
}) {
  const isSorted = isSortable && sorting?.key === column.key
  const direction = isSorted ? (sorting.descending ? 'descending' : 'ascending') : undefined
  return (
    <th
      scope="col"
      className={column.align}
      style={column.width === undefined ? undefined : { width: column.width }}
      aria-sort={direction}
      title={
        isSortable || column.sortBy === undefined
          ? undefined
          : fill(shared.sortByWhole, { column: column.title })
      }
    >
      {isSortable ? (
        <button
          type="button"
          className="table-sort"
          title={fill(shared.sortBy, { column: column.title })}
          onClick={() => onSort({ key: column.key, descending: isSorted && !sorting.descending })}
        >
          {column.title}
          {isSorted ? <Icon name={sorting.descending ? 'down' : 'up'} size={13} /> : null}
        </button>
      ) : (
        column.title
      )}
    </th>
  )
}

function Cell<Row>({
  column,
  onOpen,
  row,
}: {
  readonly column: Column<Row>
  readonly row: Row
  readonly onOpen: ((row: Row) => void) | undefined
}) {
  const content = column.cell(row)
  return (
    <td className={`${column.align ?? ''} phone-${column.onPhone ?? 'shown'}`} data-title={column.title}>
      {onOpen === undefined ? (
        content
      ) : (
        <button type="button" className="table-open" onClick={() => onOpen(row)}>
          {content}
        </button>
      )}
    </td>
  )
}

/** Asks for the next page as its place comes into sight; the button is for keyboards, and where a page failed or many are loaded. */
function MoreRows({ more }: { readonly more: More }) {
  const place = useRef<HTMLDivElement>(null)
  const { hasMore, isLoading, load, problem } = more
  // A page that failed would be in sight still, and be asked for without a pause.
  const isByItself = hasMore && !isLoading && !more.isByButton && problem === null
  useEffect(() => {
    const element = place.current
    if (element === null || !isByItself) return
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting === true) load()
      },
      { rootMargin: '400px' },
    )
    observer.observe(element)
    return () => observer.disconnect()
  }, [isByItself, load])
  if (!hasMore && !isLoading) return null
  return (
    <div className="table-more" ref={place}>
      {problem === null ? null : <Problem error={problem} />}
      <Button size="small" isPending={isLoading} onPress={load}>
        {isLoading ? shared.loading : shared.loadMore}
      </Button>
    </div>
  )
}

function sorted<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sorting: Sorting | null,
): readonly Row[] {
  const column = columns.find(({ key }) => key === sorting?.key)
  const by = column?.sortBy
  // Its order is not quite ours: sorted anew when the last page comes, rows would jump under who reads them.
  if (by === undefined || sorting === null || column?.isSortedByServer === true) return rows
  const sign = sorting.descending ? -1 : 1
  return [...rows].sort((one, other) => compared(by(one), by(other), sign))
}

type Sortable = string | number | null

/** What is not known stands last, whichever way the rest is sorted. */
function compared(one: Sortable, other: Sortable, sign: 1 | -1): number {
  if (one === null || other === null) return one === other ? 0 : one === null ? 1 : -1
  return sign * comparedKnown(one, other)
}

function comparedKnown(one: string | number, other: string | number): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other
  return String(one).localeCompare(String(other))
}
