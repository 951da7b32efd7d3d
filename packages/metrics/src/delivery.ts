import type { FlushReport, MetricsClock, MetricsLog } from './outlet.ts'

export interface DeliveryParts<Item> {
  /** For the log: `cloudwatch`, `otlp-traces`. */
  readonly outlet: string
  /** One call of the service; rejects with what it said. Not every client ends a call when the signal tells it to. */
  readonly send: (batch: readonly Item[], signal: AbortSignal) => Promise<void>
  /** How many of the first items fit into one call; 1 at least. */
  readonly fitting: (items: readonly Item[]) => number
  /** In values or spans, for reports. */
  readonly sizeOf: (items: readonly Item[]) => number
  /** What the service would refuse however often it is asked. */
  readonly isRefusal: (error: Error) => boolean
  /** How many of the oldest are lost, where too many wait for a service that does not answer. */
  readonly excess: (waiting: readonly Item[]) => number
  readonly callTimeoutMs: number
  readonly clock: MetricsClock
  /** 0 ≤ chance() < 1. */
  readonly chance: () => number
  readonly log: MetricsLog
}

const firstRetryMs = 1_000
const longestRetryMs = 60_000

/**
 * Sends in the background, one call at a time: a service that refuses or hangs slows nothing and is tried again, with growing
 * pauses. A call whose answer never came is sent once more. A holder of mutable state. Bound: the items that wait.
 */
export class Delivery<Item> {
  readonly #parts: DeliveryParts<Item>
  #waiting: readonly Item[] = []
  /** Of the call under way. */
  #calling: readonly Item[] = []
  #sending: Promise<void> | null = null
  #sent = 0
  #lost = 0
  #retryMs = firstRetryMs
  #pause: { readonly end: () => void } | null = null
  #ending: AbortController | null = null
  #closed = false

  constructor(parts: DeliveryParts<Item>) {
    this.#parts = parts
  }

  lost(): number {
    return this.#lost
  }

  /** Begins to send; never rejects, and nobody has to wait for it. */
  add(items: readonly Item[]): void {
    if (items.length > 0) this.#take(items)
    void this.#send()
  }

  async flush(items: readonly Item[], withinMs: number): Promise<FlushReport> {
    const before = { sent: this.#sent, lost: this.#lost }
    this.#take(items)
    // Whoever flushes waits for an answer: a pause after an earlier failure ends here.
    this.#pause?.end()
    const over = Promise.withResolvers<undefined>()
    const cancel = this.#parts.clock.after(withinMs, () => over.resolve(undefined))
    await Promise.race([this.#send(), over.promise])
    cancel()
    return {
      sent: this.#sent - before.sent,
      waiting: this.#unsent(),
      lost: this.#lost - before.lost,
    }
  }

  async close(items: readonly Item[], withinMs: number): Promise<FlushReport> {
    const report = await this.flush(items, withinMs)
    this.#closed = true
    this.#pause?.end()
    // A call that nobody waits for any more would keep the process alive until its own limit.
    this.#ending?.abort(new Error('the process ends'))
    if (report.waiting === 0) return report
    this.#lose(report.waiting, 'the service did not take them before the end')
    this.#waiting = []
    return { ...report, waiting: 0, lost: report.lost + report.waiting }
  }

  #unsent(): number {
    const { sizeOf } = this.#parts
    return sizeOf(this.#calling) + sizeOf(this.#waiting)
  }

  #take(items: readonly Item[]): void {
    const all = [...this.#waiting, ...items]
    const excess = this.#parts.excess(all)
    if (excess > 0)
      this.#lose(
        this.#parts.sizeOf(all.slice(0, excess)),
        'too many wait for a service that does not take them',
      )
    this.#waiting = all.slice(excess)
  }

  /** Until nothing waits; one at a time. */
  #send(): Promise<void> {
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = null
    })
    return this.#sending
  }

  async #sendAll(): Promise<void> {
    const { fitting, isRefusal, sizeOf } = this.#parts
    while (this.#waiting.length > 0 && !this.#closed) {
      const fits = fitting(this.#waiting)
      const batch = this.#waiting.slice(0, fits)
      this.#waiting = this.#waiting.slice(fits)
      this.#calling = batch
      const error = await this.#call(batch)
      this.#calling = []
      // What was under way at the end was counted as lost.
      if (this.#isClosed()) return
      if (error === null) this.#sent += sizeOf(batch)
      else if (isRefusal(error)) this.#lose(sizeOf(batch), error.message)
      else {
        this.#waiting = [...batch, ...this.#waiting]
        await this.#pauseAfter(error)
        continue
      }
      this.#retryMs = firstRetryMs
    }
  }

  /** Asked as a method: what it was before the call says nothing. */
  #isClosed(): boolean {
    return this.#closed
  }

  /** Null = the service took it. */
  async #call(batch: readonly Item[]): Promise<Error | null> {
    const { callTimeoutMs, clock, send } = this.#parts
    const ending = new AbortController()
    this.#ending = ending
    const ended = Promise.withResolvers<Error>()
    ending.signal.addEventListener('abort', () => ended.resolve(errorOf(ending.signal.reason)))
    const cancel = clock.after(callTimeoutMs, () =>
      ending.abort(new Error(`no answer within ${callTimeoutMs} ms`)),
    )
    const called = send(batch, ending.signal).then(
      () => null,
      (thrown: unknown) => errorOf(thrown),
    )
    const error = await Promise.race([called, ended.promise])
    cancel()
    this.#ending = null
    return error
  }

  /** Most of the growing span is up to chance, so that processes that failed together do not come back together. */
  async #pauseAfter(error: Error): Promise<void> {
    const { chance, clock, log, outlet } = this.#parts
    const pauseMs = Math.round(firstRetryMs / 10 + chance() * this.#retryMs)
    this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs)
    log('warn', 'metrics_not_delivered', { outlet, error, waiting: this.#unsent(), againInMs: pauseMs })
    const over = Promise.withResolvers<undefined>()
    const cancel = clock.after(pauseMs, () => over.resolve(undefined))
    this.#pause = {
      end: () => {
        cancel()
        over.resolve(undefined)
      },
    }
    await over.promise
    this.#pause = null
  }

  #lose(size: number, why: string): void {
    const { log, outlet } = this.#parts
    this.#lost += size
    log('error', 'metrics_lost', { outlet, lost: size, why })
  }
}

const errorOf = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)))
