import type { HeldCircuit } from '@pointsman/contract'
import {
  changesAfter,
  lateCommitMs,
  listReplicas,
  presentPlace,
  revisionChannel,
  type ChangePlace,
  type Database,
  type ReplicaRow,
} from '@pointsman/registry'
import type { Clock, Log } from '../ports.ts'
import { createRepeating } from '../repeating.ts'
import { eventsOf, keyOf, type PlacedEvent } from './registry-event.ts'

/** Hears every change once, in order; must not throw. */
export type FeedListener = (events: readonly PlacedEvent[]) => void

export interface ChangeFeed {
  /**
   * From now on. Resolves with the place from where it hears, once the registry was asked for it. `signal` ends it.
   * Throws PointsmanError `registry_unavailable`.
   */
  follow(listener: FeedListener, signal: AbortSignal): Promise<ChangePlace>
  /** What came after a place, a thousand changes at most; `complete: false` where there are more. */
  since(place: ChangePlace): Promise<{ readonly events: readonly PlacedEvent[]; readonly complete: boolean }>
  /** Looks now: something of this process was written. */
  wake(): void
  stop(): Promise<void>
}

export interface FeedParts {
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
}

/** Acknowledgements and refusals of other hosts are announced by nobody, so they are asked for this often. */
const pollMs = 500
const mostReadings = 5

/** One reader for all who follow, and none while nobody does. A holder of mutable state: the listeners and one subscription to notices. */
export function createChangeFeed({ database, clock, log }: FeedParts): ChangeFeed {
  const listeners = new Set<FeedListener>()
  const reader = createReader(database, clock)
  let unlisten: Promise<() => Promise<void>> | null = null
  const failed = (error: unknown): void => {
    log('warn', 'change_feed_failed', { error })
  }
  const look = async (): Promise<void> => {
    const { events, more } = await reader.read()
    if (events.length > 0) for (const listener of [...listeners]) listener(events)
    if (more) rounds.wake()
  }
  const rounds = createRepeating(look, { clock, everyMs: pollMs, failed })
  const rest = async (): Promise<void> => {
    await rounds.stop()
    if (listeners.size > 0) return void rounds.start()
    reader.forget()
    const ended = unlisten
    unlisten = null
    await (
      await ended
    )?.()
  }
  return {
    async follow(listener, signal) {
      const place = await reader.begin()
      if (signal.aborted) return place
      listeners.add(listener)
      signal.addEventListener('abort', () => {
        listeners.delete(listener)
        if (listeners.size === 0) void rest().catch(failed)
      })
      unlisten ??= database
        .listen(revisionChannel, () => rounds.wake())
        .catch((error: unknown) => {
          // The poll finds what no notice tells.
          failed(error)
          return () => Promise.resolve()
        })
      void rounds.start()
      return place
    },
    since: (place) => readSince(database, place),
    wake: () => rounds.wake(),
    async stop() {
      listeners.clear()
      await rest()
    },
  }
}

async function readSince(
  database: Database,
  start: ChangePlace,
): Promise<{ readonly events: readonly PlacedEvent[]; readonly complete: boolean }> {
  const events: PlacedEvent[] = []
  let from = start
  for (let reading = 0; reading < mostReadings; reading += 1) {
    const changes = await changesAfter(database, from)
    events.push(...eventsOf(changes, from))
    from = changes.place
    if (!changes.more) return { events, complete: true }
  }
  return { events, complete: false }
}

/**
 * The changes from the tables where they stand. A holder of mutable state: the place, the replicas as last seen, and the
 * changes of the last moments by key.
 */
function createReader(database: Database, clock: Clock) {
  const seen = new Map<string, number>()
  let place: ChangePlace | null = null
  let replicas: ReadonlyMap<string, ReplicaRow> = new Map()
  let startedAtMs = 0
  const present = (): ChangePlace | null => place
  const begin = async (): Promise<ChangePlace> => {
    const known = present()
    if (known !== null) return known
    const now = await presentPlace(database)
    const live = await liveReplicas(database)
    // Somebody else may have begun meanwhile.
    const other = present()
    if (other !== null) return other
    startedAtMs = now.atMs
    replicas = live
    place = now
    return now
  }
  return {
    begin,
    async read(): Promise<{ readonly events: readonly PlacedEvent[]; readonly more: boolean }> {
      const from = await begin()
      const changes = await changesAfter(database, from)
      const live = await liveReplicas(database)
      // Told before the changes of the same reading, whose places they must not cover.
      const moved = movedReplicas(replicas, live, from)
      place = changes.place
      replicas = live
      const events = [...moved, ...eventsOf(changes, from)].filter(
        (one) => instantOf(one) >= startedAtMs && !wasSeen(seen, one, clock.nowMs()),
      )
      return { events, more: changes.more }
    },
    forget(): void {
      place = null
      replicas = new Map()
      seen.clear()
    },
  }
}

/** When an acknowledgement, an alarm or a drill came; others are not read twice, so that their instant is of no account. */
function instantOf({ event }: PlacedEvent): number {
  if (event.kind === 'acknowledgement') return event.row.acknowledgedAtMs
  return event.kind === 'alarm' || event.kind === 'drill' ? event.row.changedAtMs : Infinity
}

const liveReplicas = async (database: Database): Promise<ReadonlyMap<string, ReplicaRow>> =>
  new Map((await listReplicas(database)).filter(({ live }) => live).map((row) => [row.id, row]))

function movedReplicas(
  before: ReadonlyMap<string, ReplicaRow>,
  now: ReadonlyMap<string, ReplicaRow>,
  place: ChangePlace,
): readonly PlacedEvent[] {
  const joined = [...now.values()].filter(({ id }) => !before.has(id))
  const left = [...before.values()].filter(({ id }) => !now.has(id))
  return [
    ...joined.map((row): PlacedEvent => ({ place, event: { kind: 'replica', state: 'joined', row } })),
    ...left.map((row): PlacedEvent => ({ place, event: { kind: 'replica', state: 'left', row } })),
    ...[...now.values()].flatMap((row) => movedCircuits(before.get(row.id)?.circuits ?? [], row, place)),
  ]
}

/** A replica that leaves takes its circuits with it: nothing closed. */
function movedCircuits(
  before: readonly HeldCircuit[],
  { circuits, id: replica }: ReplicaRow,
  place: ChangePlace,
): readonly PlacedEvent[] {
  const isIn = (held: readonly HeldCircuit[], { modelId, region }: HeldCircuit): boolean =>
    held.some((other) => other.modelId === modelId && other.region === region)
  const told = (state: 'opened' | 'closed') => (circuit: HeldCircuit) =>
    ({ place, event: { kind: 'circuit', state, replica, circuit } }) satisfies PlacedEvent
  return [
    ...circuits.filter((circuit) => !isIn(before, circuit)).map(told('opened')),
    ...before.filter((circuit) => !isIn(circuits, circuit)).map(told('closed')),
  ]
}

/** Those that are read again for late commits: forgotten once no reading can bring them back. */
const rememberMs = 10 * lateCommitMs

function wasSeen(seen: Map<string, number>, { event }: PlacedEvent, nowMs: number): boolean {
  for (const [key, atMs] of seen) {
    if (nowMs - atMs < rememberMs) break
    seen.delete(key)
  }
  if (event.kind === 'replica' || event.kind === 'circuit') return false
  const key = keyOf(event)
  const known = seen.has(key)
  // At the end of the map again: it is in the order of the last sight.
  seen.delete(key)
  seen.set(key, nowMs)
  return known
}
