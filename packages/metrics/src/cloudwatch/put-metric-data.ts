import type { CloudWatchUnit } from '../model-metrics.ts'

/** What the service takes in one call (PutMetricData, as of 2026-11). */
export const putLimits = {
  data: 1_000,
  /** Of the body before it is compressed; the service says 1 MB. */
  bytes: 1_000_000,
  values: 150,
  dimensions: 30,
} as const

export interface Dimension {
  readonly Name: string
  readonly Value: string
}

/** One metric of one minute, in the service's own words. */
export interface MetricDatum {
  readonly MetricName: string
  readonly Dimensions: Dimension[]
  readonly Timestamp: Date
  readonly Unit: CloudWatchUnit
  readonly Values: number[]
  readonly Counts: number[]
}

export interface PutMetricDataInput {
  readonly Namespace: string
  readonly MetricData: MetricDatum[]
}

/** One call of the service. Rejects with the SDK's own error, or when the signal ends it. */
export type PutMetricData = (input: PutMetricDataInput, signal: AbortSignal) => Promise<void>

/** Larger than any of the SDK's protocols writes it: each value as text with its place in a list, names once. */
export function bytesOf(datum: MetricDatum): number {
  const names = datum.Dimensions.reduce(
    (sum, { Name, Value }) => sum + Name.length + 3 * Value.length + 130,
    0,
  )
  return 250 + datum.MetricName.length + names + datum.Values.length * 150
}

/** The service, and how to end its connections. */
export interface CloudWatchCalls {
  readonly put: PutMetricData
  close(): void
}

export const valuesIn = (data: readonly MetricDatum[]): number =>
  data.reduce((sum, { Counts }) => sum + Counts.reduce((total, count) => total + count, 0), 0)

/** How many of the first data fit into one call; 1 at least. */
export function fitting(data: readonly MetricDatum[]): number {
  let bytes = 1_000
  for (const [index, datum] of data.entries()) {
    bytes += bytesOf(datum)
    if (index === putLimits.data || (bytes > putLimits.bytes && index > 0)) return index
  }
  return data.length
}
