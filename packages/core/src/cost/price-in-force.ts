import type { Price } from '@pointsman/contract'
import type { CompiledSnapshot } from '../compile/compiled-snapshot.ts'

function newestBegun(rows: readonly Price[] | undefined, atMs: number): Price | null {
  if (rows === undefined) return null
  for (let place = rows.length - 1; place >= 0; place--) {
    const row = rows[place]
    if (row !== undefined && row.effectiveFromMs <= atMs) return row
  }
  return null
}

/**
 * The newest row of the region (else of `*`) that had begun at `atMs`; null = no price is known. Never another
 * region's: Bedrock bills by the calling region, and a wrong figure is worse than none.
 */
export function priceInForce(
  snapshot: Pick<CompiledSnapshot, 'prices'>,
  modelId: string,
  region: string,
  atMs: number,
): Price | null {
  const regions = snapshot.prices.get(modelId)
  if (regions === undefined) return null
  return newestBegun(regions.get(region), atMs) ?? newestBegun(regions.get('*'), atMs)
}
