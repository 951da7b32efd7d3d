import { modelId, routeKey, type ModelId, type Role, type Route } from '@pointsman/contract'
import { entriesAStep, pairOf, type CompileWork, type Steps } from './compile-index.ts'
import type { CompiledRoute } from './compiled-snapshot.ts'
import type { EntryChange } from './entry-changes.ts'

function checkRoute(route: Route, key: string, { edit, problems }: CompileWork): void {
  if (route.kind === 'default' ? route.name !== 'default' : route.name === '' || route.name === 'default') {
    problems.add(`route ${key}: the name '${route.name}' is not possible for a route of kind ${route.kind}`)
  }
  const unknown = (id: ModelId, role: string): void => {
    if (!edit.models.has(id)) problems.add(`route ${key}: its ${role} ${id} is not in the catalogue`)
  }
  if (route.target !== null) unknown(route.target, 'target')
  const ranked = new Set<string>()
  for (const { modelId: id, weight } of route.candidates) {
    unknown(id, 'candidate')
    if (ranked.has(id)) problems.add(`route ${key}: candidate ${id} stands twice`)
    ranked.add(id)
    if (!Number.isFinite(weight) || weight < 0) problems.add(`route ${key}: the weight of ${id} is ${weight}`)
  }
  for (const id of route.fallbacks ?? []) unknown(id, 'fallback')
  const { heartbeatMs = null } = route as Partial<Route>
  if (heartbeatMs !== null && !(Number.isInteger(heartbeatMs) && heartbeatMs >= 0))
    problems.add(`route ${key}: its heartbeat of ${heartbeatMs} ms is not possible`)
  if (route.residency?.length === 0) problems.add(`route ${key}: its residency rule allows no region`)
}

/** A strategy picks from the list until a switch sets a target: whoever switches is obeyed by the next request. */
const picksByStrategy = (route: Route): boolean =>
  route.strategy !== 'priority' &&
  route.candidates.length > 0 &&
  (route.target === null || route.switchId === null)

/** Stands only where the default has no target, which is told as a problem. */
const noModel = modelId('')

/** Parts from before there were heartbeats do not say. */
const heartbeatOf = (route: Partial<Pick<Route, 'heartbeatMs'>>): number | null => route.heartbeatMs ?? null

const inherits = (route: Route): boolean => route.target === null && !picksByStrategy(route)

/** Without a target a route inherits the default's, and without a list of its own also the default's list and chain. */
export function compileRoute(route: Route, fallbackTo: Route): CompiledRoute {
  const picks = picksByStrategy(route)
  const inheritsTarget = inherits(route)
  const inheritsList = inheritsTarget && route.candidates.length === 0
  const lists = inheritsList ? fallbackTo : route
  return {
    ...route,
    key: routeKey(route.kind, route.name),
    target: route.target ?? (picks ? route.candidates[0]?.modelId : null) ?? fallbackTo.target ?? noModel,
    ownTarget: route.target,
    inheritsTarget,
    switchId: inheritsTarget ? fallbackTo.switchId : route.switchId,
    candidates: lists.candidates,
    strategy: lists.strategy,
    fallbacks: route.fallbacks ?? (inheritsList ? fallbackTo.fallbacks : null),
    picksByStrategy: picksByStrategy(lists),
    residency: route.residency === null ? null : new Set(route.residency),
    heartbeatMs: heartbeatOf(route) ?? heartbeatOf(fallbackTo) ?? 0,
  }
}

function checkUsable(route: CompiledRoute, { edit, problems }: CompileWork): void {
  const ids = [route.target, ...route.candidates.map((ranked) => ranked.modelId), ...(route.fallbacks ?? [])]
  if (!ids.some((id) => edit.models.get(id)?.enabled === true)) {
    problems.add(
      `route ${route.key} is left without an enabled model; enable one of ${[...new Set(ids)].join(', ')}`,
    )
  }
}

const modelsNamedBy = (route: Route): ReadonlySet<string> =>
  new Set([
    ...(route.target === null ? [] : [route.target]),
    ...route.candidates.map((ranked) => ranked.modelId),
    ...(route.fallbacks ?? []),
  ])

export function* compileRoutes(
  changes: readonly EntryChange<Route>[],
  { edit, goneNames }: CompileWork,
): Steps {
  for (const [place, { key, before, after }] of changes.entries()) {
    if (place % entriesAStep === 0) yield
    if (before !== undefined) {
      for (const id of modelsNamedBy(before)) edit.modelUsers.delete(pairOf(id, key))
      edit.inheritors.delete(key)
    }
    if (after === undefined) {
      edit.routes.delete(key)
      if (before !== undefined) goneNames.add(key).add(before.name)
      continue
    }
    for (const id of modelsNamedBy(after)) edit.modelUsers.set(pairOf(id, key), true)
    if (inherits(after)) edit.inheritors.set(key, true)
    edit.routes.set(key, after)
  }
}

/**
 * Holds the routes that changed, and those that name a model that was lost, to their rules. Where the default's own
 * target is enabled, it serves whoever inherits it; else each of them is looked at.
 */
export function* checkRoutes(changes: readonly EntryChange<Route>[], work: CompileWork): Steps {
  const { edit, lostModels, problems } = work
  const fallback = edit.routes.get('default')
  if (fallback === undefined) problems.add('there is no default route')
  else if (fallback.target === null) problems.add('the default route has no target')
  const touched = new Set(changes.flatMap(({ key, after }) => (after === undefined ? [] : [key])))
  for (const id of lostModels) {
    const users = pairOf(id)
    for (const [pair] of edit.modelUsers.beginning(users)) touched.add(pair.slice(users.length))
    yield
  }
  const checked = function* (keys: Iterable<string>): Steps {
    let place = 0
    for (const key of keys) {
      const route = edit.routes.get(key)
      if (route !== undefined) checkRoute(route, key, work)
      if (route !== undefined && fallback !== undefined) checkUsable(compileRoute(route, fallback), work)
      if (++place % entriesAStep === 0) yield
    }
  }
  yield* checked(touched)
  const serves = fallback?.target != null && edit.models.get(fallback.target)?.enabled === true
  if (touched.has('default') && !serves)
    yield* checked([...edit.inheritors.beginning('')].map(([key]) => key))
}

export function compileRoles(changes: readonly EntryChange<Role>[], { edit, goneNames }: CompileWork): void {
  for (const { key, before, after } of changes) {
    if (before !== undefined) edit.roleUsers.delete(pairOf(before.useCase, key))
    if (after === undefined) {
      edit.roles.delete(key)
      goneNames.add(`role/${key}`)
    } else {
      edit.roles.set(key, after.useCase)
      edit.roleUsers.set(pairOf(after.useCase, key), true)
    }
  }
}

/** Roles that changed, and those of use cases that are gone. */
export function checkRoles(
  changes: readonly EntryChange<Role>[],
  ofRoutes: readonly EntryChange<Route>[],
  { edit, problems }: CompileWork,
): void {
  const touched = new Set(changes.map(({ key }) => key))
  for (const { before, after } of ofRoutes) {
    if (before?.kind !== 'use-case' || after !== undefined) continue
    const users = pairOf(before.name)
    for (const [pair] of edit.roleUsers.beginning(users)) touched.add(pair.slice(users.length))
  }
  for (const name of touched) {
    const useCase = edit.roles.get(name)
    if (useCase !== undefined && !edit.routes.has(routeKey('use-case', useCase)))
      problems.add(`role ${name} maps to the unknown use case ${useCase}`)
  }
}
