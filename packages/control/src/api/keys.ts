import { z } from 'zod'
import { pageOfKeys, type KeyRow } from '@pointsman/registry'
import { behindShown } from './behind-shown.ts'
import { endMs, expiresInSecondsSchema, isOneEnd, oneEndWords } from './ends.ts'
import { keyIdSchema, modelIdSchema } from '../catalogue/schemas.ts'
import type { ControlHouse } from '../house.ts'
import { endpoint, type Endpoint } from '../http/endpoint.ts'
import { instant, instantGiven, instantOrNull } from '../instant.ts'
import { pageOf, pageQuery } from '../http/paging.ts'
import { dollarsUpTo } from '../nano-dollars.ts'
import {
  createKey,
  editKey,
  endKey,
  requireKey,
  rotateKey,
  type ChangedKey,
  type MadeKey,
} from '../keys/manage-keys.ts'

const nanoUsd = 1_000_000_000
const longestOverlapSeconds = 366 * 86_400

const keyShown = z.object({
  id: z.string(),
  name: z.string(),
  lastFour: z.string().describe('The only characters of the key that are kept.'),
  scopes: z.array(z.enum(['invoke', 'read', 'switch', 'admin', 'self'])),
  routes: z.array(z.string()).nullable().describe('Routes that it may call; null = all.'),
  models: z.array(z.string()).nullable().describe('Models that may serve it; null = all.'),
  requestsPerMinute: z.number().nullable(),
  tokensPerMinute: z.number().nullable().describe('Input and output together.'),
  concurrentRequests: z.number().nullable().describe('Requests under way at once.'),
  spendPerDayUsd: z.number().nullable().describe('By UTC day.'),
  spendPerMonthUsd: z.number().nullable().describe('By UTC month.'),
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime().nullable().describe('Its last request to a model that is in the records.'),
  expiresAt: z.iso.datetime().nullable(),
  revokedAt: z.iso.datetime().nullable(),
  replacedBy: z
    .string()
    .nullable()
    .describe('The key that took its place; until this one ends both are good.'),
  revision: z.number(),
})

const changed = keyShown.extend(behindShown)
const made = changed.extend({
  aws: z
    .object({ accessKeyId: z.string(), secretAccessKey: z.string() })
    .optional()
    .describe('The same key for clients that sign as AWS’s do.'),
  key: z.string().describe('The whole key. It is shown this once and kept nowhere.'),
})
const name = z.string().trim().min(1).max(200)
const routes = z.array(z.string().min(1)).min(1).nullable()
const models = z.array(modelIdSchema).min(1).nullable()
const count = z.int().min(1).nullable()
const count32 = z.int32().min(1).nullable()
const dollars = dollarsUpTo(1_000_000).nullable()
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
    handle: async ({ query: { cursor = null, ...query }, principal: { workspace } }) => {
      const { data, nextCursor } = await pageOfKeys(house.database, { ...query, cursor, workspace })
      return { data: { data: data.map(shown), nextCursor } }
    },
  }),
  endpoint({
    operation: 'keys.show',
    method: 'GET',
    path: '/keys/{id}',
    summary: 'One of them, revoked or not.',
    pathParameters: path,
    answer: keyShown,
    errors: ['not_found'],
    handle: async ({ path: { id }, principal }) => {
      const row = await requireKey(house.database, principal, id)
      return { data: shown(row), revision: row.revision }
    },
  }),
  endpoint({
    operation: 'keys.create',
    method: 'POST',
    path: '/keys',
    summary: 'Makes a key and shows it once.',
    body: z
      .strictObject({
        name,
        scopes: z
          .array(z.enum(['invoke', 'read', 'switch', 'admin']))
          .min(1)
          .default(['invoke']),
        routes: routes.default(null),
        models: models.default(null),
        requestsPerMinute: count32.default(null),
        tokensPerMinute: count.default(null),
        concurrentRequests: count32.default(null),
        spendPerDayUsd: dollars.default(null),
        spendPerMonthUsd: dollars.default(null),
        expiresAt: instantGiven.nullable().optional(),
        expiresInSeconds: expiresInSecondsSchema,
        aws: z.boolean().default(false).describe('Tell an AWS access-key pair of it, too.'),
      })
      .refine(isOneEnd, oneEndWords),
    answer: made,
    status: 201,
    errors: ['route_not_found', 'revision_rejected'],
    handle: async ({ body, principal }) => {
      const { spendPerDayUsd, spendPerMonthUsd, expiresAt, expiresInSeconds, ...draft } = body
      const key = await createKey(house, principal, {
        ...draft,
        scopes: [...new Set(draft.scopes)],
        spendPerDayNanoUsd: inNanoUsd(spendPerDayUsd),
        spendPerMonthNanoUsd: inNanoUsd(spendPerMonthUsd),
        expiresAtMs: endMs(house, { expiresAt, expiresInSeconds }) ?? null,
      })
      return answerOf(key)
    },
  }),
  endpoint({
    operation: 'keys.change',
    method: 'PATCH',
    path: '/keys/{id}',
    summary:
      'Another name, other limits or another end of a key that goes on being used; null takes a limit away, what is left out stays.',
    pathParameters: path,
    body: z
      .strictObject({
        name: name.optional(),
        routes: routes.optional(),
        models: models.optional(),
        requestsPerMinute: count32.optional(),
        tokensPerMinute: count.optional(),
        concurrentRequests: count32.optional(),
        spendPerDayUsd: dollars.optional(),
        spendPerMonthUsd: dollars.optional(),
        expiresAt: instantGiven.nullable().optional(),
        expiresInSeconds: expiresInSecondsSchema,
      })
      .refine(isOneEnd, oneEndWords),
    answer: changed,
    conditional: true,
    errors: ['not_found', 'refused', 'route_not_found', 'model_not_found', 'revision_rejected'],
    handle: async ({ path: { id }, body, principal, ifMatch }) => {
      const { spendPerDayUsd, spendPerMonthUsd, expiresAt, expiresInSeconds, ...plain } = body
      const change = present({
        ...plain,
        spendPerDayNanoUsd: spendPerDayUsd === undefined ? undefined : inNanoUsd(spendPerDayUsd),
        spendPerMonthNanoUsd: spendPerMonthUsd === undefined ? undefined : inNanoUsd(spendPerMonthUsd),
        expiresAtMs: endMs(house, { expiresAt, expiresInSeconds }),
      })
      return changedAnswer(await editKey(house, principal, { id, ifMatch, change }))
    },
  }),
  endpoint({
    operation: 'keys.rotate',
    method: 'POST',
    path: '/keys/{id}/rotate',
    summary:
      'A new key with the same rights and limits in place of this one, which ends at once, at the instant named, or after the span named.',
    pathParameters: path,
    query: z
      .strictObject({
        aws: z.stringbool().default(false),
        until: instantGiven
          .optional()
          .describe('Until when the old key stays good; both count into one budget.'),
        overlapSeconds: z.coerce
          .number()
          .int()
          .min(1)
          .max(longestOverlapSeconds)
          .optional()
          .describe('The same in seconds from now, for who does not trust their own clock.'),
      })
      .refine(({ overlapSeconds, until }) => overlapSeconds === undefined || until === undefined, {
        path: ['overlapSeconds'],
        message: 'name "until" or "overlapSeconds", not both',
      }),
    answer: made,
    status: 201,
    conditional: true,
    errors: ['not_found', 'refused'],
    handle: async ({ path: { id }, query: { aws, overlapSeconds, until }, principal, ifMatch }) => {
      const spanEndMs = overlapSeconds === undefined ? null : house.clock.nowMs() + overlapSeconds * 1_000
      const untilMs = until === undefined ? spanEndMs : Date.parse(until)
      return answerOf(await rotateKey(house, principal, id, { ifMatch, aws, untilMs }))
    },
  }),
  endpoint({
    operation: 'keys.revoke',
    method: 'DELETE',
    path: '/keys/{id}',
    summary:
      'Ends a key at once, on every replica that can be reached; `pending` and `unheard` name the others.',
    pathParameters: path,
    answer: changed,
    conditional: true,
    errors: ['not_found'],
    handle: async ({ path: { id }, principal, ifMatch }) => {
      return changedAnswer(await endKey(house, principal, id, ifMatch))
    },
  }),
]

const changedAnswer = ({ row, ...behind }: ChangedKey) => ({
  data: { ...shown(row), ...behind },
  revision: row.revision,
})

const answerOf = ({ row, aws, ...told }: MadeKey) => ({
  data: { ...shown(row), ...told, ...(aws === null ? {} : { aws }) },
  revision: row.revision,
})

/** Without what was not given: a change names what it changes. */
const present = <Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], undefined>
  }
const inNanoUsd = (usd: number | null): number | null => (usd === null ? null : Math.round(usd * nanoUsd))
const inUsd = (nano: number | null | undefined): number | null =>
  nano === null || nano === undefined ? null : nano / nanoUsd

const shown = ({ key, lastFour, createdAtMs, lastUsedAtMs, replacedBy, revokedAtMs, revision }: KeyRow) => ({
  id: key.id,
  name: key.name,
  lastFour,
  scopes: key.scopes,
  routes: key.routes,
  models: key.models,
  requestsPerMinute: key.requestsPerMinute,
  tokensPerMinute: key.tokensPerMinute ?? null,
  concurrentRequests: key.concurrentRequests ?? null,
  spendPerDayUsd: inUsd(key.spendPerDayNanoUsd),
  spendPerMonthUsd: inUsd(key.spendPerMonthNanoUsd),
  createdAt: instant(createdAtMs),
  lastUsedAt: instantOrNull(lastUsedAtMs),
  expiresAt: instantOrNull(key.expiresAtMs),
  revokedAt: instantOrNull(revokedAtMs),
  replacedBy,
  revision,
})
