import { PointsmanError, type Principal } from '@pointsman/contract'
import {
  deleteAlias,
  deleteRole,
  findAlias,
  listRoleRows,
  pageOfAliases,
  upsertAlias,
  upsertRoles,
  type AliasRow,
  type Queryable,
  type RoleRow,
} from '@pointsman/registry'
import { z } from 'zod'
import type { Behind } from '../acknowledgements/replicas.ts'
import { behindShown } from './behind-shown.ts'
import { aliasSchema, roleSchema, routeNameSchema } from '../catalogue/schemas.ts'
import { inField, unknownName } from '../catalogue/unknown-names.ts'
import type { ControlHouse } from '../house.ts'
import { requireFresh } from '../http/entity-tag.ts'
import { endpoint, type Endpoint } from '../http/endpoint.ts'
import { page, pageOf, pageQuery } from '../http/paging.ts'
import { requireUnlimited } from '../keys/limits.ts'
import type { Editing } from '../publishing/change-registry.ts'
import { wordsOfChange } from '../publishing/words-of-change.ts'
import { actorOf } from '../switches/actor.ts'

const deleted = z.object({ deleted: z.boolean(), revision: z.number(), ...behindShown })
const reasonSchema = z.string().max(2_000).describe('Why: stands at the revision, beside what was changed.')
const roleShown = roleSchema.extend({ revision: z.number() })
const aliasShown = aliasSchema.extend({ revision: z.number() })

export const nameEndpoints = (house: ControlHouse): readonly Endpoint[] => [
  ...roles(house),
  ...aliases(house),
]

// size: a declared table of endpoints
const roles = (house: ControlHouse): readonly Endpoint[] => [
  endpoint({
    operation: 'roles.list',
    method: 'GET',
    path: '/roles',
    summary: 'Roles of the application’s users, each with its use case.',
    query: z.strictObject(pageQuery),
    answer: pageOf(roleShown),
    handle: async ({ query }) => {
      const rows = (await listRoleRows(house.database)).map(({ role, revision }) => ({ ...role, revision }))
      return { data: page(rows, ({ name }) => name, query) }
    },
  }),
  endpoint({
    operation: 'roles.show',
    method: 'GET',
    path: '/roles/{name}',
    summary: 'One role.',
    pathParameters: z.strictObject({ name: routeNameSchema }),
    answer: roleShown,
    errors: ['route_not_found'],
    handle: async ({ path: { name } }) => {
      const { role, revision } = await requireRole(house.database, name)
      return { data: { ...role, revision }, revision }
    },
  }),
  endpoint({
    operation: 'roles.put',
    method: 'PUT',
    path: '/roles/{name}',
    summary: 'Maps a role to a use case.',
    pathParameters: z.strictObject({ name: routeNameSchema }),
    body: roleSchema.omit({ name: true }),
    answer: roleShown.extend(behindShown),
    conditional: true,
    errors: ['route_not_found', 'revision_rejected'],
    handle: async ({ path: { name }, body: { useCase }, principal, ifMatch }) => {
      const { useCases } = house.publishing.holder.required().compiled
      if (!useCases.has(useCase))
        throw inField(unknownName('route_not_found', 'Use case', useCase, useCases.keys()), 'useCase')
      const { revision, behind } = await write(house, principal, async (transaction) => {
        const existing = (await listRoleRows(transaction)).find(({ role }) => role.name === name)
        requireFresh(ifMatch, existing?.revision ?? 0, `The role ${name}`)
        const changed = (await upsertRoles(transaction, [{ name, useCase }])) > 0
        const was = existing === undefined ? null : { useCase: existing.role.useCase }
        const reason = wordsOfChange(`role/${name}`, was, { useCase })
        return { changed, result: existing?.revision ?? 0, reason }
      })
      return { data: { name, useCase, revision, ...behind }, revision }
    },
  }),
  endpoint({
    operation: 'roles.delete',
    method: 'DELETE',
    path: '/roles/{name}',
    summary: 'Removes a role.',
    pathParameters: z.strictObject({ name: routeNameSchema }),
    answer: deleted,
    conditional: true,
    errors: ['route_not_found'],
    handle: async ({ path: { name }, principal, ifMatch }) => {
      const { revision, behind } = await write(house, principal, async (transaction) => {
        const existing = await requireRole(transaction, name)
        requireFresh(ifMatch, existing.revision, `The role ${name}`)
        const reason = wordsOfChange(`role/${name}`, { useCase: existing.role.useCase }, null)
        return { changed: await deleteRole(transaction, name), result: existing.revision, reason }
      })
      return { data: { deleted: true, revision, ...behind } }
    },
  }),
]

// size: a declared table of endpoints
const aliases = (house: ControlHouse): readonly Endpoint[] => [
  endpoint({
    operation: 'aliases.list',
    method: 'GET',
    path: '/aliases',
    summary: 'Names that stand for a model or a route; they may shadow a model id.',
    query: z.strictObject({
      ...pageQuery,
      target: z.string().max(2_100).optional().describe('Only those that stand for it, as it is written.'),
    }),
    answer: pageOf(aliasShown),
    handle: async ({ query: { cursor = null, ...query } }) => {
      const { data, nextCursor } = await pageOfAliases(house.database, { ...query, cursor })
      return { data: { data: data.map(({ alias, revision }) => ({ ...alias, revision })), nextCursor } }
    },
  }),
  endpoint({
    operation: 'aliases.show',
    method: 'GET',
    path: '/aliases/{name}',
    summary: 'One alias.',
    pathParameters: z.strictObject({ name: aliasSchema.shape.name }),
    answer: aliasShown,
    errors: ['not_found'],
    handle: async ({ path: { name } }) => {
      const { alias, revision } = await requireAlias(house, house.database, name)
      return { data: { ...alias, revision }, revision }
    },
  }),
  endpoint({
    operation: 'aliases.put',
    method: 'PUT',
    path: '/aliases/{name}',
    summary: 'Maps a name to a model id or to a route (`use-case/clinical`).',
    pathParameters: z.strictObject({ name: aliasSchema.shape.name }),
    body: aliasSchema.omit({ name: true }).extend({ reason: reasonSchema.nullish() }),
    answer: aliasShown.extend(behindShown),
    conditional: true,
    errors: ['model_not_found', 'refused', 'revision_rejected'],
    handle: async ({ path: { name }, body: { target, reason: why }, principal, ifMatch }) => {
      const { names, routes } = house.publishing.holder.required().compiled
      if (name === target)
        throw new PointsmanError('refused', `The alias ${name} cannot stand for itself.`, { field: 'target' })
      if (routes.has(name))
        throw new PointsmanError('refused', `${name} is a route: an alias cannot take its name.`, {
          field: 'name',
        })
      if (!names.has(target))
        throw inField(unknownName('model_not_found', 'Model or route', target, names.keys()), 'target')
      const { revision, behind } = await write(house, principal, async (transaction) => {
        const existing = await findAlias(transaction, name)
        requireFresh(ifMatch, existing?.revision ?? 0, `The alias ${name}`)
        if (existing?.alias.target === target) return { changed: false, result: existing.revision }
        await upsertAlias(transaction, { name, target })
        const was = existing === null ? null : { target: existing.alias.target }
        return { changed: true, result: 0, reason: wordsOfChange(`alias ${name}`, was, { target }), why }
      })
      return { data: { name, target, revision, ...behind }, revision }
    },
  }),
  endpoint({
    operation: 'aliases.delete',
    method: 'DELETE',
    path: '/aliases/{name}',
    summary: 'Removes an alias; the name then stands for what it shadowed.',
    pathParameters: z.strictObject({ name: aliasSchema.shape.name }),
    query: z.strictObject({ reason: reasonSchema.optional() }),
    answer: deleted,
    conditional: true,
    errors: ['not_found'],
    handle: async ({ path: { name }, query: { reason: why }, principal, ifMatch }) => {
      const { revision, behind } = await write(house, principal, async (transaction) => {
        const existing = await requireAlias(house, transaction, name)
        requireFresh(ifMatch, existing.revision, `The alias ${name}`)
        const reason = wordsOfChange(`alias ${name}`, { target: existing.alias.target }, null)
        return { changed: await deleteAlias(transaction, name), result: existing.revision, reason, why }
      })
      return { data: { deleted: true, revision, ...behind } }
    },
  }),
]

async function requireRole(database: Queryable, name: string): Promise<RoleRow> {
  const rows = await listRoleRows(database)
  const row = rows.find(({ role }) => role.name === name)
  if (row !== undefined) return row
  const names = rows.map(({ role }) => role.name)
  throw unknownName('route_not_found', 'Role', name, names)
}

async function requireAlias(
  { publishing }: ControlHouse,
  database: Queryable,
  name: string,
): Promise<AliasRow> {
  const row = await findAlias(database, name)
  if (row !== null) return row
  throw unknownName('not_found', 'Alias', name, publishing.holder.required().compiled.aliases.keys())
}

/**
 * One edit that reaches every caller of a name. The edit's result is the name's revision before it; answers the one
 * that it has now: the edit's own, or where nothing changed the one before.
 */
async function write(
  house: ControlHouse,
  principal: Principal,
  edit: Editing<number>,
): Promise<{ readonly revision: number; readonly behind: Behind }> {
  requireUnlimited(principal)
  const { revision, result } = await house.publishing.change(actorOf(principal), edit)
  return { revision: revision?.number ?? result, behind: await house.replicas.settled(revision) }
}
