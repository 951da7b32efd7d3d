import type { CompiledSnapshot } from '@pointsman/core'
import {
  canonicalJson,
  PointsmanError,
  type Principal,
  type Route,
  type RouteKind,
} from '@pointsman/contract'
import {
  deleteRoute,
  findRoute,
  listRoles,
  upsertRoutes,
  type RouteRow,
  type Transaction,
} from '@pointsman/registry'
import type { Behind } from '../acknowledgements/replicas.ts'
import { requireFresh } from '../http/entity-tag.ts'
import { requireUnlimited } from '../keys/limits.ts'
import { actorOf } from '../switches/actor.ts'
import type { Edit } from '../publishing/change-registry.ts'
import { wordsOfChange } from '../publishing/words-of-change.ts'
import type { SwitchParts } from '../switches/perform.ts'
import { unknownName } from './unknown-names.ts'

/** A route's rules; absent = as it is. Its target is moved by a switch, so that it is proposed, recorded and told. */
export type RouteRules = Partial<Omit<Route, 'kind' | 'name' | 'target' | 'switchId'>>

export interface RouteWrite {
  readonly kind: Exclude<RouteKind, 'default'>
  readonly name: string
  readonly rules: RouteRules
  readonly ifMatch: number | null
}

export interface WrittenRoute {
  readonly row: RouteRow
  readonly created: boolean
  /** As it was before, read under the lock; null = it is new. */
  readonly before: Route | null
  /** The revision that wrote it; null = it said so already. */
  readonly revision: number | null
  readonly behind: Behind
}

/** One that nobody has said anything of. */
export const freshRoute: Omit<Route, 'kind' | 'name'> = {
  target: null,
  candidates: [],
  strategy: 'priority',
  fallbacks: null,
  residency: null,
  lifecycleRule: 'warn',
  objective: 'curated',
  autoSwitch: 'on',
  capture: false,
  heartbeatMs: null,
  switchId: null,
}

/** Adds a use case or an agent, or changes its rules. Throws PointsmanError `stale`, `refused`, `revision_rejected`. */
export async function writeRoute(
  parts: SwitchParts,
  principal: Principal,
  { kind, name, rules, ifMatch }: RouteWrite,
): Promise<WrittenRoute> {
  requireUnlimited(principal)
  if (name === 'default') {
    throw new PointsmanError(
      'refused',
      '"default" is the name of the default route: no use case or agent may have it.',
      { field: 'name' },
    )
  }
  const { result: before, revision } = await parts.publishing.change(
    actorOf(principal),
    async (transaction, stood) => {
      requireModels(stood, rules)
      const existing = await findRoute(transaction, { kind, name })
      if (ifMatch !== null) requireFresh(ifMatch, existing?.revision ?? 0, `${kind}/${name}`)
      const route: Route = { ...(existing?.route ?? freshRoute), kind, name, ...rules }
      const changed = await upsertRoutes(transaction, [route])
      const reason = wordsOfChange(
        `${kind}/${name}`,
        existing?.route ?? null,
        existing === null ? rules : route,
      )
      return { changed: changed > 0, result: existing?.route ?? null, reason }
    },
  )
  const behind = await parts.replicas.settled(revision)
  const row = await findRoute(parts.database, { kind, name })
  if (row === null) throw unknownName('route_not_found', kind, name, [])
  return { row, created: before === null, before, revision: revision?.number ?? null, behind }
}

/**
 * Takes back what `writeRoute` wrote, as though it had not been. What somebody else has changed since stays as they left it,
 * and so does a new route that is theirs, too, by now.
 */
export async function takeBackRoute(
  parts: SwitchParts,
  principal: Principal,
  { kind, name, rules }: Omit<RouteWrite, 'ifMatch'>,
  written: Pick<WrittenRoute, 'before' | 'revision'>,
): Promise<void> {
  const { revision } = await parts.publishing.change(actorOf(principal), async (transaction) => {
    const present = await findRoute(transaction, { kind, name })
    if (present === null) return { changed: false, result: null }
    const isAlone = (await rolesServedBy(transaction, { kind, name })).length === 0
    if (written.before === null && present.revision === written.revision && isAlone)
      return deleteIn(transaction, { kind, name }, present)
    const stood = { ...freshRoute, ...written.before }
    const own = (Object.keys(rules) as (keyof RouteRules)[]).filter(
      (rule) => canonicalJson(present.route[rule]) === canonicalJson(rules[rule]),
    )
    const route: Route = { ...present.route, ...Object.fromEntries(own.map((rule) => [rule, stood[rule]])) }
    const changed = await upsertRoutes(transaction, [route])
    return {
      changed: changed > 0,
      result: null,
      reason: wordsOfChange(`${kind}/${name}`, present.route, route),
    }
  })
  await parts.replicas.settled(revision)
}

/** What it was made up of, but for its name and what the switches tell. */
const rulesOf = ({
  drill: _drill,
  kind: _kind,
  name: _name,
  switchId: _switch,
  ...rules
}: RouteRow['route']): object => rules

function requireModels(snapshot: CompiledSnapshot, { candidates = [], fallbacks }: RouteRules): void {
  const named = [
    ...candidates.map(({ modelId }, at) => [`candidates[${at}].modelId`, modelId] as const),
    ...(fallbacks ?? []).map((modelId, at) => [`fallbacks[${at}]`, modelId] as const),
  ]
  const twice = candidates.findIndex(
    ({ modelId }, at) => candidates.findIndex((other) => other.modelId === modelId) < at,
  )
  if (twice >= 0) {
    const field = `candidates[${twice}].modelId`
    throw new PointsmanError('invalid_request', `"${field}" stands in the list already.`, { field })
  }
  for (const [field, modelId] of named) {
    const model = snapshot.models.get(modelId)
    if (model === undefined) {
      const { message, details } = unknownName('model_not_found', 'Model', modelId, snapshot.models.keys())
      throw new PointsmanError('model_not_found', message, { ...details, field })
    }
    if (model.purpose !== 'chat') {
      const message = `${modelId} is an embedding model, and routes serve chats. Name a chat model; requests for embeddings name their model themselves.`
      throw new PointsmanError('refused', message, { field })
    }
  }
}

/** Removes a use case or an agent. Throws PointsmanError `route_not_found`, `stale`, `refused` where a role needs it. */
export async function removeRoute(
  parts: SwitchParts,
  principal: Principal,
  { kind, name, ifMatch }: Omit<RouteWrite, 'rules'>,
): Promise<{ readonly revision: number; readonly behind: Behind }> {
  requireUnlimited(principal)
  const { revision } = await parts.publishing.change(actorOf(principal), async (transaction) => {
    const row = await findRoute(transaction, { kind, name })
    if (row === null) throw unknownName('route_not_found', kind, name, [])
    requireFresh(ifMatch, row.revision, `${kind}/${name}`)
    return deleteIn(transaction, { kind, name }, row)
  })
  const behind = await parts.replicas.settled(revision)
  const { number } = revision ?? parts.publishing.holder.required().compiled.revision
  return { revision: number, behind }
}

async function deleteIn(
  transaction: Transaction,
  { kind, name }: Pick<RouteWrite, 'kind' | 'name'>,
  { route }: RouteRow,
): Promise<Edit<null>> {
  const roles = await rolesServedBy(transaction, { kind, name })
  if (roles.length > 0) {
    throw new PointsmanError(
      'refused',
      `The use case ${name} serves the roles ${roles.join(', ')}. Map them to another use case first.`,
      { data: { roles } },
    )
  }
  const reason = wordsOfChange(`${kind}/${name}`, rulesOf(route), null)
  return { changed: await deleteRoute(transaction, { kind, name }), result: null, reason }
}

async function rolesServedBy(
  transaction: Transaction,
  { kind, name }: Pick<RouteWrite, 'kind' | 'name'>,
): Promise<readonly string[]> {
  if (kind !== 'use-case') return []
  return (await listRoles(transaction)).filter((role) => role.useCase === name).map((role) => role.name)
}
