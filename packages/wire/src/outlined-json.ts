import type { ByteSpan } from './dialect.ts'

/**
 * The outline of a large body: its text without the middle of its long strings, which are most of it (media in base64,
 * documents, histories) and of which routing reads no more than their first characters and their length. Measured on Node
 * 26 for 1 MB: 0.09 ms to count the characters of long strings and see that they are UTF-8, where decoding and parsing
 * all takes 0.32 ms for plain text and 0.70 ms for text with escapes.
 */
export interface OutlinedText {
  readonly text: string
  /** Of each long string, in order of their place: characters as written, escapes not resolved. */
  readonly characters: readonly number[]
}

/**
 * A string of at most so many bytes stays whole. Everything that is compared with what we know (names, ids of up to 256
 * characters, which are 1,536 bytes where all are escaped) is shorter.
 */
export const longestKeptBytes = 2_048
/** Marks and schemes stand within the first 64 characters, which are 384 bytes where all are escaped. */
const beginningBytes = 384
const chunkBytes = 32_768

const backslash = 0x5c
const lowerU = 0x75
const fill = '~'
/** No string that stayed whole is as long as one that stands for another: nobody can write one that is taken for it. */
const filled = fill.repeat(longestKeptBytes)

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && byte >> 6 === 2

/** After an escape and a character, never within. */
function endOfBeginning(bytes: Uint8Array, start: number): number {
  let at = start
  while (at < start + beginningBytes) {
    if (bytes[at] !== backslash) at += 1
    else at += bytes[at + 1] === lowerU ? 6 : 2
  }
  while (isContinuation(bytes[at])) at += 1
  return at
}

/** In pieces that stay in the processor's cache. Throws TypeError where the bytes are not UTF-8. */
function countCharacters(bytes: Uint8Array, { start, end }: ByteSpan, decoder: TextDecoder): number {
  let count = 0
  let at = start
  while (at < end) {
    let to = Math.min(end, at + chunkBytes)
    // A character has at most three such bytes; with more of them the decoder refuses the piece.
    for (let back = 0; back < 3 && to < end && isContinuation(bytes[to]); back += 1) to -= 1
    count += decoder.decode(bytes.subarray(at, to)).length
    at = to
  }
  return count
}

/**
 * The outline of a body whose long strings stand at `long`; null where it would be more than half of the body. It is JSON
 * where the body is, and the other way round but for what stands inside the long strings: raw control characters and
 * escapes that do not exist. `decoder` is a fatal one; its TypeError says that the bytes are not UTF-8. `ascii` are the
 * bytes as text, where each of them is known to be a character.
 */
export function outlineJson(
  bytes: Uint8Array,
  long: readonly ByteSpan[],
  decoder: TextDecoder,
  ascii: string | null,
): OutlinedText | null {
  const left = beginningBytes + longestKeptBytes
  const saved = long.reduce((sum, { start, end }) => sum + end - start - left, 0)
  if (saved < bytes.length / 2) return null
  const characters: number[] = []
  const piece = (start: number, end: number): string =>
    ascii === null ? decoder.decode(bytes.subarray(start, end)) : ascii.slice(start, end)
  let text = ''
  let at = 0
  for (const span of long) {
    text += `${piece(at, endOfBeginning(bytes, span.start))}${filled}${characters.length}`
    characters.push(ascii === null ? countCharacters(bytes, span, decoder) : span.end - span.start)
    at = span.end
  }
  return { text: text + piece(at, bytes.length), characters }
}

/** Which long string it stands for; null = it is a string of the body itself. */
export function placeInOutline(value: string): number | null {
  return value.length <= longestKeptBytes ? null : Number(value.slice(value.lastIndexOf(fill) + 1))
}
