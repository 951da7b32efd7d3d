const maxSuggestions = 3
/** A longer name is no slip of the pen, and comparing it costs time that a caller could ask for at will. */
const maxComparedLength = 100

/** Levenshtein's distance, or `limit + 1` once it is sure to be more than `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let above = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    let least = row
    for (let column = 1; column <= b.length; column++) {
      const change = a.charCodeAt(row - 1) === b.charCodeAt(column - 1) ? 0 : 1
      const distance = Math.min(
        (above[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + change,
      )
      current.push(distance)
      least = Math.min(least, distance)
    }
    if (least > limit) return limit + 1
    above = current
  }
  return above[b.length] ?? limit + 1
}

/**
 * How far a name is from what was written; null = not near. A part of a longer name counts as near, and so does a name behind
 * a prefix: frameworks write `openai/` or `anthropic/` before it, and some send that on.
 */
function farness(wanted: string, name: string, limit: number): number | null {
  if (wanted.length >= 3 && name.includes(wanted)) return 0.5 + (name.length - wanted.length) / 1_000
  if (wanted.endsWith(`/${name}`)) return 0.5 + (wanted.length - name.length) / 1_000
  const distance = editDistance(wanted, name, limit)
  return distance > limit ? null : distance
}

/** The names nearest to one that does not exist, nearest first, at most three. */
export function nearestNames(written: string, names: Iterable<string>): readonly string[] {
  const wanted = written.toLowerCase()
  if (wanted === '' || wanted.length > maxComparedLength) return []
  const limit = Math.max(2, Math.floor(wanted.length / 3))
  const near: { readonly name: string; readonly far: number }[] = []
  for (const name of names) {
    const far = farness(wanted, name.toLowerCase(), limit)
    if (far !== null) near.push({ name, far })
  }
  near.sort((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1))
  return near.slice(0, maxSuggestions).map(({ name }) => name)
}
