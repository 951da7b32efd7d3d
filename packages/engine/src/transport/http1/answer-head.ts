import { valueBetween, type LineNames } from '../../line-names.ts'
import { wholeNumber } from '../../whole-number.ts'
import type { UpstreamHead } from '../../ports.ts'

/** How the end of an answer's body is told. */
export type Framing =
  { readonly kind: 'none' | 'chunked' | 'until-close' } | { readonly kind: 'length'; readonly bytes: number }

/** An answer's head that every parser reads alike. */
export interface AnswerHead {
  readonly head: UpstreamHead
  readonly framing: Framing
  /** The connection may carry another call. */
  readonly keepAlive: boolean
  /** How long the other side keeps it while it rests; null = it does not say. */
  readonly restsForMs: number | null
}

/** One look over the whole head: each line is a name, a colon and printable text; no line is folded, none ends otherwise. */
const wellFormed =
  /^HTTP\/1\.[01] [1-9]\d\d(?: [\t\x20-\x7e\x80-\xff]*)?(?:\r\n[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*)*$/
const versionAt = 'HTTP/1.'.length
const statusAt = 'HTTP/1.1 '.length
const mostLengthDigits = 15

/**
 * Reads a head without the empty line that ends it. Answers what is wrong with it, as text, where two parsers could take its
 * body to end at different places: that is how one caller's answer becomes another's.
 */
export function readAnswerHead(text: string, names: LineNames): AnswerHead | string {
  if (!wellFormed.test(text)) return 'its head is malformed'
  const status = wholeNumber(text.slice(statusAt, statusAt + 3), 3) ?? 0
  const headers: { [name: string]: string | undefined } = {}
  let [lengths, encodings] = [0, 0]
  for (let at = text.indexOf('\r\n'), line = 0; at !== -1; line += 1) {
    const next = text.indexOf('\r\n', at + 2)
    const { came, lower } = names.at(line, text, at + 2)
    if (lower === 'content-length') lengths += 1
    if (lower === 'transfer-encoding') encodings += 1
    // The first one counts, as everywhere here. What is no header of anybody's must not reach an object's own members.
    if (headers[lower] === undefined && lower !== '__proto__')
      headers[lower] = valueBetween(text, at + 2 + came.length, next === -1 ? text.length : next)
    at = next
  }
  if (lengths + encodings > 1) return 'its head says more than once where the body ends'
  const framing = framingOf(status, headers, text.charCodeAt(versionAt) === one)
  if (typeof framing === 'string') return framing
  // Where a body is told that may not follow, the other side may send it all the same.
  const tellsBody = encodings > 0 || Number(headers['content-length'] ?? 0) > 0
  const isClear = framing.kind !== 'until-close' && (framing.kind !== 'none' || !tellsBody)
  const isKept = text.charCodeAt(versionAt) === one && isClear
  return {
    head: { status, headers },
    framing,
    keepAlive: isKept && !saysClose(headers['connection']),
    restsForMs: restOf(headers['keep-alive']),
  }
}

const one = 0x31
const noBody: Framing = { kind: 'none' }
const chunked: Framing = { kind: 'chunked' }
const untilClose: Framing = { kind: 'until-close' }

/** RFC 9112, 6.3, less what is allowed there and known only from attacks. */
function framingOf(status: number, headers: UpstreamHead['headers'], isNewest: boolean): Framing | string {
  const { 'content-length': length, 'transfer-encoding': encoding } = headers
  if (status === 101) return 'it changes the protocol unasked'
  const bytes = length === undefined ? null : wholeNumber(length, mostLengthDigits)
  if (length !== undefined && bytes === null) return 'its content-length is no number'
  if (status < 200 || status === 204 || status === 304) return noBody
  if (encoding !== undefined) {
    if (encoding.toLowerCase() === 'chunked' && isNewest) return chunked
    return `its transfer-encoding is "${encoding.slice(0, 40)}"`
  }
  return bytes === null ? untilClose : { kind: 'length', bytes }
}

const saysClose = (connection: string | undefined): boolean =>
  connection !== undefined &&
  connection !== 'keep-alive' &&
  connection
    .toLowerCase()
    .split(',')
    .some((word) => word.trim() === 'close')

function restOf(keepAlive: string | undefined): number | null {
  const seconds = keepAlive === undefined ? undefined : /(?:^|[,;\s])timeout=(\d{1,9})/i.exec(keepAlive)?.[1]
  return seconds === undefined ? null : Number(seconds) * 1_000
}
