/** Wall clock and timer, handed in. */
export interface StepClock {
  nowMs(): number
  after(delayMs: number, callback: () => void): () => void
}

/**
 * How long the loop is held up at most before it is left to others; a step that is longer holds it for that step. A process
 * that has both planes may do two of these in one turn of its loop, beside requests and the database's answers.
 */
const sliceMs = 1

/** Carries out work that comes in steps without leaving it alone in between. */
export function inOneGo<Result>(steps: Generator<undefined, Result>): Result {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/**
 * Carries out work that comes in steps, and leaves the loop to requests in between, so that a switch of a large registry
 * holds up none of them.
 */
export async function inSteps<Result>(
  steps: Generator<undefined, Result>,
  clock: StepClock,
): Promise<Result> {
  let beganAtMs = clock.nowMs()
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    if (clock.nowMs() - beganAtMs < sliceMs) continue
    await new Promise<void>((resolve) => clock.after(0, resolve))
    beganAtMs = clock.nowMs()
  }
}
