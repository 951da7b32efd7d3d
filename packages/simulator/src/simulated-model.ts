/** What a simulated model can do. `null` = not known: the simulator refuses nothing on that ground. */
export interface SimulatedAbilities {
  readonly tools: boolean | null
  /** Some Bedrock models take tools only without streaming. */
  readonly toolsStreaming: boolean | null
  readonly images: boolean | null
  readonly documents: boolean | null
  readonly streaming: boolean | null
  readonly promptCaching: boolean | null
  readonly reasoning: boolean | null
}

/**
 * A model that the simulator serves. The shape follows the catalogue's own model, so that a catalogue entry can be
 * handed in as it is; the simulator knows no model by itself.
 */
export interface SimulatedModel {
  /** As its provider knows it: `gpt-4o`, `amazon.nova-pro-v1:0`, `eu.amazon.nova-pro-v1:0`. */
  readonly id: string
  /** For people: `Amazon Nova Pro`. Every answer begins with it. */
  readonly name: string
  readonly vendor: string
  /** Whose API serves it: `bedrock`, `openai`, `anthropic`, `google`. Left out: every API that knows such a model. */
  readonly provider?: string
  /** Body format of InvokeModel: `claude` and `nova` are simulated, and `titan` and `cohere` for embeddings; others answer Converse only. */
  readonly format: string
  readonly purpose: 'chat' | 'embedding'
  /** For an inference profile: the base id of the model behind it. */
  readonly baseModelId: string | null
  readonly abilities: SimulatedAbilities
  /** Of its family: 2.5, 3.1, … Gemini's rules about thoughts and their signatures go by it. */
  readonly generation?: number | null
  /** `pro`, `flash`, `flash-lite`, …: what Gemini's models refuse goes by it too. */
  readonly tier?: string | null
  readonly contextTokens: number | null
  readonly maxOutputTokens: number | null
  /** Regions from which it can be called; null or empty = from every region. */
  readonly sourceRegions: readonly string[] | null
  /** Regions that a profile may route to; shown by the control plane. */
  readonly destinationRegions: readonly string[] | null
  /** The same by the region that is called, where it differs: `eu.` profiles lead to London when called from there. */
  readonly destinationsFrom?: { readonly [callingRegion: string]: readonly string[] }
  /** Words of the control plane in place of those that follow from the rest: AWS knows more of them than its SDK lists. */
  readonly listedAs?: {
    readonly inputModalities?: readonly string[]
    readonly outputModalities?: readonly string[]
    readonly inferenceTypesSupported?: readonly string[]
    /** Of a profile: `ACTIVE` unless set. */
    readonly status?: string
  }
  /** `eol` models are served like all others: a fault script decides whether they are gone. */
  readonly lifecycle: { readonly status: string; readonly endsOn: string | null }
  /** Regions where this base id is refused with "on-demand throughput isn't supported". */
  readonly profileOnlyRegions?: readonly string[]
  /** Further names of it, such as the ARN of an application inference profile. */
  readonly alsoKnownAs?: readonly string[]
}
