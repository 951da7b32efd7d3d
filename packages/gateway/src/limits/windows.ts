import type { LimitKind } from '../ports.ts'

const minuteMs = 60_000
const dayMs = 86_400_000

/** Begin of the window that an instant falls into; 0 for what has none. */
export function windowOf(kind: LimitKind, nowMs: number): number {
  switch (kind) {
    case 'requests':
    case 'tokens':
      return Math.floor(nowMs / minuteMs) * minuteMs
    case 'spend-day':
      return Math.floor(nowMs / dayMs) * dayMs
    case 'spend-month':
      return monthFrom(nowMs, 0)
    case 'concurrent':
      return 0
    default:
      return kind satisfies never
  }
}

/** When a count begins anew; what has no window may be free in a moment. */
export function windowEnd(kind: LimitKind, nowMs: number): number {
  switch (kind) {
    case 'requests':
    case 'tokens':
      return windowOf(kind, nowMs) + minuteMs
    case 'spend-day':
      return windowOf(kind, nowMs) + dayMs
    case 'spend-month':
      return monthFrom(nowMs, 1)
    case 'concurrent':
      return nowMs + 1_000
    default:
      return kind satisfies never
  }
}

function monthFrom(nowMs: number, months: number): number {
  const date = new Date(nowMs)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1)
}
