/** Of nothing, it does not even take a turn. */
export const waitMs = (ms: number): Promise<void> =>
  ms === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms))

/** The process's clocks, in the shape of every room's port. */
export const systemClock = {
  nowMs: (): number => Date.now(),
  nowUs: (): number => Math.round(performance.now() * 1_000),
  after: (delayMs: number, callback: () => void): (() => void) => {
    // What the loop is only left for goes on in its next turn; a timer would wait a millisecond at least.
    if (delayMs === 0) {
      const immediate = setImmediate(callback)
      return () => {
        clearImmediate(immediate)
      }
    }
    const timer = setTimeout(callback, delayMs)
    return () => {
      clearTimeout(timer)
    }
  },
}

/** Whether the work ended within the span, well or badly; it goes on in any case. */
export async function endsWithin(spanMs: number, work: Promise<unknown>): Promise<boolean> {
  let cancel = (): void => undefined
  const alarm = new Promise<false>((resolve) => {
    cancel = systemClock.after(spanMs, () => resolve(false))
  })
  const ended = work.then(
    () => true,
    () => true,
  )
  const first = await Promise.race([ended, alarm])
  cancel()
  return first
}
