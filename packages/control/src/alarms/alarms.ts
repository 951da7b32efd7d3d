import {
  clearAlarm,
  raiseAlarm,
  standingAlarms,
  type AlarmRow,
  type Database,
  type ReplicaRow,
} from '@pointsman/registry'
import type { Clock, Condition, Log } from '../ports.ts'
import type { Rejection } from '../publishing/publisher.ts'
import { createRepeating } from '../repeating.ts'

/**
 * What raises an alarm. Those about a host or a replica have it as their subject, those about a provider’s key the provider on a host. `unrecorded_edit` and
 * `prices_refused` stand until an operator clears them; all others end with what they tell of.
 */
export type AlarmKind =
  | 'revision_rejected'
  | 'replica_refused'
  | 'chain_broken'
  | 'unrecorded_edit'
  | 'prices_refused'
  | 'journal_closed'
  | 'provider_key'
  | 'secrets_manager'
  | 'followed_table'
  | 'database_away'
  | 'database_full'

export interface Alarms {
  /** Compares what is true now with what stands; the loop does it every two seconds. */
  review(): Promise<void>
  /** One that an operator has to see and to clear. Kept in this process until the registry can be told. */
  raise(condition: Condition): void
  /** What a look at the whole chain said; null = it is whole. */
  chainSeen(problem: string | null): void
  /** What this process knows of, where the registry cannot be asked. */
  remembered(): readonly AlarmRow[]
  start(): Promise<void>
  stop(): Promise<void>
}

export interface AlarmParts {
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
  /** Whose journal and connection it is. */
  readonly host: string
  readonly conditions: () => readonly Condition[]
  readonly rejection: () => Rejection | null
  readonly replicas: () => Promise<readonly ReplicaRow[]>
}

interface Known extends Condition {
  readonly sinceMs: number
  readonly id: string | null
  /** It was over before the registry could be told. */
  readonly ended: boolean
}

const reviewEveryMs = 2_000
const hostKinds: ReadonlySet<string> = new Set<AlarmKind>([
  'journal_closed',
  'secrets_manager',
  'followed_table',
  'database_away',
  'database_full',
])
const keyOf = ({ kind, subject }: Pick<Condition, 'kind' | 'subject'>): string => `${kind} ${subject}`

/** A holder of mutable state: what this process found to be true, by kind and subject, and what it still has to tell. */
export function createAlarms(parts: AlarmParts): Alarms {
  const { clock, log } = parts
  let known: ReadonlyMap<string, Known> = new Map()
  let owed: readonly Condition[] = []
  let chain: { readonly problem: string | null } | null = null
  let reviewing: Promise<unknown> = Promise.resolve()

  const review = async (): Promise<void> => {
    const current = conditionsOf(parts, chain?.problem ?? null)
    known = withPresent(known, current, clock.nowMs())
    const replicas = await parts.replicas()
    known = withPresent(known, [...current, ...refusals(replicas)], clock.nowMs())
    for (const condition of owed) {
      await raiseAlarm(parts.database, condition)
      owed = owed.filter((other) => other !== condition)
    }
    known = await stored(parts, known, { chainWasSeen: chain !== null, nowMs: clock.nowMs() })
  }
  /** One after the other: two that read and write what stands would raise it twice. */
  const inTurn = (): Promise<void> => {
    const turn = reviewing.then(review)
    // Whoever asked is told of a failure; the next turn begins whatever came of this one.
    reviewing = Promise.allSettled([turn])
    return turn
  }
  const rounds = createRepeating(inTurn, {
    ...{ clock, everyMs: reviewEveryMs },
    failed: (error) => log('warn', 'alarms_not_reviewed', { error }),
  })
  return {
    review: inTurn,
    raise: (condition) => {
      owed = [...owed, condition]
      rounds.wake()
    },
    chainSeen: (problem) => {
      chain = { problem }
      rounds.wake()
    },
    remembered: () => [...known.values()].filter(({ ended }) => !ended).map(rowOf),
    start: () => rounds.start(),
    stop: () => rounds.stop(),
  }
}

function conditionsOf(parts: AlarmParts, chainProblem: string | null): readonly Condition[] {
  const { host } = parts
  const rejection = parts.rejection()
  const database = parts.database.state()
  return [
    ...parts.conditions(),
    ...(rejection === null
      ? []
      : [
          {
            ...{ kind: 'revision_rejected', subject: 'registry' },
            message: `Revision ${rejection.revision.number} could not be published; replicas keep the last good one: ${rejection.error}`,
          },
        ]),
    ...(chainProblem === null ? [] : [{ kind: 'chain_broken', subject: 'switches', message: chainProblem }]),
    ...(database.state === 'away'
      ? [{ kind: 'database_away', subject: host, message: `The database is away: ${database.problem}` }]
      : []),
    ...(database.state === 'full'
      ? [{ kind: 'database_full', subject: host, message: 'The disk of the database is nearly full.' }]
      : []),
  ]
}

const refusals = (replicas: readonly ReplicaRow[]): readonly Condition[] =>
  replicas
    .filter(({ live, problem }) => live && problem !== null)
    .map(({ id, problem }) => ({
      ...{ kind: 'replica_refused', subject: id },
      message: `The replica ${id} keeps its last good revision: ${problem ?? ''}`,
    }))

/** What is true now, with the instant since when; what is over stays until the registry was told of it. */
function withPresent(
  known: ReadonlyMap<string, Known>,
  present: readonly Condition[],
  nowMs: number,
): ReadonlyMap<string, Known> {
  const now = new Map(present.map((condition) => [keyOf(condition), condition]))
  const over = [...known]
    .filter(([key]) => !now.has(key))
    .map(([key, one]) => [key, { ...one, ended: true }] as const)
  const standing = [...now].map(([key, condition]) => {
    const before = known.get(key)
    return [
      key,
      { ...condition, sinceMs: before?.sinceMs ?? nowMs, id: before?.id ?? null, ended: false },
    ] as const
  })
  return new Map<string, Known>([...over, ...standing])
}

/**
 * Tells the registry: what is new, what changed its words, what is over; and clears what a process left behind that can
 * no longer tell. Answers what stands.
 */
async function stored(
  parts: AlarmParts,
  known: ReadonlyMap<string, Known>,
  { chainWasSeen, nowMs }: { readonly chainWasSeen: boolean; readonly nowMs: number },
): Promise<ReadonlyMap<string, Known>> {
  const { database } = parts
  const raise = (one: Known): Promise<AlarmRow> =>
    raiseAlarm(database, { ...one, ageMs: nowMs - one.sinceMs })
  const rows = new Map((await standingAlarms(database)).map((row) => [keyOf(row), row]))
  const kept = new Map<string, Known>()
  for (const [key, one] of known) {
    const row = rows.get(key)
    const isTold = row?.message === one.message
    const told = isTold ? row : one.ended && row !== undefined ? row : await raise(one)
    if (one.ended) await clearAlarm(database, told.id)
    else kept.set(key, { ...one, id: told.id })
  }
  for (const [key, row] of rows) {
    if (!known.has(key) && isOurs(parts, row, chainWasSeen)) await clearAlarm(database, row.id)
  }
  return kept
}

/** Whether this process knows whether it is still true. */
function isOurs({ host }: AlarmParts, { kind, subject }: AlarmRow, chainWasSeen: boolean): boolean {
  if (hostKinds.has(kind)) return subject === host
  if (kind === 'provider_key') return subject.endsWith(` on ${host}`)
  if (kind === 'chain_broken') return chainWasSeen
  return kind === 'revision_rejected' || kind === 'replica_refused'
}

const rowOf = ({ id, kind, subject, message, sinceMs }: Known): AlarmRow => ({
  ...{ id: id ?? keyOf({ kind, subject }), kind, subject, message },
  raisedAtMs: sinceMs,
  clearedAtMs: null,
  changedAtMs: sinceMs,
})
