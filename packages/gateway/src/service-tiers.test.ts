import type { Price, ServiceTierPrice } from '@pointsman/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import catalogue from '../../../catalogue/models.json' with { type: 'json' }
import { serviceKey, startGateway, type RunningGateway } from './testing/running-gateway.ts'

const pro = 'eu.amazon.nova-pro-v1:0'
let gateway: RunningGateway
beforeAll(async () => {
  gateway = await startGateway({ simulates: ['bedrock', 'openai', 'anthropic', 'google'] })
})
afterAll(() => gateway.close())

const messages = [{ role: 'user', content: 'Hello' }]
const converse = { messages: [{ role: 'user', content: [{ text: 'Hello' }] }] }
const gemini = { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] }
const nova = `/model/${encodeURIComponent(pro)}`
const google = '/v1beta/models/gemini-2.5-pro'

interface Way {
  readonly path: string
  readonly body: object
  readonly headers?: Readonly<Record<string, string>>
  readonly model: string
  readonly tier: string
}
const chat = (model: string, word: string, stream: boolean): Way => ({
  path: '/v1/chat/completions',
  body: { model, messages, service_tier: word, stream },
  model,
  tier: word === 'fast' ? 'priority' : word,
})

const placed = (asked: object, tier: string): Way => ({
  path: '/v1/messages',
  body: { model: 'claude-opus-5-5', messages, max_tokens: 50, ...asked },
  headers: { 'anthropic-beta': 'fast-mode-2026-02-01', 'anthropic-version': '2023-06-01' },
  ...{ model: 'claude-opus-5-5', tier },
})

/** Every vendor's way to ask for a tier, whole and streamed, of the simulated vendors and with the prices of the catalogue. */
const ways = (stream: boolean): readonly (readonly [string, Way])[] => [
  ['OpenAI priority', chat('gpt-4.1', 'priority', stream)],
  ['OpenAI fast', chat('gpt-6-sol', 'fast', stream)],
  ['OpenAI flex', chat('gpt-5-mini', 'flex', stream)],
  ['OpenAI ultrafast', chat('gpt-6-astra', 'ultrafast', stream)],
  [
    'Responses priority',
    {
      path: '/v1/responses',
      body: { model: 'gpt-6-luna', input: 'Hello', service_tier: 'priority', stream },
      ...{ model: 'gpt-6-luna', tier: 'priority' },
    },
  ],
  ['Claude’s fast mode', placed({ speed: 'fast', stream }, 'fast')],
  ['Claude in the US', placed({ inference_geo: 'us', stream }, 'us')],
  ['Claude’s fast mode in the US', placed({ inference_geo: 'us', speed: 'fast', stream }, 'fast.us')],
  [
    // Without its beta the vendor refuses the field.
    'Claude’s fast mode in the form of InvokeModel',
    {
      path: `/model/claude-opus-5-5/invoke${stream ? '-with-response-stream' : ''}`,
      body: {
        anthropic_version: 'bedrock-2023-05-31',
        anthropic_beta: ['fast-mode-2026-02-01'],
        ...{ messages, max_tokens: 50, speed: 'fast' },
      },
      ...{ model: 'claude-opus-5-5', tier: 'fast' },
    },
  ],
  [
    'Converse priority',
    {
      path: `${nova}/converse${stream ? '-stream' : ''}`,
      body: { ...converse, serviceTier: { type: 'priority' } },
      ...{ model: pro, tier: 'priority' },
    },
  ],
  [
    'InvokeModel flex',
    {
      path: `${nova}/invoke${stream ? '-with-response-stream' : ''}`,
      body: converse,
      headers: { 'x-amzn-bedrock-service-tier': 'flex' },
      ...{ model: pro, tier: 'flex' },
    },
  ],
  [
    'Gemini priority',
    {
      path: `${google}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
      body: { ...gemini, serviceTier: 'priority' },
      ...{ model: 'gemini-2.5-pro', tier: 'priority' },
    },
  ],
  ['OpenAI’s form for Bedrock', chat(pro, 'flex', stream)],
  ['OpenAI’s form for Gemini', chat('gemini-2.5-pro', 'priority', stream)],
]

async function served({ body, headers = {}, path }: Way) {
  const answer = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${serviceKey}`, ...headers },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  expect(answer.status, text).toBe(200)
  const record = gateway.records.at(-1)
  if (record === undefined) throw new Error('nothing was recorded')
  return record
}

const prices = catalogue.prices as unknown as readonly Price[]
function ratesOf(priceId: string | null, tier: string): ServiceTierPrice {
  const rates = prices
    .find(({ id }) => id === priceId)
    ?.serviceTiers?.find(({ serviceTier }) => serviceTier === tier)
  if (rates === undefined) throw new Error(`the catalogue has no ${tier} of ${priceId}`)
  return rates
}

test.each([...ways(false), ...ways(true).map(([name, way]) => [`${name}, streamed`, way] as const)])(
  '%s is billed at its own rates',
  async (_, way) => {
    const record = await served(way)
    expect(record).toMatchObject({ modelId: way.model, serviceTier: way.tier, outcome: 'ok' })
    const { inputPicoUsd, outputPicoUsd } = ratesOf(record.priceId, way.tier)
    const { inputTokens, outputTokens } = record.usage
    const picoUsd = (inputTokens ?? 0) * (inputPicoUsd ?? 0) + (outputTokens ?? 0) * (outputPicoUsd ?? 0)
    expect(picoUsd).toBeGreaterThan(0)
    expect(record.costNanoUsd).toBe(Math.round(picoUsd / 1_000))
    expect(record.warnings.join()).not.toContain('service_tier: the tier')
  },
)

test('what names no tier, and what the catalogue has no price of, costs what it did', async () => {
  const plain = await served({ ...chat('gpt-4.1', 'auto', false), tier: 'standard' })
  expect(plain).not.toHaveProperty('serviceTier')
  expect(plain.warnings).toEqual([])
  const scale = await served(chat('gpt-4.1', 'scale', false))
  expect(scale.serviceTier).toBe('scale')
  for (const { costNanoUsd, usage } of [plain, scale]) {
    // US-$ 2 and 8 per million.
    expect(costNanoUsd).toBe((usage.inputTokens ?? 0) * 2_000 + (usage.outputTokens ?? 0) * 8_000)
  }
  expect(scale.warnings.at(-1)).toContain('the price of the tier scale is not known')
})
