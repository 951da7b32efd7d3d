import Anthropic from '@anthropic-ai/sdk'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { serviceKey, startGateway, type RunningGateway } from './running-gateway.ts'

export interface AnthropicClient extends Pick<Anthropic, 'beta' | 'messages'> {
  /** Those that the vendors were asked at so far. */
  vendorPaths(): readonly string[]
}

/** Anthropic's own client of a gateway before Bedrock and Anthropic, for all tests of the file that asks for it. */
export function anthropicClient(): AnthropicClient {
  let gateway: RunningGateway
  let client: Anthropic
  beforeAll(async () => {
    gateway = await startGateway({ simulates: ['bedrock', 'anthropic'] })
    client = new Anthropic({ baseURL: gateway.url, apiKey: serviceKey, maxRetries: 0 })
  })
  afterEach(() => expect(gateway.failures.splice(0)).toEqual([]))
  afterAll(() => gateway.close())
  return {
    get beta() {
      return client.beta
    },
    get messages() {
      return client.messages
    },
    vendorPaths: () => gateway.simulator.ledger().map(({ path }) => path),
  }
}
