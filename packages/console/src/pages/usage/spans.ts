import { beginOf, type Range } from '../../plots/ranges.ts'

export interface Span {
  readonly from: string
  readonly to: string
}

const hourMs = 3_600_000

/** A range that ends now and one before it that is as long, to the hour that the server counts by. */
export function spansOf(range: Range, nowMs: number): { readonly now: Span; readonly before: Span } {
  const fromMs = beginOf(range, nowMs)
  const lengthMs = Math.round((nowMs - fromMs) / hourMs) * hourMs
  const at = (ms: number): string => new Date(ms).toISOString()
  return {
    now: { from: at(fromMs), to: at(nowMs) },
    before: { from: at(fromMs - lengthMs), to: at(fromMs) },
  }
}
