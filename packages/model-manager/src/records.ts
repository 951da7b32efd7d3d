import type { UsageRecord } from '@pointsman/contract'
import type { Log, RecordSink } from '@pointsman/engine'
import type { MetricsOutlet } from '@pointsman/metrics'
import { usageMetricsOf, type ModelUsageMetrics } from './model-usage-metrics.ts'
import type { UsageSums } from './metrics/usage-summary.ts'

export interface RecordsParts {
  readonly sums: UsageSums
  /** Null = none is open. */
  readonly outlet: () => MetricsOutlet | null
  readonly onUsage: ((usage: ModelUsageMetrics) => void) | null
  readonly log: Log
}

/** In process no journal is kept: a record is counted, handed to the metrics and to whoever asked for it. */
export function recordsInto({ log, onUsage, outlet, sums }: RecordsParts): RecordSink {
  const take = (record: UsageRecord): void => {
    sums.take(record)
    outlet()?.take(record)
    const usage = onUsage === null ? null : usageMetricsOf(record)
    if (usage === null || onUsage === null) return
    try {
      onUsage(usage)
    } catch (thrown) {
      log('error', 'on_usage_failed', { fault: String(thrown) })
    }
  }
  return {
    intent: () => undefined,
    outcome: async (record) => take(record),
    pinClaim: () => undefined,
    fallbackEpisode: ({ cause, from, route, to }) => log('warn', 'fallback', { route, from, to, cause }),
    captured: null,
    state: () => 'open',
  }
}
