import { canonicalJson, type JsonValue } from '@pointsman/contract'

/**
 * What a look finds of one thing that both sides say:
 * - `same`: nothing is new
 * - `agree`: both say the same now, whoever came to it
 * - `take`: the table was edited, the registry was not
 * - `write`: the registry was switched, the table was not edited
 * - `conflict`: both, and in what order nobody knows
 */
export type Found = 'same' | 'agree' | 'take' | 'write' | 'conflict'

export interface Sides {
  readonly seen: JsonValue
  readonly held: JsonValue
}

/**
 * Against what both sides said when they were looked at last. What we wrote is noted as seen, so that it is never taken for
 * an edit; what was taken is noted as held, so that it is never written back: neither can answer the other.
 */
export function found(now: Sides & { readonly agree: boolean }, before: Sides | null): Found {
  const isEdited = before === null || !isEqual(now.seen, before.seen)
  const isSwitched = before !== null && !isEqual(now.held, before.held)
  if (!isEdited && !isSwitched) return 'same'
  if (now.agree) return 'agree'
  if (isEdited && isSwitched) return 'conflict'
  return isEdited ? 'take' : 'write'
}

export const isEqual = (one: JsonValue, other: JsonValue): boolean =>
  canonicalJson(one) === canonicalJson(other)

/** What is told of a conflict, and what ends it. */
export const conflictWords = (inTable: string, here: string): string =>
  `Both sides changed between two looks, and in what order is not known: the table says ${inTable}, here it is ${here}. Neither was overwritten; the next edit or switch of it decides.`
