import type { Clock } from './ports.ts'

/** Work that is done again and again, one at a time. */
export interface Repeating {
  /** Resolves when the first round is done, whatever came of it. */
  start(): Promise<void>
  /** A round now; during one, another after it. Before the start and after a stop nothing. */
  wake(): void
  /** Resolves when the round in progress is done. */
  stop(): Promise<void>
}

export interface RepeatingParts {
  readonly clock: Clock
  readonly everyMs: number
  /** Called once for failures that follow each other: a database that is away for an hour would otherwise fill the log. */
  readonly failed: (error: unknown) => void
  /** A round after those was done. */
  readonly recovered?: () => void
}

/** A holder of mutable state: the round under way and the timer of the next one. */
export function createRepeating(work: () => Promise<void>, parts: RepeatingParts): Repeating {
  let running: Promise<void> | null = null
  let again = false
  let stopped = true
  let failing = false
  let cancel = (): void => undefined
  const once = async (): Promise<void> => {
    try {
      await work()
      if (failing) parts.recovered?.()
      failing = false
    } catch (error) {
      if (!failing) parts.failed(error)
      failing = true
    }
  }
  const run = (): void => {
    cancel()
    if (stopped) return
    if (running !== null) {
      again = true
      return
    }
    running = once().then(() => {
      running = null
      if (again) {
        again = false
        run()
      } else if (!stopped) cancel = parts.clock.after(parts.everyMs, run)
    })
  }
  return {
    start: async () => {
      stopped = false
      run()
      await running
    },
    wake: run,
    stop: async () => {
      stopped = true
      cancel()
      await running
    },
  }
}
