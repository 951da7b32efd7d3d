import type { ByteSpan } from './dialect.ts'

/** What a look over the bytes of a JSON text tells before it is parsed. */
export interface JsonScan {
  readonly tooDeep: boolean
  /** A number that `JSON.parse` may round: 16 digits or more, or an exponent. */
  readonly longNumbers: boolean
  /** Members of all objects together: what a parser must build one by one, whatever few bytes each has. */
  readonly memberCount: number
  /** Values of the root object's members that were asked for, in order of their place. */
  readonly members: readonly FoundMember[]
  /** What stands between the quotes of strings that are longer than was asked for, but for values of `members`. */
  readonly longStrings: readonly ByteSpan[]
}
export interface FoundMember {
  readonly name: string
  readonly value: ByteSpan
}

const quote = 0x22
const backslash = 0x5c
const longestExactDigits = 15

/** A native search costs as much as looking at this many bytes one by one. */
const nearBytes = 16

/** Index of the string's closing quote, or the length where it has none. `start` is just after the opening one. */
function endOfString(bytes: Uint8Array, start: number, text: string | null): number {
  let at = start
  while (at < bytes.length) {
    // Keys are short, and where one quote is escaped the next is mostly near. A search in text costs no more than that look.
    const near = text === null || at === start ? Math.min(bytes.length, at + nearBytes) : at
    while (at < near) {
      const byte = bytes[at]
      if (byte === quote) return at
      at += byte === backslash ? 2 : 1
    }
    const found = text === null ? bytes.indexOf(quote, at) : text.indexOf('"', at)
    if (found < 0) return bytes.length
    let before = found
    while (before > at && bytes[before - 1] === backslash) before -= 1
    if ((found - before) % 2 === 0) return found
    at = found + 1
  }
  return bytes.length
}

const isNumberByte = (byte: number | undefined): boolean =>
  byte !== undefined &&
  ((byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2b ||
    byte === 0x2d ||
    byte === 0x2e ||
    byte === 0x45 ||
    byte === 0x65)

function isLongNumber(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > longestExactDigits) return true
  for (let at = start; at < end; at += 1) if (bytes[at] === 0x45 || bytes[at] === 0x65) return true
  return false
}

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

function trimmed(bytes: Uint8Array, start: number, end: number): ByteSpan {
  let from = start
  let to = end
  while (from < to && isSpace(bytes[from])) from += 1
  while (to > from && isSpace(bytes[to - 1])) to -= 1
  return { start: from, end: to }
}

// Made once: making a decoder costs more than decoding a key.
const textDecoder = new TextDecoder()

/** Byte by byte: to decode each key costs as much as all the rest of the look. Names that are asked for are ASCII. */
function isSpelled(bytes: Uint8Array, start: number, name: string): boolean {
  for (let at = 0; at < name.length; at += 1) if (bytes[start + at] !== name.charCodeAt(at)) return false
  return true
}

/**
 * A key's text where it is one of those that are asked for, or where it holds escapes, which count: `"mod\u0065l"` is `model`.
 * Else null, as where it is not a JSON string, which the parser will refuse.
 */
function readKey(bytes: Uint8Array, start: number, end: number, wanted: readonly string[]): string | null {
  for (const name of wanted) if (name.length === end - start && isSpelled(bytes, start, name)) return name
  let at = start
  while (at < end && bytes[at] !== backslash) at += 1
  if (at === end) return null
  const text = textDecoder.decode(bytes.subarray(start, end))
  try {
    const key: unknown = JSON.parse(`"${text}"`)
    return typeof key === 'string' ? key : null
  } catch {
    // The parser meets the same text next and refuses the whole body with its place.
    return null
  }
}

class Scanner {
  readonly #bytes: Uint8Array
  readonly #wanted: readonly string[]
  readonly #longFrom: number
  readonly #text: string | null
  readonly #longStrings: ByteSpan[] = []
  readonly #members: FoundMember[] = []
  #depth = 0
  #rootIsObject = false
  #key: string | null = null
  #valueStart = -1
  #longNumbers = false
  #memberCount = 0

  constructor(
    bytes: Uint8Array,
    wanted: readonly string[],
    { longFrom = Infinity, text = null }: ScanOptions,
  ) {
    this.#bytes = bytes
    this.#wanted = wanted
    this.#longFrom = longFrom
    this.#text = text
  }

  run(maxDepth: number): JsonScan {
    const bytes = this.#bytes
    let at = 0
    while (at < bytes.length) {
      const byte = bytes[at]
      if (byte === quote) {
        at = this.#string(at)
      } else if (byte === 0x7b || byte === 0x5b) {
        this.#depth += 1
        if (this.#depth === 1) this.#rootIsObject = byte === 0x7b
        if (this.#depth > maxDepth)
          return { tooDeep: true, longNumbers: false, memberCount: 0, members: [], longStrings: [] }
        at += 1
      } else if (isNumberByte(byte) && byte !== 0x45 && byte !== 0x65) {
        const start = at
        while (isNumberByte(bytes[at])) at += 1
        this.#longNumbers ||= isLongNumber(bytes, start, at)
      } else {
        this.#mark(byte, at)
        at += 1
      }
    }
    return {
      tooDeep: false,
      longNumbers: this.#longNumbers,
      memberCount: this.#memberCount,
      members: this.#members,
      longStrings: this.#longStrings,
    }
  }

  /** Answers the place after the string. */
  #string(at: number): number {
    const end = endOfString(this.#bytes, at + 1, this.#text)
    // Keys are decoded only where some are asked for: nobody asks for those of an event.
    const isAsked = this.#wanted.length > 0
    if (isAsked && this.#depth === 1 && this.#rootIsObject && this.#valueStart < 0) {
      this.#key = readKey(this.#bytes, at + 1, end, this.#wanted)
    }
    if (end - at - 1 > this.#longFrom && !this.#isOfMember()) this.#longStrings.push({ start: at + 1, end })
    return end + 1
  }

  /** The string that ends here is, or stands in, the value of a member that is asked for. */
  #isOfMember(): boolean {
    return this.#valueStart >= 0 && this.#key !== null && this.#wanted.includes(this.#key)
  }

  #mark(byte: number | undefined, at: number): void {
    if (byte === 0x3a) this.#memberCount += 1
    if (byte === 0x7d || byte === 0x5d) {
      if (this.#depth === 1) this.#closeMember(at)
      this.#depth -= 1
    } else if (this.#depth === 1) {
      if (byte === 0x3a && this.#valueStart < 0) this.#valueStart = at + 1
      else if (byte === 0x2c) this.#closeMember(at)
    }
  }

  #closeMember(end: number): void {
    if (this.#valueStart >= 0 && this.#key !== null && this.#wanted.includes(this.#key)) {
      this.#members.push({ name: this.#key, value: trimmed(this.#bytes, this.#valueStart, end) })
    }
    this.#key = null
    this.#valueStart = -1
  }
}

export interface ScanOptions {
  /** Strings of more bytes are told. Left out: none. */
  readonly longFrom?: number | undefined
  /** The bytes as text, where each of them is a character. Quotes are found in it in a third of the time. */
  readonly text?: string | null
}

/**
 * One look over the bytes, without building anything: how deep they nest, whether numbers need care, and where
 * some members of the root object and strings of more than `longFrom` bytes stand. It does not check the grammar; the parser does that next. A search for
 * the text `"model"` would not do: it also matches inside a message.
 */
export function scanJson(
  bytes: Uint8Array,
  maxDepth: number,
  wanted: readonly string[],
  options: ScanOptions = {},
): JsonScan {
  return new Scanner(bytes, wanted, options).run(maxDepth)
}
