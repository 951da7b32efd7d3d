import { PointsmanError, routeKey, type Actor, type Principal, type ProviderId } from '@pointsman/contract'
import type { ProviderReadiness } from '@pointsman/core'
import {
  drillsUnderWay,
  endDrill,
  failedShare,
  findDrill,
  insertDrill,
  type Database,
  type DrillEndCause,
  type DrillRow,
  type Transaction,
} from '@pointsman/registry'
import { nobodyBehind, type Behind } from '../acknowledgements/replicas.ts'
import type { Replicas } from '../acknowledgements/replicas.ts'
import { unknownName } from '../catalogue/unknown-names.ts'
import { requireUnchanged } from '../http/entity-tag.ts'
import { instant } from '../instant.ts'
import { requireUnlimited } from '../keys/limits.ts'
import type { Clock, Log } from '../ports.ts'
import type { Publishing } from '../publishing/publishing.ts'
import { createRepeating } from '../repeating.ts'
import { actorOf } from '../switches/actor.ts'
import { aimOf, drilledRoute, faultOf, type DrillOrder } from './drill-order.ts'
import { drillWarnings } from './drill-warnings.ts'

export interface Started extends Behind {
  readonly row: DrillRow
  readonly warnings: readonly string[]
}

export interface Drills {
  /** Throws PointsmanError `route_not_found`, `model_not_found`, `invalid_request`, `refused` where one is under way. */
  start(principal: Principal, order: DrillOrder): Promise<Started>
  /** One that is over stays as it ended. Throws PointsmanError `not_found`. */
  stop(principal: Principal, order: StopOrder): Promise<Omit<Started, 'warnings'>>
  /** Ends what is over, and what does too much harm; what happens by itself every second. */
  review(): Promise<void>
  watch(): void
  unwatch(): Promise<void>
}

export interface StopOrder {
  readonly id: string
  readonly reason: string | null
  readonly ifMatch: number | null
}

export interface DrillsParts {
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
  readonly publishing: Publishing
  readonly replicas: Replicas
  readonly homeRegion: string
  readonly providerStates?: (() => ReadonlyMap<ProviderId, ProviderReadiness>) | undefined
}

const reviewEveryMs = 1_000
/** Whether too many answers failed is asked of the last minute, */
const judgedMs = 60_000
/** and not before so many came: the first one alone would be all of them. */
const leastAnswers = 10
const byRule: Actor = { kind: 'rule', id: 'drill' }

/** The drills of the registry. */
export function createDrills(parts: DrillsParts): Drills {
  const review = async (): Promise<void> => {
    for (const row of await drillsUnderWay(parts.database)) {
      const cause = await causeToEnd(parts, row)
      if (cause !== null) await end(parts, row, { cause, by: byRule, reason: null })
    }
  }
  const failed = (error: unknown): void => {
    parts.log('warn', 'drills_not_reviewed', { error })
  }
  const rounds = createRepeating(review, { clock: parts.clock, everyMs: reviewEveryMs, failed })
  return {
    start: (principal, order) => start(parts, principal, order),
    stop: (principal, order) => stop(parts, principal, order),
    review,
    // Its first round is not waited for: the registry may be slow, and nothing depends on it.
    watch: () => void rounds.start(),
    unwatch: () => rounds.stop(),
  }
}

async function start(parts: DrillsParts, principal: Principal, order: DrillOrder): Promise<Started> {
  requireUnlimited(principal)
  const { clock, publishing, replicas } = parts
  const actor = actorOf(principal)
  const { result, revision } = await publishing.change(actor, async (transaction, before) => {
    const route = drilledRoute(before, order.route)
    const aim = aimOf(order, before)
    const fault = faultOf(order)
    const startedAtMs = clock.nowMs()
    const name = { kind: route.kind, name: route.name }
    await makeRoom(transaction, name, startedAtMs)
    const row = await insertDrill(transaction, {
      ...{ route: name, fault, aim, startedAtMs, startedBy: actor },
      percent: order.percent,
      reason: order.reason,
      stopAbovePercent: order.stopAbovePercent ?? null,
      endsAtMs: startedAtMs + order.durationSeconds * 1_000,
    })
    const warnings = drillWarnings({
      ...{ snapshot: before, route, drill: row, written: order.route, principal },
      ...{ homeRegion: parts.homeRegion, providers: parts.providerStates?.() ?? null },
    })
    return { changed: true, result: { row, warnings } }
  })
  const { row } = result
  parts.log('warn', 'drill_started', { drill: row.id, route: order.route, fault: row.fault.kind, actor })
  return { ...result, ...(await replicas.settled(revision)) }
}

/** One that is over and that nobody has ended yet makes room; one that goes on refuses. */
async function makeRoom(
  transaction: Transaction,
  { kind, name }: DrillRow['route'],
  nowMs: number,
): Promise<void> {
  const present = (await drillsUnderWay(transaction)).find(
    ({ route }) => route.kind === kind && route.name === name,
  )
  if (present === undefined) return
  if (nowMs < present.endsAtMs) {
    throw new PointsmanError(
      'refused',
      `The drill ${present.id} is under way on ${routeKey(kind, name)} until ${instant(present.endsAtMs)}. Stop it first: POST /api/v1/drills/${present.id}/stop, or pointsman drill stop ${present.id}.`,
      { field: 'route', data: { drill: present.id } },
    )
  }
  await endDrill(transaction, present.id, { atMs: nowMs, cause: 'time', by: byRule, reason: null })
}

async function stop(
  parts: DrillsParts,
  principal: Principal,
  { id, ifMatch, reason }: StopOrder,
): Promise<Omit<Started, 'warnings'>> {
  requireUnlimited(principal)
  const found = await findDrill(parts.database, id)
  if (found === null) throw unknownName('not_found', 'Drill', id, [])
  requireUnchanged(ifMatch, drillTagMs(found, parts.clock.nowMs()), `The drill ${id}`)
  const isOver = parts.clock.nowMs() >= found.endsAtMs
  const by = isOver ? byRule : actorOf(principal)
  const ending = { cause: isOver ? 'time' : 'stopped', by, reason: isOver ? null : reason } as const
  const behind = found.end === null ? await end(parts, found, ending, ifMatch) : nobodyBehind
  return { row: (await findDrill(parts.database, id)) ?? found, ...behind }
}

/**
 * What the ETag of a drill is: when it changed last. Over by the clock it is another, also before anybody has written that down:
 * one more, as a control plane's clock may be behind the database's.
 */
export const drillTagMs = ({ changedAtMs, end, endsAtMs }: DrillRow, nowMs: number): number =>
  end === null && nowMs >= endsAtMs ? changedAtMs + 1 : changedAtMs

interface Ending {
  readonly cause: DrillEndCause
  readonly by: Actor
  readonly reason: string | null
}

/** Answers the replicas that still carry it out. */
async function end(
  parts: DrillsParts,
  { id, route }: DrillRow,
  ending: Ending,
  ifMatch: number | null = null,
): Promise<Behind> {
  const { revision } = await parts.publishing.change(ending.by, async (transaction) => {
    // Under the lock: of two who stop what both have read, one is told that the other was quicker.
    if (ifMatch !== null) {
      const present = await findDrill(transaction, id)
      const tagMs = present === null ? 0 : drillTagMs(present, parts.clock.nowMs())
      requireUnchanged(ifMatch, tagMs, `The drill ${id}`)
    }
    const changed = await endDrill(transaction, id, { atMs: parts.clock.nowMs(), ...ending })
    return { changed, result: null }
  })
  // Another host was quicker.
  if (revision === null) return nobodyBehind
  parts.log('info', 'drill_ended', {
    drill: id,
    route: routeKey(route.kind, route.name),
    cause: ending.cause,
    actor: ending.by,
  })
  return parts.replicas.settled(revision)
}

/** Null = it goes on. */
async function causeToEnd(
  { clock, database }: DrillsParts,
  { endsAtMs, route, startedAtMs, stopAbovePercent }: DrillRow,
): Promise<DrillEndCause | null> {
  const nowMs = clock.nowMs()
  if (nowMs >= endsAtMs) return 'time'
  if (stopAbovePercent === null) return null
  const key = routeKey(route.kind, route.name)
  const { answers, failed } = await failedShare(database, key, Math.max(startedAtMs, nowMs - judgedMs))
  return answers >= leastAnswers && failed * 100 > stopAbovePercent * answers ? 'failures' : null
}
