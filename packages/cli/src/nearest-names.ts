/** Edits between two words: insertions, deletions, replacements, neighbours exchanged. */
function distance(a: string, b: string): number {
  let previous: number[] = []
  let present = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row += 1) {
    const next = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1]
      const exchanged = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      next[column] = Math.min(
        (present[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (present[column - 1] ?? 0) + (same ? 0 : 1),
        ...(exchanged ? [(previous[column - 2] ?? 0) + 1] : []),
      )
    }
    previous = present
    present = next
  }
  return present[b.length] ?? 0
}

/** The names nearest to a mistyped one, best first; those that begin with it count as near. At most three. */
export function nearestNames(typed: string, names: Iterable<string>): readonly string[] {
  const most = Math.max(1, Math.floor(typed.length / 3))
  return [...names]
    .map((name) => ({ name, far: typed !== '' && name.startsWith(typed) ? 0.5 : distance(typed, name) }))
    .filter(({ far }) => far <= most)
    .sort((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ name }) => name)
}

/** ` Did you mean "x" or "y"?`, or nothing. */
export const didYouMean = (names: readonly string[]): string =>
  names.length === 0 ? '' : ` Did you mean ${names.map((name) => `"${name}"`).join(' or ')}?`
