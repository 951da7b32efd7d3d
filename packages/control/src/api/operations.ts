import { acknowledgementsOf, findRevision, listRevisions, type RevisionRow } from '@pointsman/registry'
import { z } from 'zod'
import { behindShown } from './behind-shown.ts'
import { lifecycleReport } from '../analytics/lifecycle-report.ts'
import { rehearsed } from '../analytics/rehearse-replacement.ts'
import { unknownName } from '../catalogue/unknown-names.ts'
import type { ControlHouse } from '../house.ts'
import { endpoint, type Endpoint } from '../http/endpoint.ts'
import { instant, instantOrNull } from '../instant.ts'
import { page, pageOf, pageQuery } from '../http/paging.ts'
import { reloadReplicas } from '../publishing/reload-replicas.ts'

const revision = z.object({ epoch: z.number(), number: z.number() })

const revisionShown = revision.extend({
  state: z.enum(['recorded', 'published', 'rejected']),
  actor: z.object({ kind: z.string(), id: z.string() }),
  recordedAt: z.iso.datetime(),
  settledAt: z.iso.datetime().nullable().describe('When it was published or rejected.'),
  reason: z
    .string()
    .nullable()
    .describe(
      'What it changed: of an alias, a role or the rules of a route each member, before and after, and why where the caller said so; of a sync or an import what was taken over from where.',
    ),
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
  lagMs: z
    .number()
    .nullable()
    .describe('From the publication of what it serves to its acknowledgement; null = not known.'),
  behind: z.number().nullable().describe('How many revisions the newest published one is ahead of it.'),
  problem: z.string().nullable().describe('Why it could not take the newest one.'),
})

const rehearsal = z
  .object({
    replacement: z.string(),
    chosenBy: z
      .enum(['catalogue', 'ranking'])
      .describe('The entry names its replacement; else the best of the route’s own list that passes.'),
    passes: z.boolean(),
    problems: z.array(z.string()).describe('What would refuse the switch.'),
    warnings: z.array(z.string()),
    costImpactEstimated: z
      .number()
      .nullable()
      .describe(
        'US-$ saved a day where it serves now; negative = dearer; null = not known, or it does not serve.',
      ),
    costExplanation: z.string().nullable(),
  })
  .describe(
    'The switch to the replacement, tried without being made: every gate, on the route’s recent requests.',
  )

const ending = z.object({
  modelId: z.string(),
  name: z.string(),
  status: z.enum(['active', 'preview', 'legacy', 'deprecated', 'eol']),
  endsOn: z.string().nullable(),
  daysLeft: z.number().nullable().describe('Negative = past its end.'),
  replacement: z.string().nullable(),
  routes: z.array(
    z.object({
      route: z.string(),
      as: z.enum(['target', 'candidate', 'fallback']).describe('`target` serves it now; the others might.'),
      rehearsal: rehearsal
        .nullable()
        .describe('Null where no replacement is known, and beyond fifty routes.'),
    }),
  ),
})

const revisionWithReplicas = revisionShown.extend({
  replicas: z
    .array(
      z.object({
        id: z.string(),
        revision: z.number().describe('What it acknowledged: this revision, or the later one that holds it.'),
        acknowledgedAt: z.iso.datetime(),
        lagMs: z.number().nullable().describe('From the publication to the acknowledgement.'),
        problem: z.string().nullable().describe('Why it could not take it.'),
      }),
    )
    .describe('Acknowledgements are kept for a week.'),
  ...behindShown,
})

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
      return { data: { data: data.map(shownRevision), nextCursor } }
    },
  }),
  endpoint({
    operation: 'revisions.show',
    method: 'GET',
    path: '/revisions/{number}',
    summary: 'One revision: who serves it, and how long each replica took.',
    pathParameters: z.strictObject({ number: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) }),
    answer: revisionWithReplicas,
    errors: ['not_found'],
    handle: async ({ path: { number } }) => {
      const row = await findRevision(house.database, number)
      if (row === null) throw unknownName('not_found', 'Revision', String(number), [])
      const acknowledged = await acknowledgementsOf(house.database, number)
      const replicas = acknowledged.map(({ replica, acknowledgedAtMs, ...told }) => ({
        ...{ id: replica, ...told, acknowledgedAt: instant(acknowledgedAtMs) },
      }))
      const behind = await house.replicas.behind(row.revision)
      return { data: { ...shownRevision(row), replicas, ...behind }, revision: number }
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
      const newest = house.publishing.holder.current()?.compiled.revision.number ?? null
      const rows = (await house.replicas.list()).map((row) => ({
        ...{ id: row.id, host: row.host, title: row.title, kind: row.kind, live: row.live },
        startedAt: instant(row.startedAtMs),
        leaseUntil: instant(row.leaseUntilMs),
        revision: row.revision,
        servedSince: instantOrNull(row.servedSinceMs),
        lagMs: row.lagMs,
        behind: newest === null || row.revision === null ? null : Math.max(0, newest - row.revision.number),
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
      const { data, nextCursor } = page(rows, ({ modelId }) => modelId, paging)
      return { data: { data: await rehearsed(house, compiled, data), nextCursor } }
    },
  }),
  endpoint({
    operation: 'cache.clear',
    method: 'POST',
    path: '/cache/clear',
    summary: 'Every replica reloads: the tables are read anew and published as a new revision.',
    answer: z.object({ cleared: z.literal(true), revision: z.number(), ...behindShown }),
    handle: async ({ principal }) => ({ data: await reloadReplicas(house, principal) }),
  }),
]

const shownRevision = (row: RevisionRow) => ({
  ...row.revision,
  state: row.state,
  actor: row.actor,
  recordedAt: instant(row.recordedAtMs),
  settledAt: instantOrNull(row.settledAtMs),
  error: row.error,
  reason: row.reason,
  manifestHash: row.manifestHash,
})
