import { Hono } from 'hono'
import { createAlarms } from './alarms/alarms.ts'
import { createCostAlarms } from './alarms/cost-alarms.ts'
import { createClockWatch, type ClockWatch } from './acknowledgements/clock-watch.ts'
import { createReplicas, type Replicas } from './acknowledgements/replicas.ts'
import { controlEndpoints } from './api/endpoints.ts'
import { mountCompat } from './compat/mount-compat.ts'
import { createFollowing, type Following } from './dynamodb/following.ts'
import { createDrills } from './drills/drills.ts'
import { createChangeFeed } from './events/change-feed.ts'
import { openToPages } from './http/cross-origin.ts'
import { createEventStreams } from './http/event-stream.ts'
import { createFailureLog } from './http/failure-log.ts'
import { mount, mountRest } from './http/mount.ts'
import { mountConsole } from './console/mount-console.ts'
import { createSessions } from './console/sessions.ts'
import { keyEntrance, type AuthenticationParts } from './keys/authenticate.ts'
import type { ControlOptions } from './control-options.ts'
import { createNoticeStreams } from './notices/notice-streams.ts'
import type { Condition, Log, SnapshotSource } from './ports.ts'
import { createPublishing, type Publishing } from './publishing/publishing.ts'
import type { Rejection } from './publishing/publisher.ts'
import type { ControlHouse } from './house.ts'
import { createSwitching } from './switches/switching.ts'
import { createTending, type Tending } from './tend-registry.ts'

export interface ControlState {
  /** The revision that this process holds; null before the first. */
  readonly revision: number | null
  /** A direct edit that could not be published: replicas keep the last good revision. */
  readonly rejection: Rejection | null
}

/** What the data-plane side of the same process, and the door, call. */
export interface ControlServices {
  readonly replicas: Replicas
  /** Looks for new revisions now instead of at the next poll. */
  look(): Promise<void>
  /** Looks for edits that passed the triggers by, instead of at the next half minute. */
  lookForUnrecorded(): Promise<void>
  state(): ControlState
  /** Ends the streams of events: they would hold up an orderly stop, which waits for the answers under way. */
  endStreams(): void
  /** Compares what is wrong with the alarms that stand, instead of within two seconds. */
  reviewAlarms(): Promise<void>
  /** Looks at what was spent and tells of it, instead of within half a minute. */
  reviewCostAlarms(): Promise<void>
  /** Looks at the tables that are followed, where it is time, instead of within half a second. */
  lookAtTables(): Promise<void>
  /** What is wrong with the tables that are followed from here, for operators. */
  tableNotes(): readonly string[]
  /** That this host's clock differs from the database's, for operators. */
  clockNotes(): readonly string[]
  /** Ends the drills that are to end, instead of within a second. */
  reviewDrills(): Promise<void>
  /** Does what the registry needs done now and then, instead of within the hour. */
  tend(): Promise<void>
}

export interface Control {
  /** Everything that is not a data-plane path. Never rejects. */
  readonly app: { fetch(request: Request): Promise<Response> }
  /** For a data plane in this process. */
  readonly snapshotSource: SnapshotSource
  readonly services: ControlServices
  /**
   * Reads the newest revision, then follows. Resolves when the first look is done, even where the registry is away. What is
   * looked at and tidied now and then begins a little later: it takes the embedded database longer than all else of a start.
   */
  start(): Promise<void>
  stop(): Promise<void>
}

const defaultAcknowledgeWithinMs = 1_000
const defaultFirstRoundsAfterMs = 1_000
const defaultMaxBodyBytes = 25 * 1024 * 1024

/** The control plane: publishes revisions, answers the control API and the seeds' endpoints. */
export function createControl(options: ControlOptions): Control {
  const { database, clock, log, digests } = options
  const clockWatch = createClockWatch(clock, log)
  const patienceMs = options.acknowledgeWithinMs ?? defaultAcknowledgeWithinMs
  const replicas = createReplicas(database, clock, patienceMs, clockWatch)
  const publishing = createPublishing({
    ...{ database, clock, log, digests, replicas },
    onUnrecorded: (number) => alarms.raise(unrecordedEdit(number)),
  })
  const alarms = createAlarms({
    ...{ database, clock, log, publishing, host: options.host ?? 'host' },
    conditions: () => [...(options.conditions?.() ?? []), ...(following?.conditions() ?? [])],
    replicas: () => replicas.list(),
  })
  const streams = createEventStreams(clock)
  const feed = createChangeFeed({ database, clock, log })
  const drills = createDrills({ ...options, publishing, replicas, homeRegion: options.region })
  const house: ControlHouse = {
    ...options,
    homeRegion: options.region,
    ...{ publishing, replicas, alarms, streams, feed, drills },
    costAlarms: createCostAlarms({ ...options, webhooks: options.webhooks }),
    notices: createNoticeStreams({ database, clock, log, feed, streams, publishing }),
    switching: createSwitching({
      ...{ database, clock, log, publishing, replicas },
      ...{ homeRegion: options.region, environment: options.environment },
      providerStates: options.providerStates,
    }),
  }
  const failures = createFailureLog({ database, clock, log })
  const app = createApp(house, authenticationOf(options, publishing), failures.log)
  const tending = createTending({
    ...{ database, clock, log, region: options.region },
    keepCapturedMs: (options.captureDays ?? 30) * 86_400_000,
    onChainSeen: (problem) => alarms.chainSeen(problem),
  })
  const endChanges = publishing.source.onChange(() => {
    feed.wake()
    // A key may be revoked.
    streams.review()
  })
  const following = followingOf(house)
  const rounds = createRounds(house, tending, following)
  return {
    app: { fetch: async (request) => app.fetch(request) },
    snapshotSource: publishing.source,
    services: servicesOf(house, { tending, following, clockWatch }),
    start: async () => {
      await publishing.start()
      rounds.start()
    },
    stop: async () => {
      streams.endAll()
      endChanges()
      await feed.stop()
      await rounds.stop()
      await publishing.stop()
      failures.stop()
    },
  }
}

/** Null = nothing is followed from here. */
function followingOf(house: ControlHouse): Following | null {
  const { dynamo, followed, host = 'host', randomBytes } = house
  if (dynamo === undefined || followed === undefined) return null
  // Two processes of one host are two.
  const holder = `${host} ${[...randomBytes(4)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
  return createFollowing({ house, dynamo, tables: followed, holder })
}

interface Rounds {
  start(): void
  stop(): Promise<void>
}

/** What is looked at and tidied now and then. A holder of mutable state: the timer of the first time. */
function createRounds(house: ControlHouse, tending: Tending, following: Following | null): Rounds {
  const { alarms, clock, costAlarms, drills, firstRoundsAfterMs = defaultFirstRoundsAfterMs } = house
  let cancel = (): void => undefined
  const startAll = (): void => {
    void Promise.all([tending.start(), alarms.start()])
    drills.watch()
    costAlarms.watch()
    following?.watch()
  }
  return {
    start: () => {
      cancel = clock.after(firstRoundsAfterMs, startAll)
    },
    stop: async () => {
      cancel()
      await Promise.all([drills.unwatch(), costAlarms.unwatch(), following?.unwatch()])
      await alarms.stop()
      await tending.stop()
    },
  }
}

interface Beside {
  readonly tending: Tending
  readonly following: Following | null
  readonly clockWatch: ClockWatch
}

const servicesOf = (
  { replicas, publishing, streams, alarms, costAlarms, drills }: ControlHouse,
  { clockWatch, following, tending }: Beside,
): ControlServices => ({
  replicas,
  look: () => publishing.look(),
  lookForUnrecorded: () => publishing.lookForUnrecorded(),
  endStreams: () => streams.endAll(),
  reviewAlarms: () => alarms.review(),
  reviewCostAlarms: () => costAlarms.review(),
  lookAtTables: async () => following?.look(),
  tableNotes: () => following?.notes() ?? [],
  clockNotes: () => clockWatch.notes(),
  reviewDrills: () => drills.review(),
  tend: () => tending.tend(),
  state: () => ({
    revision: publishing.holder.current()?.compiled.revision.number ?? null,
    rejection: publishing.rejection(),
  }),
})

function createApp(house: ControlHouse, authentication: AuthenticationParts, log: Log): Hono {
  const app = new Hono()
  app.notFound((context) =>
    context.json(
      {
        error: {
          code: 'not_found',
          message: `There is no ${context.req.path} here. GET /api/v1/openapi.json lists what there is.`,
        },
      },
      404,
    ),
  )
  const parts = {
    entrance: keyEntrance(authentication),
    log,
    maxBodyBytes: house.maxBodyBytes ?? defaultMaxBodyBytes,
  }
  const endpoints = controlEndpoints(house)
  mountCompat(app, house, parts)
  openToPages(app, '/api/v1/notifications/*')
  mount(app, endpoints, { ...parts, basePath: '/api/v1' })
  if (house.console !== undefined) {
    const sessions = createSessions({ ...house, ...house.console, authentication })
    const inside = {
      ...parts,
      entrance: { authenticate: sessions.authenticate, recognise: sessions.authenticate },
    }
    mountConsole(app, house, { ...inside, sessions, files: house.console.files, endpoints })
  }
  mountRest(app, parts)
  return app
}

const unrecordedEdit = (number: number): Condition => ({
  ...{ kind: 'unrecorded_edit', subject: `revision ${number}` },
  message: `Tables were edited past the registry’s triggers. What they said is in force as revision ${number}, whose actor is unknown. Clear this alarm once you know who did it.`,
})

const authenticationOf = (options: ControlOptions, publishing: Publishing): AuthenticationParts => ({
  digests: options.digests,
  pepper: options.pepper,
  serviceKeyDigests: options.serviceKeyDigests,
  tokenVerifier: options.tokenVerifier,
  nowMs: () => options.clock.nowMs(),
  keysByDigest: () => publishing.holder.current()?.compiled.keysByDigest ?? new Map(),
  mayMissKeys: () => options.database.state().state === 'away',
})
