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
import type { Publishing } from '../publishing/publishing.ts'
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
  readonly publishing: Pick<Publishing, 'standing' | 'unrecorded'>
  readonly replicas: () => Promise<readonly ReplicaRow[]>
}

/** What is looked at now and then, by every host for itself: of two hosts the one that looked later is right. */
interface Look {
  /** What the last one found; null = nothing is wrong. */
  readonly problem: string | null
  /** How many there were. */
  readonly count: number
}

interface Finding extends Condition {
  /** By which look; absent = it is asked anew in every review. */
  readonly look?: number
}

interface Known extends Finding {
  readonly sinceMs: number
  /** As what the registry was told of it. */
  readonly id: string | null
  /** It was over before the registry could be told. */
  readonly ended: boolean
}

/** How many looks there were when an alarm of another process was first seen, by its id. */
type Strangers = ReadonlyMap<string, number>

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
  let strangers: Strangers = new Map()
  let owed: readonly Condition[] = []
  let read: readonly Condition[] = []
  let chain: Look = { problem: null, count: 0 }
  let reviewing: Promise<unknown> = Promise.resolve()

  const review = async (): Promise<void> => {
    const looks = looksOf(parts, chain)
    const own = [...conditionsOf(parts), ...findingsOf(looks)]
    // Before the registry is asked, which may be away: then what it said last.
    known = withPresent(known, [...own, ...read], clock.nowMs())
    read = [...rejections(await parts.publishing.standing()), ...refusals(await parts.replicas())]
    known = withPresent(known, [...own, ...read], clock.nowMs())
    for (const condition of owed) {
      await raiseAlarm(parts.database, condition)
      owed = owed.filter((other) => other !== condition)
    }
    const rows = new Map((await standingAlarms(parts.database)).map((row) => [keyOf(row), row]))
    strangers = await clearStrangers(parts, { rows, known, looks, strangers })
    known = await told(parts, known, rows)
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
      chain = { problem, count: chain.count + 1 }
      rounds.wake()
    },
    remembered: () => [...known.values()].filter(({ ended }) => !ended).map(rowOf),
    start: () => rounds.start(),
    stop: () => rounds.stop(),
  }
}

interface NamedLook extends Look {
  readonly kind: AlarmKind
  readonly subject: string
}

function looksOf({ publishing }: AlarmParts, chain: Look): readonly NamedLook[] {
  const { count, rejection } = publishing.unrecorded()
  const problem = rejection === null ? null : notPublished(rejection)
  return [
    { kind: 'chain_broken', subject: 'switches', ...chain },
    { kind: 'revision_rejected', subject: 'registry', count, problem },
  ]
}

const findingsOf = (looks: readonly NamedLook[]): readonly Finding[] =>
  looks.flatMap(({ count, kind, problem, subject }) =>
    problem === null ? [] : [{ kind, subject, message: problem, look: count }],
  )

function conditionsOf(parts: AlarmParts): readonly Condition[] {
  const { host } = parts
  const database = parts.database.state()
  return [
    ...parts.conditions(),
    ...(database.state === 'away'
      ? [{ kind: 'database_away', subject: host, message: `The database is away: ${database.problem}` }]
      : []),
    ...(database.state === 'full'
      ? [{ kind: 'database_full', subject: host, message: 'The disk of the database is nearly full.' }]
      : []),
  ]
}

const notPublished = ({ error, revision }: Rejection): string =>
  `Revision ${revision.number} could not be published; replicas keep the last good one: ${error}`

const rejections = (rejection: Rejection | null): readonly Condition[] =>
  rejection === null
    ? []
    : [{ kind: 'revision_rejected', subject: 'registry', message: notPublished(rejection) }]

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
  present: readonly Finding[],
  nowMs: number,
): ReadonlyMap<string, Known> {
  const now = new Map(present.map((condition) => [keyOf(condition), condition]))
  const over = [...known]
    .filter(([key]) => !now.has(key))
    .map(([key, one]) => [key, { ...one, ended: true }] as const)
  const standing = [...now].map(([key, condition]) => {
    // What another look finds is another finding: it is told anew where somebody cleared the alarm meanwhile.
    const before = known.get(key)?.look === condition.look ? known.get(key) : undefined
    return [
      key,
      { ...condition, sinceMs: before?.sinceMs ?? nowMs, id: before?.id ?? null, ended: false },
    ] as const
  })
  return new Map<string, Known>([...over, ...standing])
}

/** Tells the registry: what is new, what changed its words, what is over. Answers what stands. */
async function told(
  parts: AlarmParts,
  known: ReadonlyMap<string, Known>,
  rows: ReadonlyMap<string, AlarmRow>,
): Promise<ReadonlyMap<string, Known>> {
  const { clock, database } = parts
  const raise = (one: Known): Promise<AlarmRow> =>
    raiseAlarm(database, { ...one, ageMs: clock.nowMs() - one.sinceMs })
  const kept = new Map<string, Known>()
  for (const [key, one] of known) {
    const row = rows.get(key)
    const wasCleared = one.id !== null && row?.id !== one.id
    // Another host saw the end of it first: told again it would be an alarm that never was, every other second.
    if (wasCleared && one.ended) continue
    if (wasCleared && one.look !== undefined) {
      kept.set(key, one)
      continue
    }
    const isTold = row?.message === one.message
    const standing = isTold ? row : one.ended && row !== undefined ? row : await raise(one)
    if (one.ended) await clearAlarm(database, standing.id)
    else kept.set(key, { ...one, id: standing.id })
  }
  return kept
}

interface Standing {
  readonly rows: ReadonlyMap<string, AlarmRow>
  readonly known: ReadonlyMap<string, Known>
  readonly looks: readonly NamedLook[]
  readonly strangers: Strangers
}

/**
 * Clears what a process left behind that can no longer tell. What another host found by a look may be true although the
 * last look here, before it, found nothing: only the next one decides.
 */
async function clearStrangers(
  parts: AlarmParts,
  { known, looks, rows, strangers }: Standing,
): Promise<Strangers> {
  const left = new Map<string, number>()
  for (const [key, row] of rows) {
    if (known.has(key) || !isOurs(parts, row)) continue
    const count = looks.find(({ kind }) => kind === row.kind)?.count ?? null
    const before = count === null ? null : (strangers.get(row.id) ?? count)
    if (before === null || before !== count) await clearAlarm(parts.database, row.id)
    else left.set(row.id, before)
  }
  return left
}

/** Whether this process knows whether it is still true. */
function isOurs({ host }: AlarmParts, { kind, subject }: AlarmRow): boolean {
  if (hostKinds.has(kind)) return subject === host
  if (kind === 'provider_key') return subject.endsWith(` on ${host}`)
  return kind === 'chain_broken' || kind === 'revision_rejected' || kind === 'replica_refused'
}

const rowOf = ({ id, kind, subject, message, sinceMs }: Known): AlarmRow => ({
  ...{ id: id ?? keyOf({ kind, subject }), kind, subject, message },
  raisedAtMs: sinceMs,
  clearedAtMs: null,
  changedAtMs: sinceMs,
})
