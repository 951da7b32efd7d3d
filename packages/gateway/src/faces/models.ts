import { PointsmanError, type Model, type Principal } from '@pointsman/contract'
import type { CompiledSnapshot } from '@pointsman/core'

interface ListedModel {
  readonly id: string
  readonly object: 'model'
  readonly created: number
  readonly owned_by: string
}

const listed = (id: string, createdAtMs: number, owner: string): ListedModel => ({
  id,
  object: 'model',
  created: Math.floor(createdAtMs / 1_000),
  owned_by: owner,
})

const permits = (principal: Principal, model: Model): boolean =>
  principal.models === null || principal.models.includes(model.id)
const permitsRoute = (principal: Principal, key: string): boolean =>
  principal.routes === null || principal.routes.includes(key)

/**
 * What `GET /v1/models` shows, in OpenAI's shape: first the names that can be switched (routes, roles, aliases), then the
 * models that may be named outright. Models that are switched off or past their end are left out.
 */
export function listModels(snapshot: CompiledSnapshot, principal: Principal): readonly ListedModel[] {
  const names: ListedModel[] = []
  for (const key of snapshot.routes.keys())
    if (permitsRoute(principal, key)) names.push(listed(key, snapshot.createdAtMs, 'pointsman'))
  for (const role of snapshot.roles.keys())
    names.push(listed(`role/${role}`, snapshot.createdAtMs, 'pointsman'))
  for (const alias of snapshot.aliases.keys()) names.push(listed(alias, snapshot.createdAtMs, 'pointsman'))
  const models = [...snapshot.models.values()]
    .filter((model) => model.enabled && model.lifecycle.status !== 'eol' && permits(principal, model))
    .sort((a, b) => a.priority - b.priority)
    .map((model) => listed(model.id, snapshot.createdAtMs, model.vendor))
  return [...names, ...models]
}

/** One of them, by its name; a model past its end is found too, since naming it still works. */
export function findListedModel(snapshot: CompiledSnapshot, principal: Principal, name: string): ListedModel {
  const model = snapshot.models.get(name)
  if (model !== undefined && permits(principal, model))
    return listed(model.id, snapshot.createdAtMs, model.vendor)
  const entry = listModels(snapshot, principal).find((candidate) => candidate.id === name)
  if (entry !== undefined) return entry
  throw new PointsmanError(
    'model_not_found',
    `Model not found: ${name}. GET /v1/models lists every name that this key may use.`,
  )
}
