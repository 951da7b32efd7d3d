import type { Clock } from '../ports.ts'

/** Time that a test moves. */
export interface ManualClock extends Clock {
  /** Moves on by so much, ringing what falls due on the way, in order; work queued by it runs in between. */
  pass(ms: number): Promise<void>
  /** Alarms that are set. */
  waiting(): number
}

export function createManualClock(startMs = Date.UTC(2026, 10, 21)): ManualClock {
  let elapsedUs = 0
  let alarms: { readonly atUs: number; readonly ring: () => void }[] = []
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve))
  return {
    nowMs: () => startMs + elapsedUs / 1_000,
    nowUs: () => elapsedUs,
    after(delayMs, ring) {
      const alarm = { atUs: elapsedUs + delayMs * 1_000, ring }
      alarms.push(alarm)
      return () => (alarms = alarms.filter((other) => other !== alarm))
    },
    async pass(ms) {
      const untilUs = elapsedUs + ms * 1_000
      await settled()
      for (;;) {
        const [next] = alarms.filter(({ atUs }) => atUs <= untilUs).sort((a, b) => a.atUs - b.atUs)
        if (next === undefined) break
        alarms = alarms.filter((other) => other !== next)
        elapsedUs = Math.max(elapsedUs, next.atUs)
        next.ring()
        await settled()
      }
      elapsedUs = untilUs
      await settled()
    },
    waiting: () => alarms.length,
  }
}
