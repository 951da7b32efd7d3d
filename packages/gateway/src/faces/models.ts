import { PointsmanError, type Lifecycle, type Model, type ModelId, type Principal } from '@pointsman/contract'
import { checkPermitted, modelsOfRoute, type CompiledRoute, type CompiledSnapshot } from '@pointsman/core'

/** A name that a caller may ask for. */
export interface ListedModel {
  readonly id: string
  /** What people call it; the id itself for names that can be switched. */
  readonly name: string
  readonly createdAtMs: number
  readonly owner: string
  /** Null for names that can be switched, and where it is not known. */
  readonly contextTokens: number | null
  readonly maxOutputTokens: number | null
  readonly purpose: Model['purpose']
  /** Names that can be switched have no end. */
  readonly lifecycle: Pick<Lifecycle, 'status' | 'endsOn'>
}

const listedName = (id: string, createdAtMs: number): ListedModel => ({
  id,
  name: id,
  createdAtMs,
  owner: 'pointsman',
  contextTokens: null,
  maxOutputTokens: null,
  purpose: 'chat',
  lifecycle: { status: 'active', endsOn: null },
})

const listedModel = (model: Model, createdAtMs: number): ListedModel => ({
  id: model.id,
  name: model.name,
  createdAtMs,
  owner: model.vendor,
  contextTokens: model.contextTokens,
  maxOutputTokens: model.maxOutputTokens,
  purpose: model.purpose,
  lifecycle: model.lifecycle,
})

const permits = (principal: Principal, model: Model): boolean =>
  checkPermitted(model, { principal, routeKey: null, namedId: model.id }) === null

/** A profile may stand in for a base id, and a list of models may name either. */
const idsOf = (snapshot: CompiledSnapshot, id: ModelId): readonly ModelId[] => [
  id,
  ...[...(snapshot.profiles.get(snapshot.models.get(id)?.upstreamId ?? '')?.values() ?? [])].map(
    (profile) => profile.id,
  ),
]

/** The key names it, and may call some model that it leads to, by itself or by a fallback. */
function permitsRoute(
  snapshot: CompiledSnapshot,
  { routes, models }: Principal,
  route: CompiledRoute,
): boolean {
  if (routes !== null && !routes.includes(route.key)) return false
  if (models === null) return true
  const led = modelsOfRoute(snapshot, route)
  return led.some((id) => idsOf(snapshot, id).some((one) => models.includes(one)))
}

/** An alias may be called where what it stands for may; one that stands for nothing any more may not. */
function permitsAlias(snapshot: CompiledSnapshot, principal: Principal, alias: string): boolean {
  const named = snapshot.names.get(alias)
  if (named === undefined) return false
  return named.kind === 'model'
    ? permits(principal, named.model)
    : permitsRoute(snapshot, principal, named.route)
}

/**
 * What a list of models shows, whatever its form: first the names that can be switched (routes, roles, aliases), then the
 * models that may be named outright, all of them as far as the key allows. Models that are switched off or past their end are left out.
 */
export function listModels(snapshot: CompiledSnapshot, principal: Principal): readonly ListedModel[] {
  const names: ListedModel[] = []
  for (const [key, route] of snapshot.routes)
    if (permitsRoute(snapshot, principal, route)) names.push(listedName(key, snapshot.createdAtMs))
  for (const [role, route] of snapshot.roles)
    if (permitsRoute(snapshot, principal, route)) names.push(listedName(`role/${role}`, snapshot.createdAtMs))
  for (const alias of snapshot.aliases.keys())
    if (permitsAlias(snapshot, principal, alias)) names.push(listedName(alias, snapshot.createdAtMs))
  const models = [...snapshot.models.values()]
    .filter((model) => model.enabled && model.lifecycle.status !== 'eol' && permits(principal, model))
    .sort((a, b) => a.priority - b.priority)
    .map((model) => listedModel(model, snapshot.createdAtMs))
  return [...names, ...models]
}

/** One of them, by its name; a model past its end is found too, since naming it still works. */
export function findListedModel(snapshot: CompiledSnapshot, principal: Principal, name: string): ListedModel {
  const model = snapshot.models.get(name)
  if (model !== undefined && permits(principal, model)) return listedModel(model, snapshot.createdAtMs)
  const entry = listModels(snapshot, principal).find((candidate) => candidate.id === name)
  if (entry !== undefined) return entry
  throw new PointsmanError(
    'model_not_found',
    `Model not found: ${name}. GET /v1/models lists every name that this key may use.`,
  )
}
