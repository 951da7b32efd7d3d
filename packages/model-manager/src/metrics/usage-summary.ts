import type { UsageRecord } from '@pointsman/contract'
import { invocationOf, other } from '@pointsman/metrics'

export interface UsageTotals {
  readonly totalInvocations: number
  readonly successfulInvocations: number
  readonly failedInvocations: number
  /** US dollars of the invocations whose price is known. */
  readonly totalCostUsd: number
  readonly averageLatencyMs: number
  readonly totalInputTokens: number
  readonly totalOutputTokens: number
  readonly fallbacks: number
  /** Invocations that cost something which is not known. */
  readonly unpricedInvocations: number
}

/** What was invoked since the start; publishing metrics does not reset it. */
export interface UsageSummary extends UsageTotals {
  /** By the model that served; those beyond a hundred together as `other`. */
  readonly byModel: { readonly [modelId: string]: UsageTotals }
  readonly byAgent: { readonly [agentName: string]: UsageTotals }
}

interface Sums {
  invocations: number
  successes: number
  /** Nano-dollars: added up as whole numbers, so that many small costs do not drift. */
  costNanoUsd: number
  latencyMs: number
  inputTokens: number
  outputTokens: number
  fallbacks: number
  unpriced: number
}

const maxNames = 100

/** A holder of mutable state: sums since the start. Bound: a hundred models, a hundred agents, and one `other` of each. */
export class UsageSums {
  readonly #all = emptySums()
  readonly #byModel = new NamedSums()
  readonly #byAgent = new NamedSums()

  take(record: UsageRecord): void {
    const invocation = invocationOf(record)
    if (invocation === null) return
    const { agent, fallbackUsed, inputTokens, latencyMs, model, outputTokens, success } = invocation
    for (const sums of [this.#all, this.#byModel.of(model), this.#byAgent.of(agent)]) {
      sums.invocations += 1
      sums.successes += success ? 1 : 0
      sums.costNanoUsd += record.costNanoUsd ?? 0
      sums.latencyMs += latencyMs
      sums.inputTokens += inputTokens ?? 0
      sums.outputTokens += outputTokens ?? 0
      sums.fallbacks += fallbackUsed ? 1 : 0
      sums.unpriced += success && record.costNanoUsd === null ? 1 : 0
    }
  }

  summary(): UsageSummary {
    return { ...totals(this.#all), byModel: this.#byModel.totals(), byAgent: this.#byAgent.totals() }
  }
}

class NamedSums {
  readonly #sums = new Map<string, Sums>()

  of(name: string): Sums {
    const key = this.#sums.has(name) || this.#sums.size < maxNames ? name : other
    const known = this.#sums.get(key) ?? emptySums()
    this.#sums.set(key, known)
    return known
  }

  totals(): { readonly [name: string]: UsageTotals } {
    return Object.fromEntries([...this.#sums].map(([name, sums]) => [name, totals(sums)]))
  }
}

const emptySums = (): Sums => ({
  invocations: 0,
  successes: 0,
  costNanoUsd: 0,
  latencyMs: 0,
  inputTokens: 0,
  outputTokens: 0,
  fallbacks: 0,
  unpriced: 0,
})

const totals = (sums: Sums): UsageTotals => ({
  totalInvocations: sums.invocations,
  successfulInvocations: sums.successes,
  failedInvocations: sums.invocations - sums.successes,
  totalCostUsd: sums.costNanoUsd / 1e9,
  averageLatencyMs: sums.invocations === 0 ? 0 : sums.latencyMs / sums.invocations,
  totalInputTokens: sums.inputTokens,
  totalOutputTokens: sums.outputTokens,
  fallbacks: sums.fallbacks,
  unpricedInvocations: sums.unpriced,
})
