import { systemClock } from '../clock.ts'
import type { ChildWork } from './messages.ts'

/** A signal that came to all processes has come to the host, too, which then says so at once. */
const hostSpeaksWithinMs = 1_000

/** How a child comes to its end. Holder of what it was told. */
export interface Ending {
  /** From now on there is work to end in order. */
  begun(work: ChildWork): void
  stop(): void
  renew(): void
  /** Renewed, where the signal meant this one alone. */
  signalled(): void
}

export function createEnding(exit: (code: 0 | 1) => void): Ending {
  let work: ChildWork | null = null
  let told: 'stop' | 'renew' | null = null
  let cancelRenewal = (): void => undefined
  const end = (how: 'stop' | 'renew'): void => {
    cancelRenewal()
    // One that is being renewed may still be told to stop: it then refuses what is new.
    if (told === 'stop' || told === how) return
    told = how
    // One that is not up yet serves nobody; what it has opened is recovered like after a crash.
    if (work === null) return exit(0)
    const ended = how === 'renew' && work.renew !== undefined ? work.renew() : work.stop()
    ended.then(
      () => exit(0),
      () => exit(1),
    )
  }
  return {
    begun: (begun) => {
      work = begun
    },
    stop: () => end('stop'),
    renew: () => end('renew'),
    signalled: () => {
      cancelRenewal()
      cancelRenewal = systemClock.after(hostSpeaksWithinMs, () => end('renew'))
    },
  }
}
