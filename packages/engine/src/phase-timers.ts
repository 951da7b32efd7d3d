import type { Clock } from './ports.ts'
import type { Timeouts } from './job.ts'

/** What an attempt waits for: each has a limit of its own, and so has the whole request (`total`). */
export type Phase = 'connect' | 'first-byte' | 'idle'

export interface PhaseTimersSetup {
  readonly clock: Clock
  readonly timeouts: Timeouts
  /** Monotonic microseconds of the attempt's begin. */
  readonly startedAtUs: number
  /** Monotonic microseconds of the request's one deadline. */
  readonly deadlineUs: number
  /** Called at most once. */
  onTimeout(ranOut: Phase | 'total'): void
}

// The longest that every platform's timer keeps; a longer wait wakes up and looks again.
const longestSleepMs = 2_000_000_000

/**
 * The four limits of one attempt on a single timer. A piece of the answer only notes the time: setting a timer anew for
 * each of them would cost more than relaying it, so the timer wakes up, looks, and sleeps for what is left.
 */
export class PhaseTimers {
  readonly #setup: PhaseTimersSetup
  #phase: Phase = 'connect'
  #sinceUs: number
  #held = false
  #stopped = false
  #wakeAtUs = Infinity
  #cancel: (() => void) | null = null

  constructor(setup: PhaseTimersSetup) {
    this.#setup = setup
    this.#sinceUs = setup.startedAtUs
    this.#sleep(this.#sinceUs)
  }

  /** `nowUs`: where the caller has looked at the clock already. */
  enter(phase: Phase, nowUs = this.#setup.clock.nowUs()): void {
    this.#phase = phase
    this.#sinceUs = nowUs
    this.#sleep(nowUs)
  }

  /** A piece of the answer came: the wait between pieces begins anew. No other phase is moved by it. */
  touch(): void {
    if (this.#phase === 'idle') this.#sinceUs = this.#setup.clock.nowUs()
  }

  /** The client is the slow one: the upstream is not blamed while nobody reads it. The total runs on. */
  hold(): void {
    this.#held = true
  }

  release(): void {
    this.#held = false
    this.enter(this.#phase)
  }

  stop(): void {
    this.#stopped = true
    this.#cancel?.()
    this.#cancel = null
  }

  #limitMs(): number {
    const { connectMs, firstByteMs, idleMs } = this.#setup.timeouts
    if (this.#phase === 'connect') return connectMs
    return this.#phase === 'first-byte' ? firstByteMs : idleMs
  }

  #phaseEndsAtUs(): number {
    return this.#held ? Infinity : this.#sinceUs + this.#limitMs() * 1_000
  }

  #sleep(nowUs: number): void {
    if (this.#stopped) return
    const dueUs = Math.min(this.#phaseEndsAtUs(), this.#setup.deadlineUs)
    // A timer that fires too early looks again, so only an earlier due time needs a new one.
    if (this.#cancel !== null && this.#wakeAtUs <= dueUs) return
    this.#cancel?.()
    this.#wakeAtUs = dueUs
    const delayMs = Math.min(Math.max(1, Math.ceil((dueUs - nowUs) / 1_000)), longestSleepMs)
    this.#cancel = this.#setup.clock.after(delayMs, this.#wake)
  }

  readonly #wake = (): void => {
    this.#cancel = null
    if (this.#stopped) return
    const nowUs = this.#setup.clock.nowUs()
    const ranOut =
      nowUs >= this.#setup.deadlineUs ? 'total' : nowUs >= this.#phaseEndsAtUs() ? this.#phase : null
    if (ranOut === null) {
      this.#sleep(nowUs)
      return
    }
    this.stop()
    this.#setup.onTimeout(ranOut)
  }
}
