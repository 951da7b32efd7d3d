/** A header's name on its way into a head. */
export interface WrittenName {
  /** The end of the line before it, the name, the colon: one piece of a head's text in place of three. */
  readonly line: string
  /** In lower case, where it is one that the connection itself decides on. */
  readonly decides: string | null
}

const tokenForm = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const decided: ReadonlySet<string> = new Set(['date', 'connection', 'content-length', 'transfer-encoding'])

/** Calls and answers have some fifty names; those beyond are looked at each time. */
const mostKept = 128

/** A holder: names are looked at once, not once an answer. */
const kept = new Map<string, WrittenName>()

/** Throws where a name may not stand in a head, as Node's own writer does. */
export function writtenName(name: string): WrittenName {
  const known = kept.get(name)
  if (known !== undefined) return known
  if (!tokenForm.test(name)) throw new TypeError(`a header cannot be written: ${JSON.stringify(name)}`)
  const lower = name.toLowerCase()
  const written = { line: `\r\n${name}: `, decides: decided.has(lower) ? lower : null }
  if (kept.size < mostKept) kept.set(name, written)
  return written
}
