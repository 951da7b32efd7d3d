import { fork as forkProcess, type ChildProcess, type ForkOptions } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { PointsmanError } from '@pointsman/contract'
import { systemClock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { ChildStart, FromChild, Role, ToChild } from './messages.ts'

export interface ChildParts {
  readonly role: Role
  readonly start: ChildStart
  readonly log: Log
  /** The host's socket; null = this child does not listen. */
  readonly descriptor: number | null
}

/** One place of the host: a process that is started again for as long as the host wants it. */
export interface Child {
  /** What the first one told when it was up. Rejects with its own refusal where it could not start. */
  readonly firstReady: Promise<readonly string[]>
  /**
   * Another process takes its place and is up before this one ends. Null = it did; else why the new one did not come up: this
   * one stays.
   */
  renew(withinMs: number): Promise<string | null>
  /** In order, and with an end: one that does not end in time is killed. */
  stop(withinMs: number): Promise<void>
  kill(): void
}

const program = fileURLToPath(new URL('./child.ts', import.meta.url))
const firstRetryMs = 100
const longestRetryMs = 10_000
/** One that lived so long did not die of its start. */
const provenAfterMs = 30_000
const pingEveryMs = 5_000
/**
 * One that was up and left so many unanswered is frozen: whoever waits for it waits in vain. A minute of them, longer than a
 * busy machine lets a process wait for its turn. Counted, not timed: after a pause of the whole machine, or a step of its
 * clock, all would have been silent for too long.
 */
const unansweredPings = 12

/**
 * A V8 without it refuses the word. It lets the limit for buffers grow with what lives: as it is, each 64 MB of them are a whole
 * collection, half of what bodies of a megabyte cost (5.3 → 3.3 ms, medians of five in turn; at most 287 MB against 250).
 */
const knowsExternalLimit = Number.parseInt(process.versions.node, 10) >= 26

/**
 * A data plane's young generation. A larger one does not stay in the processor's caches (with 64 MB a request's own stages
 * took 32 µs, with 8 MB 29) and holds more for a thousand streams; a smaller one is collected while much of it still lives.
 * Little of it does: to wake other threads for that is 1 to 5 % of a request's processor time (56.3 → 55.5, 64.9 → 63.0 and
 * 64.6 → 61.3 µs, in turn).
 *
 * An old one is collected when it has grown by half of what lives. On a large machine V8 lets it grow to four times that, 40 to
 * 60 MB of a thousand streams that had ended. It costs Converse some 7 % of a request's time, the same dialect nothing.
 */
const nodeArguments: { readonly [Name in Role]: readonly string[] } = {
  data: [
    '--max-semi-space-size=8',
    '--no-parallel-scavenge',
    '--heap-growing-percent=50',
    ...(knowsExternalLimit ? ['--external-memory-accounted-in-global-limit'] : []),
  ],
  control: [],
}

export type Fork = (program: string, argv: readonly string[], options: ForkOptions) => ChildProcess

export function superviseChild(parts: ChildParts, fork: Fork = forkProcess): Child {
  return new Place(parts, fork)
}

class Place implements Child {
  readonly firstReady: Promise<readonly string[]>
  readonly #parts: ChildParts
  readonly #fork: Fork
  #process: ChildProcess
  #unanswered = 0
  #startedAtMs = 0
  #retryMs = firstRetryMs
  #cancelRetry: (() => void) | null = null
  #cancelPing: (() => void) | null = null
  #wanted = true
  /** Those whose place another one has taken, until they have ended. */
  readonly #leaving = new Set<ChildProcess>()
  #proven = false
  #up = false
  #onReady: (notes: readonly string[]) => void = () => undefined
  #onFailed: (error: PointsmanError) => void = () => undefined

  constructor(parts: ChildParts, fork: Fork) {
    this.#parts = parts
    this.#fork = fork
    this.firstReady = new Promise((resolve, reject) => {
      this.#onReady = resolve
      this.#onFailed = reject
    })
    // Told by the one that waits for all of them; a second one that fails adds nothing.
    void Promise.allSettled([this.firstReady])
    this.#process = this.#startInPlace()
    this.#ping()
  }

  async renew(withinMs: number): Promise<string | null> {
    const old = this.#process
    if (!this.#wanted || hasEnded(old)) return 'there was none to renew'
    const next = this.#tryTo(() => this.#start())
    if (next === null) return 'the system had no room for another process'
    const problem = await untilUp(next, withinMs)
    const overtaken = !this.#isWanted() || this.#process !== old
    if (problem !== null || overtaken) {
      next.kill('SIGKILL')
      return problem ?? 'it was told to stop, or the old one died and was started again meanwhile'
    }
    // The old one may have died a moment ago: what would start in its stead would take this place from the new one.
    this.#cancelRetry?.()
    this.#process = next
    this.#startedAtMs = systemClock.nowMs()
    this.#unanswered = 0
    this.#up = true
    this.#leaving.add(old)
    await this.#end(old, { kind: 'renew' }, withinMs)
    this.#leaving.delete(old)
    return null
  }

  async stop(withinMs: number): Promise<void> {
    this.#wanted = false
    this.#cancelRetry?.()
    this.#cancelPing?.()
    const all = [this.#process, ...this.#leaving]
    await Promise.all(all.map((child) => this.#end(child, { kind: 'stop' }, withinMs)))
  }

  /** Asked as a method: what it was a moment ago says nothing. */
  #isWanted(): boolean {
    return this.#wanted
  }

  async #end(child: ChildProcess, message: ToChild, withinMs: number): Promise<void> {
    if (hasEnded(child)) return
    // Not `once` of node:events: it rejects with what an `error` tells, and a kill that the system refuses tells one.
    const ended = Promise.withResolvers<undefined>()
    child.once('exit', () => ended.resolve(undefined))
    tell(child, message)
    const cancel = systemClock.after(withinMs, () => {
      this.#parts.log('error', 'child_killed', {
        role: this.#parts.role,
        pid: child.pid,
        why: 'it did not stop in time',
      })
      // One that cannot be killed is not waited for; it ends by itself when it finds its host gone.
      if (!child.kill('SIGKILL')) ended.resolve(undefined)
    })
    await ended.promise
    cancel()
  }

  kill(): void {
    this.#wanted = false
    this.#cancelRetry?.()
    this.#cancelPing?.()
    for (const child of [this.#process, ...this.#leaving]) if (!hasEnded(child)) child.kill('SIGKILL')
  }

  #startInPlace(): ChildProcess {
    this.#startedAtMs = systemClock.nowMs()
    this.#up = false
    this.#unanswered = 0
    return this.#start()
  }

  #start(): ChildProcess {
    const { descriptor, role, start } = this.#parts
    const child = this.#fork(program, [], {
      execArgv: [...process.execArgv, ...nodeArguments[role]],
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...(descriptor === null ? [] : [descriptor])],
    })
    child.on('message', (message) => {
      // One that is to take this place counts when it has it.
      if (child === this.#process) this.#hear(message as FromChild)
    })
    child.on('error', (error) => {
      this.#parts.log('error', 'child_failed', { role: this.#parts.role, error })
      // One that the system did not start has no exit.
      if (child.pid === undefined) this.#ended(child, { code: null, signal: null })
    })
    child.on('exit', (code, signal) => this.#ended(child, { code, signal }))
    tell(child, start)
    return child
  }

  /** Null = the system has no room for another process. Told, not thrown: the host lives on for those that it has. */
  #tryTo(start: () => ChildProcess): ChildProcess | null {
    try {
      return start()
    } catch (error) {
      this.#parts.log('error', 'child_failed', { role: this.#parts.role, error })
      return null
    }
  }

  #hear(message: FromChild): void {
    this.#unanswered = 0
    if (message.kind === 'ready') {
      if (this.#proven)
        this.#parts.log('info', 'child_up', { role: this.#parts.role, pid: this.#process.pid })
      this.#proven = true
      this.#up = true
      this.#onReady(message.notes)
    }
    if (message.kind === 'failed') {
      this.#onFailed(new PointsmanError(message.code, message.message))
      this.#parts.log('error', 'child_not_started', { role: this.#parts.role, problem: message.message })
    }
  }

  #ended(child: ChildProcess, how: { readonly code: number | null; readonly signal: string | null }): void {
    if (child !== this.#process || !this.#wanted) return
    const { log, role } = this.#parts
    this.#onFailed(new PointsmanError('internal', `The ${role} process ended while it was starting.`))
    // One that never was up would never be: the start as a whole is refused.
    if (!this.#proven) return
    if (systemClock.nowMs() - this.#startedAtMs > provenAfterMs) this.#retryMs = firstRetryMs
    log(how.code === 0 ? 'info' : 'error', 'child_ended', {
      ...{ role, pid: child.pid, ...how },
      startedAgainInMs: this.#retryMs,
    })
    this.#startLater()
  }

  #startLater(): void {
    this.#cancelRetry = systemClock.after(this.#retryMs, () => {
      const next = this.#tryTo(() => this.#startInPlace())
      if (next === null) this.#startLater()
      else this.#process = next
    })
    this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs)
  }

  #ping(): void {
    this.#cancelPing = systemClock.after(pingEveryMs, () => {
      const child = this.#process
      if (this.#up && !hasEnded(child)) {
        if (this.#unanswered >= unansweredPings) {
          this.#parts.log('error', 'child_killed', {
            role: this.#parts.role,
            pid: child.pid,
            why: 'it is frozen',
          })
          child.kill('SIGKILL')
        } else {
          this.#unanswered += 1
          tell(child, { kind: 'ping' })
        }
      }
      this.#ping()
    })
  }
}

/** Null = a new one says that it is ready, before it ends and in time; else why it is not. */
function untilUp(child: ChildProcess, withinMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    const cancel = systemClock.after(withinMs, () =>
      resolve(`the new one was not ready within ${withinMs / 1_000} seconds`),
    )
    const end = (problem: string | null): void => {
      cancel()
      resolve(problem)
    }
    child.on('message', (received) => {
      const message = received as FromChild
      if (message.kind === 'ready') end(null)
      if (message.kind === 'failed') end(message.message)
    })
    child
      .once('exit', (code, signal) => end(`the new one ended while it was starting (${signal ?? code})`))
      .once('error', ({ message }) => end(message))
  })
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

/** To one that has just ended nothing can be told; its end is told by `exit`. */
function tell(child: ChildProcess, message: ToChild): void {
  if (child.connected) child.send(message, () => undefined)
}
