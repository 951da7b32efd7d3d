import { crc32 } from 'node:zlib'

import { modelId, PointsmanError, providerId, wholeBody } from '@pointsman/contract'
import type { BodyBytes, DialectName, Model } from '@pointsman/contract'

import { createDialects } from '../dialects.ts'
import type { AnswerAbout, Dialect, WriteTarget } from '../dialect.ts'

export { crc32 }

export const allDialects = createDialects({ crc32: (bytes, start) => crc32(bytes, start) })

export function dialectNamed(name: DialectName): Dialect {
  const dialect = allDialects.get(name)
  if (dialect === undefined) throw new Error(`there is no dialect ${name}`)
  return dialect
}

export const dialects = {
  openaiChat: dialectNamed('openai-chat'),
  openaiResponses: dialectNamed('openai-responses'),
  bedrockConverse: dialectNamed('bedrock-converse'),
  anthropicMessages: dialectNamed('anthropic-messages'),
  gemini: dialectNamed('gemini'),
  nativeChat: dialectNamed('native-chat'),
}

export const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
export const decode = (bytes: BodyBytes): string =>
  new TextDecoder('utf-8', { fatal: true }).decode(wholeBody(bytes))
export const encodeJson = (value: unknown): Uint8Array => encode(JSON.stringify(value))
export const decodeJson = (bytes: BodyBytes): unknown => JSON.parse(decode(bytes))

const nova: Model = {
  id: modelId('eu.amazon.nova-pro-v1:0'),
  name: 'Amazon Nova Pro',
  vendor: 'amazon',
  provider: providerId('bedrock'),
  upstreamId: 'eu.amazon.nova-pro-v1:0',
  purpose: 'chat',
  kind: 'geo-profile',
  baseModelId: 'amazon.nova-pro-v1:0',
  family: 'nova',
  tier: 'pro',
  generation: 1,
  format: 'nova',
  contextTokens: 300_000,
  maxOutputTokens: 10_000,
  abilities: {
    tools: true,
    toolsStreaming: true,
    images: true,
    documents: true,
    streaming: true,
    jsonSchema: false,
    promptCaching: true,
    reasoning: false,
  },
  sourceRegions: ['eu-central-1'],
  destinationRegions: ['eu-central-1'],
  lifecycle: { status: 'active', endsOn: null, replacement: null },
  enabled: true,
  priority: 1,
}

type Changes = Partial<Omit<Model, 'abilities'>> & { readonly abilities?: Partial<Model['abilities']> }

/** A target as the catalogue would have it: Nova Pro, with the changes of a test. */
export function target(changes: Changes = {}): WriteTarget {
  const model = { ...nova, ...changes, abilities: { ...nova.abilities, ...changes.abilities } }
  return { upstreamId: model.upstreamId, model }
}

export const claude = (generation: number, tier = 'sonnet'): WriteTarget =>
  target({
    upstreamId: `eu.anthropic.claude-${tier}`,
    family: 'claude',
    tier,
    format: 'claude',
    generation,
    maxOutputTokens: 64_000,
    abilities: { jsonSchema: generation >= 4.5, reasoning: generation >= 3.7 },
  })

export const gpt = target({
  upstreamId: 'gpt-4o',
  vendor: 'openai',
  family: 'gpt',
  format: 'openai',
  generation: 4,
  abilities: { jsonSchema: true, reasoning: null },
})

export const about: AnswerAbout = {
  answerId: '1',
  createdAtS: 1_795_219_200,
  model: 'eu.amazon.nova-pro-v1:0',
  streamUsage: true,
  elapsedMs: 12,
  vectorEncoding: 'float',
  asked: {},
  modelName: 'Amazon Nova Pro',
  reason: 'default',
  conversation: null,
  elapsedMsNow: () => 34,
  costNanoUsd: () => null,
}

/** The PointsmanError that the call throws; anything else that it throws, or nothing, fails the test. */
export function refusal(call: () => unknown): PointsmanError {
  try {
    call()
  } catch (thrown) {
    if (thrown instanceof PointsmanError) return thrown
    throw thrown
  }
  throw new Error('expected a refusal')
}
