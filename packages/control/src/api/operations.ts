import { listRevisions } from '@pointsman/registry'
import { z } from 'zod'
import { lifecycleReport } from '../analytics/lifecycle-report.ts'
import type { ControlHouse } from '../house.ts'
import { endpoint, type Endpoint } from '../http/endpoint.ts'
import { page, pageOf, pageQuery } from '../http/paging.ts'
import { reloadReplicas } from '../publishing/reload-replicas.ts'

const revision = z.object({ epoch: z.number(), number: z.number() })

const revisionShown = revision.extend({
  state: z.enum(['recorded', 'published', 'rejected']),
  actor: z.object({ kind: z.string(), id: z.string() }),
  recordedAt: z.iso.datetime(),
  settledAt: z.iso.datetime().nullable().describe('When it was published or rejected.'),
  error: z.string().nullable(),
  manifestHash: z.string().nullable(),
})

const replicaShown = z.object({
  id: z.string(),
  host: z.string(),
  title: z.string(),
  kind: z.enum(['leased', 'pull']),
  live: z.boolean(),
  startedAt: z.iso.datetime(),
  leaseUntil: z.iso.datetime(),
  revision: revision.nullable().describe('What it serves.'),
  servedSince: z.iso.datetime().nullable(),
  problem: z.string().nullable().describe('Why it could not take the newest one.'),
})

const ending = z.object({
  modelId: z.string(),
  name: z.string(),
  status: z.enum(['active', 'preview', 'legacy', 'deprecated', 'eol']),
  endsOn: z.string().nullable(),
  daysLeft: z.number().nullable().describe('Negative = past its end.'),
  replacement: z.string().nullable(),
  routes: z.array(z.object({ route: z.string(), as: z.enum(['target', 'candidate', 'fallback']) })),
})

const instant = (ms: number): string => new Date(ms).toISOString()
const instantOrNull = (ms: number | null): string | null => (ms === null ? null : instant(ms))

/** What operators look at: history, replicas, models that end. */
// size: a declared table of endpoints
export const operationEndpoints = (house: ControlHouse): readonly Endpoint[] => [
  endpoint({
    operation: 'revisions.list',
    method: 'GET',
    path: '/revisions',
    summary: 'Revisions of the registry, newest first.',
    query: z.strictObject(pageQuery),
    answer: pageOf(revisionShown),
    handle: async ({ query: { limit, cursor = null } }) => {
      const { data, nextCursor } = await listRevisions(house.database, { limit, cursor })
      const shown = data.map((row) => ({
        ...row.revision,
        state: row.state,
        actor: row.actor,
        recordedAt: instant(row.recordedAtMs),
        settledAt: instantOrNull(row.settledAtMs),
        error: row.error,
        manifestHash: row.manifestHash,
      }))
      return { data: { data: shown, nextCursor } }
    },
  }),
  endpoint({
    operation: 'replicas.list',
    method: 'GET',
    path: '/replicas',
    summary: 'Running data planes: which revision each serves, since when.',
    query: z.strictObject(pageQuery),
    answer: pageOf(replicaShown),
    handle: async ({ query }) => {
      const rows = (await house.replicas.list()).map((row) => ({
        ...{ id: row.id, host: row.host, title: row.title, kind: row.kind, live: row.live },
        startedAt: instant(row.startedAtMs),
        leaseUntil: instant(row.leaseUntilMs),
        revision: row.revision,
        servedSince: instantOrNull(row.servedSinceMs),
        problem: row.problem,
      }))
      return { data: page(rows, ({ id }) => id, query) }
    },
  }),
  endpoint({
    operation: 'lifecycle.report',
    method: 'GET',
    path: '/lifecycle',
    summary: 'Models that ended or end soon, the routes that hang on them, and their replacement.',
    query: z.strictObject({ ...pageQuery, days: z.coerce.number().int().min(0).max(3_650).default(90) }),
    answer: pageOf(ending),
    handle: async ({ query: { days, ...paging } }) => {
      const { compiled } = house.publishing.holder.required()
      const rows = lifecycleReport(compiled, days, house.clock.nowMs())
      return { data: page(rows, ({ modelId }) => modelId, paging) }
    },
  }),
  endpoint({
    operation: 'cache.clear',
    method: 'POST',
    path: '/cache/clear',
    summary: 'Every replica reloads: the tables are read anew and published as a new revision.',
    answer: z.object({ cleared: z.literal(true), revision: z.number(), pending: z.array(z.string()) }),
    handle: async ({ principal }) => ({ data: await reloadReplicas(house, principal) }),
  }),
]
