import type { Run } from './run.ts'

/** Resolves after the span, or at once when the client leaves. */
export function waitToRetry(run: Run, waitMs: number): Promise<void> {
  if (run.clientLeft) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      cancel()
      run.current = null
      resolve()
    }
    const cancel = run.engine.ports.clock.after(waitMs, done)
    run.current = { clientLeft: done }
  })
}
