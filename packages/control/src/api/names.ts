import { PointsmanError } from '@pointsman/contract'
import {
  deleteAlias,
  deleteRole,
  listAliases,
  listRoles,
  upsertAlias,
  upsertRoles,
} from '@pointsman/registry'
import { z } from 'zod'
import { aliasSchema, roleSchema, routeNameSchema } from '../catalogue/schemas.ts'
import { unknownName } from '../catalogue/unknown-names.ts'
import type { ControlHouse } from '../house.ts'
import { requireFresh } from '../http/entity-tag.ts'
import { endpoint, type Endpoint } from '../http/endpoint.ts'
import { page, pageOf, pageQuery } from '../http/paging.ts'
import { requireUnlimited } from '../keys/limits.ts'
import type { Editing } from '../publishing/change-registry.ts'
import { actorOf } from '../switches/actor.ts'
import type { Principal } from '@pointsman/contract'

const deleted = z.object({ deleted: z.boolean(), revision: z.number() })
const aliasShown = aliasSchema.extend({ revision: z.number() })

export const nameEndpoints = (house: ControlHouse): readonly Endpoint[] => [
  ...roles(house),
  ...aliases(house),
]

const roles = (house: ControlHouse): readonly Endpoint[] => [
  endpoint({
    operation: 'roles.list',
    method: 'GET',
    path: '/roles',
    summary: 'Roles of the application’s users, each with its use case.',
    query: z.strictObject(pageQuery),
    answer: pageOf(roleSchema),
    handle: async ({ query }) => {
      const rows = [...(await listRoles(house.database))].sort((a, b) => (a.name < b.name ? -1 : 1))
      return { data: page(rows, ({ name }) => name, query) }
    },
  }),
  endpoint({
    operation: 'roles.put',
    method: 'PUT',
    path: '/roles/{name}',
    summary: 'Maps a role to a use case.',
    pathParameters: z.strictObject({ name: routeNameSchema }),
    body: roleSchema.omit({ name: true }),
    answer: roleSchema,
    errors: ['route_not_found', 'revision_rejected'],
    handle: async ({ path: { name }, body: { useCase }, principal }) => {
      const { useCases } = house.publishing.holder.required().compiled
      if (!useCases.has(useCase)) throw unknownName('route_not_found', 'Use case', useCase, useCases.keys())
      const revision = await write(house, principal, async (transaction) => ({
        changed: (await upsertRoles(transaction, [{ name, useCase }])) > 0,
        result: null,
      }))
      return { data: { name, useCase }, revision }
    },
  }),
  endpoint({
    operation: 'roles.delete',
    method: 'DELETE',
    path: '/roles/{name}',
    summary: 'Removes a role.',
    pathParameters: z.strictObject({ name: routeNameSchema }),
    answer: deleted,
    errors: ['not_found'],
    handle: async ({ path: { name }, principal }) => {
      const known = house.publishing.holder.required().compiled.roles
      const revision = await write(house, principal, async (transaction) => {
        if (await deleteRole(transaction, name)) return { changed: true, result: null }
        throw unknownName('not_found', 'Role', name, known.keys())
      })
      return { data: { deleted: true, revision } }
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
    query: z.strictObject(pageQuery),
    answer: pageOf(aliasShown),
    handle: async ({ query }) => {
      const rows = (await listAliases(house.database)).map(({ alias, revision }) => ({ ...alias, revision }))
      return { data: page(rows, ({ name }) => name, query) }
    },
  }),
  endpoint({
    operation: 'aliases.put',
    method: 'PUT',
    path: '/aliases/{name}',
    summary: 'Maps a name to a model id or to a route (`use-case/clinical`).',
    pathParameters: z.strictObject({ name: aliasSchema.shape.name }),
    body: aliasSchema.omit({ name: true }),
    answer: aliasShown,
    conditional: true,
    errors: ['model_not_found', 'refused', 'revision_rejected'],
    handle: async ({ path: { name }, body: { target }, principal, ifMatch }) => {
      const { names, routes } = house.publishing.holder.required().compiled
      if (name === target)
        throw new PointsmanError('refused', `The alias ${name} cannot stand for itself.`, { field: 'target' })
      if (routes.has(name))
        throw new PointsmanError('refused', `${name} is a route: an alias cannot take its name.`, {
          field: 'name',
        })
      if (!names.has(target)) throw unknownName('model_not_found', 'Model or route', target, names.keys())
      const revision = await write(house, principal, async (transaction) => {
        const existing = (await listAliases(transaction)).find(({ alias }) => alias.name === name)
        if (ifMatch !== null) requireFresh(ifMatch, existing?.revision ?? 0, `The alias ${name}`)
        if (existing?.alias.target === target) return { changed: false, result: null }
        await upsertAlias(transaction, { name, target })
        return { changed: true, result: null }
      })
      return { data: { name, target, revision }, revision }
    },
  }),
  endpoint({
    operation: 'aliases.delete',
    method: 'DELETE',
    path: '/aliases/{name}',
    summary: 'Removes an alias; the name then stands for what it shadowed.',
    pathParameters: z.strictObject({ name: aliasSchema.shape.name }),
    answer: deleted,
    conditional: true,
    errors: ['not_found'],
    handle: async ({ path: { name }, principal, ifMatch }) => {
      const revision = await write(house, principal, async (transaction) => {
        const listed = await listAliases(transaction)
        const existing = listed.find(({ alias }) => alias.name === name)
        if (existing === undefined)
          throw unknownName(
            'not_found',
            'Alias',
            name,
            listed.map(({ alias }) => alias.name),
          )
        requireFresh(ifMatch, existing.revision, `The alias ${name}`)
        return { changed: await deleteAlias(transaction, name), result: null }
      })
      return { data: { deleted: true, revision } }
    },
  }),
]

/** One edit that reaches every caller of a name; answers the revision that is live. */
async function write(house: ControlHouse, principal: Principal, edit: Editing<null>): Promise<number> {
  requireUnlimited(principal)
  const { revision } = await house.publishing.change(actorOf(principal), edit)
  if (revision !== null) await house.replicas.settled(revision)
  return house.publishing.holder.required().compiled.revision.number
}
