import type { Queryable } from './database.ts'
import { acknowledgementsSince, type AcknowledgementRow } from './replicas.ts'
import { alarmsChangedSince, type AlarmRow } from './alarms.ts'
import { drillsChangedSince, type DrillRow } from './drills.ts'
import { revisionsAfter, type RevisionRow } from './revisions.ts'
import { switchesAfter, type SwitchRow } from './switches.ts'
import * as read from './row-values.ts'

/**
 * How far somebody has followed the registry: no second log, only a place in each of those that exist. Revisions and
 * switches have gapless numbers in the order of their commits; acknowledgements, alarms and drills have an instant.
 */
export interface ChangePlace {
  /** The newest revision whose recording was told. */
  readonly recorded: number
  /** The newest one of which it was told that it was published or rejected; they settle in their order. */
  readonly settled: number
  /** Place in the chain of switches. */
  readonly switches: number
  readonly atMs: number
}

export interface Changes {
  readonly recorded: readonly RevisionRow[]
  readonly settled: readonly RevisionRow[]
  readonly switches: readonly SwitchRow[]
  readonly acknowledgements: readonly AcknowledgementRow[]
  readonly alarms: readonly AlarmRow[]
  readonly drills: readonly DrillRow[]
  /** Where to go on. */
  readonly place: ChangePlace
  /** There was more than one reading takes. */
  readonly more: boolean
}

const mostAtOnce = 200
/** An instant is taken before its commit: a row may appear with an earlier one than others that were read. */
export const lateCommitMs = 2_000

/** Where the registry is now: who follows from here is told only of what comes. */
export async function presentPlace(database: Queryable): Promise<ChangePlace> {
  const { rows } = await database.query(
    `SELECT coalesce((SELECT max(number) FROM pointsman.revisions), 0) AS recorded,
       coalesce((SELECT min(number) - 1 FROM pointsman.revisions WHERE state = 'recorded'),
                (SELECT max(number) FROM pointsman.revisions), 0) AS settled,
       coalesce((SELECT max(sequence) FROM pointsman.switch_chain), 0) AS switches,
       pointsman.epoch_ms(pointsman.now_ms()) AS at_ms`,
  )
  const row = rows[0] ?? {}
  return {
    recorded: read.number(row, 'recorded'),
    settled: read.number(row, 'settled'),
    switches: read.number(row, 'switches'),
    atMs: read.number(row, 'at_ms'),
  }
}

/**
 * What came after a place. Acknowledgements, alarms and drills of the last moments before it are told again: a
 * follower knows them by replica and revision, or by id.
 */
export async function changesAfter(database: Queryable, place: ChangePlace): Promise<Changes> {
  const from = Math.min(place.recorded, place.settled)
  const revisions = await revisionsAfter(database, from, mostAtOnce)
  const waiting = revisions.findIndex(({ state }) => state === 'recorded')
  const settled = (waiting < 0 ? revisions : revisions.slice(0, waiting)).filter(
    ({ revision }) => revision.number > place.settled,
  )
  const recorded = revisions.filter(({ revision }) => revision.number > place.recorded)
  const switches = await switchesAfter(database, place.switches, mostAtOnce)
  const sinceMs = place.atMs - lateCommitMs
  const acknowledgements = await acknowledgementsSince(database, sinceMs, mostAtOnce)
  const alarms = await alarmsChangedSince(database, sinceMs, mostAtOnce)
  const drills = await drillsChangedSince(database, sinceMs, mostAtOnce)
  return {
    ...{ recorded, settled, switches, acknowledgements, alarms, drills },
    place: {
      recorded: recorded.at(-1)?.revision.number ?? place.recorded,
      settled: settled.at(-1)?.revision.number ?? place.settled,
      switches: switches.at(-1)?.record.sequence ?? place.switches,
      atMs: instantAfter(place.atMs, [
        acknowledgements.map(({ acknowledgedAtMs }) => acknowledgedAtMs),
        alarms.map(({ changedAtMs }) => changedAtMs),
        drills.map(({ changedAtMs }) => changedAtMs),
      ]),
    },
    more: [revisions, switches].some(({ length }) => length === mostAtOnce),
  }
}

/** The latest instant that was read; where a reading was cut off, no later than its end. */
function instantAfter(atMs: number, ends: readonly (readonly number[])[]): number {
  const cut = ends.filter(({ length }) => length === mostAtOnce).map((instants) => instants.at(-1) ?? atMs)
  // What was read again reaches back before `atMs`: a cut-off reading still has to move on.
  if (cut.length > 0) return Math.max(atMs, Math.min(...cut) + lateCommitMs)
  return Math.max(atMs, ...ends.flat())
}
