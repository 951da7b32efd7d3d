import { inOnePiece } from '@pointsman/contract'

/** The name of a header's line. */
export interface LineName {
  /** As it came, with its colon. */
  readonly came: string
  readonly lower: string
}

/** Callers and vendors have some hundred names; those beyond are made for each connection. */
const mostKept = 256
/** A holder: connections share the names that they know. */
const kept = new Map<string, LineName>()

/** Lines beyond are looked at each time. */
const mostLines = 32
/** Longer names are nobody's but a stranger's who fills memory with them: each is looked at as it comes, and not kept. */
const longestKept = 64

/**
 * The names of one connection's heads, line by line. Who asks or answers again has the same headers in the same order, so a
 * name is mostly compared with the one that stood there before: 20 ns, where to cut it out, put it in lower case and look it
 * up among all texts that V8 knows takes 150. A holder of one connection.
 */
export class LineNames {
  readonly #lines: LineName[] = []

  /** Of a line of a head that is well-formed, which begins at `from` and has a colon. */
  at(line: number, text: string, from: number): LineName {
    const known = this.#lines[line]
    if (known !== undefined && text.startsWith(known.came, from)) return known
    const name = nameOf(text.slice(from, text.indexOf(':', from) + 1))
    if (line < mostLines && name.came.length <= longestKept) this.#lines[line] = name
    return name
  }
}

function nameOf(came: string): LineName {
  if (came.length > longestKept) return { came, lower: came.slice(0, -1).toLowerCase() }
  const known = kept.get(came)
  if (known !== undefined) return known
  // A part of a head would keep the whole of it.
  const own = inOnePiece(came)
  const name = { came: own, lower: own.slice(0, -1).toLowerCase() }
  if (kept.size < mostKept) kept.set(own, name)
  return name
}

/** The value between two places of a head's text, without the spaces and tabs around it. */
export function valueBetween(text: string, from: number, to: number): string {
  let [start, end] = [from, to]
  while (start < end && isBlank(text.charCodeAt(start))) start += 1
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09
