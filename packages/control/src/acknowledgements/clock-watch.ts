import type { Clock, Log } from '../ports.ts'

/** Windows of limits begin and end by each host's clock: hosts that differ by more count one minute or day as two. */
const toleratedMs = 2_000

export interface ClockWatch {
  /** What the database's clock said in answer to a question that was asked then and is answered now. */
  compare(databaseMs: number, askedAtMs: number): void
  /** For `/readyz`; empty = it agrees, or was not compared yet. */
  notes(): readonly string[]
}

/** Compares this host's clock with the database's, which all hosts share. A holder of mutable state: by how much it differs. */
export function createClockWatch(clock: Pick<Clock, 'nowMs'>, log: Log): ClockWatch {
  let differs: { readonly aheadMs: number } | null = null
  return {
    compare(databaseMs, askedAtMs) {
      // Said between the question and its answer: what lies outside of the two differs for sure, however slow the answer was.
      const aheadMs = Math.max(0, askedAtMs - databaseMs) - Math.max(0, databaseMs - clock.nowMs())
      const wasTold = differs !== null
      differs = Math.abs(aheadMs) > toleratedMs ? { aheadMs } : null
      if (differs !== null && !wasTold) log('warn', 'clock_differs', { aheadMs })
      if (differs === null && wasTold) log('info', 'clock_agrees', {})
    },
    notes() {
      if (differs === null) return []
      const seconds = (Math.abs(differs.aheadMs) / 1_000).toFixed(1)
      const way = differs.aheadMs > 0 ? 'ahead of' : 'behind'
      return [
        `The clock of this host is ${seconds} s ${way} the database's: limits of keys may be granted twice. Set it right (NTP).`,
      ]
    },
  }
}
