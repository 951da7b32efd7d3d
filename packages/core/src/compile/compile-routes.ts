import { modelId, routeKey, type ModelId, type Role, type Route } from '@pointsman/contract'
import type { CompiledModel, CompiledRoute } from './compiled-snapshot.ts'

export interface CompiledRoutes {
  readonly routes: ReadonlyMap<string, CompiledRoute>
  /** Null only where a problem was told. */
  readonly defaultRoute: CompiledRoute | null
  readonly useCases: ReadonlyMap<string, CompiledRoute>
  readonly agents: ReadonlyMap<string, CompiledRoute>
}

function checkRoute(
  route: Route,
  key: string,
  models: ReadonlyMap<string, CompiledModel>,
  problems: string[],
): void {
  if (route.kind === 'default' ? route.name !== 'default' : route.name === '' || route.name === 'default') {
    problems.push(`route ${key}: the name '${route.name}' is not possible for a route of kind ${route.kind}`)
  }
  const unknown = (id: ModelId, role: string): void => {
    if (!models.has(id)) problems.push(`route ${key}: its ${role} ${id} is not in the catalogue`)
  }
  if (route.target !== null) unknown(route.target, 'target')
  const ranked = new Set<string>()
  for (const { modelId: id, weight } of route.candidates) {
    unknown(id, 'candidate')
    if (ranked.has(id)) problems.push(`route ${key}: candidate ${id} stands twice`)
    ranked.add(id)
    if (!Number.isFinite(weight) || weight < 0)
      problems.push(`route ${key}: the weight of ${id} is ${weight}`)
  }
  for (const id of route.fallbacks ?? []) unknown(id, 'fallback')
  const { heartbeatMs = null } = route as Partial<Route>
  if (heartbeatMs !== null && !(Number.isInteger(heartbeatMs) && heartbeatMs >= 0))
    problems.push(`route ${key}: its heartbeat of ${heartbeatMs} ms is not possible`)
  if (route.residency?.length === 0) problems.push(`route ${key}: its residency rule allows no region`)
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

/** Without a target a route inherits the default's, and without a list of its own also the default's list and chain. */
function compileRoute(route: Route, fallbackTo: Route): CompiledRoute {
  const picks = picksByStrategy(route)
  const inherits = route.target === null && !picks
  const inheritsList = inherits && route.candidates.length === 0
  const lists = inheritsList ? fallbackTo : route
  return {
    ...route,
    key: routeKey(route.kind, route.name),
    target: route.target ?? (picks ? route.candidates[0]?.modelId : null) ?? fallbackTo.target ?? noModel,
    ownTarget: route.target,
    inheritsTarget: inherits,
    switchId: inherits ? fallbackTo.switchId : route.switchId,
    candidates: lists.candidates,
    strategy: lists.strategy,
    fallbacks: route.fallbacks ?? (inheritsList ? fallbackTo.fallbacks : null),
    picksByStrategy: picksByStrategy(lists),
    residency: route.residency === null ? null : new Set(route.residency),
    heartbeatMs: heartbeatOf(route) ?? heartbeatOf(fallbackTo) ?? 0,
  }
}

function checkUsable(
  route: CompiledRoute,
  models: ReadonlyMap<string, CompiledModel>,
  problems: string[],
): void {
  const ids = [route.target, ...route.candidates.map((ranked) => ranked.modelId), ...(route.fallbacks ?? [])]
  if (!ids.some((id) => models.get(id)?.enabled === true)) {
    problems.push(
      `route ${route.key} is left without an enabled model; enable one of ${[...new Set(ids)].join(', ')}`,
    )
  }
}

export function compileRoutes(
  entries: readonly Route[],
  models: ReadonlyMap<string, CompiledModel>,
  problems: string[],
): CompiledRoutes {
  const routes = new Map<string, CompiledRoute>()
  const useCases = new Map<string, CompiledRoute>()
  const agents = new Map<string, CompiledRoute>()
  const defaultEntry = entries.find((route) => route.kind === 'default')
  if (defaultEntry === undefined) problems.push('there is no default route')
  else if (defaultEntry.target === null) problems.push('the default route has no target')
  for (const entry of entries) {
    const key = routeKey(entry.kind, entry.name)
    if (routes.has(key)) problems.push(`route ${key} stands twice`)
    checkRoute(entry, key, models, problems)
    const route = compileRoute(entry, defaultEntry ?? entry)
    if (defaultEntry !== undefined) checkUsable(route, models, problems)
    routes.set(key, route)
    if (entry.kind === 'use-case') useCases.set(entry.name, route)
    if (entry.kind === 'agent') agents.set(entry.name, route)
  }
  return { routes, defaultRoute: routes.get('default') ?? null, useCases, agents }
}

export function compileRoles(
  entries: readonly Role[],
  useCases: ReadonlyMap<string, CompiledRoute>,
  problems: string[],
): ReadonlyMap<string, CompiledRoute> {
  const roles = new Map<string, CompiledRoute>()
  for (const role of entries) {
    if (roles.has(role.name)) problems.push(`role ${role.name} stands twice`)
    const route = useCases.get(role.useCase)
    if (route === undefined) problems.push(`role ${role.name} maps to the unknown use case ${role.useCase}`)
    else roles.set(role.name, route)
  }
  return roles
}
