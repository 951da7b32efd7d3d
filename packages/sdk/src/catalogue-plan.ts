import type { Behind } from './behind.ts'
import type { LifecycleStatus } from '@pointsman/contract'

/** What hangs on a model. */
interface RouteOf {
  /** `use-case/clinical` */
  readonly route: string
  readonly as: 'target' | 'candidate' | 'fallback'
}

/** Pico-dollars a token: US-$ 1 per million tokens is 1,000,000; null = not known. */
interface PlannedRates {
  readonly inputPicoUsd: number | null
  readonly outputPicoUsd: number | null
}

/** What a sync or an import changes, entry by entry. */
export interface CataloguePlan {
  readonly new: readonly {
    readonly id: string
    readonly name: string
    readonly kind: string
    readonly enabled: boolean
    /** A price holds now where it would be called. */
    readonly priced: boolean
  }[]
  readonly changed: readonly {
    readonly id: string
    readonly name: string
    readonly fields: readonly { readonly field: string; readonly from: unknown; readonly to: unknown }[]
  }[]
  /** Entries that are no longer current by this. */
  readonly ended: readonly {
    readonly id: string
    readonly name: string
    readonly status: LifecycleStatus
    readonly endsOn: string | null
    readonly replacement: string | null
    readonly routes: readonly RouteOf[]
  }[]
  /** Dated prices that are added; none is ever edited. */
  readonly prices: readonly {
    readonly modelId: string
    readonly region: string
    readonly effectiveFromMs: number
    /** What holds when it begins; null = nothing was known. */
    readonly from: PlannedRates | null
    readonly to: PlannedRates
    /** What differs of all rates: `cacheReadPicoUsd`, `serviceTiers.flex`. A server of an older version tells none. */
    readonly fields?: readonly string[]
    readonly source: string
  }[]
  /** No price is known where they would be called. */
  readonly unpriced: readonly { readonly id: string; readonly region: string }[]
  /** Entries that the source lists no more; they stay as they are. */
  readonly missing: readonly { readonly id: string; readonly routes: readonly RouteOf[] }[]
  /** Of the source, left aside. */
  readonly skipped: readonly { readonly id: string; readonly reason: string }[]
  readonly warnings: readonly string[]
}

export interface CatalogueOutcome extends Behind {
  /** False: a dry run, or nothing to change. */
  readonly applied: boolean
  /** The registry's, of which the plan was made, or which the change made. */
  readonly revision: number
  readonly plan: CataloguePlan
}

interface ChangeOptions {
  /** Says what would be; changes nothing. */
  readonly dryRun?: boolean | undefined
  /** New entries are switched on at once. */
  readonly enable?: boolean | undefined
}

export interface SyncOrder extends ChangeOptions {
  /** The server's own unless set. */
  readonly region?: string | undefined
}

/** `catalogue`: ours; `llm-models`: items of a DynamoDB table; `price-catalogue`: LiteLLM's. */
export type ImportForm = 'catalogue' | 'llm-models' | 'price-catalogue'

/** Either a file's text with its name, or a table that the server reads. */
export interface ImportOrder extends ChangeOptions {
  /** The file's text. */
  readonly text?: string | undefined
  /** Of a file: stands as the source of its prices: its name, an address. */
  readonly name?: string | undefined
  /** A DynamoDB table `LLMModels`. */
  readonly dynamodb?: string | undefined
  /** Seen from the text unless set. */
  readonly form?: ImportForm | undefined
  /** Where prices hold that name no region, of models that are billed by region. */
  readonly region?: string | undefined
  /** Of a price catalogue: these models alone, those that the catalogue lacks among them. */
  readonly only?: readonly string[] | undefined
  /** When its prices begin, ISO date or instant; now unless set. */
  readonly effectiveFrom?: string | undefined
}
