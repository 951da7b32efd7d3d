import { isStorable, PointsmanError } from '@pointsman/contract'

/** Cursors are the sort key of a page's last row, as text that users hand back untouched. */
export const writeCursor = (...parts: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(parts)).toString('base64url')

const invalid = (): PointsmanError =>
  new PointsmanError(
    'invalid_request',
    'cursor is not one that a list gave out. Leave it out to begin anew.',
    {
      field: 'cursor',
    },
  )

/** The parts of a cursor, which must be as many as `kinds`, of those types. Throws `invalid_request`. */
export function readCursor<const Kinds extends readonly ('string' | 'number')[]>(
  cursor: string,
  kinds: Kinds,
): { readonly [Index in keyof Kinds]: Kinds[Index] extends 'number' ? number : string } {
  const parts = parse(cursor)
  if (!Array.isArray(parts) || parts.length !== kinds.length) throw invalid()
  if (!parts.every((part, index) => typeof part === kinds[index] && isValue(part))) throw invalid()
  return parts as unknown as {
    readonly [Index in keyof Kinds]: Kinds[Index] extends 'number' ? number : string
  }
}

/** Numbers are instants of years that everybody can write, or smaller ones: of rows, of priorities, which may be below zero. */
const least = -(2 ** 31)
const greatest = Date.UTC(9999, 11, 31)

/** What a column can hold that is sorted by: the database would fail on anything else. */
function isValue(part: unknown): boolean {
  if (typeof part === 'number') return Number.isInteger(part) && part >= least && part <= greatest
  return typeof part === 'string' && isStorable(part)
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid()
    throw error
  }
}

export interface Page<Item> {
  readonly data: readonly Item[]
  readonly nextCursor: string | null
}

/** `rows` holds one more than the page where there is a next page. */
export function pageOf<Source, Item>(
  rows: readonly Source[],
  limit: number,
  readItem: (row: Source) => Item,
  cursorOf: (item: Item) => string,
): Page<Item> {
  const data = rows.slice(0, limit).map(readItem)
  const last = data.at(-1)
  return { data, nextCursor: rows.length > limit && last !== undefined ? cursorOf(last) : null }
}
