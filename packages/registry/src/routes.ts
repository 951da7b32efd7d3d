import {
  modelId,
  PointsmanError,
  routeKey,
  type Drill,
  type ModelId,
  type RankedModel,
  type Route,
  type RouteKind,
} from '@pointsman/contract'
import type { Queryable, Row, Transaction } from './database.ts'
import { drillOfRoute, drillsOfRoutes } from './drills.ts'
import { mergeStatement } from './merge.ts'
import * as read from './row-values.ts'

export interface RouteRow {
  readonly route: Route
  /** Number of the revision of its last change. */
  readonly revision: number
}

export interface RouteName {
  readonly kind: RouteKind
  readonly name: string
}

export const selectRoutes = `
  SELECT route.*, coalesce((
    SELECT jsonb_agg(jsonb_build_object('modelId', candidate.model_id, 'weight', candidate.weight) ORDER BY candidate.rank)
    FROM pointsman.route_candidates AS candidate
    WHERE candidate.kind = route.kind AND candidate.name = route.name), '[]') AS candidates, ${drillOfRoute} AS drill
  FROM pointsman.routes AS route ${drillsOfRoutes}`
const inOrder = `ORDER BY array_position(ARRAY['default', 'use-case', 'agent'], route.kind), route.name`

export function readRoute(row: Row): Route {
  const target = read.textOrNull(row, 'target_model_id')
  const drill = read.json<Drill | null>(row, 'drill')
  return {
    kind: read.word(row, 'kind'),
    name: read.text(row, 'name'),
    target: target === null ? null : modelId(target),
    candidates: read.json<readonly RankedModel[]>(row, 'candidates'),
    strategy: read.word(row, 'strategy'),
    fallbacks: read.textsOrNull(row, 'fallbacks')?.map(modelId) ?? null,
    residency: read.textsOrNull(row, 'residency'),
    lifecycleRule: read.word(row, 'lifecycle_rule'),
    objective: read.word(row, 'objective'),
    autoSwitch: read.word(row, 'auto_switch'),
    capture: read.boolean(row, 'capture'),
    heartbeatMs: read.numberOrNull(row, 'heartbeat_ms'),
    switchId: read.textOrNull(row, 'switch_id'),
    ...(drill === null ? {} : { drill }),
  }
}

export const readRouteRow = (row: Row): RouteRow => ({
  route: readRoute(row),
  revision: read.number(row, 'revision'),
})

/** The default first, then use cases, then agents, by name. */
export async function listRoutes(database: Queryable, kind?: RouteKind): Promise<readonly RouteRow[]> {
  const { rows } = await database.query(
    `${selectRoutes} WHERE $1::text IS NULL OR route.kind = $1 ${inOrder}`,
    [kind ?? null],
  )
  return rows.map(readRouteRow)
}

export async function findRoute(database: Queryable, name: RouteName): Promise<RouteRow | null> {
  const { rows } = await database.query(`${selectRoutes} WHERE route.kind = $1 AND route.name = $2`, [
    name.kind,
    name.name,
  ])
  return rows[0] === undefined ? null : readRouteRow(rows[0])
}

const mergeRoutes = mergeStatement({
  table: 'pointsman.routes',
  key: ['kind', 'name'],
  columns: {
    kind: 'text',
    name: 'text',
    target_model_id: 'text',
    strategy: 'text',
    objective: 'text',
    fallbacks: 'text[]',
    residency: 'text[]',
    lifecycle_rule: 'text',
    auto_switch: 'text',
    capture: 'boolean',
    heartbeat_ms: 'integer',
    switch_id: 'text',
  },
})

const writeRoute = (route: Route): { readonly [column: string]: unknown } => ({
  kind: route.kind,
  name: route.name,
  target_model_id: route.target,
  strategy: route.strategy,
  objective: route.objective,
  fallbacks: route.fallbacks,
  residency: route.residency,
  lifecycle_rule: route.lifecycleRule,
  auto_switch: route.autoSwitch,
  capture: route.capture,
  heartbeat_ms: route.heartbeatMs,
  switch_id: route.switchId,
})

/** Adds or replaces whole routes with their candidates. Returns how many changed. */
export async function upsertRoutes(transaction: Transaction, routes: readonly Route[]): Promise<number> {
  if (routes.length === 0) return 0
  const { rowCount } = await transaction.query(mergeRoutes, [read.storableJson(routes.map(writeRoute))])
  const moved = await writeCandidates(transaction, routes)
  return Math.max(rowCount, moved)
}

/** Replaces the lists of these routes; rows that stay as they are are not touched. Returns how many rows changed. */
async function writeCandidates(
  transaction: Transaction,
  routes: readonly (RouteName & { readonly candidates: readonly RankedModel[] })[],
): Promise<number> {
  const given = routes.flatMap(({ kind, name, candidates }) =>
    candidates.map(({ modelId: model_id, weight }, index) => ({
      kind,
      name,
      model_id,
      rank: index + 1,
      weight,
    })),
  )
  const named = read.storableJson(routes.map(({ kind, name }) => ({ kind, name })))
  const list = read.storableJson(given)
  const removed = await transaction.query(
    `DELETE FROM pointsman.route_candidates AS present
     USING jsonb_to_recordset($1::jsonb) AS route (kind text, name text)
     WHERE present.kind = route.kind AND present.name = route.name
       AND NOT EXISTS (SELECT FROM jsonb_to_recordset($2::jsonb) AS given (kind text, name text, model_id text)
         WHERE given.kind = present.kind AND given.name = present.name AND given.model_id = present.model_id)`,
    [named, list],
  )
  const merged = await transaction.query(mergeCandidates, [list])
  return removed.rowCount + merged.rowCount
}

const mergeCandidates = mergeStatement({
  table: 'pointsman.route_candidates',
  key: ['kind', 'name', 'model_id'],
  columns: { kind: 'text', name: 'text', model_id: 'text', rank: 'integer', weight: 'double precision' },
})

const notFound = ({ kind, name }: RouteName): PointsmanError =>
  new PointsmanError('route_not_found', `Route not found: ${routeKey(kind, name)}`)

/** Sets the target (null = inherit the default) and the switch that set it. Throws `route_not_found`. */
export async function setRouteTarget(
  transaction: Transaction,
  change: RouteName & { readonly target: ModelId | null; readonly switchId: string | null },
): Promise<void> {
  const { rowCount } = await transaction.query(
    'UPDATE pointsman.routes SET target_model_id = $3, switch_id = $4 WHERE kind = $1 AND name = $2',
    [change.kind, change.name, change.target, change.switchId],
  )
  if (rowCount === 0) throw notFound(change)
}

/** Replaces the ranked list. Throws `route_not_found`. */
export async function setCandidates(
  transaction: Transaction,
  name: RouteName,
  candidates: readonly RankedModel[],
): Promise<void> {
  const { rowCount } = await transaction.query('SELECT FROM pointsman.routes WHERE kind = $1 AND name = $2', [
    name.kind,
    name.name,
  ])
  if (rowCount === 0) throw notFound(name)
  await writeCandidates(transaction, [{ ...name, candidates }])
}

/** Changes a route's rules; absent = as it is. Throws `route_not_found`. */
export async function updateRoute(
  transaction: Transaction,
  name: RouteName,
  change: Partial<
    Pick<
      Route,
      | 'strategy'
      | 'fallbacks'
      | 'residency'
      | 'lifecycleRule'
      | 'objective'
      | 'autoSwitch'
      | 'capture'
      | 'heartbeatMs'
    >
  >,
): Promise<void> {
  const present = await findRoute(transaction, name)
  if (present === null) throw notFound(name)
  await transaction.query(mergeRoutes, [read.storableJson([writeRoute({ ...present.route, ...change })])])
}

/** Removes a use case or an agent. False where there was none; the default is refused. */
export async function deleteRoute(transaction: Transaction, name: RouteName): Promise<boolean> {
  if (name.kind === 'default') {
    throw new PointsmanError(
      'refused',
      'The default route cannot be removed. Give it another target instead.',
    )
  }
  const { rowCount } = await transaction.query('DELETE FROM pointsman.routes WHERE kind = $1 AND name = $2', [
    name.kind,
    name.name,
  ])
  return rowCount > 0
}
