import type { ModelId, PriceId, ProviderId } from './ids.ts'
import type { RouteKind } from './route.ts'

/** Why this model serves; the answer header `x-pointsman-reason`. */
export type Reason =
  'explicit' | 'alias' | 'conversation' | 'user' | 'agent' | 'use-case' | 'role' | 'default' | 'fallback'

/** What a request needs of the model that serves it. */
export interface Needs {
  readonly tools: boolean
  readonly images: boolean
  readonly documents: boolean
  readonly streaming: boolean
  readonly jsonSchema: boolean
  readonly reasoning: boolean
  /** Estimate of the input from its size; an over-long request is refused only by a clear margin. */
  readonly inputTokensEstimate: number
}

/** Plain text, of a size that is not known. */
export const noNeeds: Needs = {
  tools: false,
  images: false,
  documents: false,
  streaming: false,
  jsonSchema: false,
  reasoning: false,
  inputTokensEstimate: 0,
}

export type Gate = 'available' | 'capable' | 'resident' | 'permitted'

/** A candidate that was left out, and why, in words for people. */
export interface Exclusion {
  readonly modelId: ModelId
  readonly gate: Gate
  /** Stable word for programs: `disabled`, `end-of-life`, `no-tools`, `region-not-allowed`, … */
  readonly rule: string
  readonly reason: string
}

export interface Candidate {
  /** The entry that is called and billed: a base id that its region serves only through a profile is that profile here. */
  readonly modelId: ModelId
  readonly provider: ProviderId
  readonly upstreamId: string
  /** The region that is called and whose price holds; `global` for providers without regions. */
  readonly region: string
  /** `target`: what the route resolved to; `fallback`: a later step of the chain. */
  readonly step: 'target' | 'fallback'
  readonly priceId: PriceId | null
  /** What the caller should know if this one serves: past its end of life, called through a profile, … */
  readonly warnings: readonly string[]
  /** The id that was named or set, where this one stands in for it. */
  readonly namedId?: ModelId
}

/** The ordered candidates for one request, with reasons. */
export interface Plan {
  /** What the caller wrote. */
  readonly requested: string
  /** The route that decided; null when a model was named outright. */
  readonly route: { readonly kind: RouteKind; readonly name: string } | null
  /** Why the first candidate stands first. */
  readonly reason: Exclude<Reason, 'fallback'>
  /** What the route resolved to, before the gates. */
  readonly target: ModelId
  readonly candidates: readonly Candidate[]
  readonly excluded: readonly Exclusion[]
  /** Every candidate that the other gates let pass is held back after failures: they are called all the same. */
  readonly circuitsIgnored?: boolean
  /** The switch that set the target, if one did. */
  readonly switchId: string | null
  /** The conversation has no pin yet for this use case: the serving target is to be claimed for it. */
  readonly claim: { readonly useCase: string; readonly modelId: ModelId } | null
}
