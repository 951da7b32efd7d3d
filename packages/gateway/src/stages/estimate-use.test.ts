import { crc32 } from 'node:zlib'
import { modelId, noNeeds, priceId, providerId, type DialectName, type Price } from '@pointsman/contract'
import { createDialects } from '@pointsman/wire'
import { expect, test } from 'vitest'
import { estimateUse } from './estimate-use.ts'
import { HeldRequest } from './held-request.ts'

const id = modelId('pro')
const rates = { cacheReadPicoUsd: null, cacheWrite5mPicoUsd: null, cacheWrite1hPicoUsd: null, tiers: [] }
const price: Price = {
  ...{ id: priceId('p'), modelId: id, region: '*', effectiveFromMs: 0, source: 'a test' },
  ...{ ...rates, inputPicoUsd: 1_000_000, outputPicoUsd: 4_000_000, sourceDate: '2026-11-27' },
  serviceTiers: [
    { ...rates, serviceTier: 'flex', inputPicoUsd: 500_000, outputPicoUsd: 2_000_000 },
    { ...rates, serviceTier: 'priority', inputPicoUsd: 2_000_000, outputPicoUsd: 8_000_000 },
    { ...rates, serviceTier: 'us', inputPicoUsd: 1_100_000, outputPicoUsd: 4_400_000 },
  ],
}
const dialects = createDialects({ crc32 })

function estimateOf(name: DialectName, body: object, headers: { readonly [name: string]: string } = {}) {
  const face = dialects.get(name)
  if (face === undefined) throw new Error(`there is no dialect ${name}`)
  const scanned = new HeldRequest(face.scanRequest(new TextEncoder().encode(JSON.stringify(body)), false))
  return estimateUse({
    facts: { face: name, needs: { ...noNeeds, inputTokensEstimate: 10 }, receivedAtMs: 1 },
    snapshot: { models: new Map(), prices: new Map([[id, new Map([['*', [price]]])]]) },
    plan: {
      candidates: [
        {
          ...{ modelId: id, provider: providerId('openai'), upstreamId: 'pro', region: 'global' },
          ...{ step: 'target', priceId: price.id, warnings: [] },
        },
      ],
    },
    parsed: { operation: 'chat', scanned },
    face,
    exchange: { header: (asked) => headers[asked] },
  }).costNanoUsd
}

const openai = { messages: [{ role: 'user', content: 'Hi' }], max_tokens: 5 }
const claude = { anthropic_version: 'bedrock-2023-05-31', max_tokens: 5, messages: openai.messages }
// 10 tokens in, 5 out.
const standard = 30_000

test('the dearer of the tier that is asked for by name and the standard one is reserved', () => {
  expect(estimateOf('openai-chat', openai)).toBe(standard)
  expect(estimateOf('openai-chat', { ...openai, service_tier: 'priority' })).toBe(2 * standard)
  expect(estimateOf('openai-chat', { ...openai, service_tier: 'flex' })).toBe(standard)
  expect(estimateOf('openai-chat', { ...openai, service_tier: 'auto' })).toBe(standard)
  expect(estimateOf('openai-chat', { ...openai, service_tier: 'scale' })).toBe(standard)
  const messages = { ...openai, model: 'pro' }
  expect(estimateOf('anthropic-messages', { ...messages, inference_geo: 'us' })).toBe(1.1 * standard)
  expect(estimateOf('anthropic-messages', { ...messages, inference_geo: 'global' })).toBe(standard)
  const header = { 'x-amzn-bedrock-service-tier': 'priority' }
  expect(estimateOf('bedrock-invoke-claude', claude, header)).toBe(2 * standard)
})
