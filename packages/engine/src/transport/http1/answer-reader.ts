import { endOfHead, endOfHeadBytes } from '../../end-of-head.ts'
import { LineNames } from '../../line-names.ts'
import type { UpstreamHead } from '../../ports.ts'
import { readAnswerHead, type AnswerHead } from './answer-head.ts'
import { Chunks } from './chunks.ts'

/** What one read of the socket brought, in this order. */
export interface Taken {
  readonly head: UpstreamHead | null
  /** Of the body: bytes of its own, which outlive the read. */
  readonly body: Uint8Array | null
  /** The answer is whole. */
  readonly ended: boolean
  /** Why nothing more can be read; null = nothing is wrong. */
  readonly problem: string | null
}

const longestHead = 16_384
const nothing: Taken = { head: null, body: null, ended: false, problem: null }

/** Reads one answer after the other as a connection brings them, cut anywhere. One a connection; bound: a head. */
export class AnswerReader {
  readonly #names = new LineNames()
  #head: AnswerHead | null = null
  /** The beginning of a head. */
  #kept: Buffer | null = null
  /** Of what is told ahead of an answer ("go on", "early hints"), which is none: without end it would be a flood. */
  #aheadBytes = 0
  /** Of a body whose length was told. */
  #left = 0
  #chunks: Chunks | null = null
  #isOver = true

  /** Another answer is expected. */
  begin(): void {
    this.#head = null
    this.#kept = null
    this.#aheadBytes = 0
    this.#chunks = null
    this.#isOver = false
  }

  /** Whether the connection may carry another call, once this one's answer is whole. */
  get keepAlive(): boolean {
    return this.#isOver && this.#head?.keepAlive === true
  }

  get restsForMs(): number | null {
    return this.#head?.restsForMs ?? null
  }

  /** The first `size` of `bytes` are used up when this returns: the next read may stand in their place. */
  take(bytes: Buffer, size: number): Taken {
    if (this.#head !== null) return this.#body(bytes, 0, size, null)
    const came = bytes.subarray(0, size)
    const all = this.#kept === null ? came : Buffer.concat([this.#kept, came])
    this.#kept = null
    return this.#begin(all)
  }

  /** The other side sends nothing more. */
  finish(): Taken {
    if (this.#head?.framing.kind !== 'until-close' || this.#isOver)
      return { ...nothing, problem: 'the other side closed it' }
    this.#isOver = true
    return { ...nothing, ended: true }
  }

  #begin(bytes: Buffer): Taken {
    for (let from = 0; ;) {
      const end = endOfHead(bytes, from)
      const size = (end === -1 ? bytes.length : end) - from
      if (this.#aheadBytes + size > longestHead)
        return { ...nothing, problem: `its head is longer than ${longestHead} bytes` }
      if (end === -1) {
        this.#kept = Buffer.from(bytes.subarray(from))
        return nothing
      }
      const read = readAnswerHead(bytes.toString('latin1', from, end), this.#names)
      if (typeof read === 'string') return { ...nothing, problem: read }
      from = end + endOfHeadBytes
      if (read.head.status >= 200) return this.#first(read, bytes, from)
      this.#aheadBytes += size
    }
  }

  #first(read: AnswerHead, bytes: Buffer, from: number): Taken {
    this.#head = read
    this.#left = read.framing.kind === 'length' ? read.framing.bytes : 0
    if (read.framing.kind === 'chunked') this.#chunks = new Chunks()
    return this.#body(bytes, from, bytes.length, read.head)
  }

  #body(bytes: Buffer, from: number, to: number, head: UpstreamHead | null): Taken {
    const chunks = this.#chunks
    if (chunks !== null) {
      const at = chunks.take(bytes, from, to)
      const { contentFrom, contentTo, ended } = chunks
      const body = copyOf(bytes, contentFrom, contentTo)
      return { head, body, ended, problem: chunks.problem ?? this.#ends(ended, to - at) }
    }
    const isOpen = this.#head?.framing.kind === 'until-close'
    const end = isOpen ? to : Math.min(to, from + this.#left)
    if (!isOpen) this.#left -= end - from
    const ended = !isOpen && this.#left === 0
    return { head, body: copyOf(bytes, from, end), ended, problem: this.#ends(ended, to - end) }
  }

  /** What comes behind a whole answer was asked for by nobody: no next call may take it for its own. */
  #ends(ended: boolean, behind: number): string | null {
    if (!ended) return null
    if (behind === 0) this.#isOver = true
    return null
  }
}

function copyOf(bytes: Buffer, from: number, to: number): Uint8Array | null {
  if (from === to) return null
  const own = Buffer.allocUnsafe(to - from)
  bytes.copy(own, 0, from, to)
  return own
}
