import type { LifecycleStatus, Model, Price, Refusal } from '@pointsman/contract'
import type { Behind } from './behind.ts'
import type { CatalogueOutcome, ImportOrder, SyncOrder } from './catalogue-plan.ts'
import type { CallOptions, Connection, Tagged, WriteOptions } from './connection.ts'
import { listing, type Listing } from './paging.ts'
import type { PriceOrder } from './prices.ts'

/** A catalogue entry as lists show it. Costs are US-$ per million tokens, today, in the region that is called; null = not known. */
export interface ModelItem {
  readonly id: string
  readonly name: string
  /** The company that made it. */
  readonly provider: string
  /** The provider that the call goes to. */
  readonly servedBy: string
  readonly useCase: string | null
  readonly maxTokens: number | null
  readonly inputCostPerMTok: number | null
  readonly outputCostPerMTok: number | null
  readonly isAvailable: boolean
  readonly isDefault: boolean
  readonly lifecycle: LifecycleStatus
  /** ISO date of its end of life, where known. */
  readonly endsOn: string | null
  readonly replacement: string | null
  readonly format: string
  /** What it is known to be able to do: `tools`, `images`, … */
  readonly abilities: readonly string[]
  /** Where it may run when it is called; null = not known. */
  readonly runsIn: readonly string[] | null
  readonly contextTokens: number | null
}

export interface ModelDetail extends ModelItem {
  readonly model: Model
  /** The region that is called from the server. */
  readonly region: string
  /** Those in force now, in every region. */
  readonly prices: readonly Price[]
  readonly revision: number
}

export type ChangedModel = ModelDetail & Behind

export interface ModelQuestion {
  readonly includeDisabled?: boolean | undefined
  /** The company that made it: `amazon`. */
  readonly provider?: string | undefined
  readonly lifecycle?: LifecycleStatus | undefined
  /** Words of its id, name, maker or provider. */
  readonly search?: string | undefined
}

/** What may be changed of an entry. `enabled` and `isDefault` are changed by requests of their own. */
export interface ModelChange {
  readonly enabled?: boolean | undefined
  /** The default passes to it; a disabled model is enabled by that. */
  readonly isDefault?: true | undefined
  readonly name?: string | undefined
  readonly maxOutputTokens?: number | null | undefined
  readonly priority?: number | undefined
  readonly reason?: string | undefined
}

export type NewPrice = Omit<Price, 'modelId'>
/** Facts of an entry with dated prices beside them. */
export type ModelFacts = Omit<Model, 'id'> & { readonly prices?: readonly NewPrice[] }

/** What is left out is taken from what is known of the model, or of the same one elsewhere. */
export interface NewModel extends Partial<Omit<Model, 'abilities' | 'id' | 'lifecycle' | 'provider'>> {
  readonly id: string
  /** Who serves it. */
  readonly provider: string
  readonly abilities?: Partial<Model['abilities']> | undefined
  readonly lifecycle?:
    (Partial<Omit<Model['lifecycle'], 'replacement'>> & { readonly replacement?: string | null }) | undefined
  /** It becomes the last candidate of this use case. */
  readonly useCase?: string | undefined
  readonly prices?: readonly (NewPrice | Omit<PriceOrder, 'modelId'>)[] | undefined
}

/** What the model answered to a call of one token. */
export interface Probed {
  readonly ok: boolean
  readonly latencyMs: number
  readonly problem?: string
  /** As an operator may act on it. */
  readonly refusal?: Refusal
  /** What mends it. */
  readonly step?: string
}

export interface Validation {
  readonly valid: boolean
  readonly exists: boolean
  readonly available: boolean
  readonly lifecycle: string | null
  readonly capabilities: { readonly [ability: string]: unknown } | null
  /** What speaks against it, and what only should be known. */
  readonly problems: readonly string[]
  /** Of the one-token call, where one was asked for and made. */
  readonly probe: Probed | null
}

/** The catalogue. Reasons stand in the record of switches where a change moves a route. */
export interface Models extends Listing<ModelItem, ModelQuestion> {
  show(id: string, options?: CallOptions): Promise<Tagged<ModelDetail>>
  add(model: NewModel, options?: CallOptions): Promise<Tagged<ChangedModel>>
  put(id: string, facts: ModelFacts, options?: WriteOptions): Promise<Tagged<ChangedModel>>
  change(id: string, change: ModelChange, options?: WriteOptions): Promise<Tagged<ChangedModel>>
  enable(id: string, options?: ReasonOptions): Promise<Tagged<ChangedModel>>
  disable(id: string, options?: ReasonOptions): Promise<Tagged<ChangedModel>>
  /** Makes it what everything without a model of its own is served by; enables it where it was disabled. */
  setDefault(id: string, options?: ReasonOptions): Promise<Tagged<ChangedModel>>
  /** Brings the catalogue up to what Amazon Bedrock lists in a region, in one revision. */
  sync(order?: SyncOrder, options?: WriteOptions): Promise<Tagged<CatalogueOutcome>>
  /** Takes over a file in one revision, or refuses it whole. */
  import(order: ImportOrder, options?: WriteOptions): Promise<Tagged<CatalogueOutcome>>
  validate(id: string, options?: CallOptions & { readonly probe?: boolean }): Promise<Validation>
}

export interface ReasonOptions extends WriteOptions {
  readonly reason?: string | undefined
}

export function modelsOf(connection: Connection): Models {
  const path = (id: string): string => `/api/v1/models/${encodeURIComponent(id)}`
  const change: Models['change'] = (id, body, options) =>
    connection.tagged('PATCH', path(id), { ...options, body })
  const changeWhy = (id: string, body: ModelChange, options: ReasonOptions = {}) => {
    const { reason, ...write } = options
    return change(id, { ...body, reason }, write)
  }
  return {
    ...listing<ModelItem, ModelQuestion>((question, options) =>
      connection.json('GET', '/api/v1/models', { ...options, query: { ...question } }),
    ),
    show: (id, options) => connection.tagged('GET', path(id), options),
    add: (model, options) => connection.tagged('POST', '/api/v1/models', { ...options, body: model }),
    put: (id, facts, options) => connection.tagged('PUT', path(id), { ...options, body: facts }),
    change,
    enable: (id, options) => changeWhy(id, { enabled: true }, options),
    disable: (id, options) => changeWhy(id, { enabled: false }, options),
    setDefault: (id, options) => changeWhy(id, { isDefault: true }, options),
    sync: ({ dryRun, ...body } = {}, options) =>
      connection.tagged('POST', '/api/v1/models/sync', { ...options, query: { dryRun }, body }),
    import: ({ dryRun, ...body }, options) =>
      connection.tagged('POST', '/api/v1/models/import', { ...options, query: { dryRun }, body }),
    validate: (id, { probe = false, ...options } = {}) =>
      connection.json('POST', `${path(id)}/validate`, { ...options, body: { probe } }),
  }
}
