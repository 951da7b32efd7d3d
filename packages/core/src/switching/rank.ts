import type { ModelId, Objective } from '@pointsman/contract'
import type { CompiledRoute, CompiledSnapshot } from '../compile/compiled-snapshot.ts'
import { mixedPicoUsdPerToken } from '../cost/mixed-rate.ts'
import { priceInForce } from '../cost/price-in-force.ts'
import { gateSettingOf, judge, type ControlSetting } from './gate-for-route.ts'

/** How a model did lately (the last minutes, over all replicas). */
export interface ModelHealth {
  readonly requests: number
  /** Failures other than 429. */
  readonly errors: number
  /** Answers 429. */
  readonly throttled: number
  /** Median to the first content; null = not measured. */
  readonly latencyMs: number | null
}

export interface RankingInput extends ControlSetting {
  readonly route: CompiledRoute
  readonly objective: Objective
  /** By model id; absent = no recent traffic. */
  readonly health: ReadonlyMap<string, ModelHealth>
  readonly excluded: readonly string[]
}

export interface RankedCandidate {
  readonly model: ModelId
  /** 0 … 100, higher is better; 0 for those that did not pass. */
  readonly score: number
  readonly passed: boolean
  /** Why this score, or why not passed, in words. */
  readonly reasons: readonly string[]
}

interface Measured {
  readonly model: ModelId
  /** Place in the curated list, from 0. */
  readonly place: number
  readonly refusal: string | null
  readonly picoUsdPerToken: number | null
  readonly health: ModelHealth | null
}

/** So that one failure among few requests does not condemn a model: failures weigh as if this many more had gone well. */
const goodRequestsAssumed = 4

function failureShare(health: ModelHealth | null): number {
  if (health === null) return 0
  const failures = Math.max(0, health.errors) + Math.max(0, health.throttled)
  return Math.min(1, failures / (Math.max(health.requests, failures) + goodRequestsAssumed))
}

function measure(snapshot: CompiledSnapshot, input: RankingInput, model: ModelId, place: number): Measured {
  const { model: called, region, verdict } = judge(snapshot, model, true, gateSettingOf(input.route, input))
  const price = called === null ? null : priceInForce(snapshot, called.id, region, input.nowMs)
  const health =
    input.health.get(model) ?? (called === null ? undefined : input.health.get(called.id)) ?? null
  const refusal = input.excluded.includes(model)
    ? `${model} was excluded by the request`
    : (verdict?.reason ?? null)
  return { model, place, refusal, picoUsdPerToken: mixedPicoUsdPerToken(price), health }
}

/** The least figure of those that passed over one's own, 0 … 1; an unknown figure gives 0. */
function shareOfLeast(own: number | null, all: readonly (number | null)[]): number {
  if (own === null) return 0
  const least = Math.min(...all.filter((figure) => figure !== null))
  return (least + 1) / (own + 1)
}

const usdPerMillion = (picoUsdPerToken: number): string => `$${(picoUsdPerToken / 1_000_000).toFixed(3)}`

/** What the objective alone says, 0 … 1, and in words. */
function merit(
  own: Measured,
  passed: readonly Measured[],
  objective: Objective,
  listLength: number,
): readonly [number, string] {
  if (objective === 'cost') {
    const share = shareOfLeast(
      own.picoUsdPerToken,
      passed.map((other) => other.picoUsdPerToken),
    )
    const words =
      own.picoUsdPerToken === null
        ? 'its price is not known'
        : `mixed price ${usdPerMillion(own.picoUsdPerToken)} per million tokens`
    return [share, words]
  }
  if (objective === 'latency') {
    const own_ = own.health?.latencyMs ?? null
    const share = shareOfLeast(
      own_,
      passed.map((other) => other.health?.latencyMs ?? null),
    )
    return [
      share,
      own_ === null ? 'its latency was not measured lately' : `first content after ${Math.round(own_)} ms`,
    ]
  }
  return [
    (listLength - own.place) / listLength,
    `place ${own.place + 1} of ${listLength} in the curated order`,
  ]
}

function score(own: Measured, merits: readonly [number, string]): RankedCandidate {
  const [share, words] = merits
  const failing = failureShare(own.health)
  const reasons = [words]
  if (failing > 0 && own.health !== null) {
    const { errors, throttled, requests } = own.health
    reasons.push(
      `${throttled} answers 429 and ${errors} errors in ${requests} recent requests lower its score`,
    )
  }
  return { model: own.model, score: Math.round(share * (1 - failing) * 10_000) / 100, passed: true, reasons }
}

/**
 * A route's ranked list (and its target, last, where the list lacks it) by an objective, best first; ties go
 * by the curated order. Those that fail a gate, are past their end of life or were excluded stand last, with
 * why. `quality` is the curated order: the list is the operator's word on quality.
 */
export function rank(snapshot: CompiledSnapshot, input: RankingInput): readonly RankedCandidate[] {
  const listed = input.route.candidates.map(({ modelId }) => modelId)
  if (!listed.includes(input.route.target)) listed.push(input.route.target)
  const measured = listed.map((model, place) => measure(snapshot, input, model, place))
  const passed = measured.filter(({ refusal }) => refusal === null)
  const scored = passed.map((own) => score(own, merit(own, passed, input.objective, listed.length)))
  // Array.sort is stable, so equal scores keep the curated order.
  scored.sort((a, b) => b.score - a.score)
  const refused = measured.flatMap(({ model, refusal }) =>
    refusal === null ? [] : [{ model, score: 0, passed: false, reasons: [refusal] }],
  )
  return [...scored, ...refused]
}
