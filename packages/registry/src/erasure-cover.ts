import type { Queryable } from './database.ts'
import * as read from './row-values.ts'

/** Something of a person that a record no longer tells: rightly so after the erasure of any of these seals. */
export interface TakenOut {
  readonly workspace: string
  readonly seals: readonly string[]
}

/** The first record of which something was taken out that no erasure at its place of the chain or after it says. */
export async function firstUncovered<Record extends { readonly sequence: number }>(
  database: Queryable,
  records: readonly (Record & { readonly taken: readonly TakenOut[] })[],
): Promise<Record | null> {
  const seals = new Set(records.flatMap(({ taken }) => taken.flatMap((one) => one.seals)))
  if (records.every(({ taken }) => taken.length === 0)) return null
  const { rows } = await database.query(
    `SELECT erasure.workspace_id, erasure.seal, max(chain.sequence) AS sequence
     FROM pointsman.erasures AS erasure JOIN pointsman.switch_chain AS chain ON chain.erasure_id = erasure.id
     WHERE erasure.seal = ANY ($1) GROUP BY 1, 2`,
    [[...seals]],
  )
  const erasedAt = new Map(
    rows.map((row) => [
      JSON.stringify([read.text(row, 'workspace_id'), read.text(row, 'seal')]),
      read.number(row, 'sequence'),
    ]),
  )
  const isCovered = (sequence: number, { seals: any, workspace }: TakenOut): boolean =>
    any.some((one) => (erasedAt.get(JSON.stringify([workspace, one])) ?? 0) >= sequence)
  return records.find(({ sequence, taken }) => !taken.every((one) => isCovered(sequence, one))) ?? null
}
