/** Stands for all that came after the bound was reached. */
export const other = 'other'

/** Keeps apart so many combinations of names and folds the rest into one, so that nobody can fill a bill or a memory with names. */
export interface BoundedNames {
  /** Whether the combination has a place of its own. */
  admits(key: string): boolean
  /** How many times one was folded. */
  folded(): number
}

/** A holder of mutable state. Bound: `max` keys. */
export function createBoundedNames(max: number): BoundedNames {
  const known = new Set<string>()
  let folded = 0
  return {
    admits(key) {
      if (known.has(key)) return true
      if (known.size < max) {
        known.add(key)
        return true
      }
      folded += 1
      return false
    },
    folded: () => folded,
  }
}
