import type { CapturedExchange, UsageRecord } from '@pointsman/contract'
import { Delivery } from '../delivery.ts'
import type { FlushReport, MetricsClock, MetricsLog } from '../outlet.ts'
import type { MetricsReport } from '../totals/report.ts'
import type { OtelConfiguration, OtlpTarget } from './configuration.ts'
import { HeldRecords } from './held-records.ts'
import { metricsBody } from './metrics-body.ts'
import { tracesBody, type Scope } from './otlp-json.ts'
import { excess, fitting, longestBodyBytes, recordSpans, spansIn, type RecordSpans } from './span-batch.ts'
import type { Attributes } from './span.ts'

/** One call of an OTLP receiver: resolves when it took the body, rejects with `OtlpRefusal` or with what broke. */
export type PostOtlp = (target: OtlpTarget, body: string, signal: AbortSignal) => Promise<void>

/** The receiver will never take this body. */
export class OtlpRefusal extends Error {}

export interface ExporterParts {
  readonly configuration: OtelConfiguration
  readonly post: PostOtlp
  /** Which of several processes this is: `service.instance.id`. */
  readonly instance: string
  readonly version: string
  readonly clock: MetricsClock
  readonly chance: () => number
  readonly log: MetricsLog
}

export interface TraceExporter {
  /** Queued; what becomes of it happens later. */
  take(record: UsageRecord): void
  /** Text of a request whose record was taken before, within one delay; dropped where it may not be shown. */
  captured(exchange: CapturedExchange): void
  flush(withinMs: number): Promise<FlushReport>
  lost(): number
  close(withinMs: number): Promise<FlushReport>
}

const scopeOf = (version: string): Scope => ({ name: 'pointsman', version })
const resourceOf = ({ configuration, instance, version }: ExporterParts): Attributes => ({
  'service.version': version,
  'service.instance.id': instance,
  ...configuration.resource,
})

/**
 * Spans of the records of sampled traces, in batches. A holder of mutable state. Bound: `OTEL_BSP_MAX_QUEUE_SIZE` records
 * that wait for their text, and as many that wait for a receiver that does not answer, with 64 MB at most; what is more is
 * lost, counted and said.
 */
export function createTraceExporter(parts: ExporterParts, target: OtlpTarget): TraceExporter {
  const { batch, captureText } = parts.configuration
  const { clock } = parts
  const resource = resourceOf(parts)
  const delivery = new Delivery<RecordSpans>({
    ...{ outlet: 'otlp-traces', clock, chance: parts.chance, log: parts.log, sizeOf: spansIn },
    send: (records, signal) => {
      const spans = records.flatMap((record) => record.spans)
      return parts.post(target, JSON.stringify(tracesBody(spans, resource, scopeOf(parts.version))), signal)
    },
    fitting: (records) => fitting(records, batch.maxBatch),
    isRefusal: (error) => error instanceof OtlpRefusal,
    excess: (records) => excess(records, batch.maxQueue),
    callTimeoutMs: target.timeoutMs,
  })
  // A batch that is larger than the queue would never be full.
  const fullAt = Math.min(batch.maxBatch, batch.maxQueue)
  let queued: RecordSpans[] = []
  let size = { spans: 0, bytes: 0 }
  const takeQueued = (): readonly RecordSpans[] => {
    const taken = queued
    queued = []
    size = { spans: 0, bytes: 0 }
    return taken
  }
  const queue = (record: UsageRecord, exchange: CapturedExchange | null): void => {
    const one = recordSpans(record, exchange)
    queued.push(one)
    size = { spans: size.spans + one.spans.length, bytes: size.bytes + one.bytes }
    if (size.spans >= fullAt || size.bytes >= longestBodyBytes) delivery.add(takeQueued())
  }
  const held = new HeldRecords({ most: batch.maxQueue, release: queue })
  const next = (): (() => void) =>
    clock.after(batch.delayMs, () => {
      held.nextRound()
      delivery.add(takeQueued())
      cancel = next()
    })
  let cancel = next()
  const rest = (): readonly RecordSpans[] => {
    held.releaseAll()
    return takeQueued()
  }
  return {
    take(record) {
      if (record.trace?.sampled !== true) return
      if (captureText) held.hold(record)
      else queue(record, null)
    },
    captured: (exchange) => held.captured(exchange),
    flush: (withinMs) => delivery.flush(rest(), withinMs),
    lost: () => delivery.lost(),
    close: (withinMs) => {
      cancel()
      return delivery.close(rest(), withinMs)
    },
  }
}

export interface MetricsExporter {
  /** The present figures, beside the interval. Never rejects. */
  flush(withinMs: number): Promise<void>
  /** The last figures. Never rejects. */
  close(withinMs: number): Promise<void>
}

/** Everything since the start, at each interval: what a receiver missed, the next one holds. Nothing waits. */
export function createMetricsExporter(
  parts: ExporterParts,
  target: OtlpTarget,
  report: () => MetricsReport,
): MetricsExporter {
  const { clock, log } = parts
  const startedAtMs = clock.nowMs()
  const resource = resourceOf(parts)
  let under: Promise<void> | null = null
  let ending = new AbortController()
  const push = async (withinMs: number): Promise<void> => {
    const present = new AbortController()
    ending = present
    const stop = clock.after(withinMs, () => present.abort())
    const body = metricsBody(report(), {
      ...{ resource, startedAtMs, nowMs: clock.nowMs() },
      scope: scopeOf(parts.version),
    })
    try {
      await parts.post(target, JSON.stringify(body), present.signal)
    } catch (error) {
      log('warn', 'metrics_not_delivered', { outlet: 'otlp-metrics', error })
    } finally {
      stop()
    }
  }
  const next = (): (() => void) =>
    clock.after(parts.configuration.metricIntervalMs, () => {
      // A receiver that hangs is not asked twice at once.
      under ??= push(target.timeoutMs).finally(() => {
        under = null
      })
      cancel = next()
    })
  let cancel = next()
  const flush = (withinMs: number): Promise<void> => push(Math.min(withinMs, target.timeoutMs))
  return {
    flush,
    close: async (withinMs) => {
      cancel()
      // What is under way tells less than the last figures, and would keep the process alive until its own limit.
      ending.abort()
      await flush(withinMs)
    },
  }
}
