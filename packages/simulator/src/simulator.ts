import { hash, randomUUID } from 'node:crypto'
import { PromptCache } from './answer/prompt-cache.ts'
import { bodyRefusal, BedrockFace } from './bedrock/face.ts'
import type { SimulatedLatency } from './bedrock/face.ts'
import type { SimulatedCredentials } from './bedrock/authentication.ts'
import { handleControl, isControlTarget } from './control-endpoints.ts'
import { Exchange } from './exchange.ts'
import type { RequestHead } from './exchange.ts'
import { FaultScript } from './faults/fault-script.ts'
import { checkRule } from './faults/rule-check.ts'
import type { FaultRule } from './faults/rule.ts'
import { Ledger } from './ledger.ts'
import type { LedgerEntry, LedgerLine } from './ledger.ts'
import { listen } from './listener.ts'
import type { Arrival } from './listener.ts'
import { BodyReader } from './request-body.ts'
import type { SimulatedModel } from './simulated-model.ts'

export interface SimulatorOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** 0, the default, takes a free one. */
  readonly port?: number
  readonly models: readonly SimulatedModel[]
  /** Left out: everyone is let in, unsigned requests too. */
  readonly credentials?: SimulatedCredentials
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
  /** Takes away rules, ledger and cached prompts. */
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
  const bodies = new BodyReader()
  const bedrock = new BedrockFace({
    models: options.models,
    credentials: options.credentials,
    defaultRegion: options.defaultRegion ?? 'eu-central-1',
    latency: options.latency ?? DEFAULT_LATENCY,
    seed,
    script,
    cache,
    now,
  })
  const controlled = {
    script: (rule: unknown): string => script.add(checkRule(rule)),
    ledger: (after?: number): readonly LedgerEntry[] => ledger.entries(after),
    reset: (): void => {
      script.clear()
      ledger.clear()
      cache.clear()
    },
  }
  const arrived = (arrival: Arrival): void => {
    const isControl = isControlTarget(arrival.head.target)
    const line = newLine(arrival.head, now())
    const exchange = new Exchange(arrival.head, arrival.port, isControl ? line : ledger.open(line))
    const respond = async (): Promise<void> => {
      const body = await bodies.read(arrival.body)
      if (body === 'aborted') return
      if (typeof body === 'string') {
        refuseBody(exchange, body)
        return
      }
      try {
        if (isControl) handleControl(exchange, body, controlled)
        else bedrock.handle(exchange, body)
      } finally {
        bodies.release(body)
      }
    }
    respond().catch((error: unknown) => {
      line.failure = String(error)
      exchange.cut()
    })
  }
  const listener = await listen({ host, port: options.port ?? 0, arrived })
  return {
    url: `http://${shownHost(host)}:${listener.port}`,
    port: listener.port,
    script: controlled.script,
    clear: () => script.clear(),
    ledger: () => ledger.entries(),
    reset: controlled.reset,
    close: () => listener.close(),
  }
}

function refuseBody(exchange: Exchange, outcome: 'too-large' | 'too-many'): void {
  const { status, body } = bodyRefusal(outcome)
  // The rest of the body is still coming: on HTTP/1.1 the connection cannot be used again. HTTP/2 forbids the header.
  const closing: Readonly<Record<string, string>> =
    exchange.head.protocol === 'h2' ? {} : { connection: 'close' }
  exchange.begin(status, { 'content-type': 'application/json', ...closing })
  exchange.end(Buffer.from(body, 'utf8'))
}

function newLine(head: RequestHead, receivedAtMs: number): LedgerLine {
  return {
    sequence: 0,
    requestId: randomUUID(),
    receivedAt: new Date(receivedAtMs).toISOString(),
    protocol: head.protocol,
    method: head.method,
    path: head.target.slice(0, 1_000),
    headers: notedHeaders(head),
    authorization: { kind: 'none', keyId: null },
    bodyBytes: 0,
    bodySha256: null,
    operation: null,
    model: null,
    region: null,
    promptTokens: null,
    rule: null,
    status: null,
    errorName: null,
    chunks: 0,
    tokens: 0,
    bytes: 0,
    usage: null,
    finished: false,
    clientLeft: false,
    clientLeftAfterMs: null,
    durationMs: null,
    failure: null,
  }
}

const NOTED =
  /^(?:accept|content-length|content-type|host|:authority|user-agent|traceparent|amz-sdk-.*|x-(?!amz-security-token|api-key).*)$/

/** The headers that tell something of the caller; none that holds a secret. */
function notedHeaders(head: RequestHead): Readonly<Record<string, string>> {
  const noted: Record<string, string> = {}
  for (const [name, value] of Object.entries(head.headers)) {
    if (value !== undefined && NOTED.test(name)) noted[name] = String(value).slice(0, 500)
  }
  return noted
}

/** An address that a client can use, also where the simulator listens on all of them. */
function shownHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
