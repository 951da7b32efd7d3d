import { createHmac, hash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import {
  defaultWorkspace,
  keyId,
  replicaId,
  type CapturedExchange,
  type Credential,
  type FallbackRule,
  type Intent,
  type Key,
  type Model,
  type ModelId,
  type PinClaim,
  type Price,
  type Role,
  type Route,
  type SnapshotEntries,
  type UsageRecord,
} from '@pointsman/contract'
import { resilienceDefaults, snapshotFrom, type ResilienceNumbers } from '@pointsman/core'
import {
  createCircuits,
  createFallbackEpisodes,
  createModelAverages,
  createRefusedCredentials,
  createRetryBudgets,
  createSnapshotHolder,
  createUnrecognisedFrames,
  type Clock,
  type CredentialState,
  type Engine,
  type Pins,
  type SnapshotHolder,
} from '@pointsman/engine'
import { createHttp1Transport } from '@pointsman/engine/http1'
import { createAnthropic, createBedrock, createGoogle, createOpenai } from '@pointsman/providers'
import { startSimulator, type Simulator } from '@pointsman/simulator'
import { createDialects } from '@pointsman/wire'
import { createConversationPins } from '../conversation-pins.ts'
import { createGateway } from '../create-gateway.ts'
import { createLimits } from '../limits/limits.ts'
import { createMemoryLedger } from '../limits/memory-ledger.ts'
import { createListener } from '../node-listener.ts'
import { checkAwsSignature } from '../stages/aws-signature.ts'
import type { GatewayOptions } from '../options.ts'

/** A whole data plane over the repository's own catalogue, in front of the simulator; only journal, pins and control plane are stood in for. */
export interface RunningGateway {
  readonly url: string
  readonly simulator: Simulator
  readonly records: UsageRecord[]
  readonly intents: Intent[]
  readonly exchanges: CapturedExchange[]
  /** Conversation id → its pin. */
  readonly pinned: Map<string, ModelId>
  /** Makes these the newest snapshot and waits until it serves. */
  publish(change: (entries: SnapshotEntries) => SnapshotEntries): Promise<void>
  readonly state: { credentials: CredentialState; journal: 'open' | 'full' | 'overloaded'; stopping: boolean }
  /** The server's own faults. */
  readonly failures: unknown[]
  /** What the operator is told of credentials that a vendor refuses. */
  readonly refusedKeys: unknown[]
  readonly options: GatewayOptions
  close(): Promise<void>
}

export const serviceKey = 'the-service-key'
export const clinicKey = 'pm_clinic_key'
const digests = {
  sha256Hex: (data: Uint8Array | string) => hash('sha256', data, 'hex'),
  hmacSha256: (key: Uint8Array | string, data: string) => createHmac('sha256', key).update(data).digest(),
  hmacSha256Hex: (key: Uint8Array | string, data: string) =>
    createHmac('sha256', key).update(data).digest('hex'),
}
export const digest = (key: string): string => createHmac('sha256', 'pepper').update(key).digest('hex')
export const secretOfKey = (id: string): string => `secret-of-${id}`

export const systemClock = {
  nowMs: () => Date.now(),
  nowUs: () => Math.round(performance.now() * 1_000),
  after: (delayMs: number, callback: () => void) => {
    const timer = setTimeout(callback, delayMs)
    return () => {
      clearTimeout(timer)
    }
  },
}

async function catalogueEntries(): Promise<SnapshotEntries> {
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(new URL(`../../../../catalogue/${name}`, import.meta.url), 'utf8'))
  const { models, prices } = (await read('models.json')) as { models: Model[]; prices: Price[] }
  const { fallbackRules, roles, routes } = (await read('routes.json')) as {
    fallbackRules: FallbackRule[]
    roles: Role[]
    routes: Omit<Route, 'switchId'>[]
  }
  const clinic: Key = {
    id: keyId('clinic'),
    name: 'clinic',
    workspace: defaultWorkspace,
    digest: digest(clinicKey),
    scopes: ['invoke'],
    routes: ['use-case/clinical'],
    models: null,
    requestsPerMinute: 50,
    spendPerDayNanoUsd: null,
    expiresAtMs: null,
  }
  return {
    models,
    prices,
    routes: routes.map((route) => ({ ...route, switchId: null })),
    roles,
    aliases: [],
    keys: [
      clinic,
      {
        ...clinic,
        id: keyId('reader'),
        name: 'reader',
        digest: digest('reader'),
        scopes: ['read'],
        routes: null,
      },
      { ...clinic, id: keyId('old'), name: 'old', digest: digest('old'), expiresAtMs: 1 },
    ],
    'fallback-rules': fallbackRules,
  }
}

export interface GatewayWish extends Partial<Pick<GatewayOptions, 'timeouts' | 'maxBodyBytes'>> {
  /** Stands in for all four vendors; the simulator where none is named. */
  readonly upstreamUrl?: string
  /** Providers whose models the simulator serves; Bedrock alone where none is named. */
  readonly simulates?: readonly string[]
  readonly resilience?: ResilienceNumbers
  /** The engine's, where a test moves it. */
  readonly clock?: Clock
}

export async function startGateway(overrides: GatewayWish = {}): Promise<RunningGateway> {
  let entries = await catalogueEntries()
  let number = 0
  const make = () =>
    snapshotFrom(entries, {
      revision: { epoch: 1, number: ++number },
      createdAtMs: Date.now(),
      sha256Hex: digests.sha256Hex,
    })
  let snapshot = make()
  const simulator = await startSimulator({
    models: entries.models.filter(({ provider }) => (overrides.simulates ?? ['bedrock']).includes(provider)),
    credentials: {
      accessKeys: [{ accessKeyId: 'AKIATEST', secretAccessKey: 'secret' }],
      ...(overrides.simulates === undefined ? {} : { apiKeys: ['secret'] }),
    },
    latency: { firstTokenMs: 0, perTokenMs: 0 },
  })
  const source = {
    latest: () => Promise.resolve(snapshot.manifest),
    parts: (hashes: readonly string[]) =>
      Promise.resolve(
        snapshot.parts.filter((_, index) => hashes.includes(snapshot.manifest.parts[index]?.hash ?? '')),
      ),
    onChange: () => () => undefined,
  }
  const failures: unknown[] = []
  const refusedKeys: unknown[] = []
  const log = (level: string, event: string, facts: object): void => {
    if (event === 'provider_key_refused') refusedKeys.push({ level, ...facts })
    else if (level === 'error') failures.push({ event, ...facts })
  }
  const holder: SnapshotHolder = createSnapshotHolder(source, {
    digests,
    clock: systemClock,
    log,
    onApplied: () => undefined,
    pollMs: 3_600_000,
  })
  await holder.start()
  const kept: Kept = { records: [], intents: [], exchanges: [], pinned: new Map() }
  const state: RunningGateway['state'] = { credentials: { ready: true }, journal: 'open', stopping: false }
  const upstreamUrl = overrides.upstreamUrl ?? simulator.url
  const engine = testEngine({
    upstreamUrl,
    isSimulated: overrides.upstreamUrl === undefined,
    log,
    kept,
    state,
    holder,
    resilience: overrides.resilience ?? unaided,
    clock: overrides.clock ?? systemClock,
  })
  const options = gatewayOptions({ engine, holder, kept, state, failures }, overrides)
  const listener = createListener({
    handle: (exchange) => gateway.handle(exchange),
    nowUs: systemClock.nowUs,
    onFailure: (failure) => failures.push(failure),
  })
  const gateway = createGateway(options)
  listener.server.listen(0, '127.0.0.1')
  await once(listener.server, 'listening')
  const address = listener.server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    simulator,
    ...kept,
    state,
    failures,
    refusedKeys,
    options,
    async publish(change) {
      entries = change(entries)
      snapshot = make()
      await holder.refresh()
    },
    async close() {
      await listener.stop(100)
      holder.close()
      await engine.ports.transport.close()
      await simulator.close()
    },
  }
}

interface Kept {
  readonly records: UsageRecord[]
  readonly intents: Intent[]
  readonly exchanges: CapturedExchange[]
  readonly pinned: Map<string, ModelId>
}

const awsKey: Credential = {
  kind: 'aws',
  accessKeyId: 'AKIATEST',
  secretAccessKey: 'secret',
  sessionToken: null,
}

/** Tests of one failure after the other are not to depend on their order: no retries and no breaker, unless they ask. */
const unaided: ResilienceNumbers = {
  retry: { ...resilienceDefaults.retry, budgetPercent: 0 },
  breaker: { ...resilienceDefaults.breaker, consecutiveFailures: 0 },
}

function testEngine(parts: {
  upstreamUrl: string
  isSimulated: boolean
  log: (level: string, event: string, facts: object) => void
  kept: Kept
  state: RunningGateway['state']
  holder: SnapshotHolder
  resilience: ResilienceNumbers
  clock: Clock
}): Engine {
  const { clock, holder, isSimulated, kept, log, resilience, upstreamUrl, state } = parts
  const bedrock = createBedrock()
  const providers = [bedrock, createOpenai(), createAnthropic(), createGoogle()]
  return {
    log,
    ports: {
      clock,
      chance: Math.random,
      digests,
      transport: createHttp1Transport(),
      records: {
        intent: (intent) => void kept.intents.push(intent),
        outcome: (record) => {
          kept.records.push(record)
          return Promise.resolve()
        },
        pinClaim: () => undefined,
        fallbackEpisode: () => undefined,
        captured: (exchange) => kept.exchanges.push(exchange) > 0,
        state: () => state.journal,
      },
      credentials: {
        state: () => state.credentials,
        get: (id) => Promise.resolve(id === bedrock.id ? awsKey : { kind: 'bearer', token: 'secret' }),
      },
      limits: createLimits({
        keyOf: (id) => holder.pin().keysById.get(id),
        leases: createMemoryLedger({ nowMs: systemClock.nowMs, opening: () => 0 }),
        share: 0,
      }),
    },
    providers: new Map(providers.map((provider) => [provider.id, provider])),
    dialects: createDialects({ crc32 }),
    // The simulator has each API where its vendor has it.
    baseUrls: new Map(
      providers.map(({ id }) => [id, isSimulated && id === 'openai' ? `${upstreamUrl}/v1` : upstreamUrl]),
    ),
    unrecognised: createUnrecognisedFrames(),
    fallbackEpisodes: createFallbackEpisodes(),
    refusedCredentials: createRefusedCredentials({ log }),
    averages: createModelAverages(),
    resilience,
    circuits: createCircuits({ numbers: resilience.breaker, chance: Math.random }),
    retryBudgets: createRetryBudgets(resilience.retry),
  }
}

function gatewayOptions(
  parts: {
    engine: Engine
    holder: SnapshotHolder
    kept: Kept
    state: RunningGateway['state']
    failures: unknown[]
  },
  overrides: Partial<Pick<GatewayOptions, 'timeouts' | 'maxBodyBytes'>>,
): GatewayOptions {
  const { engine, failures, holder, kept, state } = parts
  const find = (id: string | null): Pins => {
    const modelId = id === null ? undefined : kept.pinned.get(id)
    return {
      conversation: modelId === undefined ? null : { modelId, switchId: null },
      user: null,
      known: null,
    }
  }
  const claim = (claimed: PinClaim): ModelId => {
    const present = kept.pinned.get(claimed.conversationId)
    if (present === undefined) kept.pinned.set(claimed.conversationId, claimed.modelId)
    return present ?? claimed.modelId
  }
  return {
    engine,
    holder,
    pins: createConversationPins({
      store: {
        find: (query) => Promise.resolve(find(query.conversationId)),
        claim: (claimed) => Promise.resolve({ modelId: claim(claimed), switchId: null }),
      },
      clock: engine.ports.clock,
      onFailure: (failure) => failures.push(failure),
    }),
    control: {
      forward: (exchange) => {
        exchange.client.head(404, ['content-type', 'text/plain'])
        exchange.client.end(new TextEncoder().encode('the control plane'))
        return Promise.resolve()
      },
    },
    host: {
      health: () => ({ ready: true, revision: holder.revision(), snapshotAgeMs: 0, notes: [] }),
      metrics: async () => ({ contentType: 'text/plain', text: '' }),
      stopping: () => state.stopping,
    },
    authentication: {
      digest,
      serviceKeyDigests: [digest(serviceKey)],
      checkSignature: (request) =>
        checkAwsSignature(request, { digests, nowMs: systemClock.nowMs(), secretOf: secretOfKey }),
      checkToken: null,
    },
    replica: replicaId('test'),
    homeRegion: 'eu-central-1',
    timeouts: overrides.timeouts ?? { connectMs: 1_000, firstByteMs: 5_000, idleMs: 5_000, totalMs: 20_000 },
    wholeAnswerMs: 5_000,
    maxBodyBytes: overrides.maxBodyBytes ?? 1_048_576,
    sandbox: false,
    newRequestId: () => randomUUID(),
  }
}

/** A second door over the same parts, made with other options. Call `stop` before the running gateway is closed. */
export async function listenWith(
  running: RunningGateway,
  options: GatewayOptions,
): Promise<{ readonly url: string; readonly port: number; stop(): Promise<unknown> }> {
  const gateway = createGateway(options)
  const listener = createListener({
    handle: (exchange) => gateway.handle(exchange),
    nowUs: systemClock.nowUs,
    onFailure: (failure) => running.failures.push(failure),
  })
  listener.server.listen(0, '127.0.0.1')
  await once(listener.server, 'listening')
  const address = listener.server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const { port } = address
  return { url: `http://127.0.0.1:${port}`, port, stop: () => listener.stop(100) }
}
