import { createBoundedNames, other, type BoundedNames } from '../bounded-names.ts'
import type { Invocation } from '../invocation.ts'
import { dimensionValue, modelMetrics, type DimensionName } from '../model-metrics.ts'
import { Distribution } from './distribution.ts'
import { putLimits, type MetricDatum } from './put-metric-data.ts'

type Names = { readonly [Name in DimensionName]: string }

/** What one agent did with one model, well or badly. */
interface Series {
  readonly names: Names
  readonly distributions: readonly Distribution[]
}

/**
 * What was taken since the last period ended. A holder of mutable state. Bound: twice as many series as pairs of agent and
 * model are admitted, and those are kept over all periods, since each one costs money by the month.
 */
export class Period {
  readonly #admitted: BoundedNames
  readonly #series = new Map<string, Series>()

  /** @param maxPairs pairs of agent and model; those beyond are counted as `other`. */
  constructor(maxPairs: number) {
    this.#admitted = createBoundedNames(maxPairs)
  }

  add(invocation: Invocation): void {
    const { agent, model, success } = invocation
    const pair = `${agent}\n${model}`
    const isOwn = this.#admitted.admits(pair)
    const key = `${isOwn ? pair : other}\n${success}`
    let series = this.#series.get(key)
    if (series === undefined) {
      series = {
        names: {
          Agent: isOwn ? dimensionValue(agent) : other,
          Model: isOwn ? dimensionValue(model) : other,
          Success: String(success),
        },
        distributions: modelMetrics.map(() => new Distribution()),
      }
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
    const data = [...this.#series.values()].flatMap(({ distributions, names }) =>
      modelMetrics.flatMap(({ name, unit, dimensions }, index) =>
        (distributions[index]?.lists(putLimits.values) ?? []).map(({ values, counts }) => ({
          MetricName: name,
          Dimensions: dimensions.map((Name) => ({ Name, Value: names[Name] })),
          Timestamp,
          Unit: unit,
          Values: values,
          Counts: counts,
        })),
      ),
    )
    this.#series.clear()
    return data
  }
}
