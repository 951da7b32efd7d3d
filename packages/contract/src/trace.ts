/** Where a request stands in a trace (W3C Trace Context). Ids are lower-case hexadecimal. */
export interface TraceContext {
  /** 32 characters. */
  readonly traceId: string
  /** 16 characters: of our own span of this request. */
  readonly spanId: string
  /** Of the caller's span; null = the trace begins here. */
  readonly parentSpanId: string | null
  /** Whether spans of it are kept: the caller's word where it has one. */
  readonly sampled: boolean
  /** The caller's `tracestate`, passed on as it came; null = none. */
  readonly state: string | null
}

/** What a caller's `traceparent` says. */
export type TraceParent = Pick<TraceContext, 'traceId' | 'spanId' | 'sampled'>

const traceparentForm = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const noTrace = '0'.repeat(32)
const noSpan = '0'.repeat(16)

/** Null = it is not one: the trace begins anew, as the specification wants. */
export function readTraceparent(text: string): TraceParent | null {
  const [, version, traceId = noTrace, spanId = noSpan, flags = '00', more] = traceparentForm.exec(text) ?? []
  const isKnown = version !== undefined && version !== 'ff' && (version !== '00' || more === undefined)
  if (!isKnown || traceId === noTrace || spanId === noSpan) return null
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

/** @param spanId of the span that asks. */
export const writeTraceparent = ({ sampled, traceId }: TraceContext, spanId: string): string =>
  `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`

/** The id of a span below ours, counted from 1: made from ours, so that nobody has to keep it until the record is read. */
export function spanBelow(spanId: string, number: number): string {
  const sum = (BigInt(`0x${spanId}`) + BigInt(number)) % (1n << 64n)
  return (sum === 0n ? 1n : sum).toString(16).padStart(16, '0')
}
