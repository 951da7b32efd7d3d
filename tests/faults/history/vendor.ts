import { startSimulator, type SimulatedModel, type Simulator } from '@pointsman/simulator'
import catalogue from '../../../catalogue/models.json' with { type: 'json' }

/** What one vendor call was, in the simulator's own words. */
export type VendorCall = ReturnType<Simulator['ledger']>[number]

/** All four vendors, played in the test's own process, and every call that they ever got. */
export interface Vendor {
  readonly simulator: Simulator
  /** For `startServer({ command: 'serve', environment })`. */
  readonly environment: { readonly [name: string]: string }
  /** All calls since the start, the oldest first, however many. */
  calls(): readonly VendorCall[]
  close(): Promise<void>
}

export interface VendorOptions {
  readonly latency?: { readonly firstTokenMs: number; readonly perTokenMs: number }
  /** Where calls go in place of the simulator: a proxy before it. */
  readonly url?: (simulatorUrl: string) => string
}

const quick = { firstTokenMs: 5, perTokenMs: 0.5 }

/** The ledger holds 10,000 calls; it is copied more often than that many come. */
const copyEveryMs = 1_000

export async function startVendor(options: VendorOptions = {}): Promise<Vendor> {
  const simulator = await startSimulator({
    models: catalogue.models as readonly SimulatedModel[],
    latency: options.latency ?? quick,
  })
  const kept = new Map<number, VendorCall>()
  const copy = (): void => {
    for (const call of simulator.ledger()) kept.set(call.sequence, call)
  }
  const timer = setInterval(copy, copyEveryMs)
  const url = options.url?.(simulator.url) ?? simulator.url
  return {
    simulator,
    environment: {
      AWS_BEARER_TOKEN_BEDROCK: 'any',
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url,
      OPENAI_BASE_URL: `${url}/v1`,
      OPENAI_API_KEY: 'any',
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_KEY: 'any',
      GOOGLE_GEMINI_BASE_URL: url,
      GEMINI_API_KEY: 'any',
    },
    calls: () => {
      copy()
      return [...kept.values()].sort((a, b) => a.sequence - b.sequence)
    },
    close: async () => {
      clearInterval(timer)
      await simulator.close()
    },
  }
}

const byId = new Map(catalogue.models.map((model) => [model.id, model]))

/** True where a call of this name is one of the model: its own, or a profile's through which it is served. */
export function isCalledAs(modelId: string, called: string): boolean {
  const model = byId.get(modelId)
  if (model === undefined) return modelId === called
  return model.upstreamId === called || byId.get(called)?.baseModelId === modelId
}
