import type { Model, ModelId, RouteKind } from '@pointsman/contract'
import type { Queryable, Transaction } from './database.ts'

/** A catalogue entry as the registry keeps it. */
export interface CatalogueRow {
  readonly model: Model
  /** Column `is_default`: the default route's target. */
  readonly isDefault: boolean
  /** The use case in whose list it ranks best; null = in none. */
  readonly useCase: string | null
  /** Today's costs in the server's region, US-$ per million tokens; null = not known. */
  readonly inputCostPerMTok: number | null
  readonly outputCostPerMTok: number | null
  /** Number of the revision of its last change. */
  readonly revision: number
}

/** A route whose target an edit moved. */
export interface RouteMove {
  readonly kind: RouteKind
  readonly name: string
  /** Null: the route inherited or inherits the default. */
  readonly from: ModelId | null
  readonly to: ModelId | null
}

/** In the catalogue's order: priority, then id. */
export declare function listModels(
  database: Queryable,
  filter?: { readonly enabledOnly?: boolean; readonly vendor?: string },
): Promise<readonly CatalogueRow[]>
export declare function findModel(database: Queryable, id: string): Promise<CatalogueRow | null>
/** Adds or replaces entries; `enabled` of an entry that exists already is kept (`setModelEnabled` changes it). Returns how many rows changed. */
export declare function upsertModels(transaction: Transaction, models: readonly Model[]): Promise<number>
/**
 * Switches a model on or off. Off moves every route that had it as target to the route's next usable candidate, and
 * tells which; throws `last_usable_model` naming the routes that would have none, `model_not_found`.
 */
export declare function setModelEnabled(
  transaction: Transaction,
  id: ModelId,
  enabled: boolean,
): Promise<{ readonly changed: boolean; readonly moves: readonly RouteMove[] }>
/** Changes plain facts. Absent = as it is. */
export declare function updateModel(
  transaction: Transaction,
  id: ModelId,
  change: { readonly name?: string; readonly maxOutputTokens?: number | null; readonly priority?: number },
): Promise<boolean>
/** Brings the cost columns up to date where a price's date has come. Changes no revision. Returns how many rows changed. */
export declare function refreshCosts(database: Queryable): Promise<number>
