import { longestDrillMs, routeKey, type DrillFault } from '@pointsman/contract'
import { findDrill, listDrills, type DrillRow } from '@pointsman/registry'
import { z } from 'zod'
import { behindShown } from './behind-shown.ts'
import { modelIdSchema, providerIdSchema } from '../catalogue/schemas.ts'
import { unknownName } from '../catalogue/unknown-names.ts'
import { drilledRoute, drillFaults, faultName } from '../drills/drill-order.ts'
import { drillRecord } from '../drills/drill-record.ts'
import { drillTagMs } from '../drills/drills.ts'
import type { ControlHouse } from '../house.ts'
import { endpoint, type Endpoint } from '../http/endpoint.ts'
import { instant, instantOrNull } from '../instant.ts'
import { pageOf, pageQuery } from '../http/paging.ts'

const actor = z.object({ kind: z.string(), id: z.string() })
const longestSeconds = longestDrillMs / 1_000
const routeText = z.string().min(1).max(256)

const order = z.strictObject({
  route: routeText.describe('As callers name it: `use-case/clinical`, `agent/sql_agent`, `default`.'),
  fault: z
    .enum(drillFaults)
    .describe(
      'A status: an answer with it, and no call upstream. `stall`: silence. `cut`: the connection breaks. `latency`: the call goes out later.',
    ),
  retryAfterSeconds: z
    .int()
    .min(0)
    .max(3_600)
    .nullish()
    .describe('Retry-After of a 429 or 503; none unless set.'),
  afterParts: z
    .int()
    .min(0)
    .max(10_000)
    .nullish()
    .describe(
      'Parts of a stream that pass before a stall (0 unless set) or a cut (1 unless set). 0 = before the first byte, without a call upstream; so are answers that come whole.',
    ),
  latencyMs: z.int().min(1).max(60_000).nullish().describe('How much later calls go out.'),
  percent: z.number().gt(0).max(100).default(100).describe('Share of the route’s requests that are drawn.'),
  durationSeconds: z
    .int()
    .min(1)
    .max(longestSeconds)
    .default(300)
    .describe('It ends by itself then, whoever is away.'),
  model: modelIdSchema
    .nullish()
    .describe('Hits this model only; unless set the one that the route resolves to.'),
  provider: providerIdSchema.nullish().describe('Hits all models of this provider.'),
  everyModel: z.boolean().default(false).describe('Hits every model of the plan: callers see the failure.'),
  stopAbovePercent: z
    .number()
    .min(0)
    .lt(100)
    .nullish()
    .describe(
      'Ends it once more than this share of the route’s answers of the last minute failed for their callers, of ten at least.',
    ),
  reason: z
    .string()
    .max(2_000)
    .regex(/\S/, 'a reason is a text of at least one character')
    .describe('Why; stands in the record.'),
})

export const drillSchema = z.object({
  id: z.string(),
  route: z.string(),
  state: z
    .enum(['running', 'ended', 'stopped', 'aborted'])
    .describe('`ended`: at its time. `aborted`: too many answers failed.'),
  fault: z.enum(drillFaults),
  retryAfterSeconds: z.number().nullable(),
  afterParts: z.number().nullable(),
  latencyMs: z.number().nullable(),
  percent: z.number(),
  model: z.string().nullable(),
  provider: z.string().nullable(),
  everyModel: z.boolean(),
  stopAbovePercent: z.number().nullable(),
  reason: z.string(),
  startedAt: z.iso.datetime(),
  startedBy: actor,
  endsAt: z.iso.datetime().describe('When it ends by itself.'),
  endedAt: z.iso.datetime().nullable().describe('Null = it runs.'),
  endedBy: actor.nullable(),
  endReason: z.string().nullable(),
})

const counts = z.object({
  requests: z.number(),
  ok: z.number(),
  partial: z.number().describe('Broke off after their first content.'),
  failed: z.number(),
  refused: z.number(),
  clientClosed: z.number().describe('The caller left before the end.'),
  unknown: z.number().describe('The process died before the end.'),
  fallbacks: z.number().describe('Served by another model than the one decided on.'),
  costUsd: z.number(),
  p50Ms: z.number().nullable(),
  p90Ms: z.number().nullable(),
  longestMs: z.number().nullable(),
})

const record = z
  .object({
    drawn: counts.describe('The requests that the drill drew.'),
    others: counts.describe('The route’s other requests meanwhile.'),
    seen: z
      .array(
        z.object({
          modelId: z.string().nullable().describe('The model that served; null = none.'),
          status: z.number().nullable().describe('What the caller saw; null = it had left.'),
          outcome: z.string(),
          requests: z.number(),
        }),
      )
      .describe('The requests drawn, by what their callers saw.'),
    calls: z.number().describe('Calls of the requests drawn, to whichever model.'),
    hits: z.number().describe('Those of them that the drill hit.'),
  })
  .describe(
    'From the usage records, about a second behind; of the newest 200,000 drawn and of as many others. `GET /usage/records?drill=ID` lists them.',
  )

const path = z.strictObject({ id: z.string().min(1).max(200) })

// size: a declared table of endpoints
export const drillEndpoints = (house: ControlHouse): readonly Endpoint[] => [
  endpoint({
    operation: 'drills.list',
    method: 'GET',
    path: '/drills',
    summary: 'Rehearsed failures of routes, newest first.',
    query: z.strictObject({ ...pageQuery, route: routeText.optional() }),
    answer: pageOf(drillSchema),
    errors: ['route_not_found'],
    handle: async ({ query: { cursor = null, limit, route: written } }) => {
      const names = house.publishing.holder.required().compiled
      const route = written === undefined ? null : drilledRoute(names, written)
      const { data, nextCursor } = await listDrills(house.database, { cursor, limit, route })
      return { data: { data: data.map((row) => showDrill(row, house.clock.nowMs())), nextCursor } }
    },
  }),
  endpoint({
    operation: 'drills.show',
    method: 'GET',
    path: '/drills/{id}',
    summary: 'One drill, with what it did to requests and what their callers saw.',
    pathParameters: path,
    answer: drillSchema.extend({ record }),
    errors: ['not_found'],
    handle: async ({ path: { id } }) => {
      const row = await findDrill(house.database, id)
      if (row === null) throw unknownName('not_found', 'Drill', id, [])
      const nowMs = house.clock.nowMs()
      const data = { ...showDrill(row, nowMs), record: await drillRecord(house.database, row, nowMs) }
      return { data, revision: drillTagMs(row, nowMs) }
    },
  }),
  endpoint({
    operation: 'drills.start',
    method: 'POST',
    path: '/drills',
    summary: 'Begins a drill: lets calls of one route fail on purpose, for a bounded time.',
    body: order,
    answer: drillSchema.extend({ warnings: z.array(z.string()), ...behindShown }),
    status: 201,
    errors: ['route_not_found', 'model_not_found', 'not_found', 'refused', 'revision_rejected'],
    handle: async ({ body, principal }) => {
      const { row, ...told } = await house.drills.start(principal, body)
      const nowMs = house.clock.nowMs()
      return { data: { ...showDrill(row, nowMs), ...told }, status: 201, revision: drillTagMs(row, nowMs) }
    },
  }),
  endpoint({
    operation: 'drills.stop',
    method: 'POST',
    path: '/drills/{id}/stop',
    summary: 'Ends a drill at once, also for calls that it holds up. One that is over stays as it ended.',
    pathParameters: path,
    body: z.strictObject({ reason: z.string().max(2_000).nullish() }).default({}),
    answer: drillSchema.extend(behindShown),
    conditional: true,
    errors: ['not_found', 'revision_rejected'],
    handle: async ({ body: { reason = null }, ifMatch, path: { id }, principal }) => {
      const { row, ...behind } = await house.drills.stop(principal, { id, reason, ifMatch })
      const nowMs = house.clock.nowMs()
      return { data: { ...showDrill(row, nowMs), ...behind }, revision: drillTagMs(row, nowMs) }
    },
  }),
]

type Shown = z.input<typeof drillSchema>

/** Over by the clock is over, also before anybody has written it down. */
export function showDrill(row: DrillRow, nowMs: number): Shown {
  const { aim, end, endsAtMs, route } = row
  const endedAtMs = end?.atMs ?? (nowMs >= endsAtMs ? endsAtMs : null)
  return {
    id: row.id,
    route: routeKey(route.kind, route.name),
    state: stateOf(row, nowMs),
    ...showFault(row.fault),
    percent: row.percent,
    model: aim.kind === 'model' ? aim.modelId : null,
    provider: aim.kind === 'provider' ? aim.provider : null,
    everyModel: aim.kind === 'all',
    stopAbovePercent: row.stopAbovePercent,
    reason: row.reason,
    startedAt: instant(row.startedAtMs),
    startedBy: row.startedBy,
    endsAt: instant(endsAtMs),
    endedAt: instantOrNull(endedAtMs),
    endedBy: end?.by ?? null,
    endReason: end?.cause === 'route-removed' ? 'The route was removed.' : (end?.reason ?? null),
  }
}

function stateOf({ end, endsAtMs }: DrillRow, nowMs: number): Shown['state'] {
  if (end === null) return nowMs >= endsAtMs ? 'ended' : 'running'
  if (end.cause === 'time') return 'ended'
  return end.cause === 'failures' ? 'aborted' : 'stopped'
}

function showFault(
  fault: DrillFault,
): Pick<Shown, 'fault' | 'retryAfterSeconds' | 'afterParts' | 'latencyMs'> {
  return {
    fault: faultName(fault),
    retryAfterSeconds: fault.kind === 'status' ? fault.retryAfterS : null,
    afterParts: fault.kind === 'stall' || fault.kind === 'cut' ? fault.afterParts : null,
    latencyMs: fault.kind === 'latency' ? fault.delayMs : null,
  }
}
