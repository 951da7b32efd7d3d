import type { ModelId, Price } from '@pointsman/contract'
import type { Queryable, Transaction } from './database.ts'

export declare function listPrices(
  database: Queryable,
  filter?: { readonly modelId?: ModelId; readonly region?: string },
): Promise<readonly Price[]>
/**
 * Adds dated rows; one that stands there already with the same figures is left. Throws `refused`, and adds nothing,
 * where a row would change one that exists, is negative, or names an unknown model. Returns how many were added.
 */
export declare function addPrices(transaction: Transaction, prices: readonly Price[]): Promise<number>
/** Per model and region, the row that holds at this instant. */
export declare function currentPrices(
  database: Queryable,
  at: { readonly nowMs: number; readonly modelId?: ModelId },
): Promise<readonly Price[]>
