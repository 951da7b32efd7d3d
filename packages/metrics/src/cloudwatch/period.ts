import { createDimensions, type Dimensions } from '../dimensions.ts'
import type { Invocation } from '../invocation.ts'
import { modelMetrics } from '../model-metrics.ts'
import { Distribution } from './distribution.ts'
import { putLimits, type MetricDatum } from './put-metric-data.ts'

/** What one agent did with one model, well or badly. */
interface Series {
  readonly dimensions: Dimensions
  readonly distributions: readonly Distribution[]
}

/**
 * What was taken since the last period ended. A holder of mutable state. Bound: twice as many series as there are pairs of
 * agent and model, and those of all periods.
 */
export class Period {
  readonly #dimensionsOf: (invocation: Invocation) => Dimensions
  readonly #series = new Map<string, Series>()

  /** @param maxPairs pairs of agent and model; those beyond are counted as `other`. */
  constructor(maxPairs?: number) {
    this.#dimensionsOf = createDimensions(maxPairs)
  }

  add(invocation: Invocation): void {
    const dimensions = this.#dimensionsOf(invocation)
    const key = Object.values(dimensions).join('\n')
    let series = this.#series.get(key)
    if (series === undefined) {
      series = { dimensions, distributions: modelMetrics.map(() => new Distribution()) }
      this.#series.set(key, series)
    }
    for (const [index, metric] of modelMetrics.entries()) {
      const value = metric.of(invocation)
      if (value !== null && Number.isFinite(value)) series.distributions[index]?.add(Math.max(0, value))
    }
  }

  /** What was taken, as data of the minute that holds the instant; begins anew. */
  end(nowMs: number): readonly MetricDatum[] {
    const Timestamp = new Date(Math.floor(nowMs / 60_000) * 60_000)
    const data = [...this.#series.values()].flatMap(({ dimensions: values, distributions }) =>
      modelMetrics.flatMap(({ name, unit, dimensions }, index) =>
        (distributions[index]?.lists(putLimits.values) ?? []).map((list) => ({
          MetricName: name,
          Dimensions: dimensions.map((Name) => ({ Name, Value: values[Name] })),
          Timestamp,
          Unit: unit,
          Values: list.values,
          Counts: list.counts,
        })),
      ),
    )
    this.#series.clear()
    return data
  }
}
