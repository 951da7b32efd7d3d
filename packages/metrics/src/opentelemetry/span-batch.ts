import type { CapturedExchange, UsageRecord } from '@pointsman/contract'
import type { Span } from './span.ts'
import { spansOf } from './spans-of.ts'

/** All spans of one record, which go together. */
export interface RecordSpans {
  readonly spans: readonly Span[]
  readonly bytes: number
}

/** Below what receivers take in one body: OpenTelemetry's collector 20 MB over HTTP, and 4 MB where it goes on by gRPC. */
export const longestBodyBytes = 4_000_000
/** Text that waits for a receiver that does not answer must not fill the memory. */
const longestWaitingBytes = 64_000_000

export function recordSpans(record: UsageRecord, exchange: CapturedExchange | null): RecordSpans {
  const spans = spansOf(record, exchange)
  return { spans, bytes: spans.reduce((sum, span) => sum + bytesOf(span), 0) }
}

/** Larger than it is written: three bytes hold any character of UTF-16, and what is escaped a second time is doubled. */
const bytesOf = ({ attributes }: Span): number =>
  Object.values(attributes).reduce<number>(
    (sum, value) => sum + (typeof value === 'string' ? 3 * value.length : 0),
    2_500,
  )

export const spansIn = (records: readonly RecordSpans[]): number =>
  records.reduce((sum, { spans }) => sum + spans.length, 0)

/** How many of the first records fit into one call; 1 at least, whatever it holds. */
export function fitting(records: readonly RecordSpans[], mostSpans: number): number {
  const sum = { spans: 0, bytes: 0 }
  for (const [index, { bytes, spans }] of records.entries()) {
    sum.spans += spans.length
    sum.bytes += bytes
    if (index > 0 && (sum.spans > mostSpans || sum.bytes > longestBodyBytes)) return index
  }
  return records.length
}

/** How many of the oldest are too many to wait. */
export function excess(records: readonly RecordSpans[], mostRecords: number): number {
  let bytes = 0
  const tooOld = records.findLastIndex((record, index) => {
    bytes += record.bytes
    return records.length - index > mostRecords || bytes > longestWaitingBytes
  })
  return tooOld + 1
}
