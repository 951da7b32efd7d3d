const firstMs = 1_000
const longestMs = 30_000
/** A reader who waits at a page does not wait longer for a server that errs. */
const longestAskedForMs = 5 * 60_000

/** How long to wait before the next try: doubled each time, and spread, so that pages do not come back all at once. */
export interface Backoff {
  /** In milliseconds, beside those that the server asks for. */
  next(askedForMs: number): number
  reset(): void
}

export function createBackoff(chance: () => number = Math.random): Backoff {
  let ceilingMs = firstMs
  return {
    next(askedForMs) {
      const waitMs = Math.round(ceilingMs * (0.5 + chance() / 2))
      ceilingMs = Math.min(longestMs, ceilingMs * 2)
      return Math.min(longestAskedForMs, askedForMs) + waitMs
    },
    reset: () => {
      ceilingMs = firstMs
    },
  }
}

/** True when the time is over, false when the signal came first; the network's return ends it early. */
export function pause(spanMs: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      globalThis.removeEventListener('online', end)
      resolve(!signal.aborted)
    }
    const timer = setTimeout(end, spanMs)
    signal.addEventListener('abort', end)
    globalThis.addEventListener('online', end)
    if (signal.aborted) end()
  })
}
