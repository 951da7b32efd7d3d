import type { Actor, Digests, Revision } from '@pointsman/contract'
import {
  addPrices,
  claimSetting,
  hasModels,
  nextRevision,
  publishRevision,
  upsertFallbackRules,
  upsertModels,
  upsertRoles,
  upsertRoutes,
  type Database,
} from '@pointsman/registry'
import { wholeSnapshot } from '../publishing/published.ts'
import type { CatalogueFile } from './catalogue-file.ts'

const catalogueRule: Actor = { kind: 'rule', id: 'catalogue' }

export interface SeedParts {
  readonly digests: Digests
  readonly nowMs: () => number
  /** The region whose prices the cost columns show. */
  readonly region: string
}

/**
 * At a first start (no models yet) writes models, prices, routes, roles and fallback rules as the first revision, compiled
 * and published like any other. Null = the registry was written before, and nothing was done; of several hosts that start
 * together, the lock lets one write.
 */
export async function seedCatalogue(
  database: Database,
  readCatalogue: () => CatalogueFile,
  parts: SeedParts,
): Promise<Revision | null> {
  if (await hasModels(database)) return null
  const catalogue = readCatalogue()
  return database.transaction({ purpose: 'registry', actor: catalogueRule }, async (transaction) => {
    if (await hasModels(transaction)) return null
    await claimSetting(transaction, 'region', parts.region)
    await upsertModels(transaction, catalogue.models)
    await addPrices(transaction, catalogue.prices)
    await upsertRoutes(
      transaction,
      catalogue.routes.map((route) => ({ ...route, switchId: null })),
    )
    await upsertRoles(transaction, catalogue.roles)
    await upsertFallbackRules(transaction, catalogue.fallbackRules)
    const revision = await nextRevision(transaction)
    const { snapshot, written } = await wholeSnapshot(transaction, revision, {
      digests: parts.digests,
      // Nobody is served yet: the loop is free.
      clock: { nowMs: parts.nowMs, after: callAtOnce },
    })
    await publishRevision(transaction, { revision, manifest: snapshot.manifest, parts: written })
    return revision
  })
}

function callAtOnce(_delayMs: number, callback: () => void): () => void {
  callback()
  return () => undefined
}
