import { PointsmanError, type PartKind, type Snapshot } from '@pointsman/contract'
import { compileAliases, compileNames } from './compile-names.ts'
import { compileKeys } from './compile-keys.ts'
import { compileModels, indexFamilyFallbacks, indexProfiles } from './compile-models.ts'
import { compilePrices } from './compile-prices.ts'
import { compileRoles, compileRoutes } from './compile-routes.ts'
import type { CompiledSnapshot } from './compiled-snapshot.ts'
import { hashesByKind, readParts } from './read-parts.ts'

const toldInMessage = 3

function rejected(snapshot: Snapshot, problems: readonly string[]): PointsmanError {
  const told = problems.slice(0, toldInMessage).join('; ')
  const more = problems.length > toldInMessage ? `; and ${problems.length - toldInMessage} more` : ''
  return new PointsmanError(
    'revision_rejected',
    `Revision ${snapshot.manifest.revision.number} is refused: ${told}${more}.`,
    { data: { problems } },
  )
}

/**
 * Indexes a snapshot and holds it to every invariant of a revision, in time that grows with its entries only.
 * Throws PointsmanError `revision_rejected` whose `details.data.problems` lists all that is wrong. With
 * `previous`, indexes over kinds whose parts did not change are shared with it: what it holds was accepted
 * before, and parts are content-addressed.
 */
export function compileSnapshot(snapshot: Snapshot, previous?: CompiledSnapshot): CompiledSnapshot {
  const problems: string[] = []
  const entries = readParts(snapshot, problems)
  const kindHashes = hashesByKind(snapshot)
  const unchanged = (...kinds: readonly PartKind[]): CompiledSnapshot | null =>
    previous !== undefined && kinds.every((kind) => previous.kindHashes.get(kind) === kindHashes.get(kind))
      ? previous
      : null

  const models = unchanged('models')?.models ?? compileModels(entries.models, problems)
  const profiles = unchanged('models')?.profiles ?? indexProfiles(models)
  const familyFallbacks =
    unchanged('models', 'fallback-rules')?.familyFallbacks ??
    indexFamilyFallbacks(models, entries['fallback-rules'], problems)
  const prices = unchanged('models', 'prices')?.prices ?? compilePrices(entries.prices, models, problems)
  const { keysByDigest, keysById } = unchanged('keys') ?? compileKeys(entries.keys, problems)
  const compiledRoutes = compileRoutes(entries.routes, models, problems)
  const roles = compileRoles(entries.roles, compiledRoutes.useCases, problems)
  const aliases = compileAliases(entries.aliases, problems)
  const names = compileNames(models, compiledRoutes, roles, { aliases, problems })

  const { defaultRoute, routes, useCases, agents } = compiledRoutes
  if (problems.length > 0 || defaultRoute === null) throw rejected(snapshot, problems)
  const { schema, revision, hash, createdAtMs } = snapshot.manifest
  return {
    schema,
    revision,
    hash,
    createdAtMs,
    models,
    prices,
    routes,
    defaultRoute,
    useCases,
    agents,
    roles,
    aliases,
    names,
    keysByDigest,
    keysById,
    familyFallbacks,
    profiles,
    kindHashes,
  }
}
