import { crc32 } from 'node:zlib'

/**
 * One line of a segment: `<crc32 of the JSON's bytes, 8 hex digits> <json>\n`. JSON text never holds a raw
 * newline or a zero byte, so a newline always ends a line and a zero byte always means "not written".
 */
const prefixBytes = 9
const newline = 0x0a
const space = 0x20

/** Bytes that a line may need for a JSON text of this length: a UTF-16 unit is at most three bytes. */
export const lineBytesAtMost = (jsonLength: number): number => prefixBytes + jsonLength * 3 + 1

/** Writes one line into the buffer, which must have room for `lineBytesAtMost`; the offset after it. */
export function writeLine(into: Buffer, offset: number, json: string): number {
  const start = offset + prefixBytes
  const end = start + into.write(json, start, 'utf8')
  writeCrc(into, offset, crc32(into.subarray(start, end)))
  into[start - 1] = space
  into[end] = newline
  return end + 1
}

const digits = Buffer.from('0123456789abcdef', 'latin1')

/** Digit by digit: as a number's text, of more than 31 bits, it costs half a microsecond. */
function writeCrc(into: Buffer, offset: number, crc: number): void {
  for (let at = offset, shift = 28; shift >= 0; at += 1, shift -= 4)
    into[at] = digits[(crc >>> shift) & 15] ?? 0
}

/** One line as bytes of its own. */
export function lineOf(json: string): Buffer {
  const buffer = Buffer.allocUnsafe(lineBytesAtMost(json.length))
  return buffer.subarray(0, writeLine(buffer, 0, json))
}

/** The JSON of the line from `start` to its newline at `stop`, as bytes of it; null when it is not whole or not what was written. */
export function jsonOfLine(bytes: Buffer, start: number, stop: number): Buffer | null {
  const jsonStart = start + prefixBytes
  if (stop <= jsonStart || bytes[jsonStart - 1] !== space) return null
  const json = bytes.subarray(jsonStart, stop)
  return crc32(json) === writtenCrc(bytes, start) ? json : null
}

/** Read digit by digit: half a microsecond a line less than making the text that stands there. NaN = no such number. */
function writtenCrc(bytes: Buffer, start: number): number {
  let crc = 0
  for (let at = start; at < start + prefixBytes - 1; at += 1) crc = crc * 16 + hexDigit(bytes[at] ?? 0)
  return crc
}

/** Only as `writeLine` writes them: in lower case. */
function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  return byte >= 0x61 && byte <= 0x66 ? byte - 0x57 : Number.NaN
}
