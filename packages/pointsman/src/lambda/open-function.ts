import { randomBytes, randomUUID } from 'node:crypto'
import { PointsmanError, replicaId, type JournalRecord } from '@pointsman/contract'
import { KeyRing, ProviderCredentials, type AwsIdentity } from '@pointsman/engine'
import { createMemoryLedger, type Exchange, type Gateway, type PinStore } from '@pointsman/gateway'
import { createClient, PointsmanApiError } from '@pointsman/sdk'
import { endsWithin, systemClock } from '../serve/clock.ts'
import { createClosers } from '../serve/closers.ts'
import { createDataPlane, type DataPlane } from '../serve/data-plane.ts'
import { nodeDigests } from '../serve/digests.ts'
import { hostKeysFrom } from '../serve/host-keys.ts'
import type { Log } from '../serve/log.ts'
import { openMeters } from '../serve/meters.ts'
import { namedHosts } from '../serve/named-hosts.ts'
import { keyEndsAtMs, openBedrockCredentials, servedProviders } from '../serve/providers.ts'
import { refuseAway } from '../serve/refuse-away.ts'
import { createSupabaseTokens } from '../serve/supabase-tokens.ts'
import type { Settings } from '../settings.ts'
import type { LambdaSettings } from './lambda-settings.ts'
import { objectReader } from './read-object.ts'
import { openSnapshotSource } from './snapshot-source.ts'
import { tellingRecords } from './told-records.ts'

export interface FunctionParts {
  readonly settings: Settings
  readonly own: LambdaSettings
  readonly log: Log
  /** Of the function's role: Lambda puts it into the environment. */
  readonly identity: () => Promise<AwsIdentity>
  readonly write: (line: string) => void
}

export interface OpenedFunction {
  readonly gateway: Gateway
  /** The function's own: what comes with it is trusted. */
  readonly serviceKey: string
  /** A process that was frozen looks before it answers: what was switched meanwhile counts. Never rejects. */
  fresh(): Promise<void>
}

/** A look at a server or a bucket that hangs must not hold an answer up: what is held serves. */
const longestLookMs = 1_000
const freshForMs = 1_000
/** A server that is told nothing within it is away: the record goes into the log. */
const tellWithinMs = 2_000
/** What nobody took within it waits for the next answer. */
const sendWithinMs = 1_000
const pollMs = 5_000

/** One data plane in a function: a snapshot that is read, no registry, no journal on a disk. Throws PointsmanError. */
export async function openFunction(parts: FunctionParts): Promise<OpenedFunction> {
  const { log, own, settings } = parts
  const replica = replicaId(`lambda-${randomUUID().slice(0, 8)}`)
  const meters = await openMeters({ settings, log, closers: createClosers(log), instance: replica })
  const bedrock = await openBedrockCredentials(settings, log, {
    sandbox: null,
    chain: parts.identity,
  })
  const providers = servedProviders(settings, null, { ring: noKeptKeys(log), bedrock })
  // Where none is set, nobody has it but the function.
  const serviceKey = settings.serviceKey ?? randomBytes(32).toString('hex')
  let lookedAtMs = Number.NEGATIVE_INFINITY
  const readObject = objectReader(settings.region, parts.identity)
  const source = openSnapshotSource({ settings: own, digests: nodeDigests, readObject })
  const records = tellingRecords({
    ...{ log, write: parts.write, take: (record) => meters.take(record) },
    sendMetrics: () => meters.flush(sendWithinMs),
    tell: tellerOf(own.server),
  })
  const dataPlane = createDataPlane({
    ...{ settings, log, providers, meters, replica, pollMs, records },
    keys: hostKeysFrom(settings.masterKey ?? randomBytes(32).toString('hex')),
    serviceKey,
    tokens: createSupabaseTokens({ settings: settings.tokens, log }),
    sandbox: false,
    namedHosts: namedHosts(settings, null),
    recordGauges: () => ({}),
    credentials: new ProviderCredentials(
      new Map(providers.map(({ provider, credentials }) => [provider.id, credentials])),
    ),
    limits: { leases: createMemoryLedger({ nowMs: systemClock.nowMs, opening: () => 0 }), share: 0 },
    source: {
      ...source,
      latest: async () => {
        const manifest = await source.latest()
        lookedAtMs = systemClock.nowMs()
        return manifest
      },
    },
    pinStore: noStore,
    pinChanges: { subscribe: () => () => undefined, up: () => true },
    control: { forward: (exchange) => refuseControl(exchange, own) },
    hostMetrics: () => Promise.resolve(meters.report()),
    draining: () => false,
    stopping: () => false,
    notes: () => [],
    onApplied: ({ revision }) => log('info', 'snapshot_applied', { revision: revision.number }),
    onRefused: (revision, problem) =>
      log('error', 'snapshot_refused', { revision: revision.number, problem }),
    onCircuit: ({ held, modelId }) => log('warn', 'circuit', { model: modelId, open: held !== null }),
  })
  await start(dataPlane)
  return {
    gateway: dataPlane.gateway,
    serviceKey,
    async fresh() {
      if (systemClock.nowMs() - lookedAtMs > freshForMs)
        await endsWithin(longestLookMs, dataPlane.holder.refresh())
    },
  }
}

/** A conversation has the model that its id decides, and its claim is told. */
const noStore: PinStore = {
  find: () => Promise.resolve({ conversation: null, user: null, known: null }),
  claim: ({ modelId }) => Promise.resolve({ modelId, switchId: null }),
}

async function start({ holder }: DataPlane): Promise<void> {
  await holder.start()
  const { lastFailure, revision } = holder.state()
  if (revision === null)
    throw new PointsmanError(
      'not_ready',
      lastFailure?.message ?? 'There is no snapshot to serve from: the server has none yet.',
    )
}

/** Keys that are kept in a registry stay there: a function has those of its environment. */
const noKeptKeys = (log: Log): KeyRing =>
  new KeyRing({
    log,
    endsAtMs: keyEndsAtMs,
    open: () => {
      throw new PointsmanError('credentials_missing', 'A function holds no kept keys.')
    },
  })

function tellerOf(
  server: LambdaSettings['server'],
): ((told: readonly JournalRecord[]) => Promise<'taken' | 'refused'>) | null {
  if (server === null) return null
  const client = createClient({ url: server.url, key: server.key })
  return async (told) => {
    try {
      await client.usage.take(told, { signal: AbortSignal.timeout(tellWithinMs) })
      return 'taken'
    } catch (error) {
      // What it says of the records themselves; a key that is not the right one may be so by the next time.
      if (error instanceof PointsmanApiError && [400, 413].includes(error.statusCode)) return 'refused'
      throw error
    }
  }
}

const refuseControl = (exchange: Exchange, { server }: LambdaSettings): Promise<void> =>
  refuseAway(
    exchange,
    new PointsmanError(
      'not_found',
      `This function serves models: ${exchange.path} is the control plane’s${server === null ? '' : `, at ${server.url}`}.`,
    ),
  )
