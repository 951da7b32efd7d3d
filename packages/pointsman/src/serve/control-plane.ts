import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { PointsmanError, toPointsmanError } from '@pointsman/contract'
import { createControl, type Control, type Oidc } from '@pointsman/control'
import { startIngest } from '@pointsman/control/ingest'
import { createFetchDoor, type MovedPin } from '@pointsman/gateway'
import type { Journal } from '@pointsman/journal'
import { emptyReport, joinReports, type MetricsReport } from '@pointsman/metrics'
import * as registry from '@pointsman/registry'
import { claimPin, findPins, type Database } from '@pointsman/registry'
import type { Settings } from '../settings.ts'
import { createDynamoDb } from './ask-dynamodb.ts'
import { awsChain } from './aws-chain.ts'
import { endsWithin, systemClock } from './clock.ts'
import { createClosers, type Closers } from './closers.ts'
import { consoleFiles } from './console-files.ts'
import type { ControlLink, DataLink } from './control-link.ts'
import { nodeDigests } from './digests.ts'
import { forgetEnded, isAlive } from './forget-ended.ts'
import type { HostKeys } from './host-keys.ts'
import { createHostLimits, type HostLimits } from './host-limits.ts'
import type { Log } from './log.ts'
import { makeBackup } from './make-backup.ts'
import { openRegistry, shippedCatalogue } from './open-registry.ts'
import { openHostProviderKeys, type HostProviderKeys } from './provider-keys/host-provider-keys.ts'
import { followPinNews, type RegistryPinNews } from './pin-news.ts'
import { keyEndsAtMs } from './providers.ts'
import { createWebhooks } from './webhooks.ts'
import { refuseAway } from './refuse-away.ts'
import { isRefusal } from './registry-refusal.ts'
import type { SupabaseTokens } from './supabase-tokens.ts'

export interface ControlPlaneParts {
  readonly settings: Settings
  readonly log: Log
  readonly keys: HostKeys
  readonly serviceKey: string
  /** Null = signed-in users' tokens are not known here. */
  readonly tokens: SupabaseTokens | null
  readonly data: DataLink
  /** A writer in this process: its commits wake the ingest. */
  readonly journal?: Pick<Journal, 'onCommit'>
}

export interface ControlPlane extends ControlLink {
  /** How the first try to open the registry ended: null = it is open. Later tries go on by themselves. */
  readonly firstTry: Promise<PointsmanError | null>
  /** Whether callers are answered. */
  isOpen(): boolean
  /** Ends the streams of events, which would hold up an orderly stop: it waits for the answers under way. */
  endStreams(): void
  /** Why the registry is not open; null = it is, or is being opened for the first time. */
  failure(): PointsmanError | null
  stop(): Promise<void>
}

/** How long the ingest may take to bring in what is durable already; the rest waits in the journal for the next start. */
const ingestStopLimitMs = 5_000
/** Before a start gives the database up and serves what it served last. */
const countWithoutAfterMs = 4_000
const firstRetryMs = 250
const longestRetryMs = 4_000
/** A replica that cannot be told that the registry is back must not keep everybody else from it. */
const upWithinMs = 2_000

/** What there is while the registry is open. */
interface Running {
  readonly database: Database
  readonly control: Control
  readonly pinNews: RegistryPinNews
  readonly closers: Closers
}

/**
 * The control plane, also while its database is away: it is tried again until it answers, and until then whatever is asked
 * is refused as `registry_unavailable`. A holder of mutable state: what is open, and why nothing is.
 */
export function startControlPlane(parts: ControlPlaneParts): ControlPlane {
  return new LateControl(parts)
}

class LateControl implements ControlPlane {
  readonly firstTry: Promise<PointsmanError | null>
  readonly limits: ControlLink['limits']
  readonly providerKeys: ControlLink['providerKeys']
  readonly #parts: ControlPlaneParts
  readonly #providerKeys: HostProviderKeys
  readonly #limits: HostLimits
  readonly #upListeners = new Set<() => Promise<void>>()
  readonly #snapshotListeners = new Set<() => void>()
  readonly #pinListeners = new Set<(moved: MovedPin | null) => void>()
  #running: Running | null = null
  /** Open to callers: every data plane of this host has been told. */
  #open = false
  #problem = 'it is being opened'
  #failure: PointsmanError | null = null
  #retryMs = firstRetryMs
  #cancelRetry: (() => void) | null = null
  readonly #cancelCount: () => void
  #trying: Promise<PointsmanError | null>
  #stopped = false

  constructor(parts: ControlPlaneParts) {
    this.#parts = parts
    this.#limits = createHostLimits(parts)
    this.limits = this.#limits.forDataPlane
    this.#providerKeys = openHostProviderKeys(parts)
    this.providerKeys = this.#providerKeys.forDataPlane
    // A database on the network that hangs fails late; keys must not begin anew meanwhile.
    this.#cancelCount =
      parts.settings.databaseUrl === null
        ? () => undefined
        : systemClock.after(countWithoutAfterMs, () => void this.#limits.openWithout())
    this.#trying = this.#try()
    this.firstTry = this.#trying
  }

  readonly door: ControlLink['door'] = {
    forward: (exchange) =>
      this.#running !== null && this.#open
        ? this.#door(this.#running).forward(exchange)
        : refuseAway(exchange, this.#away()),
  }

  readonly source: ControlLink['source'] = {
    // Only a registry that answers can say which revision is its newest.
    latest: async () => this.#answering().control.snapshotSource.latest(),
    parts: async (hashes) => this.#required().control.snapshotSource.parts(hashes),
    onChange: (listener) => {
      this.#snapshotListeners.add(listener)
      return () => void this.#snapshotListeners.delete(listener)
    },
  }

  readonly pinStore: ControlLink['pinStore'] = {
    find: async (query) => findPins(this.#required().database, query),
    claim: async (claim) => claimPin(this.#required().database, claim),
  }

  readonly pinNews: ControlLink['pinNews'] = {
    onMoved: (listener) => {
      this.#pinListeners.add(listener)
      return () => void this.#pinListeners.delete(listener)
    },
    movedBetween: async (after, until) => this.#required().pinNews.movedBetween(after, until),
    up: () => this.#running?.pinNews.up() ?? false,
  }

  readonly replicas: ControlLink['replicas'] = {
    renewLease: async (replica) => this.#required().control.services.replicas.renewLease(replica),
    acknowledge: async (told) => this.#required().control.services.replicas.acknowledge(told),
    leave: async (replica) => this.#required().control.services.replicas.leave(replica),
  }

  up(): boolean {
    const state = this.#running?.database.state().state
    return state === 'ready' || state === 'full'
  }

  isOpen(): boolean {
    return this.#open
  }

  onUp(listener: () => Promise<void>): void {
    this.#upListeners.add(listener)
  }

  async hostMetrics(): Promise<MetricsReport> {
    const registry = { ...emptyReport, gauges: [{ pointsman_registry_up: this.up() ? 1 : 0 }] }
    return joinReports([await this.#parts.data.metrics(), registry])
  }

  notes(): readonly string[] {
    const ofKeys = this.#providerKeys.notes()
    if (this.#running === null)
      return [`${this.#isRefused() ? refused : 'The database is away:'} ${this.#problem}`, ...ofKeys]
    const { control, database } = this.#running
    const state = database.state()
    return [
      ...ofKeys,
      ...control.services.tableNotes(),
      ...control.services.clockNotes(),
      ...(state.state === 'away' ? [`The database is away: ${state.problem}`] : []),
      ...(state.state === 'full' ? ['The disk of the database is nearly full: changes are refused.'] : []),
      ...(database.durable
        ? []
        : ['The embedded database is not power-cut safe on this file system: its self-test saw no fsync.']),
    ]
  }

  endStreams(): void {
    this.#running?.control.services.endStreams()
  }

  failure(): PointsmanError | null {
    return this.#running === null ? this.#failure : null
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancelRetry?.()
    this.#cancelCount()
    await this.#trying
    this.#open = false
    const running = this.#running
    this.#running = null
    this.#providerKeys.registry(null)
    this.#providerKeys.stop()
    this.#problem = 'this server is stopping'
    await this.#limits.stop()
    await running?.closers.closeAll()
  }

  /** Null = open; else why not, and the next try is due. Never rejects. */
  async #try(): Promise<PointsmanError | null> {
    const closers = createClosers(this.#parts.log)
    try {
      const running = await openControl(this.#parts, closers, {
        limits: this.#limits,
        providerKeys: this.#providerKeys,
      })
      this.#cancelCount()
      if (this.#stopped) {
        await closers.closeAll()
        return null
      }
      await this.#goUp(running)
      return null
    } catch (thrown) {
      await closers.closeAll()
      await this.#limits.openWithout()
      return this.#fail(toPointsmanError(thrown))
    }
  }

  async #goUp(running: Running): Promise<void> {
    running.pinNews.onMoved((moved) => {
      for (const listener of this.#pinListeners) listener(moved)
    })
    running.control.snapshotSource.onChange(() => this.#tellSnapshot())
    this.#running = running
    this.#providerKeys.registry(running.database)
    this.#retryMs = firstRetryMs
    this.#tellSnapshot()
    for (const listener of this.#pinListeners) listener(null)
    // Each replica has its lease before the first switch can be asked for, so that the switch waits for it.
    await endsWithin(upWithinMs, Promise.allSettled([...this.#upListeners].map((listener) => listener())))
    this.#open = true
  }

  #tellSnapshot(): void {
    for (const listener of this.#snapshotListeners) listener()
  }

  /** Said once for each new reason: a database may be away for hours. */
  #fail(error: PointsmanError): PointsmanError {
    const problem = error.code === 'internal' ? String(error.cause) : error.message
    if (problem !== this.#problem) this.#parts.log('error', 'registry_not_opened', { problem })
    this.#problem = problem
    this.#failure = error
    if (!this.#stopped) {
      this.#cancelRetry = systemClock.after(this.#retryMs, () => {
        this.#trying = this.#try()
      })
      this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs)
    }
    return error
  }

  #door({ control }: Running) {
    return createFetchDoor((request) => control.app.fetch(request))
  }

  #required(): Running {
    if (this.#running !== null) return this.#running
    throw this.#away()
  }

  #answering(): Running {
    const running = this.#required()
    const state = running.database.state()
    if (state.state === 'ready' || state.state === 'full') return running
    throw new PointsmanError(
      'registry_unavailable',
      `The registry cannot be asked: ${state.state === 'away' ? state.problem : 'the database is closed'}`,
    )
  }

  #isRefused(): boolean {
    return this.#failure !== null && isRefusal(this.#failure)
  }

  #away(): PointsmanError {
    if (this.#isRefused())
      return new PointsmanError(
        'registry_unavailable',
        `${refused} ${this.#problem} Until then requests to models go on from the last good snapshot; all else is refused.`,
      )
    return new PointsmanError(
      'registry_unavailable',
      `The registry is not open (${this.#problem}). It is tried again by itself; requests to models go on from the last good snapshot.`,
    )
  }
}

/** The next words say why, and what to do: to wait would be of no use. */
const refused = 'The database is there, but this server may not use it.'

/** Loaded by those alone who set it: a start waits for nothing that it does not need. */
async function oidcOf({ oidc, privateHosts }: Settings, log: Log): Promise<Oidc | null> {
  if (oidc === null) return null
  const { createOidc } = await import('./oidc/create-oidc.ts')
  return createOidc({ settings: oidc, privateHosts, log })
}

interface OfHost {
  readonly limits: HostLimits
  readonly providerKeys: HostProviderKeys
}

async function openControl(
  parts: ControlPlaneParts,
  closers: Closers,
  { limits, providerKeys }: OfHost,
): Promise<Running> {
  const { keys, log, settings, tokens } = parts
  const oidc = await oidcOf(settings, log)
  const database = await openRegistry(settings, log, { keys, closers })
  await limits.open(database)
  const ingest = startIngest({
    journalDir: join(settings.dataDir, 'journal'),
    ...(parts.journal === undefined ? {} : { journal: parts.journal }),
    database,
    registry,
    clock: systemClock,
    log,
    chance: Math.random,
  })
  closers.add('ingest', () => ingest.stop(ingestStopLimitMs))
  const pinNews = await followPinNews(database)
  closers.add('pin news', () => pinNews.stop())
  const files = consoleFiles(log, settings.dataDir)
  const control = createControl({
    database,
    clock: systemClock,
    log,
    digests: nodeDigests,
    randomBytes,
    pepper: keys.pepper,
    headSigner: keys.headSigner,
    snapshotSigner: keys.snapshotSigner,
    serviceKeyDigests: [keys.digest(parts.serviceKey)],
    tokenVerifier: tokens === null ? null : { verify: (token, nowMs) => tokens.check(token, nowMs) },
    probe: { probe: (model) => parts.data.probe(model) },
    bedrockLists: { ask: (question) => parts.data.listBedrock(question) },
    curated: shippedCatalogue,
    dynamo: createDynamoDb(settings.dynamoDb, awsChain(settings.proxy)),
    ...(settings.dynamoDb.followed === null ? {} : { followed: settings.dynamoDb.followed }),
    region: settings.region,
    environment: settings.environment,
    providerStates: () => parts.data.providerStates(),
    providers: () => parts.data.providers(),
    keySecrets: settings.secretsManager === null ? [] : [settings.secretsManager],
    vault: { sealing: keys.sealing, endsAtMs: keyEndsAtMs },
    host: hostname(),
    makeBackup: () => makeBackup(database, settings, keys),
    conditions: () => [...parts.data.conditions(), ...providerKeys.conditions()],
    awsSecretOf: keys.awsSecretOf,
    webhooks: createWebhooks(settings, keys.webhookSecretOf),
    maxBodyBytes: settings.maxBodyBytes,
    captureDays: settings.captureDays,
    console: { files, seal: keys.seal, ...(oidc === null ? {} : { oidc }) },
  })
  await control.start()
  closers.add('control plane', () => control.stop())
  await forgetEnded(control.services.replicas, { host: hostname(), isAlive }, settings.databaseUrl !== null)
  const later = limits.follow(database, control.snapshotSource)
  closers.add('later limits', async () => later.stop())
  return { database, control, pinNews, closers }
}
