import type { ModelId, ProviderId } from './ids.ts'

/** What a model can do, as data: never a test on its name. `null` = not known. */
export interface Abilities {
  readonly tools: boolean | null
  /** Some Bedrock models take tools only without streaming (bedrock.md 1.7). */
  readonly toolsStreaming: boolean | null
  readonly images: boolean | null
  readonly documents: boolean | null
  readonly streaming: boolean | null
  readonly jsonSchema: boolean | null
  readonly promptCaching: boolean | null
  readonly reasoning: boolean | null
}

/**
 * `active` and `preview` may be chosen automatically; `legacy` and `deprecated` still serve, with a warning;
 * `eol` is past its end: it serves only where it was named, under lifecycle rule `warn`.
 */
export type LifecycleStatus = 'active' | 'preview' | 'legacy' | 'deprecated' | 'eol'

export interface Lifecycle {
  readonly status: LifecycleStatus
  /** ISO date (`2026-07-30`) of the end of life, where known. */
  readonly endsOn: string | null
  readonly replacement: ModelId | null
}

/**
 * How the provider knows the model. Geographic and global profiles, and base ids that a region serves only
 * through a profile, are Bedrock's (bedrock.md section 2).
 */
export type ModelKind =
  'direct' | 'foundation-model' | 'geo-profile' | 'global-profile' | 'application-profile'

/** A catalogue entry. */
export interface Model {
  readonly id: ModelId
  readonly name: string
  /** The company that made it, in lower case, as the seeds write it: `amazon`, `anthropic`, `meta`. */
  readonly vendor: string
  /** The provider that the call goes to. */
  readonly provider: ProviderId
  /** What the provider calls it; mostly equal to `id`. */
  readonly upstreamId: string
  readonly purpose: 'chat' | 'embedding'
  readonly kind: ModelKind
  /** For a profile: the base id of the model behind it. */
  readonly baseModelId: string | null
  /** `claude`, `nova`, `titan`, `llama`, `gpt`, `gemini`, … */
  readonly family: string
  /** `opus`, `sonnet`, `haiku`, `pro`, `lite`, `micro`, …; null where the family has no tiers. */
  readonly tier: string | null
  /** Orders members of a family and tier, newest highest: 5.5 → 5.5. */
  readonly generation: number
  /** Body format of the vendor's native API: `claude`, `nova`, `titan`, `llama`, `openai`, `gemini`, … */
  readonly format: string
  readonly contextTokens: number | null
  readonly maxOutputTokens: number | null
  readonly abilities: Abilities
  /** Regions from which it can be called; null = not known, empty for providers without regions. */
  readonly sourceRegions: readonly string[] | null
  /** Regions in which it may run when called; null = not known (a global profile may run anywhere). */
  readonly destinationRegions: readonly string[] | null
  /** The same by the region that is called, where AWS said so; absent, or a region left out: as `destinationRegions` says. */
  readonly destinationsFrom?: { readonly [callingRegion: string]: readonly string[] }
  readonly lifecycle: Lifecycle
  /** Switched on by the operator. */
  readonly enabled: boolean
  /** The default passes to the next enabled model by this order when it is taken away; lowest first. */
  readonly priority: number
}
