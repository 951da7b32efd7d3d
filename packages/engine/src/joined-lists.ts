/** One after the other. Mostly one of them is empty: then there is nothing to copy. */
export function joinedLists<Item>(first: readonly Item[], second: readonly Item[]): readonly Item[] {
  if (second.length === 0) return first
  return first.length === 0 ? second : [...first, ...second]
}
