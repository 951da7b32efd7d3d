/** The process's clocks, in the shape of every room's port. */
export const systemClock = {
  nowMs: (): number => Date.now(),
  nowUs: (): number => Math.round(performance.now() * 1_000),
  after: (delayMs: number, callback: () => void): (() => void) => {
    const timer = setTimeout(callback, delayMs)
    return () => {
      clearTimeout(timer)
    }
  },
}
