import type { UsageRecord } from '@pointsman/contract'

/** A place that metrics go to. */
export interface MetricsOutlet {
  /** Counts one record: a few map look-ups. Never throws, waits for nothing and sends nothing. */
  take(record: UsageRecord): void
  /**
   * Sends what was taken so far. Resolves when it was accepted or the span is over, whichever is first; never rejects. What
   * could not be sent is kept and tried again.
   */
  flush(withinMs: number): Promise<FlushReport>
  /** Values that will never arrive, since the start. */
  lost(): number
  /** The last flush, and the end of everything that runs by itself. What is not accepted by then is lost, counted and said. */
  close(withinMs: number): Promise<FlushReport>
}

/** In values: one latency, one count, one cost. */
export interface FlushReport {
  readonly sent: number
  /** Still waiting to be sent. */
  readonly waiting: number
  readonly lost: number
}

export interface MetricsClock {
  /** Unix milliseconds. */
  nowMs(): number
  /** Calls back once after the span; the returned function cancels. Need not keep the process alive. */
  after(delayMs: number, callback: () => void): () => void
}

export type MetricsLog = (
  level: 'info' | 'warn' | 'error',
  event: string,
  facts: { readonly [name: string]: unknown },
) => void
