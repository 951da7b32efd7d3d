import type { JournalFile } from './file-layer.ts'
import { jsonOfLine } from './line.ts'

const newline = 0x0a
const nothing = Buffer.alloc(0)

/** One line whose CRC holds, and the offset after it. */
export interface SegmentLine {
  readonly json: Buffer
  readonly offset: number
  readonly end: number
}

/** Bytes that are not a whole line. `torn-tail`: the segment ends in them; `bad-line`: more follows. */
export interface SegmentDamage {
  readonly kind: 'torn-tail' | 'bad-line'
  readonly offset: number
  readonly bytes: number
}

export interface SegmentRead {
  readonly lines: readonly SegmentLine[]
  readonly damage: readonly SegmentDamage[]
  /** Up to here everything is read or named as damage. */
  readonly end: number
  /** Nothing follows `end` and nothing ever will. */
  readonly complete: boolean
  /** What the lines stand in. */
  readonly bytes: Buffer
}

export interface SegmentReadOptions {
  readonly offset: number
  /** Bytes to look at; exceeded only where one line is longer. */
  readonly limitBytes: number
  /** A writer may still be adding to this segment. */
  readonly growing: boolean
}

/**
 * Reads whole lines from an offset. While the segment grows, its end is whatever the writer got to: a line
 * without its newline, or with zero bytes in it (a pre-allocated segment shows them where a write has not
 * arrived yet), is left for the next call. Once it no longer grows the same bytes are damage and are named.
 */
export async function readSegment(file: JournalFile, options: SegmentReadOptions): Promise<SegmentRead> {
  const { offset, growing } = options
  const size = await file.size()
  // Beyond the end: what had been read was lost with the power before it was synced. Nothing is missing here.
  if (offset >= size) return { lines: [], damage: [], end: offset, complete: !growing, bytes: nothing }
  const bytes = await readLines(file, options, size)
  const found = splitLines(bytes, offset, growing)
  const readAll = offset + bytes.length >= size
  if (!readAll || found.stopped) return { ...found, bytes, complete: false }
  const tail = size - found.end
  if (tail === 0) return { ...found, bytes, complete: !growing }
  if (growing) return { ...found, bytes, complete: false }
  const torn = bytes.subarray(bytes.length - tail).some((byte) => byte !== 0)
  const damage: readonly SegmentDamage[] = torn
    ? [...found.damage, { kind: 'torn-tail', offset: found.end, bytes: tail }]
    : found.damage
  return { lines: found.lines, damage, end: size, bytes, complete: true }
}

/** Reads `limitBytes`, and on until there is at least one whole line or the file ends. */
async function readLines(file: JournalFile, options: SegmentReadOptions, size: number): Promise<Buffer> {
  const rest = size - options.offset
  let limit = Math.min(options.limitBytes, rest)
  for (;;) {
    const buffer = Buffer.allocUnsafe(limit)
    const bytes = buffer.subarray(0, await file.read(buffer, options.offset))
    if (bytes.length < limit || limit >= rest || bytes.includes(newline)) return bytes
    // Only zeros and still growing: the empty part of a pre-allocated segment, not a long line.
    if (options.growing && bytes.every((byte) => byte === 0)) return bytes
    limit = Math.min(limit * 2, rest)
  }
}

interface SplitLines extends Omit<SegmentRead, 'bytes' | 'complete'> {
  readonly stopped: boolean
}

function splitLines(bytes: Buffer, base: number, growing: boolean): SplitLines {
  const lines: SegmentLine[] = []
  const damage: SegmentDamage[] = []
  let start = 0
  for (;;) {
    const stop = bytes.indexOf(newline, start)
    if (stop === -1) return { lines, damage, end: base + start, stopped: false }
    const json = jsonOfLine(bytes, start, stop)
    if (json !== null) lines.push({ json, offset: base + start, end: base + stop + 1 })
    else if (growing && bytes.subarray(start, stop).includes(0))
      return { lines, damage, end: base + start, stopped: true }
    else damage.push({ kind: 'bad-line', offset: base + start, bytes: stop + 1 - start })
    start = stop + 1
  }
}
