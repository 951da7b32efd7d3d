import { PointsmanError } from '@pointsman/contract'

import type { Crc32 } from '../dialect.ts'
import { ByteBuffer } from './byte-buffer.ts'

/**
 * AWS event stream framing (`application/vnd.amazon.eventstream`), big-endian:
 * u32 total length, u32 length of the headers, u32 CRC of those eight bytes, headers, payload, u32 CRC of all before.
 */
const preludeBytes = 12
const checksumBytes = 4
const smallestFrame = preludeBytes + checksumBytes
/** AWS's own codecs take 16 MB of payload and 128 KB of headers. */
const largestFrame = 16 * 1024 * 1024 + 128 * 1024 + smallestFrame

export interface EventStreamFrame {
  /** The whole frame as it came. */
  readonly bytes: Uint8Array
  /** Headers whose value is a string: all that AWS sends. */
  readonly headers: ReadonlyMap<string, string>
  readonly payload: Uint8Array
}

const broken = (problem: string): PointsmanError =>
  new PointsmanError('upstream_broken', `The vendor's event stream is damaged: ${problem}.`)

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const textDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Header names and nearly all values are ASCII, where this is several times faster than a decoder. */
function readText(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) {
    if (byte > 0x7f) return decodeUtf8(bytes)
    text += String.fromCharCode(byte)
  }
  return text
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return textDecoder.decode(bytes)
  } catch (thrown) {
    throw new PointsmanError('upstream_broken', 'The vendor sent text that is not UTF-8.', { cause: thrown })
  }
}

/** Bytes of each header type's value by its number; -1: a u16 tells. 7 is a string, 6 plain bytes. */
const valueBytesByType: readonly number[] = [0, 0, 1, 2, 4, 8, -1, -1, 8, 16]
const stringType = 7

function readHeaders(bytes: Uint8Array): ReadonlyMap<string, string> {
  const headers = new Map<string, string>()
  const view = viewOf(bytes)
  const need = (upTo: number): void => {
    if (upTo > bytes.length) throw broken('a header is longer than the headers')
  }
  let at = 0
  while (at < bytes.length) {
    const nameEnd = at + 1 + view.getUint8(at)
    need(nameEnd + 1)
    const name = readText(bytes.subarray(at + 1, nameEnd))
    const type = view.getUint8(nameEnd)
    const fixed = valueBytesByType[type]
    if (fixed === undefined) throw broken(`header type ${type} does not exist`)
    let start = nameEnd + 1
    let length = fixed
    if (fixed < 0) {
      need(start + 2)
      length = view.getUint16(start)
      start += 2
    }
    need(start + length)
    if (type === stringType) headers.set(name, readText(bytes.subarray(start, start + length)))
    at = start + length
  }
  return headers
}

type Headers = EventStreamFrame['headers']

/** A view costs as much as looking at a hundred bytes, and each event would need several. */
function isAt(known: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (known.length !== to - from) return false
  for (let at = 0; at < known.length; at += 1) if (known[at] !== bytes[from + at]) return false
  return true
}

const u32At = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] ?? 0) << 24) |
    ((bytes[at + 1] ?? 0) << 16) |
    ((bytes[at + 2] ?? 0) << 8) |
    (bytes[at + 3] ?? 0)) >>>
  0

interface KnownHeaders {
  readonly bytes: Uint8Array
  readonly headers: Headers
}

/** Events of one kind have the same header bytes: reading them once saves most of what a frame costs. */
class HeaderReader {
  static readonly #most = 8
  readonly #known: KnownHeaders[] = []

  /** Most events are of the kind of the one before. */
  #last: KnownHeaders | null = null

  /** Of what stands from `from` to `to`. */
  read(bytes: Uint8Array, from: number, to: number): Headers {
    if (this.#last !== null && isAt(this.#last.bytes, bytes, from, to)) return this.#last.headers
    const known = this.#known.find((one) => isAt(one.bytes, bytes, from, to))
    if (known !== undefined) {
      this.#last = known
      return known.headers
    }
    // A copy; `slice` would be a view of what was received where it is a Buffer of Node's.
    const own = new Uint8Array(bytes.subarray(from, to))
    const headers = readHeaders(own)
    if (this.#known.length < HeaderReader.#most) this.#known.push({ bytes: own, headers })
    return headers
  }
}

/** Length of the frame whose prelude begins at `at`; checked before a byte of it is waited for. */
function frameLength(bytes: Uint8Array, at: number, crc32: Crc32): number {
  if (crc32(bytes.subarray(at, at + 8)) >>> 0 !== u32At(bytes, at + 8))
    throw broken('a checksum does not fit')
  const length = u32At(bytes, at)
  if (length < smallestFrame || length > largestFrame) throw broken(`a frame says it has ${length} bytes`)
  if (u32At(bytes, at + 4) > length - smallestFrame) throw broken('headers longer than their frame')
  return length
}

/** Cuts a byte stream, cut anywhere, into frames. One per answer; holds at most one unfinished frame. */
export class EventStreamDecoder {
  readonly #crc32: Crc32
  readonly #headers = new HeaderReader()
  readonly #carry = new ByteBuffer()
  /** Of the unfinished frame; 0 while its prelude is not whole. */
  #length = 0

  constructor(crc32: Crc32) {
    this.#crc32 = crc32
  }

  /**
   * Hands over the frames that became whole, each before the next one is looked at. Throws `upstream_broken`; nothing can be
   * read after that.
   */
  push(bytes: Uint8Array, take: (frame: EventStreamFrame) => void): void {
    let at = 0
    while (at < bytes.length) {
      if (this.#carry.length === 0 && bytes.length - at >= preludeBytes) {
        const length = frameLength(bytes, at, this.#crc32)
        if (bytes.length - at >= length) {
          // Mostly a read brings one frame.
          take(this.#readFrame(length === bytes.length ? bytes : bytes.subarray(at, at + length)))
          at += length
          continue
        }
        this.#length = length
      }
      at = this.#fill(bytes, at)
      if (this.#length > 0 && this.#carry.length === this.#length) {
        this.#length = 0
        take(this.#readFrame(this.#carry.take()))
      }
    }
  }

  /** The same, handed over together: for bytes that are known to be whole. */
  pushAll(bytes: Uint8Array): readonly EventStreamFrame[] {
    const frames: EventStreamFrame[] = []
    this.push(bytes, (frame) => frames.push(frame))
    return frames
  }

  /** Throws `upstream_broken` where the source ended inside a frame. */
  end(): void {
    if (this.#carry.length > 0) throw broken(`it ended ${this.#carry.length} bytes into a frame`)
  }

  #readFrame(bytes: Uint8Array): EventStreamFrame {
    const end = bytes.length - checksumBytes
    if (this.#crc32(bytes.subarray(0, end)) >>> 0 !== u32At(bytes, end)) {
      throw broken('a checksum does not fit')
    }
    const headersEnd = preludeBytes + u32At(bytes, 4)
    return {
      bytes,
      headers: this.#headers.read(bytes, preludeBytes, headersEnd),
      payload: bytes.subarray(headersEnd, end),
    }
  }

  /** Moves what the unfinished frame, or its prelude, lacks; answers the place after it. */
  #fill(bytes: Uint8Array, at: number): number {
    const wanted = (this.#length === 0 ? preludeBytes : this.#length) - this.#carry.length
    const end = Math.min(bytes.length, at + wanted)
    this.#carry.append(bytes.subarray(at, end))
    if (this.#length === 0 && this.#carry.length === preludeBytes) {
      this.#length = frameLength(this.#carry.view, 0, this.#crc32)
    }
    return end
  }
}

const textEncoder = new TextEncoder()

/** Headers of a frame, ready to be copied: they are few and repeat in every event. */
export function encodeHeaders(headers: readonly (readonly [string, string])[]): Uint8Array {
  const buffer = new ByteBuffer()
  for (const [name, value] of headers) {
    const nameBytes = textEncoder.encode(name)
    const valueBytes = textEncoder.encode(value)
    const length = new Uint8Array([stringType, valueBytes.length >> 8, valueBytes.length & 0xff])
    buffer.append(new Uint8Array([nameBytes.length]))
    buffer.append(nameBytes)
    buffer.append(length)
    buffer.append(valueBytes)
  }
  return buffer.take()
}

export function encodeFrame(headers: Uint8Array, payload: Uint8Array, crc32: Crc32): Uint8Array {
  const length = preludeBytes + headers.length + payload.length + checksumBytes
  const frame = new Uint8Array(length)
  const view = viewOf(frame)
  view.setUint32(0, length)
  view.setUint32(4, headers.length)
  view.setUint32(8, crc32(frame.subarray(0, 8)))
  frame.set(headers, preludeBytes)
  frame.set(payload, preludeBytes + headers.length)
  view.setUint32(length - checksumBytes, crc32(frame.subarray(0, length - checksumBytes)))
  return frame
}
