const [cr, lf, semicolon] = [0x0d, 0x0a, 0x3b]
/** Sixteen digits would not be exact any more; no chunk is that long. */
const mostDigits = 8
/** Of what stands beside the content: extensions, of which nobody makes use, and trailers. */
const mostBeside = 16_384

type Place =
  | 'size'
  | 'extension'
  | 'after-size'
  | 'content'
  | 'content-ends'
  | 'after-content'
  | 'trailer-begins'
  | 'trailer'
  | 'after-trailer'
  | 'last'

/**
 * Takes a chunked body apart, byte by byte where it is not content: so it may be cut anywhere. Strict: every line ends by CR
 * and LF, a size is nothing but digits.
 */
export class Chunks {
  #place: Place = 'size'
  #digits = 0
  /** Of the size while it is read, then of the content that is still to come. */
  #left = 0
  #beside = 0
  /** Where the content of what was taken last stands. */
  contentFrom = 0
  contentTo = 0
  ended = false
  problem: string | null = null

  /**
   * Takes the bytes from `from` up to `to` and answers the place after those that it took: it stops at the body's end. Content
   * in several pieces is moved together where it stands, so that it is copied once, by whoever keeps it.
   */
  take(bytes: Uint8Array, from: number, to: number): number {
    this.contentFrom = from
    this.contentTo = from
    let at = from
    while (at < to && !this.ended && this.problem === null) {
      if (this.#place === 'content') at = this.#content(bytes, at, Math.min(to, at + this.#left))
      else {
        this.#step(bytes[at] ?? 0)
        at += 1
      }
    }
    return at
  }

  #content(bytes: Uint8Array, at: number, end: number): number {
    if (this.contentTo === this.contentFrom) {
      this.contentFrom = at
      this.contentTo = end
    } else {
      bytes.copyWithin(this.contentTo, at, end)
      this.contentTo += end - at
    }
    this.#left -= end - at
    if (this.#left === 0) this.#place = 'content-ends'
    return end
  }

  #step(byte: number): void {
    switch (this.#place) {
      case 'size':
        return this.#size(byte)
      case 'extension':
        return this.#skip(byte, 'after-size')
      case 'after-size':
        this.#beside = 0
        return this.#want(byte === lf, this.#left === 0 ? 'trailer-begins' : 'content')
      case 'content-ends':
        return this.#want(byte === cr, 'after-content')
      case 'after-content':
        this.#digits = 0
        return this.#want(byte === lf, 'size')
      case 'trailer-begins':
        if (byte === cr) this.#place = 'last'
        else this.#skip(byte, 'after-trailer', 'trailer')
        return
      case 'trailer':
        return this.#skip(byte, 'after-trailer')
      case 'after-trailer':
        return this.#want(byte === lf, 'trailer-begins')
      case 'last':
        this.ended = byte === lf
        return this.#want(byte === lf, 'last')
      case 'content':
        return
    }
  }

  #size(byte: number): void {
    const digit = hexDigit(byte)
    if (digit !== -1) {
      this.#left = this.#left * 16 + digit
      this.#digits += 1
      if (this.#digits > mostDigits) this.problem = 'a chunk of it is too long'
    } else if (this.#digits > 0 && byte === cr) this.#place = 'after-size'
    else this.#want(this.#digits > 0 && byte === semicolon, 'extension')
  }

  /** Of a line that nobody reads. */
  #skip(byte: number, after: Place, within = this.#place): void {
    this.#beside += 1
    const isText = byte >= 0x20 || byte === 0x09
    if (this.#beside > mostBeside || (!isText && byte !== cr)) this.problem = malformed
    this.#place = byte === cr ? after : within
  }

  #want(holds: boolean, next: Place): void {
    if (holds) this.#place = next
    else this.problem = malformed
  }
}

const malformed = 'its chunks are malformed'

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
