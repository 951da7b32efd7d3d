import {
  PointsmanError,
  type PartKind,
  type Route,
  type RouteKind,
  type Snapshot,
  type SnapshotPart,
} from '@pointsman/contract'
import { compileKeys } from './compile-keys.ts'
import { compileModels, compileRules, familyFallbacksOf } from './compile-models.ts'
import { checkAliases, compileAliases, namesOf } from './compile-names.ts'
import { compilePrices } from './compile-prices.ts'
import { checkRoles, checkRoutes, compileRoles, compileRoute, compileRoutes } from './compile-routes.ts'
import {
  editorsOf,
  emptyMaps,
  mapsOf,
  type CompileIndex,
  type CompileWork,
  type Steps,
} from './compile-index.ts'
import type { CompiledRoute, CompiledSnapshot } from './compiled-snapshot.ts'
import { differenceOf, type KindDifference } from './entry-changes.ts'
import { inOneGo } from './in-steps.ts'
import { LookedUp } from './looked-up.ts'
import { checkManifest } from './manifest-check.ts'

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
 * Indexes a snapshot and holds it to every invariant of a revision. Throws PointsmanError `revision_rejected` whose
 * `details.data.problems` lists all that is wrong.
 *
 * With `previous` only what differs from it is read, indexed and checked, and what refers to that: what `previous` holds
 * was accepted before, and parts are content-addressed. The result is the same as without. Between two steps the work
 * may be left alone; nothing of `previous` changes meanwhile.
 */
export function* compilingSnapshot(snapshot: Snapshot, previous?: CompiledSnapshot): Steps<CompiledSnapshot> {
  const before = previous?.index ?? emptyIndex()
  const work: CompileWork = {
    edit: editorsOf(before),
    problems: new Set(),
    lostModels: new Set(),
    goneNames: new Set(),
  }
  checkManifest(snapshot, work.problems)
  const parts = yield* compileKinds(snapshot, before, work)
  const maps = mapsOf(work.edit)
  const fallback = maps.routes.get('default')
  if (work.problems.size > 0 || fallback === undefined) throw rejected(snapshot, [...work.problems])
  return compiledOf(snapshot, { ...maps, parts }, fallback)
}

/** The same in one go. */
export const compileSnapshot = (snapshot: Snapshot, previous?: CompiledSnapshot): CompiledSnapshot =>
  inOneGo(compilingSnapshot(snapshot, previous))

const emptyIndex = (): CompileIndex => ({ ...emptyMaps(), parts: new Map() })

/** How two entries of one name are told. */
const names: { readonly [Kind in PartKind]: string } = {
  models: 'model',
  prices: 'price',
  routes: 'route',
  roles: 'role',
  aliases: 'alias',
  keys: 'key',
  'fallback-rules': 'fallback rule',
}

/** First all entries, then who refers to whom: a reference may lead to what came with the same revision. */
function* compileKinds(
  snapshot: Snapshot,
  before: CompileIndex,
  work: CompileWork,
): Steps<ReadonlyMap<PartKind, ReadonlyMap<string, SnapshotPart>>> {
  const parts = new Map<PartKind, ReadonlyMap<string, SnapshotPart>>()
  const difference = function* <Kind extends PartKind>(
    kind: Kind,
    present: { readonly has: (key: string) => boolean },
  ): Steps<KindDifference<Kind>['changes']> {
    const found = yield* differenceOf(kind, before.parts.get(kind) ?? new Map(), snapshot, (key) =>
      present.has(key),
    )
    for (const key of found.twice) work.problems.add(`${names[kind]} ${key} stands twice`)
    parts.set(kind, found.parts)
    return found.changes
  }
  yield* compileModels(yield* difference('models', before.models), work)
  // Their keys hold their ids, which are compared where they are indexed.
  yield* compilePrices(yield* difference('prices', { has: () => false }), work)
  const routes = yield* difference('routes', before.routes)
  yield* compileRoutes(routes, work)
  const roles = yield* difference('roles', before.roles)
  compileRoles(roles, work)
  const aliases = yield* difference('aliases', before.aliases)
  yield* compileAliases(aliases, work)
  yield* compileKeys(yield* difference('keys', before.keysById), work)
  compileRules(yield* difference('fallback-rules', before.rules), work)
  yield* checkRoutes(routes, work)
  checkRoles(roles, routes, work)
  yield* checkAliases(aliases, work)
  return parts
}

function compiledOf(snapshot: Snapshot, index: CompileIndex, fallback: Route): CompiledSnapshot {
  const routeOf = (key: string): CompiledRoute | undefined => {
    const route = index.routes.get(key)
    return route === undefined ? undefined : compileRoute(route, fallback)
  }
  const ofKind = (kind: Exclude<RouteKind, 'default'>): ReadonlyMap<string, CompiledRoute> => {
    const prefix = `${kind}/`
    const bare = function* (): Generator<string, undefined> {
      for (const [key] of index.routes.beginning(prefix)) yield key.slice(prefix.length)
    }
    return new LookedUp(bare, (name) => routeOf(`${prefix}${name}`))
  }
  const { schema, revision, hash, createdAtMs } = snapshot.manifest
  const useCases = ofKind('use-case')
  return {
    ...{ schema, revision, hash, createdAtMs },
    models: index.models,
    prices: index.prices,
    routes: new LookedUp(() => index.routes.keys(), routeOf),
    defaultRoute: compileRoute(fallback, fallback),
    useCases,
    agents: ofKind('agent'),
    roles: new LookedUp(
      () => index.roles.keys(),
      (role) => useCases.get(index.roles.get(role) ?? ''),
    ),
    aliases: index.aliases,
    names: namesOf(index, routeOf),
    keysByDigest: index.keysByDigest,
    keysById: index.keysById,
    familyFallbacks: new LookedUp(
      () => index.models.keys(),
      (id) => familyFallbacksOf(index, id),
    ),
    profiles: index.profiles,
    index,
  }
}
