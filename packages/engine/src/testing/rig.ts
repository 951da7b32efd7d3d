import { crc32 } from 'node:zlib'
import {
  defaultWorkspace,
  modelId,
  priceId,
  providerId,
  replicaId,
  requestId,
  type CapturedExchange,
  type Credential,
  type FallbackEpisode,
  type Plan,
  type Model,
  type Price,
  type Principal,
  type ProviderId,
  type TraceContext,
  type UsageRecord,
  type DialectName,
} from '@pointsman/contract'
import { resilienceDefaults, type ResilienceNumbers } from '@pointsman/core'
import { createAnthropic, createBedrock, createOpenai } from '@pointsman/providers'
import { createDialects, type Dialect } from '@pointsman/wire'
import { carryOut } from '../carry-out.ts'
import type { Engine } from '../engine.ts'
import { createRefusedCredentials } from '../credentials/refused-credentials.ts'
import { createFallbackEpisodes } from '../fallback-episodes.ts'
import { createModelAverages } from '../model-averages.ts'
import type { Job, Timeouts } from '../job.ts'
import type { Log } from '../log.ts'
import type { Clock, Credentials, RecordSink, Transport } from '../ports.ts'
import { createCircuits } from '../circuits.ts'
import { createRetryBudgets } from '../retry-budgets.ts'
import { createHttp1Transport, type Http1TransportOptions } from '../transport/http1/transport.ts'
import { createUnrecognisedFrames } from '../unrecognised-frames.ts'
import { compiledOf } from './catalogue.ts'
import { CollectingClient } from './collecting-client.ts'
import { nodeDigests } from './digests.ts'
import { ScriptedUpstream } from './scripted-upstream.ts'

const bedrock = providerId('bedrock')
const all = createDialects({ crc32 })
const named = (name: DialectName): Dialect => {
  const dialect = all.get(name)
  if (dialect === undefined) throw new Error(`there is no dialect ${name}`)
  return dialect
}
export const dialects = { openaiChat: named('openai-chat'), bedrockConverse: named('bedrock-converse') }

export const systemClock: Clock = {
  nowMs: Date.now,
  nowUs: () => performance.now() * 1_000,
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
}

/** The journal's place: keeps what it is given, and fails or waits when told. */
export class MemoryRecords implements RecordSink {
  readonly outcomes: UsageRecord[] = []
  readonly episodes: FallbackEpisode[] = []
  readonly exchanges: CapturedExchange[] = []
  takesExchange = (): boolean => true
  trouble: Error | null = null
  /** Outcomes wait for this. */
  gate: Promise<void> = Promise.resolve()
  onOutcome: () => void = () => undefined

  intent(): void {
    throw new Error('intents are the gateway’s')
  }
  async outcome(record: UsageRecord): Promise<void> {
    this.onOutcome()
    await this.gate
    if (this.trouble !== null) throw this.trouble
    this.outcomes.push(record)
  }
  pinClaim(): void {
    throw new Error('claims are the gateway’s')
  }
  fallbackEpisode(episode: FallbackEpisode): void {
    this.episodes.push(episode)
  }
  captured(exchange: CapturedExchange): boolean {
    const taken = this.takesExchange()
    if (taken) this.exchanges.push(exchange)
    return taken
  }
  state(): 'open' {
    return 'open'
  }
}

export interface Wish {
  /** Candidates in their order; the first is the target, the others its fallbacks. */
  readonly models?: readonly string[]
  /** Those of the models that the plan holds; all of them unless said. */
  readonly candidates?: readonly string[]
  /** Those that the plan's gates left out. */
  readonly excluded?: Plan['excluded']
  readonly face?: 'openai' | 'responses' | 'anthropic' | 'bedrock' | 'invoke' | 'native'
  /** What is different of every model, and of its price. Bedrock serves it unless said. */
  readonly model?: Partial<Model>
  readonly price?: Partial<Price>
  readonly callerHeaders?: readonly string[]
  readonly stream?: boolean
  readonly timeouts?: Partial<Timeouts>
  readonly heartbeatMs?: number
  readonly capture?: boolean
  readonly trace?: TraceContext
  readonly body?: object
  readonly client?: CollectingClient
  readonly judgeAgain?: Job['judgeAgain']
  readonly drill?: Job['drill']
}

export interface Carried {
  readonly client: CollectingClient
  readonly record: Promise<UsageRecord>
}

const principal: Principal = {
  kind: 'key',
  id: 'key-1',
  workspace: defaultWorkspace,
  scopes: ['invoke'],
  routes: null,
  models: null,
  userId: null,
}

const unhurried: Timeouts = { connectMs: 5_000, firstByteMs: 20_000, idleMs: 20_000, totalMs: 60_000 }

const transportOf = (wish: Http1TransportOptions | Transport | undefined): Transport =>
  wish !== undefined && 'send' in wish ? wish : createHttp1Transport(wish)

/** Tests of one failure after the other are not to depend on their order: no retries and no breaker, unless they ask. */
const unaided: ResilienceNumbers = {
  retry: { ...resilienceDefaults.retry, budgetPercent: 0 },
  breaker: { ...resilienceDefaults.breaker, consecutiveFailures: 0 },
}

/** An engine of real parts, a scripted vendor on loopback, and fakes at the ports only. */
export class Rig {
  readonly upstream = new ScriptedUpstream()
  readonly records = new MemoryRecords()
  readonly settled: (number | null)[] = []
  readonly log: string[] = []
  credential: () => Promise<Credential> = () => Promise.resolve({ kind: 'bearer', token: 'secret-of-ours' })
  baseUrl: string | null = null
  readonly engine: Engine
  #requests = 0

  constructor(
    options: {
      readonly clock?: Clock
      readonly transport?: Http1TransportOptions | Transport
      readonly resilience?: ResilienceNumbers
    } = {},
  ) {
    const credentials: Credentials = { state: () => ({ ready: true }), get: () => this.credential() }
    const { resilience = unaided } = options
    const log: Log = (_level, message, facts) => void this.log.push(`${message} ${JSON.stringify(facts)}`)
    this.engine = {
      ports: {
        clock: options.clock ?? systemClock,
        chance: () => 0.5,
        digests: nodeDigests,
        transport: transportOf(options.transport),
        records: this.records,
        credentials,
        limits: {
          reserve: () => undefined,
          settle: ({ costNanoUsd }) => void this.settled.push(costNanoUsd),
        },
      },
      providers: new Map([createBedrock(), createAnthropic(), createOpenai()].map((one) => [one.id, one])),
      dialects: all,
      baseUrls: this.#baseUrls(),
      unrecognised: createUnrecognisedFrames(),
      fallbackEpisodes: createFallbackEpisodes(),
      refusedCredentials: createRefusedCredentials({ log }),
      averages: createModelAverages(),
      resilience,
      circuits: createCircuits({ numbers: resilience.breaker, chance: () => 0.5 }),
      retryBudgets: createRetryBudgets(resilience.retry),
      log,
    }
  }

  async close(): Promise<void> {
    await this.upstream.close()
    await this.engine.ports.transport.close()
  }

  carryOut(wish: Wish): Carried {
    const client = wish.client ?? new CollectingClient()
    return { client, record: carryOut(this.job(wish, client), this.engine) }
  }

  /** Carried out to its end. */
  async run(wish: Wish): Promise<{ client: CollectingClient; record: UsageRecord }> {
    const { client, record } = this.carryOut(wish)
    return { client, record: await record }
  }

  job(wish: Wish, client: CollectingClient): Job {
    const { models = ['first', 'second'], face: name = 'openai', stream = false } = wish
    const face: Dialect = faces[name]
    const bytes = new TextEncoder().encode(JSON.stringify(wish.body ?? bodyFor(name, stream)))
    const scanned = face.scanRequest(bytes, saysStream.has(name) ? null : stream)
    const { clock } = this.engine.ports
    const snapshot = compiledOf(models, { model: wish.model, price: wish.price })
    const provider = wish.model?.provider ?? bedrock
    const plan = { ...planOf(wish.candidates ?? models, provider), excluded: wish.excluded ?? [] }
    return {
      facts: {
        requestId: requestId(`request-${++this.#requests}`),
        receivedAtMs: clock.nowMs(),
        replica: replicaId('replica-1'),
        workspace: defaultWorkspace,
        keyId: null,
        principal: 'key:key-1',
        userId: null,
        conversationId: null,
        sessionId: null,
        tags: [],
        face: face.name,
        stream,
        requested: 'use-case/clinical',
        route: 'use-case/clinical',
        useCase: 'clinical',
        agent: null,
        needs: scanned.needs,
        inputBytes: bytes.byteLength,
        revision: snapshot.revision,
        switchId: null,
        ...(wish.trace === undefined ? {} : { trace: wish.trace }),
      },
      principal,
      snapshot,
      plan,
      operation: stream ? 'chat-stream' : 'chat',
      face,
      scanned,
      callerHeaders: wish.callerHeaders ?? [],
      startedAtUs: clock.nowUs(),
      timeouts: { ...unhurried, ...wish.timeouts },
      heartbeatMs: wish.heartbeatMs ?? 0,
      capture: wish.capture ?? false,
      drill: wish.drill ?? null,
      client,
      judgeAgain: wish.judgeAgain ?? (() => null),
      answerHeaders: (served) => [
        'x-pointsman-model',
        served.modelId ?? '-',
        'x-pointsman-reason',
        served.reason ?? '-',
        'x-pointsman-attempts',
        String(served.attempts),
        'x-pointsman-warnings',
        served.warnings.join('; '),
        'x-pointsman-overhead-us',
        String(served.overheadUs),
      ],
    }
  }

  /** Read at each call, because the upstream's port is known only once it listens. */
  #baseUrls(): Engine['baseUrls'] {
    const read = () => this.baseUrl ?? this.upstream.url
    return new (class extends Map<typeof bedrock, string> {
      override get(): string {
        return read()
      }
    })()
  }
}

function planOf(models: readonly string[], provider: ProviderId): Plan {
  return {
    requested: 'use-case/clinical',
    route: { kind: 'use-case', name: 'clinical' },
    reason: 'use-case',
    target: modelId(models[0] ?? 'none'),
    candidates: models.map((id, index) => ({
      modelId: modelId(id),
      provider,
      upstreamId: id,
      region: 'eu-central-1',
      step: index === 0 ? 'target' : 'fallback',
      priceId: priceId(`price-${id}`),
      warnings: index === 0 ? ['a warning of the plan'] : [],
    })),
    excluded: [],
    switchId: null,
    claim: null,
  }
}

const faces = {
  anthropic: named('anthropic-messages'),
  openai: dialects.openaiChat,
  responses: named('openai-responses'),
  bedrock: dialects.bedrockConverse,
  invoke: named('bedrock-invoke-claude'),
  native: named('native-chat'),
}

/** Faces that say it in the body, not in the path. */
const saysStream: ReadonlySet<keyof typeof faces> = new Set(['openai', 'responses', 'anthropic'])

function bodyFor(face: keyof typeof faces, stream: boolean): object {
  if (face === 'responses') return { model: 'use-case/clinical', input: 'How are you?', stream }
  if (face === 'invoke' || face === 'anthropic') {
    const call = { max_tokens: 100, messages: [{ role: 'user', content: 'How are you?' }] }
    if (face === 'anthropic') return { ...call, model: 'use-case/clinical', stream }
    return { ...call, anthropic_version: 'bedrock-2023-05-31' }
  }
  if (face === 'bedrock') {
    return {
      messages: [{ role: 'user', content: [{ text: 'How are you?' }] }],
      inferenceConfig: { maxTokens: 100 },
    }
  }
  if (face === 'native') return { message: 'How are you?', ...(stream ? { stream } : {}) }
  return {
    model: 'use-case/clinical',
    messages: [{ role: 'user', content: 'How are you?' }],
    max_tokens: 100,
    ...(stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  }
}

/** What an OpenAI client reads of a stream: the text, and what came at its end. */
export function readEvents(text: string): {
  text: string
  done: boolean
  finished: boolean
  errors: unknown[]
  starts: number
} {
  const seen = { text: '', done: false, finished: false, errors: [] as unknown[], starts: 0 }
  for (const event of text.split('\n\n')) {
    if (!event.startsWith('data: ')) continue
    const data = event.slice('data: '.length)
    if (data === '[DONE]') {
      seen.done = true
      continue
    }
    const chunk = JSON.parse(data) as {
      error?: unknown
      choices?: { delta?: { content?: string; role?: string }; finish_reason?: string | null }[]
    }
    if (chunk.error !== undefined) seen.errors.push(chunk.error)
    const choice = chunk.choices?.[0]
    if (choice?.delta?.role !== undefined) seen.starts++
    seen.text += choice?.delta?.content ?? ''
    seen.finished ||= typeof choice?.finish_reason === 'string'
  }
  return seen
}
