import { createHmac, hash } from 'node:crypto'
import { validateHeaderName, validateHeaderValue } from 'node:http'
import { crc32 } from 'node:zlib'
import {
  providerId,
  replicaId,
  type FallbackRule,
  type Model,
  type Price,
  type Provider,
  type Role,
  type Route,
  type UsageRecord,
} from '@pointsman/contract'
import { resilienceDefaults, snapshotFrom } from '@pointsman/core'
import {
  createCircuits,
  createFallbackEpisodes,
  createModelAverages,
  createRefusedCredentials,
  createRetryBudgets,
  createSnapshotHolder,
  createUnrecognisedFrames,
  type ClientSink,
  type Engine,
  type SnapshotHolder,
  type Transport,
} from '@pointsman/engine'
import {
  createConversationPins,
  createGateway,
  createLimits,
  createMemoryLedger,
  type Exchange,
} from '@pointsman/gateway'
import {
  createAnthropic,
  createBedrock,
  createGoogle,
  createOpenai,
  createOpenaiCompatible,
} from '@pointsman/providers'
import { createDialects, type Dialects } from '@pointsman/wire'
import models from '../../catalogue/models.json' with { type: 'json' }
import routes from '../../catalogue/routes.json' with { type: 'json' }

/** What a client of the gateway got, and what the gateway kept of it. */
export interface Answered {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: Uint8Array
  readonly records: readonly UsageRecord[]
  /** What the server reported as a fault of its own. */
  readonly faults: readonly string[]
}

export interface DataPlane {
  readonly dialects: Dialects
  readonly models: readonly Model[]
  ask(path: string, headers: readonly string[], body: Uint8Array): Promise<Answered>
  close(): Promise<void>
}

const key = 'the-service-key'
const digest = (text: string): string => createHmac('sha256', 'pepper').update(text).digest('hex')
const digests = {
  sha256Hex: (data: Uint8Array | string) => hash('sha256', data, 'hex'),
  hmacSha256: (secret: Uint8Array | string, data: string) =>
    createHmac('sha256', secret).update(data).digest(),
  hmacSha256Hex: (secret: Uint8Array | string, data: string) =>
    createHmac('sha256', secret).update(data).digest('hex'),
}
/** Every body reaches its vendor, whatever became of those before it, and no wait of a retry is sat out. */
const unaided = {
  retry: { ...resilienceDefaults.retry, budgetPercent: 0 },
  breaker: { ...resilienceDefaults.breaker, consecutiveFailures: 0 },
}

const clock = {
  nowMs: () => Date.now(),
  nowUs: () => Math.round(performance.now() * 1_000),
  after: (delayMs: number, callback: () => void) => {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
}

const ownModels: readonly Model[] = [
  { id: 'local-llama', provider: 'local', purpose: 'chat', format: 'openai' },
].map(({ id, ...changes }) => {
  const [gpt] = models.models.filter((model) => model.id === 'gpt-4o')
  return { ...gpt, ...changes, id, name: id, upstreamId: id } as unknown as Model
})

/** The repository's own models, and one that an own server has. */
export const catalogue: readonly Model[] = [...(models.models as unknown as readonly Model[]), ...ownModels]

async function startHolder(catalogue: readonly Model[], log: Engine['log']): Promise<SnapshotHolder> {
  const entries = {
    models: catalogue,
    prices: models.prices as unknown as readonly Price[],
    routes: (routes.routes as unknown as readonly Omit<Route, 'switchId'>[]).map((route) => ({
      ...route,
      switchId: null,
    })),
    roles: routes.roles as unknown as readonly Role[],
    aliases: [],
    keys: [],
    'fallback-rules': routes.fallbackRules as unknown as readonly FallbackRule[],
  }
  const snapshot = snapshotFrom(entries, {
    revision: { epoch: 1, number: 1 },
    createdAtMs: Date.now(),
    sha256Hex: digests.sha256Hex,
  })
  const source = {
    latest: async () => snapshot.manifest,
    parts: async () => snapshot.parts,
    onChange: () => () => undefined,
  }
  const holder = createSnapshotHolder(source, {
    digests,
    clock,
    log,
    onApplied: () => undefined,
    pollMs: 3_600_000,
  })
  await holder.start()
  return holder
}

/** The whole data plane without sockets, over the repository's own catalogue; `baseUrl` stands for every vendor. */
export async function startDataPlane(transport: Transport, baseUrl: string): Promise<DataPlane> {
  const kept = { records: new Map<string, UsageRecord[]>(), faults: [] as string[] }
  const log: Engine['log'] = (level, event, facts) => {
    // The vendor's word about a credential is told to the operator, and is no fault of the server's.
    if (level === 'error' && event !== 'provider_key_refused')
      kept.faults.push(`${event} ${JSON.stringify(facts)}`)
  }
  const holder = await startHolder(catalogue, log)
  const engine = createEngine({
    baseUrl,
    holder,
    log,
    transport,
    keep: (record) => {
      kept.records.set(record.requestId, [...(kept.records.get(record.requestId) ?? []), record])
    },
  })
  let requests = 0
  const gateway = createGateway(gatewayOptions(engine, holder, () => `fuzz-${requests++}`))
  return {
    dialects: engine.dialects,
    models: catalogue,
    async ask(path, headers, body) {
      const client = new MemoryClient()
      const id = `fuzz-${requests}`
      const before = kept.faults.length
      await gateway.handle(exchangeOf(path, ['authorization', `Bearer ${key}`, ...headers], body, client))
      await client.over
      const records = kept.records.get(id) ?? []
      kept.records.delete(id)
      return { ...client.answer(), records, faults: kept.faults.slice(before) }
    },
    async close() {
      holder.close()
      await transport.close()
    },
  }
}

function createEngine(parts: {
  readonly baseUrl: string
  readonly holder: SnapshotHolder
  readonly log: Engine['log']
  readonly transport: Transport
  readonly keep: (record: UsageRecord) => void
}): Engine {
  const { baseUrl, holder } = parts
  const bases: readonly (readonly [Provider, string])[] = [
    [createBedrock(), baseUrl],
    [createOpenai(), `${baseUrl}/v1`],
    [createAnthropic(), baseUrl],
    [createGoogle(), baseUrl],
    [createOpenaiCompatible({ id: 'local', baseUrl: `${baseUrl}/v1` }), `${baseUrl}/v1`],
  ]
  const aws = { kind: 'aws', accessKeyId: 'AKIATEST', secretAccessKey: 'secret', sessionToken: null } as const
  return {
    log: parts.log,
    ports: {
      clock,
      chance: () => 0.5,
      digests,
      transport: parts.transport,
      records: {
        intent: () => undefined,
        outcome: async (record) => parts.keep(record),
        pinClaim: () => undefined,
        fallbackEpisode: () => undefined,
        captured: () => true,
        state: () => 'open',
      },
      credentials: {
        state: () => ({ ready: true }),
        get: async (id) => (id === providerId('bedrock') ? aws : { kind: 'bearer', token: 'k' }),
      },
      limits: createLimits({
        keyOf: (id) => holder.pin().keysById.get(id),
        leases: createMemoryLedger({ nowMs: () => Date.now(), opening: () => 0 }),
        share: 0,
      }),
    },
    providers: new Map(bases.map(([provider]) => [provider.id, provider])),
    dialects: createDialects({ crc32 }),
    baseUrls: new Map(bases.map(([provider, base]) => [provider.id, base])),
    unrecognised: createUnrecognisedFrames(),
    fallbackEpisodes: createFallbackEpisodes(),
    refusedCredentials: createRefusedCredentials({ log: parts.log }),
    averages: createModelAverages(),
    resilience: unaided,
    circuits: createCircuits({ numbers: unaided.breaker, chance: Math.random }),
    retryBudgets: createRetryBudgets(unaided.retry),
  }
}

const gatewayOptions = (engine: Engine, holder: SnapshotHolder, newRequestId: () => string) => ({
  engine,
  holder,
  pins: createConversationPins({
    store: {
      find: async () => ({ conversation: null, user: null, known: null }),
      claim: async ({ modelId }) => ({ modelId, switchId: null }),
    },
    clock,
    onFailure: (failure) => engine.log('error', 'pin_store_failed', { failure }),
  }),
  control: { forward: () => Promise.reject(new Error('a path of the data plane went to the control plane')) },
  host: {
    health: () => ({ ready: true, revision: holder.revision(), snapshotAgeMs: 0, notes: [] }),
    metrics: async () => ({ contentType: 'text/plain', text: '' }),
    stopping: () => false,
  },
  authentication: { digest, serviceKeyDigests: [digest(key)], checkSignature: null, checkToken: null },
  replica: replicaId('fuzz'),
  homeRegion: 'eu-central-1',
  timeouts: { connectMs: 5_000, firstByteMs: 20_000, idleMs: 20_000, totalMs: 25_000 },
  wholeAnswerMs: 20_000,
  maxBodyBytes: 1_048_576,
  sandbox: false,
  newRequestId,
})

function exchangeOf(
  pathAndQuery: string,
  rawHeaders: readonly string[],
  body: Uint8Array,
  client: ClientSink,
): Exchange {
  const [path = '', query = ''] = pathAndQuery.split('?')
  const headers = new Map<string, string>()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase()
    if (!headers.has(name)) headers.set(name, rawHeaders[at + 1] ?? '')
  }
  return {
    method: 'POST',
    path,
    query,
    rawHeaders,
    startedAtUs: clock.nowUs(),
    header: (name) => headers.get(name),
    readBody: async () => body,
    async *bodyChunks() {
      yield body
    },
    client,
  }
}

/** A client that never leaves and insists on what `node:http` insists on: one head before the body, headers that can be sent, one end. */
class MemoryClient implements ClientSink {
  readonly closed = false
  readonly over: Promise<null>
  readonly #end: (nothing: null) => void
  readonly #pieces: Uint8Array[] = []
  readonly #headers = new Map<string, string>()
  #status: number | null = null
  #ended = false

  constructor() {
    const { promise, resolve } = Promise.withResolvers<null>()
    this.over = promise
    this.#end = resolve
  }

  onClosed(): void {
    // Nobody leaves: the caller waits for the answer.
  }

  head(status: number, headers: readonly string[]): void {
    if (this.#status !== null) throw new Error('a second head')
    for (let at = 0; at + 1 < headers.length; at += 2) {
      const [name = '', value = ''] = headers.slice(at, at + 2)
      validateHeaderName(name)
      validateHeaderValue(name, value)
      this.#headers.set(name, value)
    }
    this.#status = status
  }

  write(bytes: Uint8Array): boolean {
    if (this.#status === null || this.#ended) throw new Error('bytes before the head or after the end')
    this.#pieces.push(bytes)
    return true
  }

  drained(): Promise<void> {
    return Promise.resolve()
  }

  end(bytes?: Uint8Array): void {
    if (this.#status === null || this.#ended) throw new Error('an end before the head, or a second one')
    if (bytes !== undefined) this.#pieces.push(bytes)
    this.#ended = true
    this.#end(null)
  }

  answer(): Pick<Answered, 'status' | 'headers' | 'body'> {
    return { status: this.#status ?? 0, headers: this.#headers, body: Buffer.concat(this.#pieces) }
  }
}
