import { inOnePiece } from '@pointsman/contract'
import {
  endOfHead,
  endOfHeadBytes,
  LineNames,
  valueBetween,
  wholeNumber,
  type LineName,
} from '@pointsman/engine'

/** The headers of one head, in their order; each name stands there once. */
export class PlainHeaders {
  readonly #names: LineName[] = []
  readonly #values: string[] = []

  /** False = there is one of that name. */
  add(name: LineName, value: string): boolean {
    if (this.get(name.lower) !== undefined) return false
    this.#names.push(name)
    this.#values.push(value)
    return true
  }

  /** By its name in lower case. There are few: a map of them costs more to make than all looks at these lists. */
  get(name: string): string | undefined {
    for (let at = 0; at < this.#names.length; at += 1)
      if (this.#names[at]?.lower === name) return this.#values[at]
    return undefined
  }

  /** Name, value, name, value, …, as received. */
  get raw(): readonly string[] {
    return this.#names.flatMap(({ came }, at) => [came.slice(0, -1), this.#values[at] ?? ''])
  }
}

/** A request's head that every parser reads alike. */
export interface PlainHead {
  readonly path: string
  /** Without `?`; empty when there is none. */
  readonly query: string
  readonly headers: PlainHeaders
  /** Where the body begins. */
  readonly bytes: number
  readonly bodyBytes: number
  /** False = the client closes after this request. */
  readonly keepAlive: boolean
}

const longestHead = 16_384
/** Each name is held against all before it. */
const mostHeaders = 64

const begin = 'POST '
const version = ' HTTP/1.1'

/**
 * The whole head in one look (a look a line cost twice as much): a POST, and lines of a name, a colon and printable ASCII.
 * No control characters, and nothing beyond ASCII, which is read in two ways.
 */
const wellFormed = /^POST \/[!-~]* HTTP\/1\.1(?:\r\n[!#$%&'*+.^_`|~0-9A-Za-z-]+:[ -~]*)*$/
const mostLengthDigits = 9

/** They change where a message ends, or what is spoken after it. */
const elsewhere: ReadonlySet<string> = new Set([
  'transfer-encoding',
  'expect',
  'upgrade',
  'http2-settings',
  'trailer',
])

/** Longer ones are not kept for the next head. */
const longestTarget = 256

interface Target {
  readonly path: string
  readonly query: string
}

/**
 * Reads the heads of one connection. It keeps the target of the last one: who asks again asks for the same, and a text that
 * was looked up before is found sooner than one that was cut out anew. A holder of one connection.
 */
export class PlainHeadReader {
  readonly #names = new LineNames()
  #lastAsked = ''
  #lastTarget: Target = { path: '', query: '' }

  /**
   * The head of a POST of HTTP/1.1, whole and plain: one way to say where its body ends, each header once, printable ASCII. Null
   * for whatever is otherwise in the least; it is for Node's own parser, which knows what to refuse.
   */
  read(bytes: Buffer): PlainHead | null {
    const end = endOfHead(bytes, 0)
    if (end < 0 || end > longestHead) return null
    const text = bytes.toString('latin1', 0, end)
    if (!wellFormed.test(text)) return null
    const headers = new PlainHeaders()
    const endOfFirst = text.indexOf('\r\n')
    for (let at = endOfFirst, line = 0; at !== -1; line += 1) {
      const next = text.indexOf('\r\n', at + 2)
      const name = this.#names.at(line, text, at + 2)
      const value = valueBetween(text, at + 2 + name.came.length, next === -1 ? end : next)
      if (line === mostHeaders || elsewhere.has(name.lower) || !headers.add(name, value)) return null
      at = next
    }
    const target = this.#target(text, (endOfFirst === -1 ? end : endOfFirst) - version.length)
    return headOf(target, headers, end + endOfHeadBytes)
  }

  #target(text: string, end: number): Target {
    if (end - begin.length === this.#lastAsked.length && text.startsWith(this.#lastAsked, begin.length))
      return this.#lastTarget
    const asked = inOnePiece(text.slice(begin.length, end))
    const mark = asked.indexOf('?')
    const target = {
      path: mark === -1 ? asked : asked.slice(0, mark),
      query: mark === -1 ? '' : asked.slice(mark + 1),
    }
    if (asked.length <= longestTarget) {
      this.#lastAsked = asked
      this.#lastTarget = target
    }
    return target
  }
}

function headOf({ path, query }: Target, headers: PlainHeaders, bytes: number): PlainHead | null {
  const bodyBytes = wholeNumber(headers.get('content-length') ?? '', mostLengthDigits)
  const connection = headers.get('connection')?.toLowerCase() ?? 'keep-alive'
  if (bodyBytes === null || headers.get('host') === undefined) return null
  if (connection !== 'keep-alive' && connection !== 'close') return null
  return { path, query, headers, bytes, bodyBytes, keepAlive: connection === 'keep-alive' }
}
