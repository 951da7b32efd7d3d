import { canonicalJson } from '@pointsman/contract'
import type { Row } from './database.ts'
import type { TakenOut } from './erasure-cover.ts'
import * as read from './row-values.ts'
import { asSaid, isSeal } from './seals.ts'

/** The columns of an erasure in the row of its place in the chain, apart from those of a switch. */
export const erasureColumns = `erasure.id AS erased_id, erasure.workspace_id AS erased_workspace,
    erasure.seal AS erased_seal, erasure.erased_at, erasure.actor_kind AS erasing_kind,
    erasure.actor_id AS erasing_id, erasure.counts AS erased_counts, erasure.canonical_text AS erased_text,
    encode(erasing.salt, 'hex') AS erasing_salt`

export const erasureTables = `LEFT JOIN pointsman.erasures AS erasure ON erasure.id = chain.erasure_id
  LEFT JOIN pointsman.people AS erasing
    ON erasing.workspace_id = erasure.workspace_id AND erasing.name = erasure.actor_id`

interface Said {
  readonly actor?: { readonly id?: unknown } | null
}

/** Whether an erasure's columns say what the text says that the chain vouches for. */
export function erasureAgrees(canonicalText: string, row: Row): boolean {
  const said = JSON.parse(canonicalText) as Said
  const kind = read.text(row, 'erasing_kind')
  const salt = kind === 'user' ? read.textOrNull(row, 'erasing_salt') : null
  try {
    const told = {
      kind: 'erasure',
      id: read.text(row, 'erased_id'),
      workspace: read.text(row, 'erased_workspace'),
      seal: read.text(row, 'erased_seal'),
      erasedAtMs: read.instant(row, 'erased_at'),
      actor: { kind, id: asSaid(read.text(row, 'erasing_id'), said.actor?.id, salt) },
      counts: read.json(row, 'erased_counts'),
    }
    return canonicalText === canonicalJson(told)
  } catch (error) {
    // A forged column may hold what no record can, such as an instant at infinity.
    if (error instanceof TypeError) return false
    throw error
  }
}

/** Whoever erased may have been erased since. */
export function takenOutOfErasure(canonicalText: string, row: Row): readonly TakenOut[] {
  const id = (JSON.parse(canonicalText) as Said).actor?.id
  const isTaken = read.text(row, 'erasing_kind') === 'user' && isSeal(id) && row['erasing_id'] === id
  return isTaken ? [{ workspace: read.text(row, 'erased_workspace'), seals: [id] }] : []
}
