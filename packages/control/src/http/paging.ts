import { PointsmanError } from '@pointsman/contract'
import { z } from 'zod'

/** What every list takes. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(1_000).default(100).describe('At most this many rows.'),
  cursor: z.string().max(2_000).optional().describe('`nextCursor` of the page before.'),
}

/** What every list answers. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ data: z.array(item), nextCursor: z.string().nullable() })

/**
 * One page of a list that is read whole (catalogue, routes, keys: bounded by their nature). The cursor names the last
 * row's id, so that rows which come or go between two pages neither repeat nor hide others.
 */
export function page<Item>(
  rows: readonly Item[],
  idOf: (row: Item) => string,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): { readonly data: Item[]; readonly nextCursor: string | null } {
  const after = cursor === undefined ? -1 : rows.findIndex((row) => idOf(row) === decode(cursor))
  if (cursor !== undefined && after < 0) {
    throw new PointsmanError(
      'invalid_request',
      '"cursor" is not from this list, or its row is gone. Begin without one.',
      { field: 'cursor' },
    )
  }
  const data = rows.slice(after + 1, after + 1 + limit)
  const last = data.at(-1)
  const isLast = after + 1 + limit >= rows.length
  return { data, nextCursor: last === undefined || isLast ? null : encode(idOf(last)) }
}

const encode = (text: string): string => encodeURIComponent(text)

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
