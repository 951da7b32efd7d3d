import type { Queryable } from '../database.ts'

/** The same database, which notes how many rows each statement was of. */
export const counting = (database: Queryable, rowCounts: number[]): Queryable => ({
  query: async (text, values) => {
    const result = await database.query(text, values)
    rowCounts.push(result.rowCount)
    return result
  },
})
