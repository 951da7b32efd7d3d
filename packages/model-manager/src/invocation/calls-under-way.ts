import type { Clock } from '@pointsman/engine'

/** Calls that were begun and have not ended. A holder of mutable state. Bound: the caller's own calls at once. */
export class CallsUnderWay {
  readonly #calls = new Set<{ readonly leave: () => void; readonly ended: Promise<unknown> }>()

  /** `leave` ends the call early; `ended` settles once its record was taken. */
  add(leave: () => void, ended: Promise<unknown>): void {
    const call = { leave, ended }
    const done = (): void => void this.#calls.delete(call)
    this.#calls.add(call)
    ended.then(done, done)
  }

  /** Resolves when none is left; those that last longer than the span are ended early, and recorded as such. */
  async drain(withinMs: number, clock: Clock): Promise<void> {
    const cancel = clock.after(withinMs, () => {
      for (const { leave } of this.#calls) leave()
    })
    await Promise.allSettled([...this.#calls].map(({ ended }) => ended))
    cancel()
  }
}
