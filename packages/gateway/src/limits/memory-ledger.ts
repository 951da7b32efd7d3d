import type { LimitCount, LimitLeases } from '../ports.ts'
import { windowOf } from './windows.ts'

export interface MemoryLedgerOptions {
  readonly nowMs: () => number
  /** What a count holds when it is first asked for: what was spent before this process began. 0 unless known. */
  readonly opening: (count: LimitCount) => number
}

export interface MemoryLedger extends LimitLeases {
  /** The openings are known better now: a count that stands below its own is raised to it. */
  raise(): void
}

interface Entry extends LimitCount {
  used: number
}

const tidyEveryMs = 60_000

/**
 * All counts of one process, or of one host whose workers lease from it: exact, and answered at once. Bound: five entries
 * for each key that is limited and was used in the present windows; those of past windows go every minute.
 */
export function createMemoryLedger({ nowMs, opening }: MemoryLedgerOptions): MemoryLedger {
  const entries = new Map<string, Entry>()
  let tidiedAtMs = nowMs()
  const tidy = (): void => {
    const now = nowMs()
    if (now - tidiedAtMs < tidyEveryMs && now >= tidiedAtMs) return
    tidiedAtMs = now
    for (const [id, { kind, used, windowMs }] of entries) {
      if (kind === 'concurrent' ? used === 0 : windowMs < windowOf(kind, now)) entries.delete(id)
    }
  }
  const entryOf = ({ budget, kind, windowMs }: LimitCount): Entry => {
    const id = `${kind} ${windowMs} ${budget}`
    const present = entries.get(id)
    if (present !== undefined) return present
    tidy()
    const count = { budget, kind, windowMs }
    const entry = { ...count, used: opening(count) }
    entries.set(id, entry)
    return entry
  }
  return {
    raise() {
      for (const entry of entries.values()) entry.used = Math.max(entry.used, opening(entry))
    },
    lease: (asks) =>
      asks.map((ask) => {
        const entry = entryOf(ask)
        const granted = Math.max(0, Math.min(ask.amount, ask.limit - entry.used))
        entry.used += granted
        return granted
      }),
    used: (count) => entryOf(count).used,
    charge(changes) {
      for (const change of changes) {
        const entry = entryOf(change)
        // Never negative: a slot that is given back twice must not let one more in.
        entry.used = Math.max(0, entry.used + change.amount)
      }
    },
  }
}
