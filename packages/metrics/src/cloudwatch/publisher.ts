import type { UsageRecord } from '@pointsman/contract'
import { invocationOf } from '../invocation.ts'
import type { FlushReport, MetricsClock, MetricsLog, MetricsOutlet } from '../outlet.ts'
import { Period } from './period.ts'
import { fitting, valuesIn, type MetricDatum, type PutMetricData } from './put-metric-data.ts'

export interface CloudWatchParts {
  /** See `modelsNamespace`. */
  readonly namespace: string
  readonly put: PutMetricData
  readonly clock: MetricsClock
  /** 0 ≤ chance() < 1. */
  readonly chance: () => number
  readonly log: MetricsLog
  /** How often it publishes by itself; default one minute, CloudWatch's own grain. */
  readonly periodMs?: number
  /** Pairs of agent and model that have a series of their own; default 500. */
  readonly maxPairs?: number
  /** Data that may wait for a service that does not answer; beyond them the oldest are lost. Default 20,000. */
  readonly maxWaiting?: number
  /** Of one call; default 10 s. */
  readonly callTimeoutMs?: number
}

const firstRetryMs = 1_000
const longestRetryMs = 60_000
/** What the service would refuse however often it is asked. */
const refusals =
  /^(?:Validation|ValidationError|InvalidParameter|MissingRequiredParameter|InvalidFormat|MalformedQueryString)/

/**
 * Publishes to CloudWatch, in the background: a service that refuses or hangs slows nothing and is tried again, one call at a
 * time, with growing pauses. A call whose answer never came is sent once more, so that a value may be counted twice, never
 * lost. A holder of mutable state. Bound: a period's series and the data that wait.
 */
export function createCloudWatchPublisher(parts: CloudWatchParts): MetricsOutlet {
  return new Publisher(parts)
}

class Publisher implements MetricsOutlet {
  readonly #parts: CloudWatchParts
  readonly #period: Period
  #waiting: readonly MetricDatum[] = []
  /** Of the call under way. */
  #calling: readonly MetricDatum[] = []
  #sending: Promise<void> | null = null
  #sent = 0
  #lost = 0
  #retryMs = firstRetryMs
  #cancelPeriod: () => void = () => undefined
  #pause: { readonly end: () => void } | null = null
  #closed = false

  constructor(parts: CloudWatchParts) {
    this.#parts = parts
    this.#period = new Period(parts.maxPairs ?? 500)
    this.#nextPeriod()
  }

  take(record: UsageRecord): void {
    const invocation = invocationOf(record)
    if (invocation !== null) this.#period.add(invocation)
  }

  lost(): number {
    return this.#lost
  }

  async flush(withinMs: number): Promise<FlushReport> {
    const before = { sent: this.#sent, lost: this.#lost }
    this.#endPeriod()
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

  async close(withinMs: number): Promise<FlushReport> {
    this.#cancelPeriod()
    const report = await this.flush(withinMs)
    this.#closed = true
    this.#pause?.end()
    if (report.waiting === 0) return report
    this.#lose(report.waiting, 'the service did not take them before the end')
    this.#waiting = []
    return { ...report, waiting: 0, lost: report.lost + report.waiting }
  }

  #unsent(): number {
    return valuesIn(this.#calling) + valuesIn(this.#waiting)
  }

  #nextPeriod(): void {
    this.#cancelPeriod = this.#parts.clock.after(this.#parts.periodMs ?? 60_000, () => {
      this.#endPeriod()
      void this.#send()
      this.#nextPeriod()
    })
  }

  #endPeriod(): void {
    const all = [...this.#waiting, ...this.#period.end(this.#parts.clock.nowMs())]
    const excess = Math.max(0, all.length - (this.#parts.maxWaiting ?? 20_000))
    if (excess > 0)
      this.#lose(valuesIn(all.slice(0, excess)), 'too many wait for a service that does not take them')
    this.#waiting = all.slice(excess)
  }

  /** Until nothing waits; one at a time. Never rejects. */
  #send(): Promise<void> {
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = null
    })
    return this.#sending
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#closed) {
      const fits = fitting(this.#waiting)
      const batch = this.#waiting.slice(0, fits)
      this.#waiting = this.#waiting.slice(fits)
      this.#calling = batch
      const error = await this.#call(batch)
      this.#calling = []
      // What was under way at the end was counted as lost.
      if (this.#isClosed()) return
      if (error === null) this.#sent += valuesIn(batch)
      else if (isRefusal(error)) this.#lose(valuesIn(batch), error.message)
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
  async #call(batch: readonly MetricDatum[]): Promise<Error | null> {
    const { callTimeoutMs = 10_000, clock, namespace, put } = this.#parts
    const ending = new AbortController()
    const late = Promise.withResolvers<Error>()
    const cancel = clock.after(callTimeoutMs, () => {
      ending.abort()
      late.resolve(new Error(`no answer within ${callTimeoutMs} ms`))
    })
    const called = put({ Namespace: namespace, MetricData: [...batch] }, ending.signal).then(
      () => null,
      (thrown: unknown) => (thrown instanceof Error ? thrown : new Error(String(thrown))),
    )
    // Not every client ends a call when it is told to.
    const error = await Promise.race([called, late.promise])
    cancel()
    return error
  }

  /** All of the growing span is up to chance, so that processes that failed together do not come back together. */
  async #pauseAfter(error: Error): Promise<void> {
    const { chance, clock, log } = this.#parts
    const pauseMs = Math.round(firstRetryMs / 10 + chance() * this.#retryMs)
    this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs)
    log('warn', 'cloudwatch_not_reached', { error, waiting: this.#unsent(), againInMs: pauseMs })
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

  #lose(values: number, why: string): void {
    this.#lost += values
    this.#parts.log('error', 'metrics_lost', { outlet: 'cloudwatch', values, why })
  }
}

const isRefusal = ({ name }: Error): boolean => refusals.test(name)
