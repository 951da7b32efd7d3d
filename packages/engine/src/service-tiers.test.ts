import type { Price, ServiceTierPrice } from '@pointsman/contract'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CollectingClient } from './testing/collecting-client.ts'
import { answerFrames, eventFrame } from './testing/event-stream.ts'
import { Rig } from './testing/rig.ts'
import { streamed, whole, type Answer } from './testing/scripted-upstream.ts'

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  await rig.upstream.start()
})
afterEach(() => rig.close())

const tier = (serviceTier: string, inputPicoUsd: number, outputPicoUsd: number): ServiceTierPrice => ({
  ...{ serviceTier, inputPicoUsd, outputPicoUsd, tiers: [] },
  ...{ cacheReadPicoUsd: null, cacheWrite5mPicoUsd: null, cacheWrite1hPicoUsd: null },
})
/** Beside the standard US-$ 1 and 4 per million. */
const price: Partial<Price> = {
  serviceTiers: [tier('flex', 500_000, 2_000_000), tier('priority', 1_750_000, 7_000_000)],
}
// 11 tokens in, 7 out.
const costs = { default: 39_000, flex: 19_500, priority: 68_250 } as const
const told = ['a warning of the plan']

const metadata = (type: string | null) =>
  eventFrame('metadata', {
    usage: { inputTokens: 11, outputTokens: 7, totalTokens: 18 },
    ...(type === null ? {} : { serviceTier: { type } }),
  })
const answer = (type: string | null, stream: boolean): Answer =>
  stream
    ? streamed([...answerFrames(['Well.']).slice(0, -1), metadata(type)])
    : whole('Well.', type === null ? {} : { serviceTier: { type } })

const faces = ['bedrock', 'openai', 'native'] as const
const kinds = faces.flatMap((face) => [false, true].map((stream) => ({ face, stream })))

test.each(kinds)('$face, streamed: $stream: the tier that served is billed at its price', async (kind) => {
  for (const type of ['default', 'flex', 'priority'] as const) {
    rig.upstream.on('first', answer(type, kind.stream))
    const { client, record } = await rig.run({ ...kind, price })
    expect(record).toMatchObject({ costNanoUsd: costs[type], priceId: 'price-first', warnings: told })
    expect(record.serviceTier).toBe(type === 'default' ? undefined : type)
    expect(rig.settled.at(-1)).toBe(costs[type])
    if (kind.face === 'native') expect(client.text).toContain(`"cost":${costs[type] / 1e9}`)
  }
})

const asking = (type: string) => ({
  messages: [{ role: 'user', content: [{ text: 'How are you?' }] }],
  serviceTier: { type },
})
const openaiAsking = (service_tier: string) => ({
  model: 'use-case/clinical',
  messages: [{ role: 'user', content: 'How are you?' }],
  service_tier,
})

test.each([false, true])(
  'asked for and served at the standard tier is billed so; streamed: %s',
  async (stream) => {
    rig.upstream.on('first', answer('default', stream))
    const { record } = await rig.run({ face: 'bedrock', stream, price, body: asking('priority') })
    expect(record).toMatchObject({ costNanoUsd: costs.default, warnings: told })
    expect(record).not.toHaveProperty('serviceTier')
  },
)

test.each([false, true])(
  'where the answer tells none, that of the request is billed; streamed: %s',
  async (stream) => {
    rig.upstream.on('first', answer(null, stream))
    const run = (face: 'bedrock' | 'openai', body: object) => rig.run({ face, stream, price, body })
    const same = await run('bedrock', asking('flex'))
    expect(same.record).toMatchObject({ costNanoUsd: costs.flex, serviceTier: 'flex', warnings: told })
    const translated = await run('openai', { ...openaiAsking('priority'), stream })
    expect(rig.upstream.calls.at(-1)?.body).toContain('"serviceTier":{"type":"priority"}')
    expect(translated.record).toMatchObject({ costNanoUsd: costs.priority, serviceTier: 'priority' })
    // The vendor's choice, of which nobody tells.
    const left = await run('openai', { ...openaiAsking('auto'), stream })
    expect(left.record).toMatchObject({ costNanoUsd: costs.default })
    expect(left.record).not.toHaveProperty('serviceTier')
  },
)

test('a header asks for a tier, and a header tells it, where both are InvokeModel’s', async () => {
  let usage: object = { input_tokens: 11, output_tokens: 7 }
  const body = () => ({
    ...{ type: 'message', role: 'assistant', stop_reason: 'end_turn' },
    content: [{ type: 'text', text: 'Well.' }],
    usage,
  })
  const headers = (tells: string | null) => ({
    'content-type': 'application/json',
    ...(tells === null ? {} : { 'x-amzn-bedrock-service-tier': tells }),
  })
  const ask = async (tells: string | null) => {
    rig.upstream.on(
      'first',
      (response) => void response.writeHead(200, headers(tells)).end(JSON.stringify(body())),
    )
    const callerHeaders = ['x-amzn-bedrock-service-tier', 'priority']
    return (await rig.run({ face: 'invoke', model: { format: 'claude' }, callerHeaders, price })).record
  }
  expect(await ask(null)).toMatchObject({ costNanoUsd: costs.priority, serviceTier: 'priority' })
  expect(await ask('flex')).toMatchObject({ costNanoUsd: costs.flex, serviceTier: 'flex' })
  expect((await ask('default')).costNanoUsd).toBe(costs.default)
  // The body is the model's maker's, and the bill is Bedrock's.
  usage = { ...usage, service_tier: 'standard' }
  expect(await ask('flex')).toMatchObject({ costNanoUsd: costs.flex, serviceTier: 'flex' })
})

test.each([false, true])(
  'whose price is not known is reckoned at the standard one, and told; streamed: %s',
  async (stream) => {
    rig.upstream.on('first', answer('reserved', stream))
    const { client, record } = await rig.run({ face: 'openai', stream, price })
    expect(record).toMatchObject({ costNanoUsd: costs.default, serviceTier: 'reserved' })
    expect(record.warnings.at(-1)).toBe(
      'service_tier: the price of the tier reserved is not known; the cost is reckoned at the standard price',
    )
    if (!stream) expect(client.header('x-pointsman-warnings')).toContain('the tier reserved is not known')
  },
)

test('of a stream that is cut what came is billed by the tier it told, or was asked for', async () => {
  const [start = new Uint8Array(0), ...rest] = answerFrames(['Well, thank you very much.'])
  rig.upstream.on('first', streamed([start, ...rest.slice(0, 2)]))
  const { record } = await rig.run({ face: 'bedrock', stream: true, price, body: asking('flex') })
  expect(record).toMatchObject({ outcome: 'partial', usageEstimated: true, serviceTier: 'flex' })
  const { inputTokens, outputTokens } = record.usage
  expect(record.costNanoUsd).toBe((inputTokens ?? 0) * 500 + (outputTokens ?? 0) * 2_000)
})

test('a caller who leaves pays for the tier that was asked for', async () => {
  const client = new CollectingClient()
  rig.upstream.on('first', () => client.leave())
  const { record } = await rig.run({ face: 'bedrock', client, price, body: asking('priority') })
  expect(record).toMatchObject({ outcome: 'client-closed', serviceTier: 'priority' })
})
