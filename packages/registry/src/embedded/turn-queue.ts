import { PointsmanError } from '@pointsman/contract'

export interface TurnLimits {
  /** More than this many waiting are refused. */
  readonly length: number
  /** Nobody waits longer than this. */
  readonly waitMs: number
}

interface Waiter {
  readonly begin: () => void
  readonly giveUp: NodeJS.Timeout
}

/**
 * One session serves everybody in turn, transactions whole. Bounded in length and in waiting time: a work that never
 * ends (or that asks the database itself from inside its own transaction) must not collect the whole program behind it.
 */
export class TurnQueue {
  readonly #limits: TurnLimits
  readonly #waiting: Waiter[] = []
  #busy = false

  constructor(limits: TurnLimits) {
    this.#limits = limits
  }

  get idle(): boolean {
    return !this.#busy && this.#waiting.length === 0
  }

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.#turn()
    try {
      return await work()
    } finally {
      this.#next()
    }
  }

  #turn(): Promise<void> {
    if (!this.#busy) {
      this.#busy = true
      return Promise.resolve()
    }
    if (this.#waiting.length >= this.#limits.length) {
      return Promise.reject(tooBusy(`${this.#waiting.length} statements wait already`))
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        begin: () => {
          clearTimeout(waiter.giveUp)
          resolve()
        },
        giveUp: setTimeout(() => {
          this.#waiting.splice(this.#waiting.indexOf(waiter), 1)
          reject(tooBusy(`no turn within ${this.#limits.waitMs} ms`))
        }, this.#limits.waitMs),
      }
      this.#waiting.push(waiter)
    })
  }

  #next(): void {
    const waiter = this.#waiting.shift()
    if (waiter === undefined) this.#busy = false
    else waiter.begin()
  }
}

const tooBusy = (why: string): PointsmanError =>
  new PointsmanError(
    'registry_unavailable',
    `The embedded database serves one transaction at a time, and ${why}. Try again; for more load use a PostgreSQL server (DATABASE_URL).`,
  )
