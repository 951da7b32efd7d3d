import type { UsageRecord } from '@pointsman/contract'
import { createDimensions, type Dimensions } from '../dimensions.ts'
import { invocationOf, type Invocation } from '../invocation.ts'
import { modelMetrics } from '../model-metrics.ts'
import type { FlushReport, MetricsOutlet } from '../outlet.ts'

export interface EmbeddedMetricsParts {
  /** See `modelsNamespace`. */
  readonly namespace: string
  /** Takes one line without its end: in Lambda, standard output. Calls `failed`, or throws, where it could not be written. */
  readonly write: (line: string, failed: () => void) => void
  readonly nowMs: () => number
  /** Pairs of agent and model that have a series of their own; default 500. */
  readonly maxPairs?: number
}

/**
 * The embedded metric format: one line of JSON a record, which CloudWatch Logs reads metrics from. Written at once, since a
 * function may be frozen as soon as it has answered; there is nothing to flush.
 */
export function createEmbeddedMetrics(parts: EmbeddedMetricsParts): MetricsOutlet {
  const dimensionsOf = createDimensions(parts.maxPairs)
  let lost = 0
  // A pipe that nobody reads: the request that was recorded must not fail by it.
  const failed = (): void => {
    lost += modelMetrics.length
  }
  const report = async (): Promise<FlushReport> => ({ sent: 0, waiting: 0, lost: 0 })
  return {
    take(record) {
      const invocation = invocationOf(record)
      if (invocation === null) return
      try {
        parts.write(JSON.stringify(embeddedMetrics(record, invocation, { ...parts, dimensionsOf })), failed)
      } catch {
        failed()
      }
    },
    flush: report,
    lost: () => lost,
    close: report,
  }
}

interface Directive {
  readonly Namespace: string
  readonly Dimensions: readonly (readonly string[])[]
  readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[]
}

/** The blob of one record. Metrics of equal dimensions share a directive; what is unknown is left out. */
function embeddedMetrics(
  { requestId }: UsageRecord,
  invocation: Invocation,
  {
    dimensionsOf,
    namespace,
    nowMs,
  }: EmbeddedMetricsParts & { readonly dimensionsOf: (invocation: Invocation) => Dimensions },
): object {
  const directives = new Map<string, Directive>()
  const values: Record<string, number> = {}
  for (const { dimensions, name, of, unit } of modelMetrics) {
    const value = of(invocation)
    if (value === null || !Number.isFinite(value)) continue
    values[name] = value
    const key = dimensions.join()
    const before = directives.get(key)?.Metrics ?? []
    directives.set(key, {
      Namespace: namespace,
      Dimensions: [dimensions],
      Metrics: [...before, { Name: name, Unit: unit }],
    })
  }
  return {
    _aws: { Timestamp: nowMs(), CloudWatchMetrics: [...directives.values()] },
    ...dimensionsOf(invocation),
    // No dimension: found in the logs, costs no series.
    RequestId: requestId,
    ...values,
  }
}
