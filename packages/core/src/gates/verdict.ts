import type { Gate } from '@pointsman/contract'

/** Why a gate does not let a model pass; null stands for `passes`. */
export interface Verdict {
  readonly gate: Gate
  /** Stable word for programs: `disabled`, `end-of-life`, `no-tools`, `region-not-allowed`, … */
  readonly rule: string
  /** In words for people, with the next step where there is one. */
  readonly reason: string
}
