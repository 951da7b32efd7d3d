import { beginOf, type Range } from '../../plots/ranges.ts'

export interface Span {
  readonly from: string
  readonly to: string
}

/** A range that ends now and the one before it, as the server takes them. */
export function spansOf(range: Range, nowMs: number): { readonly now: Span; readonly before: Span } {
  const fromMs = beginOf(range, nowMs)
  const at = (ms: number): string => new Date(ms).toISOString()
  return {
    now: { from: at(fromMs), to: at(nowMs) },
    before: { from: at(fromMs - range.spanMs), to: at(fromMs) },
  }
}
