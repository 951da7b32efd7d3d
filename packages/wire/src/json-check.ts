const quote = 0x22
const comma = 0x2c
const minus = 0x2d
const colon = 0x3a
const openBracket = 0x5b
const backslash = 0x5c
const closeBracket = 0x5d
const lowerU = 0x75
const openBrace = 0x7b
const closeBrace = 0x7d

/** Events of answers nest five or six levels; what is deeper is left to the parser, which has its own limit. */
const deepest = 32

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39
const isHexDigit = (byte: number): boolean =>
  isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66)
const isContinuation = (byte: number): boolean => byte >= 0x80 && byte <= 0xbf
const asBytes = (text: string): readonly number[] => Array.from(text, (character) => character.charCodeAt(0))

/** What may follow a backslash, but for `u`. */
const escapes: ReadonlySet<number> = new Set(asBytes('"\\/bfnrt'))
const words = new Map(
  [asBytes('true'), asBytes('false'), asBytes('null')].map((word) => [word[0] ?? 0, word]),
)

/** Reads on past the end as this: no byte of any JSON text. */
const noByte = -1

/** Place after one character beyond ASCII (RFC 3629: no surrogates, no long forms); -1 where it is not UTF-8. */
function afterCharacter(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? noByte
  const second = bytes[at + 1] ?? noByte
  if (first < 0xc2 || first > 0xf4 || !isContinuation(second)) return -1
  if (first < 0xe0) return at + 2
  if (!isContinuation(bytes[at + 2] ?? noByte)) return -1
  if (first < 0xf0) {
    if ((first === 0xe0 && second < 0xa0) || (first === 0xed && second > 0x9f)) return -1
    return at + 3
  }
  if (!isContinuation(bytes[at + 3] ?? noByte)) return -1
  if ((first === 0xf0 && second < 0x90) || (first === 0xf4 && second > 0x8f)) return -1
  return at + 4
}

/** Place after the string whose opening quote stands at `start`; -1 where it is none. */
function afterString(bytes: Uint8Array, start: number): number {
  let at = start + 1
  for (;;) {
    const byte = bytes[at] ?? noByte
    if (byte === quote) return at + 1
    if (byte < 0x20) return -1
    if (byte === backslash) {
      const escape = bytes[at + 1] ?? noByte
      if (escape === lowerU) {
        for (let digit = at + 2; digit < at + 6; digit += 1)
          if (!isHexDigit(bytes[digit] ?? noByte)) return -1
        at += 6
      } else if (escapes.has(escape)) at += 2
      else return -1
    } else if (byte < 0x80) at += 1
    else {
      at = afterCharacter(bytes, at)
      if (at < 0) return -1
    }
  }
}

function afterDigits(bytes: Uint8Array, start: number): number {
  let at = start
  while (isDigit(bytes[at] ?? noByte)) at += 1
  return at === start ? -1 : at
}

function afterNumber(bytes: Uint8Array, start: number): number {
  let at = bytes[start] === minus ? start + 1 : start
  at = bytes[at] === 0x30 ? at + 1 : afterDigits(bytes, at)
  if (at >= 0 && bytes[at] === 0x2e) at = afterDigits(bytes, at + 1)
  if (at >= 0 && (bytes[at] === 0x65 || bytes[at] === 0x45)) {
    const sign = bytes[at + 1]
    at = afterDigits(bytes, sign === 0x2b || sign === minus ? at + 2 : at + 1)
  }
  return at
}

function afterWord(bytes: Uint8Array, start: number): number {
  const word = words.get(bytes[start] ?? noByte)
  if (word === undefined) return -1
  for (let index = 1; index < word.length; index += 1) if (bytes[start + index] !== word[index]) return -1
  return start + word.length
}

/** Line ends are no space here: in a server-sent event they would end the data. */
function afterSpace(bytes: Uint8Array, start: number): number {
  let at = start
  while (bytes[at] === 0x20 || bytes[at] === 0x09) at += 1
  return at
}

function areLineEnds(bytes: Uint8Array, start: number): boolean {
  for (let at = start; at < bytes.length; at += 1) if (bytes[at] !== 0x0a && bytes[at] !== 0x0d) return false
  return true
}

function afterValue(bytes: Uint8Array, at: number, depth: number): number {
  const byte = bytes[at] ?? noByte
  if (byte === quote) return afterString(bytes, at)
  if (byte === openBrace) return afterObject(bytes, at, depth + 1)
  if (byte === openBracket) return afterArray(bytes, at, depth + 1)
  return byte === minus || isDigit(byte) ? afterNumber(bytes, at) : afterWord(bytes, at)
}

function afterArray(bytes: Uint8Array, start: number, depth: number): number {
  if (depth > deepest) return -1
  let at = afterSpace(bytes, start + 1)
  if (bytes[at] === closeBracket) return at + 1
  for (;;) {
    at = afterValue(bytes, at, depth)
    if (at < 0) return -1
    at = afterSpace(bytes, at)
    if (bytes[at] === closeBracket) return at + 1
    if (bytes[at] !== comma) return -1
    at = afterSpace(bytes, at + 1)
  }
}

function afterObject(bytes: Uint8Array, start: number, depth: number): number {
  if (depth > deepest) return -1
  let at = afterSpace(bytes, start + 1)
  if (bytes[at] === closeBrace) return at + 1
  for (;;) {
    if (bytes[at] !== quote) return -1
    at = afterString(bytes, at)
    if (at < 0) return -1
    at = afterSpace(bytes, at)
    if (bytes[at] !== colon) return -1
    at = afterValue(bytes, afterSpace(bytes, at + 1), depth)
    if (at < 0) return -1
    at = afterSpace(bytes, at)
    if (bytes[at] === closeBrace) return at + 1
    if (bytes[at] !== comma) return -1
    at = afterSpace(bytes, at + 1)
  }
}

/**
 * True where the bytes from `start` are one JSON object on one line, and line ends at most after it: for frames that are
 * passed on as they came, so that a broken one is found without building what it says. What it takes the parser takes
 * too; what it does not (a text over several lines, a byte order mark, deep nesting) is for the parser to judge.
 *
 * Measured on Node 26, two shared cores: 0.1 to 0.2 µs for a Converse delta of 84 bytes, where decoding and `JSON.parse`
 * take 0.35 to 0.55 µs and all the rest of reading the frame 0.6 µs; 0.4 to 0.5 µs for an OpenAI chunk of 314 bytes
 * (0.9 to 1.0 µs, and 1.2 µs).
 */
export function isOneLineJsonObject(bytes: Uint8Array, start = 0): boolean {
  const at = afterSpace(bytes, start)
  if (bytes[at] !== openBrace) return false
  const end = afterObject(bytes, at, 1)
  return end >= 0 && areLineEnds(bytes, afterSpace(bytes, end))
}
