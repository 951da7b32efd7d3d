import { inOnePiece, joinedText } from '@pointsman/contract'

const tokenForm = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const noValue = /[^\t\x20-\x7e\x80-\xff]/
const decided: ReadonlySet<string> = new Set(['date', 'connection', 'content-length', 'transfer-encoding'])

/** In a call to a vendor others may carry a credential, which is kept nowhere but where it belongs. */
const open: ReadonlySet<string> = new Set(['host', 'content-type', 'accept', 'anthropic-version'])

/** Of each name, the first so many, no longer than this: a server has few models, regions and providers. */
const mostValues = 16
const longestValue = 64
/** After so many answers whose values were new, a name's lines are no longer looked for. */
const mostWorth = 100

/**
 * A header's name on its way into a head. It keeps lines whose value was looked at, since most of an answer's headers have
 * one that they had before: a line is then neither looked at nor put together, which left 1 KB an answer to the collector. Values
 * are compared and not looked up in a map, for which V8 puts each new one into its table of all texts: 0.9 µs for a request's
 * id. Nor are they compared where they are new each time, as that id is. A holder.
 */
export class WrittenName {
  /** The end of the line before it, the name, the colon: one piece of a head's text in place of three. */
  readonly line: string
  /** In lower case, where it is one that the connection itself decides on. */
  readonly decides: string | null
  /** Its values are no secrets. */
  readonly isOpen: boolean
  readonly #values: string[] = []
  readonly #lines: string[] = []
  /** How often a kept line served, less how often none did since all places are taken. */
  #worth = 0

  constructor(name: string) {
    const lower = name.toLowerCase()
    this.line = `\r\n${name}: `
    this.decides = decided.has(lower) ? lower : null
    this.isOpen = open.has(lower)
  }

  /** Throws where the value may not stand in a head, as Node's own writer does. */
  with(value: string): string {
    const mayBeKept = value.length <= longestValue && this.#worth >= 0
    const at = mayBeKept ? this.#values.indexOf(value) : -1
    const known = at === -1 ? undefined : this.#lines[at]
    if (known !== undefined) {
      if (this.#worth < mostWorth) this.#worth += 1
      return known
    }
    if (noValue.test(value)) throw new TypeError('the value of a header cannot be written')
    if (!mayBeKept) return this.line + value
    if (this.#values.length >= mostValues) {
      this.#worth -= 1
      return this.line + value
    }
    const line = joinedText(this.line, value)
    // A part of a head would keep the whole of it.
    this.#values.push(inOnePiece(value))
    this.#lines.push(line)
    return line
  }
}

/** Calls and answers have some fifty names; those beyond are looked at each time. */
const mostKept = 128

/** A holder: names are looked at once, not once an answer. */
const kept = new Map<string, WrittenName>()

/** Throws where a name may not stand in a head, as Node's own writer does. */
export function writtenName(name: string): WrittenName {
  const known = kept.get(name)
  if (known !== undefined) return known
  if (!tokenForm.test(name)) throw new TypeError(`a header cannot be written: ${JSON.stringify(name)}`)
  const written = new WrittenName(name)
  if (kept.size < mostKept) kept.set(name, written)
  return written
}
