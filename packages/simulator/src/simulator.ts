import { hash } from 'node:crypto'
import { PromptCache } from './answer/prompt-cache.ts'
import { AnthropicFace } from './anthropic/face.ts'
import { BedrockFace } from './bedrock/face.ts'
import type { SimulatedCredentials } from './bedrock/authentication.ts'
import type { Face, SimulatedLatency } from './face.ts'
import { FaultScript } from './faults/fault-script.ts'
import { checkRule } from './faults/rule-check.ts'
import type { FaultRule } from './faults/rule.ts'
import { GeminiFace } from './gemini/face.ts'
import { Ledger } from './ledger.ts'
import type { LedgerEntry } from './ledger.ts'
import { Intake } from './intake.ts'
import { listen } from './listener.ts'
import { OpenaiFace } from './openai/face.ts'
import { ResponseMemory } from './openai/response-memory.ts'
import type { SimulatedModel } from './simulated-model.ts'

export interface SimulatorOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** 0, the default, takes a free one. */
  readonly port?: number
  readonly models: readonly SimulatedModel[]
  /** Left out: everyone is let in, unsigned requests too. */
  readonly credentials?: SimulatedCredentials
  /** Base ids of Bedrock's models that the account has no access to. */
  readonly withoutAccess?: readonly string[]
  /** For requests that tell no region by signature, path or host. Default `eu-central-1`. */
  readonly defaultRegion?: string
  /** Default 120 ms to the first token and 6 ms for each further one. */
  readonly latency?: SimulatedLatency
  /** Another seed gives other answers to the same requests. */
  readonly seed?: string
  /** Milliseconds since 1970, for signatures and caches. Default the system's clock. */
  readonly now?: () => number
}

export interface Simulator {
  /** `http://127.0.0.1:4566`; speaks HTTP/1.1 and HTTP/2 with prior knowledge. */
  readonly url: string
  readonly port: number
  /** Puts a rule in force; gives its id. Throws a TypeError that names what is wrong with it. */
  script(rule: FaultRule): string
  /** Takes all rules away. */
  clear(): void
  /** The last 10,000 requests, the oldest first. */
  ledger(): readonly LedgerEntry[]
  /** Takes away rules, ledger, cached prompts and kept responses. */
  reset(): void
  /** Ends all connections at once. */
  close(): Promise<void>
}

const DEFAULT_LATENCY: SimulatedLatency = { firstTokenMs: 120, perTokenMs: 6 }

/** Starts the simulator. Rejects when the address cannot be listened on. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const now = options.now ?? Date.now
  const seed = options.seed ?? 'pointsman'
  const host = options.host ?? '127.0.0.1'
  const ledger = new Ledger()
  const script = new FaultScript(hash('sha256', seed))
  const cache = new PromptCache(now)
  const memory = new ResponseMemory()
  const { models, credentials, latency = DEFAULT_LATENCY } = options
  const shared = (provider: string) => ({
    models: models.filter((model) => (model.provider ?? provider) === provider),
    credentials,
    latency,
    seed,
    script,
    cache,
    now,
  })
  const faces: readonly Face[] = [
    new AnthropicFace(shared('anthropic')),
    new GeminiFace(shared('google')),
    new OpenaiFace({ ...shared('openai'), memory }),
  ]
  const lastFace = new BedrockFace({
    ...shared('bedrock'),
    defaultRegion: options.defaultRegion ?? 'eu-central-1',
    withoutAccess: options.withoutAccess ?? [],
  })
  const controlled = {
    scriptAll: (rules: readonly unknown[]): readonly string[] => script.addAll(rules.map(checkRule)),
    ledger: (after?: number): readonly LedgerEntry[] => ledger.entries(after),
    reset: (): void => {
      script.clear()
      ledger.clear()
      cache.clear()
      memory.clear()
    },
  }
  const intake = new Intake({ ledger, faces, lastFace, controlled, now })
  const listener = await listen({ host, port: options.port ?? 0, arrived: (arrival) => intake.take(arrival) })
  return {
    url: `http://${shownHost(host)}:${listener.port}`,
    port: listener.port,
    script: (rule) => script.add(checkRule(rule)),
    clear: () => script.clear(),
    ledger: () => ledger.entries(),
    reset: controlled.reset,
    close: () => listener.close(),
  }
}

/** An address that a client can use, also where the simulator listens on all of them. */
function shownHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
