import type { CapturedExchange, UsageRecord } from '@pointsman/contract'
import { Delivery } from '../delivery.ts'
import type { FlushReport, MetricsClock, MetricsLog } from '../outlet.ts'
import type { MetricsReport } from '../totals/report.ts'
import type { OtelConfiguration, OtlpTarget } from './configuration.ts'
import { metricsBody } from './metrics-body.ts'
import { tracesBody, type Scope } from './otlp-json.ts'
import { spansOf } from './spans-of.ts'
import type { Attributes, Span } from './span.ts'

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
  /** Text of a request whose record was taken before; dropped where it may not be shown. */
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
 * with their text, and as many spans that wait for a receiver that does not answer; what is more is lost, counted and said.
 */
export function createTraceExporter(parts: ExporterParts, target: OtlpTarget): TraceExporter {
  const { batch, captureText } = parts.configuration
  const { clock } = parts
  const resource = resourceOf(parts)
  let records: UsageRecord[] = []
  let texts = new Map<string, CapturedExchange>()
  const delivery = new Delivery<Span>({
    ...{ outlet: 'otlp-traces', clock, chance: parts.chance, log: parts.log },
    send: (spans, signal) =>
      parts.post(target, JSON.stringify(tracesBody(spans, resource, scopeOf(parts.version))), signal),
    fitting: (spans) => Math.min(spans.length, batch.maxBatch),
    sizeOf: (spans) => spans.length,
    isRefusal: (error) => error instanceof OtlpRefusal,
    maxWaiting: batch.maxQueue,
    callTimeoutMs: target.timeoutMs,
  })
  const queued = (): readonly Span[] => {
    const spans = records.flatMap((record) => spansOf(record, texts.get(record.requestId) ?? null))
    records = []
    texts = new Map()
    return spans
  }
  const next = (): (() => void) =>
    clock.after(batch.delayMs, () => {
      delivery.add(queued())
      cancel = next()
    })
  let cancel = next()
  return {
    take(record) {
      if (record.trace?.sampled !== true) return
      records.push(record)
      if (records.length >= batch.maxBatch) delivery.add(queued())
    },
    captured(exchange) {
      if (captureText && records.some(({ requestId }) => requestId === exchange.requestId))
        texts.set(exchange.requestId, exchange)
    },
    flush: (withinMs) => delivery.flush(queued(), withinMs),
    lost: () => delivery.lost(),
    close: (withinMs) => {
      cancel()
      return delivery.close(queued(), withinMs)
    },
  }
}

export interface MetricsExporter {
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
  return {
    close: async (withinMs) => {
      cancel()
      // What is under way tells less than the last figures, and would keep the process alive until its own limit.
      ending.abort()
      await push(Math.min(withinMs, target.timeoutMs))
    },
  }
}
