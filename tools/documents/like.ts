const id = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const instant = String.raw`\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?`
const duration = String.raw`\d+(?:\.\d+)? (?:ms|s)\b`

/** What differs from run to run: as it is found in a document, and what may stand in its place. */
const kinds: readonly { readonly shown: string; readonly printed: string }[] = [
  { shown: id, printed: `(${id})` },
  { shown: String.raw`\b[0-9a-f]{64}\b`, printed: '[0-9a-f]{64}' },
  { shown: instant, printed: instant },
  { shown: duration, printed: duration },
  // Estimates and costs follow the traffic that has reached the database by then.
  { shown: 'Cost: [^\\n]+', printed: 'Cost: [^\\n]+' },
  { shown: String.raw` · \$[\d.]+$`, printed: String.raw`(?: · \$[\d.]+)?` },
  { shown: '…', printed: String.raw`[\s\S]*?` },
  // Columns are as wide as their widest cell, which may be an id.
  { shown: ' {2,}', printed: ' {2,}' },
]
const variable = new RegExp(kinds.map(({ shown }) => `(${shown})`).join('|'), 'gm')

const tidy = (text: string): string => text.replace(/[ \t\r]+$/gm, '').replace(/\n+$/, '')
const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)

/**
 * Holds what a program printed against what a document shows: `…` stands for anything, an id, an instant and a duration
 * for any other of its kind; white space at the ends of lines does not count. Answers the ids that were printed in place
 * of the shown ones; null where the two differ.
 */
export function idsWhereLike(shown: string, printed: string): ReadonlyMap<string, string> | null {
  const text = tidy(shown)
  const ids: string[] = []
  let pattern = ''
  let from = 0
  for (const found of text.matchAll(variable)) {
    const kind = kinds.findIndex((_, index) => found[index + 1] !== undefined)
    if (kind === 0) ids.push(found[0])
    pattern += literal(text.slice(from, found.index)) + (kinds[kind]?.printed ?? '')
    from = found.index + found[0].length
  }
  const match = new RegExp(`^${pattern}${literal(text.slice(from))}$`).exec(tidy(printed))
  return match === null ? null : new Map(ids.map((shownId, index) => [shownId, match[index + 1] ?? shownId]))
}
