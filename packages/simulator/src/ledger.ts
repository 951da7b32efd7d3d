import type { AnswerUsage } from './answer/answer.ts'

/** How a request said who it is; secrets are left out. */
export interface LedgerAuthorization {
  readonly kind: 'none' | 'sigv4' | 'bearer' | 'apiKey' | 'other'
  /** The access key id; null for a bearer token or an API key, which have no part that may be shown. */
  readonly keyId: string | null
}

/** What one request brought and what was given back. Times are of the simulator's clock. */
export interface LedgerEntry {
  /** Counts from 1 since the start or the last reset. */
  readonly sequence: number
  /** Equal to the one that the answer's headers tell. */
  readonly requestId: string
  /** ISO time. */
  readonly receivedAt: string
  readonly protocol: 'http/1.1' | 'h2'
  readonly method: string
  readonly path: string
  /** Those of interest, in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly authorization: LedgerAuthorization
  readonly bodyBytes: number
  /** Hexadecimal; null until the body was read. */
  readonly bodySha256: string | null
  /** The first `mark-…` in the body: a word by which a test's client names a request to the vendor too. */
  readonly marker: string | null
  /** `converse`, `converse-stream`, `invoke`, …; null for a path that is none. */
  readonly operation: string | null
  /** The id of the path, decoded once; null where the path has none. */
  readonly model: string | null
  readonly region: string | null
  /** Of the whole prompt, cached tokens included; null when the body was not a valid request. */
  readonly promptTokens: number | null
  /** The scripted rule that acted. */
  readonly rule: string | null
  /** Null while nothing was sent. */
  readonly status: number | null
  readonly errorName: string | null
  /** Pieces of content handed to the connection. */
  readonly chunks: number
  /** Output tokens of those pieces; of the whole answer where it does not stream. */
  readonly tokens: number
  /** Bytes of the body handed to the connection. */
  readonly bytes: number
  /** The usage that the answer told; null where it ended before telling. */
  readonly usage: AnswerUsage | null
  /** True when everything that was meant to be sent was handed over. */
  readonly finished: boolean
  /** True when the client closed before that. */
  readonly clientLeft: boolean
  readonly clientLeftAfterMs: number | null
  readonly durationMs: number | null
  /** What broke inside the simulator itself, if anything did. */
  readonly failure: string | null
}

/** What is written while a request goes on; the ledger's `entries` copies it. */
export type LedgerLine = { -readonly [Field in keyof LedgerEntry]: LedgerEntry[Field] }

const CAPACITY = 10_000

/** The last 10,000 requests. */
export class Ledger {
  readonly #lines: LedgerLine[] = []
  #next = 0

  /** Enters a request at its arrival, so that one which never ends is seen too. */
  open(line: LedgerLine): LedgerLine {
    line.sequence = this.#next + 1
    this.#lines[this.#next % CAPACITY] = line
    this.#next += 1
    return line
  }

  /** Copies of the lines, the oldest first; `after` leaves out those up to that sequence. */
  entries(after = 0): readonly LedgerEntry[] {
    const first = Math.max(0, this.#next - CAPACITY, after)
    const entries: LedgerEntry[] = []
    for (let position = first; position < this.#next; position += 1) {
      const line = this.#lines[position % CAPACITY]
      if (line !== undefined) entries.push({ ...line })
    }
    return entries
  }

  clear(): void {
    this.#lines.length = 0
    this.#next = 0
  }
}
