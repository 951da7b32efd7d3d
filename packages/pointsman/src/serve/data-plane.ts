import { crc32 } from 'node:zlib'
import {
  PointsmanError,
  type HeldCircuit,
  type ModelId,
  type ProviderId,
  type ReplicaId,
  type Revision,
} from '@pointsman/contract'
import type { CompiledSnapshot } from '@pointsman/core'
import {
  createCircuits,
  createDrills,
  createFallbackEpisodes,
  createModelAverages,
  createRefusedCredentials,
  createRetryBudgets,
  createSnapshotHolder,
  createUnrecognisedFrames,
  listModels,
  type CircuitChange,
  type Credentials,
  type Engine,
  type LastGood,
  type Limits,
  type ListQuestion,
  type RecordSink,
  type RefusedCredentials,
  type SnapshotHolder,
  type SnapshotHolderState,
  type SnapshotSource,
  type Transport,
} from '@pointsman/engine'
import { createAddressGuard } from '@pointsman/engine/address-guard'
import { createHttp1Transport } from '@pointsman/engine/http1'
import { createProxyFor } from '@pointsman/engine/proxies'
import {
  checkAwsSignature,
  createEntrance,
  createConversationPins,
  createGateway,
  createLimits,
  createProbe,
  type ControlDoor,
  type Gateway,
  type GatewayOptions,
  type HostLink,
  type LimitsOptions,
  type PinChanges,
  type PinStore,
  type ProbeResult,
  type TendedLimits,
} from '@pointsman/gateway'
import { expose, type Gauges, type MetricsReport } from '@pointsman/metrics'
import { createDialects } from '@pointsman/wire'
import type { Settings } from '../settings.ts'
import { systemClock } from './clock.ts'
import { nodeDigests } from './digests.ts'
import type { HostKeys } from './host-keys.ts'
import type { Log } from './log.ts'
import { gaugesOf, type Meters } from './meters.ts'
import type { ServedProvider } from './providers.ts'
import { newRequestId } from './request-ids.ts'
import { watchVitals, type VitalsWatch } from './vitals.ts'
import type { SupabaseTokens } from './supabase-tokens.ts'

export interface DataPlaneParts {
  readonly settings: Settings
  readonly log: Log
  readonly keys: HostKeys
  readonly serviceKey: string
  /** What counts as the service key beside it; absent = nothing. */
  readonly otherServiceKeys?: readonly string[]
  /** Null = signed-in users' tokens are not known here. */
  readonly tokens: SupabaseTokens | null
  readonly replica: ReplicaId
  readonly sandbox: boolean
  /** Hosts that may be called although they stand in a private network. */
  readonly namedHosts: ReadonlySet<string>
  readonly providers: readonly ServedProvider[]
  readonly credentials: Credentials
  /** Which of them vendors refuse; absent = it is told in the log alone. */
  readonly refusedCredentials?: RefusedCredentials
  readonly limits: Pick<LimitsOptions, 'leases' | 'share'>
  readonly records: RecordSink
  /** How what keeps the records is, for `/metrics`. */
  readonly recordGauges: () => Gauges
  readonly source: SnapshotSource
  /** How often the source is asked; absent = as often as a host does. */
  readonly pollMs?: number
  /** Absent = nothing is kept over restarts. */
  readonly lastGood?: LastGood
  readonly pinStore: PinStore
  readonly pinChanges: PinChanges
  readonly control: ControlDoor
  /** Absent = sockets of this process. */
  readonly transport?: Transport
  /** Absent = this process is watched. */
  readonly vitals?: VitalsWatch
  readonly meters: Meters
  readonly hostMetrics: () => Promise<MetricsReport>
  /** Nobody should be sent here any more. */
  readonly draining: () => boolean
  readonly stopping: () => boolean
  /** What `/readyz` tells beside the snapshot's state. */
  readonly notes: () => readonly string[]
  readonly onApplied: (snapshot: CompiledSnapshot) => void
  readonly onCircuit: (change: CircuitChange) => void
  readonly onRefused: (revision: Revision, problem: string) => void
}

export interface DataPlane {
  readonly gateway: Gateway
  readonly holder: SnapshotHolder
  readonly probe: (model: ModelId) => Promise<ProbeResult>
  /** Who serves a model, by the snapshot that is served now. */
  readonly providerOf: (model: ModelId) => ProviderId | null
  /** One page of what Amazon Bedrock lists, as it answered. */
  readonly listBedrock: (question: ListQuestion) => Promise<string>
  readonly metrics: () => MetricsReport
  /** What is held back after failures. */
  readonly circuits: () => readonly HeldCircuit[]
  close(): Promise<void>
}

export function createDataPlane(parts: DataPlaneParts): DataPlane {
  const { log, settings } = parts
  const { maxBodyBytes, pinWaitMs, timeouts, wholeAnswerMs } = settings
  const holder = createHolder(parts)
  const vitals = parts.vitals ?? watchVitals()
  const limits = createLimits({ keyOf: (id) => holder.pin().keysById.get(id), ...parts.limits })
  const stopTending = parts.limits.share === 0 ? null : tend(limits)
  const engine = createEngine(parts, holder, limits)
  const pins = createConversationPins({
    store: parts.pinStore,
    changes: parts.pinChanges,
    clock: systemClock,
    onFailure: (failure) => log('warn', 'pin_store_failed', { failure }),
  })
  const host = hostLink(parts, holder)
  const entrance = createEntrance({ limits: settings.load, vitals: () => vitals.now(), chance: Math.random })
  const options = {
    engine,
    holder,
    pins,
    pinChanges: parts.pinChanges,
    control: parts.control,
    host,
    openMetrics: settings.metrics.open,
    trace: parts.meters.trace,
    authentication: authenticationOf(parts, holder),
    replica: parts.replica,
    homeRegion: settings.region,
    ...{ maxBodyBytes, pinWaitMs, timeouts, wholeAnswerMs },
    entrance,
    sandbox: parts.sandbox,
    newRequestId,
  }
  parts.meters.watch(() => ({
    ...gaugesOf(host.health(), entrance.load(), vitals.now()),
    ...parts.recordGauges(),
    pointsman_circuits_open: engine.circuits.held().length,
  }))
  return {
    gateway: createGateway(options),
    holder,
    probe: createProbe(options),
    providerOf: (model) => holder.pin().models.get(model)?.provider ?? null,
    listBedrock: (question) => listBedrock(question, parts, engine),
    metrics: () => parts.meters.report(),
    circuits: () => engine.circuits.held(),
    async close() {
      stopTending?.()
      vitals.stop()
      holder.close()
      await engine.ports.transport.close()
    },
  }
}

function createHolder(parts: DataPlaneParts): SnapshotHolder {
  return createSnapshotHolder(parts.source, {
    digests: nodeDigests,
    clock: systemClock,
    log: parts.log,
    onApplied: parts.onApplied,
    onRefused: parts.onRefused,
    ...(parts.lastGood === undefined ? {} : { lastGood: parts.lastGood }),
    maxAgeMs: parts.settings.maxSnapshotAgeMs,
    ...(parts.pollMs === undefined ? {} : { pollMs: parts.pollMs }),
  })
}

const tendEveryMs = 1_000

/** Looks after the slices that are leased in advance. The returned function ends it and gives back all that is free. */
function tend(limits: TendedLimits): () => void {
  const timer = setInterval(() => limits.tend(systemClock.nowMs()), tendEveryMs)
  return () => {
    clearInterval(timer)
    // Between two looks at once nothing is used.
    for (let look = 0; look < 2; look++) limits.tend(systemClock.nowMs())
  }
}

async function listBedrock(
  question: ListQuestion,
  { providers }: DataPlaneParts,
  { ports }: Engine,
): Promise<string> {
  const served = providers.find(({ listBaseUrl }) => listBaseUrl !== undefined)
  if (served === undefined) throw new PointsmanError('internal', 'No provider here lists its models.')
  return listModels(question, {
    provider: served.provider,
    baseUrl: served.listBaseUrl ?? null,
    ports,
  })
}

function authenticationOf(
  { keys, otherServiceKeys = [], serviceKey, tokens }: DataPlaneParts,
  holder: SnapshotHolder,
): GatewayOptions['authentication'] {
  return {
    digest: keys.digest,
    ticketDigest: keys.digestOfTicket,
    serviceKeyDigests: [serviceKey, ...otherServiceKeys].map(keys.digest),
    checkSignature: (request) =>
      checkAwsSignature(request, {
        digests: nodeDigests,
        nowMs: systemClock.nowMs(),
        secretOf: keys.awsSecretOf,
      }),
    checkToken: (token, nowMs) => keys.personOfTicket(token, nowMs) ?? tokens?.check(token, nowMs) ?? null,
    mayMissKeys: () => mayMissKeys(holder.state(), systemClock.nowMs()),
  }
}

function createEngine(parts: DataPlaneParts, holder: SnapshotHolder, limits: Limits): Engine {
  const { resilience } = parts.settings
  return {
    ports: {
      clock: systemClock,
      chance: Math.random,
      digests: nodeDigests,
      transport: parts.transport ?? socketsOf(parts),
      records: parts.records,
      credentials: parts.credentials,
      limits,
    },
    providers: new Map(parts.providers.map(({ provider }) => [provider.id, provider])),
    dialects: createDialects({ crc32 }),
    baseUrls: new Map(
      parts.providers.flatMap(({ provider, baseUrl }) => (baseUrl === null ? [] : [[provider.id, baseUrl]])),
    ),
    log: parts.log,
    maxAnswerBytes: parts.settings.maxAnswerBytes,
    unrecognised: createUnrecognisedFrames(),
    fallbackEpisodes: createFallbackEpisodes(),
    refusedCredentials: parts.refusedCredentials ?? createRefusedCredentials({ log: parts.log }),
    averages: createModelAverages(),
    resilience,
    circuits: createCircuits({
      numbers: resilience.breaker,
      chance: Math.random,
      onChange: parts.onCircuit,
    }),
    retryBudgets: createRetryBudgets(resilience.retry),
    drills: createDrills({
      ...{ clock: systemClock, chance: Math.random, resilience },
      present: (key) => holder.pin().routes.get(key)?.drill,
      hears: () => hearsStops(holder.state(), systemClock.nowMs()),
    }),
  }
}

const socketsOf = ({ namedHosts, settings }: DataPlaneParts): Transport =>
  createHttp1Transport({
    guard: createAddressGuard({ named: namedHosts }),
    ...(settings.proxy === null ? {} : { proxyFor: createProxyFor(settings.proxy) }),
    // Nobody waits for a connection who was let in.
    connections: settings.load.maxInFlight,
  })

function hostLink(parts: DataPlaneParts, holder: SnapshotHolder): HostLink {
  return {
    stopping: parts.stopping,
    metrics: async (accept) => expose(await parts.hostMetrics(), accept),
    health() {
      const { confirmedAtMs, expired, freshAtMs, revision } = holder.state()
      // A snapshot that does not change is not old as long as its source says that it is the newest.
      const knownAtMs = revision === null ? null : (confirmedAtMs ?? freshAtMs)
      return {
        ready: revision !== null && !expired && !parts.draining() && parts.records.state() === 'open',
        revision,
        snapshotAgeMs: knownAtMs === null ? null : Math.max(0, systemClock.nowMs() - knownAtMs),
        notes: parts.notes(),
      }
    },
  }
}

/** Four polls: a source that hangs has not answered so long before its look is given up. */
const staleAfterMs = 2_000
/** A stop that is not heard for longer ends a drill here. */
const deafAfterMs = 5_000

/**
 * Whether a key that was made elsewhere may be missing here. A registry that is frozen fails late, so that the age of its last
 * answer counts, too.
 */
export const mayMissKeys = (
  { confirmedAtMs, current }: Pick<SnapshotHolderState, 'confirmedAtMs' | 'current'>,
  nowMs: number,
): boolean => !current || confirmedAtMs === null || nowMs - confirmedAtMs > staleAfterMs

/** Whether a stop of a drill would be heard: the registry has answered of late. */
export const hearsStops = (
  { confirmedAtMs }: Pick<SnapshotHolderState, 'confirmedAtMs'>,
  nowMs: number,
): boolean => confirmedAtMs !== null && nowMs - confirmedAtMs <= deafAfterMs
