import { PointsmanError, type Model, type Principal } from '@pointsman/contract'
import type { CompiledSnapshot } from '@pointsman/core'

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
}

const listedName = (id: string, createdAtMs: number): ListedModel => ({
  id,
  name: id,
  createdAtMs,
  owner: 'pointsman',
  contextTokens: null,
  maxOutputTokens: null,
  purpose: 'chat',
})

const listedModel = (model: Model, createdAtMs: number): ListedModel => ({
  id: model.id,
  name: model.name,
  createdAtMs,
  owner: model.vendor,
  contextTokens: model.contextTokens,
  maxOutputTokens: model.maxOutputTokens,
  purpose: model.purpose,
})

const permits = (principal: Principal, model: Model): boolean =>
  principal.models === null || principal.models.includes(model.id)
const permitsRoute = (principal: Principal, key: string): boolean =>
  principal.routes === null || principal.routes.includes(key)

/**
 * What a list of models shows, whatever its form: first the names that can be switched (routes, roles, aliases), then the
 * models that may be named outright. Models that are switched off or past their end are left out.
 */
export function listModels(snapshot: CompiledSnapshot, principal: Principal): readonly ListedModel[] {
  const names: ListedModel[] = []
  for (const key of snapshot.routes.keys())
    if (permitsRoute(principal, key)) names.push(listedName(key, snapshot.createdAtMs))
  for (const role of snapshot.roles.keys()) names.push(listedName(`role/${role}`, snapshot.createdAtMs))
  for (const alias of snapshot.aliases.keys()) names.push(listedName(alias, snapshot.createdAtMs))
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
