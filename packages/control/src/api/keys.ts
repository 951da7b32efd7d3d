import { z } from 'zod'
import type { KeyRow } from '@pointsman/registry'
import { keyIdSchema, modelIdSchema } from '../catalogue/schemas.ts'
import type { ControlHouse } from '../house.ts'
import { endpoint, type Endpoint } from '../http/endpoint.ts'
import { page, pageOf, pageQuery } from '../http/paging.ts'
import { createKey, endKey, keysOf, rotateKey, type MadeKey } from '../keys/manage-keys.ts'

const nanoUsd = 1_000_000_000

const keyShown = z.object({
  id: z.string(),
  name: z.string(),
  lastFour: z.string().describe('The only characters of the key that are kept.'),
  scopes: z.array(z.enum(['invoke', 'read', 'switch', 'admin', 'self'])),
  routes: z.array(z.string()).nullable().describe('Routes that it may call; null = all.'),
  models: z.array(z.string()).nullable().describe('Models that may serve it; null = all.'),
  requestsPerMinute: z.number().nullable(),
  spendPerDayUsd: z.number().nullable(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable(),
  revokedAt: z.iso.datetime().nullable(),
  revision: z.number(),
})

const made = keyShown.extend({
  aws: z
    .object({ accessKeyId: z.string(), secretAccessKey: z.string() })
    .optional()
    .describe('The same key for clients that sign as AWS’s do.'),
  key: z.string().describe('The whole key. It is shown this once and kept nowhere.'),
})
const path = z.strictObject({ id: keyIdSchema })

// size: a declared table of endpoints
export const keyEndpoints = (house: ControlHouse): readonly Endpoint[] => [
  endpoint({
    operation: 'keys.list',
    method: 'GET',
    path: '/keys',
    summary: 'Keys of this workspace, newest first; never the keys themselves.',
    query: z.strictObject({ ...pageQuery, includeRevoked: z.stringbool().default(false) }),
    answer: pageOf(keyShown),
    handle: async ({ query, principal }) => {
      const rows = (await keysOf(house, principal, query.includeRevoked)).map(shown)
      return { data: page(rows, ({ id }) => id, query) }
    },
  }),
  endpoint({
    operation: 'keys.create',
    method: 'POST',
    path: '/keys',
    summary: 'Makes a key and shows it once.',
    body: z.strictObject({
      name: z.string().trim().min(1).max(200),
      scopes: z
        .array(z.enum(['invoke', 'read', 'switch', 'admin']))
        .min(1)
        .default(['invoke']),
      routes: z.array(z.string().min(1)).min(1).nullable().default(null),
      models: z.array(modelIdSchema).min(1).nullable().default(null),
      requestsPerMinute: z.int32().min(1).nullable().default(null),
      spendPerDayUsd: z.number().min(0).max(1_000_000).nullable().default(null),
      expiresAt: z.iso.datetime({ offset: true }).nullable().default(null),
      aws: z.boolean().default(false).describe('Tell an AWS access-key pair of it, too.'),
    }),
    answer: made,
    status: 201,
    errors: ['route_not_found', 'revision_rejected'],
    handle: async ({ body, principal }) => {
      const { spendPerDayUsd, expiresAt, ...draft } = body
      const key = await createKey(house, principal, {
        ...draft,
        scopes: [...new Set(draft.scopes)],
        spendPerDayNanoUsd: spendPerDayUsd === null ? null : Math.round(spendPerDayUsd * nanoUsd),
        expiresAtMs: expiresAt === null ? null : Date.parse(expiresAt),
      })
      return answerOf(key)
    },
  }),
  endpoint({
    operation: 'keys.rotate',
    method: 'POST',
    path: '/keys/{id}/rotate',
    summary: 'A new key with the same rights in place of this one, which ends at once.',
    pathParameters: path,
    query: z.strictObject({ aws: z.stringbool().default(false) }),
    answer: made,
    status: 201,
    conditional: true,
    errors: ['not_found', 'refused'],
    handle: async ({ path: { id }, query: { aws }, principal, ifMatch }) =>
      answerOf(await rotateKey(house, principal, id, { ifMatch, aws })),
  }),
  endpoint({
    operation: 'keys.revoke',
    method: 'DELETE',
    path: '/keys/{id}',
    summary: 'Ends a key at once, on every replica.',
    pathParameters: path,
    answer: keyShown,
    conditional: true,
    errors: ['not_found'],
    handle: async ({ path: { id }, principal, ifMatch }) => {
      const row = await endKey(house, principal, id, ifMatch)
      return { data: shown(row), revision: row.revision }
    },
  }),
]

const answerOf = ({ row, key, aws }: MadeKey) => ({
  data: { ...shown(row), key, ...(aws === null ? {} : { aws }) },
  revision: row.revision,
})

const instant = (ms: number): string => new Date(ms).toISOString()

const shown = ({ key, lastFour, createdAtMs, revokedAtMs, revision }: KeyRow) => ({
  id: key.id,
  name: key.name,
  lastFour,
  scopes: key.scopes,
  routes: key.routes,
  models: key.models,
  requestsPerMinute: key.requestsPerMinute,
  spendPerDayUsd: key.spendPerDayNanoUsd === null ? null : key.spendPerDayNanoUsd / nanoUsd,
  createdAt: instant(createdAtMs),
  expiresAt: key.expiresAtMs === null ? null : instant(key.expiresAtMs),
  revokedAt: revokedAtMs === null ? null : instant(revokedAtMs),
  revision,
})
