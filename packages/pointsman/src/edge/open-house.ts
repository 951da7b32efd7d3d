import { randomBytes } from 'node:crypto'
import { createControl, type Control } from '@pointsman/control'
import type { ModelId, Revision } from '@pointsman/contract'
import type { SnapshotSource } from '@pointsman/engine'
import { createFetchTransport } from '@pointsman/engine/fetch'
import type { Gateway } from '@pointsman/gateway'
import { emptyReport } from '@pointsman/metrics'
import {
  claimPin,
  findPins,
  readSetting,
  sealedProviderKeys,
  writeSetting,
  type Database,
} from '@pointsman/registry'
import { openCalledProviders, type CalledProviders } from '../serve/called-providers.ts'
import { endsWithin, systemClock, waitMs } from '../serve/clock.ts'
import type { Closers } from '../serve/closers.ts'
import { createDataPlane, type DataPlane } from '../serve/data-plane.ts'
import { nodeDigests } from '../serve/digests.ts'
import { hostKeysFrom, type HostKeys } from '../serve/host-keys.ts'
import type { Log } from '../serve/log.ts'
import { openMeters } from '../serve/meters.ts'
import { namedHosts } from '../serve/named-hosts.ts'
import { keyEndsAtMs } from '../serve/providers.ts'
import { createSupabaseTokens, type SupabaseTokens } from '../serve/supabase-tokens.ts'
import { createWebhooks } from '../serve/webhooks.ts'
import { openEdgeLimits } from './edge-limits.ts'
import { openEdgeRegistry, type OpenDatabase } from './edge-registry.ts'
import { createEdgeReplica, type EdgeReplica } from './edge-replica.ts'
import { awsIdentityOf, type EdgeSettings, type Environment } from './edge-settings.ts'
import { recordsIntoRegistry } from './registry-records.ts'

export interface HouseParts {
  readonly settings: EdgeSettings
  readonly environment: Environment
  readonly log: Log
  readonly closers: Closers
  /** What the migrations of this version leave behind. */
  readonly schemaVersion: string
  readonly openDatabase: OpenDatabase
  /** Work that the platform is to wait for. */
  readonly background: (work: Promise<unknown>) => void
}

/** Both planes in a process that lives from a request to another one, and is not told when it ends. */
export interface House {
  readonly control: Control
  readonly gateway: Gateway
  /**
   * Knows what the registry knew half a second ago or later. Waits for it, but not long: what was served last is served on where
   * the registry does not answer. Never rejects.
   */
  freshen(): Promise<void>
}

/** A switch is live within a second: so often a request looks for a newer revision. */
const freshForMs = 500
const freshenWithinMs = 2_000
/** Only so that a snapshot's age is noted where no request comes: each request looks by itself. */
const pollMs = 600_000
const tendEveryMs = 3_600_000

interface OpenParts extends HouseParts {
  readonly keys: HostKeys
  readonly tokens: SupabaseTokens | null
  readonly database: Database
  readonly called: CalledProviders
}

export async function openHouse(given: HouseParts): Promise<House> {
  const { closers, environment, log, settings } = given
  const keys = hostKeysFrom(settings.masterKey)
  const database = await openEdgeRegistry({ ...given, keys })
  const called = await openCalledProviders({
    ...{ settings, log, keys, closers, sandbox: null },
    awsChain: awsIdentityOf(environment),
    // Read with each new revision, as each change of a key makes one: nothing looks in between.
    control: {
      providerKeys: { sealed: () => sealedProviderKeys(database), onChange: () => () => undefined },
      onUp: () => undefined,
    },
  })
  await called.keys.applied()
  const tokens = createSupabaseTokens({ settings: settings.tokens, log })
  const parts: OpenParts = { ...given, keys, tokens, database, called }
  const control = controlOf(parts, () => dataPlane)
  closers.add('control plane', () => control.stop())
  const replica = createEdgeReplica({ host: hostOf(environment), log }, () => dataPlane.circuits())
  const dataPlane = await dataPlaneOf(parts, control, replica)
  closers.add('data plane', () => dataPlane.close())
  await dataPlane.holder.start()
  const freshen = freshening(parts, { control, dataPlane, replica })
  return { control, gateway: dataPlane.gateway, freshen }
}

/** Where it runs, in the words of the platform. */
const hostOf = (environment: Environment): string =>
  `edge-${environment['SB_REGION'] ?? environment['DENO_REGION'] ?? 'local'}`

function controlOf(
  { called, database, keys, log, settings, tokens }: OpenParts,
  dataPlane: () => DataPlane,
): Control {
  return createControl({
    ...{ database, log, clock: systemClock, digests: nodeDigests, randomBytes },
    pepper: keys.pepper,
    headSigner: keys.headSigner,
    snapshotSigner: keys.snapshotSigner,
    serviceKeyDigests: [settings.serviceKey, ...settings.otherServiceKeys].map(keys.digest),
    tokenVerifier: tokens === null ? null : { verify: (token, nowMs) => tokens.check(token, nowMs) },
    probe: { probe: (model: ModelId) => dataPlane().probe(model) },
    region: settings.region,
    environment: settings.environment,
    providerStates: () => called.credentials.states(),
    providers: () => called.facts(),
    vault: { sealing: keys.sealing, endsAtMs: keyEndsAtMs },
    awsSecretOf: keys.awsSecretOf,
    webhooks: createWebhooks(settings, keys.webhookSecretOf),
    maxBodyBytes: settings.maxBodyBytes,
    captureDays: settings.captureDays,
  })
}

async function dataPlaneOf(parts: OpenParts, control: Control, replica: EdgeReplica): Promise<DataPlane> {
  const { background, called, closers, database, keys, log, settings, tokens } = parts
  const meters = await openMeters({ settings, log, closers, instance: replica.id })
  const limits = await openEdgeLimits(database, {
    ...{ closers, log, holder: replica.id, whenAway: settings.limitsWhenAway },
    source: control.snapshotSource,
  })
  const { credentials, providers, refusedCredentials } = called
  return createDataPlane({
    ...{ settings, log, keys, tokens, meters, limits, credentials, providers, refusedCredentials, pollMs },
    serviceKey: settings.serviceKey,
    otherServiceKeys: settings.otherServiceKeys,
    replica: replica.id,
    sandbox: false,
    namedHosts: namedHosts(settings, null),
    transport: createFetchTransport(),
    // A process that stood still between two requests was not late.
    vitals: { now: () => ({ lagMs: 0, memoryBytes: 0, heapShare: 0 }), stop: () => undefined },
    records: recordsIntoRegistry({ database, log, meters, background, waitMs }),
    recordGauges: () => ({}),
    source: sourceOf(control),
    pinStore: {
      find: (query) => findPins(database, query),
      claim: (claim) => claimPin(database, claim),
    },
    // Nothing tells of moved pins: what was read is read anew after a second.
    pinChanges: { subscribe: () => () => undefined, up: () => false },
    control: { forward: () => Promise.reject(new Error('only the chat is served by this gateway')) },
    hostMetrics: () => Promise.resolve(emptyReport),
    draining: () => false,
    stopping: () => false,
    notes: () => [],
    onApplied: () => undefined,
    onCircuit: ({ held, modelId, region }) =>
      log('warn', held === null ? 'circuit_closed' : 'circuit_opened', { model: modelId, region }),
    onRefused: (revision: Revision, problem) =>
      log('error', 'revision_refused', { revision: revision.number, problem }),
  })
}

/** The registry itself, asked each time: a process that lives for one request hears no notice. */
const sourceOf = ({ services, snapshotSource }: Control): SnapshotSource => ({
  latest: async () => {
    await services.look()
    return snapshotSource.latest()
  },
  parts: (hashes) => snapshotSource.parts(hashes),
  // Control and data plane look together, in `freshen`.
  onChange: () => () => undefined,
})

/** A holder of mutable state: the look under way, and the instants of the last one and of the last tending. */
function freshening(
  { background, called, database, log }: OpenParts,
  { control, dataPlane, replica }: { control: Control; dataPlane: DataPlane; replica: EdgeReplica },
): () => Promise<void> {
  const { holder } = dataPlane
  let running: Promise<void> | null = null
  let lookedAtMs = systemClock.nowMs()
  let tendedAtMs = Number.NEGATIVE_INFINITY
  const tend = async (nowMs: number): Promise<void> => {
    if (nowMs - tendedAtMs < tendEveryMs) return
    tendedAtMs = nowMs
    try {
      const last = await readSetting(database, 'edge-tended-at')
      if (typeof last === 'number' && nowMs - last < tendEveryMs) return
      await writeSetting(database, 'edge-tended-at', nowMs)
      await control.services.tend()
    } catch (error) {
      log('warn', 'registry_not_tended', { error })
    }
  }
  const look = async (): Promise<void> => {
    // From its begin: a change that is committed during a look may not be in it.
    lookedAtMs = systemClock.nowMs()
    const before = holder.revision()?.number
    await holder.refresh()
    if (holder.revision()?.number !== before) await called.keys.applied()
    background(replica.looked(control.services.replicas, holder.revision()))
    background(tend(lookedAtMs))
  }
  return async () => {
    if (systemClock.nowMs() - lookedAtMs < freshForMs && running === null) return
    running ??= look().finally(() => (running = null))
    await endsWithin(freshenWithinMs, running)
  }
}
