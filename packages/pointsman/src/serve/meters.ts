import { randomBytes } from 'node:crypto'
import { PointsmanError, type CapturedExchange, type UsageRecord } from '@pointsman/contract'
import {
  createCloudWatchPublisher,
  createEmbeddedMetrics,
  createMetricsExporter,
  createRecordTotals,
  createTraceExporter,
  createTracer,
  postByFetch,
  type ExporterParts,
  type Gauges,
  type MetricsOutlet,
  type MetricsReport,
  type TraceExporter,
  type Tracer,
} from '@pointsman/metrics'
import type { EntranceLoad, Health, Vitals } from '@pointsman/gateway'
import type { Journal } from '@pointsman/journal'
import type { Settings } from '../settings.ts'
import { sdkConfig } from './aws-chain.ts'
import { systemClock } from './clock.ts'
import type { Closers } from './closers.ts'
import { createEmbeddedLines } from './embedded-lines.ts'
import type { Log } from './log.ts'
import { version } from './version.ts'

/** What one data plane counts and traces, and where it sends it. */
export interface Meters {
  /** Never throws, waits for nothing. */
  take(record: UsageRecord): void
  captured(exchange: CapturedExchange): void
  /** Null = nothing is traced. */
  readonly trace: Tracer | null
  /** How the data plane is: asked whenever somebody reads. */
  watch(gauges: () => Gauges): void
  report(): MetricsReport
  /** Sends what was taken, where no timer will. Resolves when it was accepted or the span is over; never rejects. */
  flush(withinMs: number): Promise<void>
}

export interface MetersParts {
  readonly settings: Settings
  readonly log: Log
  readonly closers: Closers
  /** Of the data plane, among those of all hosts. */
  readonly instance: string
}

const closeWithinMs = 5_000

/**
 * Opened before the data plane, so that it is closed after: its last requests count. Throws PointsmanError where an outlet
 * that was asked for cannot be opened. A holder of mutable state; each outlet tells its bound.
 */
export async function openMeters(parts: MetersParts): Promise<Meters> {
  const { closers, log, settings } = parts
  const { otel } = settings.metrics
  const totals = createRecordTotals()
  const outlets = await openOutlets(settings, log)
  const exporterParts = exporterPartsOf(parts)
  const traces = otel.traces === null ? null : createTraceExporter(exporterParts, otel.traces)
  let gauges = (): Gauges => ({})
  const report = (): MetricsReport => totals.report({ ...gauges(), ...lostGauges(outlets, traces) })
  const pushed = otel.metrics === null ? null : createMetricsExporter(exporterParts, otel.metrics, report)
  closers.add('metrics', () =>
    Promise.all([
      ...outlets.map((outlet) => outlet.close(closeWithinMs)),
      traces?.close(closeWithinMs),
      pushed?.close(closeWithinMs),
    ]),
  )
  return {
    take(record) {
      try {
        totals.take(record)
        traces?.take(record)
        for (const outlet of outlets) outlet.take(record)
      } catch (error) {
        log('error', 'record_not_counted', { requestId: record.requestId, error })
      }
    },
    captured: (exchange) => traces?.captured(exchange),
    trace: traces === null ? null : createTracer(otel, randomHex),
    watch: (given) => {
      gauges = given
    },
    report,
    async flush(withinMs) {
      await Promise.all([
        ...outlets.map((outlet) => outlet.flush(withinMs)),
        traces?.flush(withinMs),
        pushed?.flush(withinMs),
      ])
    },
  }
}

const randomHex = (characters: number): string => randomBytes(characters / 2).toString('hex')

const exporterPartsOf = ({ instance, log, settings }: MetersParts): ExporterParts => ({
  configuration: settings.metrics.otel,
  ...{ post: postByFetch, instance, version, clock: systemClock, chance: Math.random, log },
})

function lostGauges(outlets: readonly MetricsOutlet[], traces: TraceExporter | null): Gauges {
  const all = [...outlets, ...(traces === null ? [] : [traces])]
  if (all.length === 0) return {}
  return { pointsman_metrics_lost_total: all.reduce((sum, outlet) => sum + outlet.lost(), 0) }
}

async function openOutlets(settings: Settings, log: Log): Promise<readonly MetricsOutlet[]> {
  const { cloudWatch, namespace } = settings.metrics
  switch (cloudWatch) {
    case 'off':
      return []
    case 'embedded':
      return [
        createEmbeddedMetrics({
          ...{ namespace, nowMs: systemClock.nowMs, write: createEmbeddedLines(process.stdout, log) },
        }),
      ]
    case 'put':
      return [await openPublisher(settings, log)]
  }
}

async function openPublisher({ metrics, proxy, region }: Settings, log: Log): Promise<MetricsOutlet> {
  const { openCloudWatch } = await import('@pointsman/metrics/cloudwatch-client')
  const calls = await openCloudWatch({ region, ...sdkConfig(proxy) }).catch((cause: unknown) => {
    throw new PointsmanError(
      'refused',
      `POINTSMAN_CLOUDWATCH=put: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    )
  })
  return createCloudWatchPublisher({
    namespace: metrics.namespace,
    ...{ calls, clock: systemClock, chance: Math.random, log },
  })
}

export const gaugesOf = (health: Health, load: EntranceLoad, vitals: Vitals): Gauges => ({
  pointsman_data_planes: 1,
  pointsman_ready: health.ready ? 1 : 0,
  ...(health.revision === null ? {} : { pointsman_snapshot_revision: health.revision.number }),
  ...(health.snapshotAgeMs === null ? {} : { pointsman_snapshot_age_seconds: health.snapshotAgeMs / 1_000 }),
  pointsman_requests_in_flight: load.inFlight,
  pointsman_body_bytes_in_flight: load.bodyBytes,
  pointsman_shed_total: load.shed,
  pointsman_event_loop_lag_seconds: vitals.lagMs / 1_000,
  pointsman_memory_bytes: vitals.memoryBytes,
})

export function journalGauges(journal: Pick<Journal, 'stats'>): Gauges {
  const { queuedBytes, room } = journal.stats()
  return {
    pointsman_journal_queued_bytes: queuedBytes,
    pointsman_journal_open: room === 'open' ? 1 : 0,
  }
}
