import type { Price } from '@pointsman/contract'
import type { CompiledSnapshot } from '../compile/compiled-snapshot.ts'

/** The newest row of the region (else of `*`) that had begun at `atMs`; null = no price is known. */
export declare function priceInForce(
  snapshot: CompiledSnapshot,
  modelId: string,
  region: string,
  atMs: number,
): Price | null
