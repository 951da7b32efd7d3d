import { startSimulator, type SimulatedModel, type Simulator } from '@pointsman/simulator'
import { localCatalogue } from '../catalogue/local-catalogue.ts'
import type { Environment } from '../platform.ts'

export const bearerToken = 'ABSKsimulated'
export const apiKey = 'key-of-the-simulator'

/** The simulator with the whole catalogue, and the variables that lead to it. */
export interface SimulatedVendors {
  readonly simulator: Simulator
  readonly environment: Environment
}

export async function startVendors(): Promise<SimulatedVendors> {
  const models: readonly SimulatedModel[] = localCatalogue().models
  const simulator = await startSimulator({
    models,
    credentials: { bearerTokens: [bearerToken], apiKeys: [apiKey] },
    latency: { firstTokenMs: 1, perTokenMs: 0 },
  })
  const { url } = simulator
  return {
    simulator,
    environment: {
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url,
      AWS_BEARER_TOKEN_BEDROCK: bearerToken,
      OPENAI_BASE_URL: `${url}/v1`,
      OPENAI_API_KEY: apiKey,
      ANTHROPIC_BASE_URL: url,
      GOOGLE_GEMINI_BASE_URL: url,
    },
  }
}
