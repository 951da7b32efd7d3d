import { expect, test } from 'vitest'
import { curatedControl } from '../../testing/curated-control.ts'
import { catalogue, testClock } from '../../testing/start-control.ts'

const at = curatedControl()

interface Told {
  readonly status: number
  readonly body: {
    readonly applied: boolean
    readonly error: { readonly message: string }
    readonly plan: { readonly prices: readonly object[]; readonly warnings: readonly string[] }
  }
}
async function put(file: object, order: object = {}, query = ''): Promise<Told> {
  const { body, status } = await at.ask(`/api/v1/models/import${query}`, {
    body: { text: JSON.stringify(file), name: 'models.json', ...order },
  })
  return { status, body: body as unknown as Told['body'] }
}
const dry = (file: object, order: object = {}) => put(file, order, '?dryRun=true')

const micro = 'eu.amazon.nova-micro-v1:0'
const rates = { inputPicoUsd: 450_000, outputPicoUsd: 1_800_000, cacheReadPicoUsd: null }
const flex = { serviceTier: 'flex', ...rates, cacheWrite5mPicoUsd: null, cacheWrite1hPicoUsd: null }
const priority = { ...flex, serviceTier: 'priority', inputPicoUsd: 1_800_000 }
const placed = (id: string) => catalogue.prices.filter(({ modelId }) => modelId === id)
const fileOf = (id: string, change: object, other = placed(id)) => ({
  models: catalogue.models.filter((model) => model.id === id),
  prices: other.map((price, at) => (at === 0 ? { ...price, ...change } : price)),
})
const historyOf = async (id: string, region: string) =>
  (await at.ask(`/api/v1/prices?modelId=${id}&region=${encodeURIComponent(region)}`)).body
    .data as unknown as readonly { id: string; effectiveFromMs: number; serviceTiers: unknown }[]
const lite = 'eu.amazon.nova-lite-v1:0'
const liteAt = placed(lite)[0]?.region ?? ''

test('rates put right in a row that the registry has hold from now on, by plan and by deed, and once; the row before them stays', async () => {
  const file = fileOf(lite, { serviceTiers: [{ ...flex, tiers: [] }] })
  const before = await historyOf(lite, liteAt)
  const [{ body: planned }, { body: done, status }] = [await dry(file), await put(file)]
  expect([status, planned.plan.prices, done.plan.prices.length, done.applied]).toMatchObject([
    200,
    [{ modelId: lite, region: liteAt, fields: ['serviceTiers.flex'] }],
    1,
    true,
  ])
  const after = await historyOf(lite, liteAt)
  expect(after.slice(0, -1)).toEqual(before)
  expect(after.at(-1)).toMatchObject({ serviceTiers: [{ serviceTier: 'flex' }] })
  expect(Math.abs((after.at(-1)?.effectiveFromMs ?? 0) - testClock.nowMs())).toBeLessThan(600_000)
  expect((await put(file)).body).toMatchObject({ applied: false, plan: { prices: [], warnings: [] } })
  const again = fileOf(lite, { serviceTiers: [flex, priority].map((tier) => ({ ...tier, tiers: [] })) })
  expect((await put(again)).body).toMatchObject({
    applied: true,
    plan: { prices: [{ fields: ['serviceTiers.priority'] }] },
  })
  const turned = fileOf(lite, { serviceTiers: [priority, flex].map((tier) => ({ ...tier, tiers: [] })) })
  expect((await put(turned)).body).toMatchObject({ applied: false, plan: { prices: [], warnings: [] } })
})

test('of a price that is still to begin they hold from its beginning on', async () => {
  const begins = testClock.nowMs() + 1e10
  const fileWith = (inputPicoUsd: number) => ({
    models: catalogue.models.filter(({ id }) => id === micro),
    prices: [
      ...placed(micro),
      ...placed(micro)
        .slice(0, 1)
        .map((row) => ({ ...row, ...ahead, inputPicoUsd })),
    ],
  })
  const ahead = { id: 'ahead', effectiveFromMs: begins }
  expect((await put(fileWith(50_000))).body).toMatchObject({ applied: true })
  expect((await put(fileWith(51_000))).body).toMatchObject({
    applied: true,
    plan: {
      prices: [{ effectiveFromMs: begins + 1, to: { inputPicoUsd: 51_000 }, fields: ['inputPicoUsd'] }],
    },
  })
  expect((await put(fileWith(51_000))).body).toMatchObject({ applied: false, plan: { warnings: [] } })
})

test('they do not take the place of a price that somebody set since, and that is told', async () => {
  const id = 'gpt-4-turbo-preview'
  const own = { modelId: id, inputPicoUsd: 7_000_000, outputPicoUsd: 21_000_000, source: 'our contract' }
  const { status } = await at.ask('/api/v1/prices', { body: own })
  expect(status).toBe(201)
  const file = fileOf(id, { serviceTiers: [{ ...flex, tiers: [] }] })
  const { body } = await put(file)
  expect(body).toMatchObject({
    applied: false,
    plan: { prices: [], warnings: [expect.stringMatching(/our contract|gpt-4-turbo-preview@\*@\d+/)] },
  })
})

test('a price that would change a row is refused by the plan already, with what to do', async () => {
  const item = {
    provider: 'bedrock',
    model_id: 'eu.amazon.nova-pro-v1:0',
    input_price: 0.9,
    output_price: 3.2,
  }
  const order = { name: 'LLMModels-prod', effectiveFrom: '2036-06-01' }
  expect((await put([item], order)).status).toBe(200)
  const changed = [{ ...item, input_price: 0.95 }]
  const refused = [409, expect.stringMatching(/never edited.*another beginning/)]
  for (const { body, status } of [await dry(changed, order), await put(changed, order)])
    expect([status, body.error.message]).toEqual(refused)
})

test('service tiers that a public price catalogue says nothing of stay, and so do their rates', async () => {
  const none = { cacheWrite5mPicoUsd: null, cacheWrite1hPicoUsd: null, tiers: [] }
  const tier = (serviceTier: string, inputPicoUsd: number, cacheReadPicoUsd: number) => ({
    ...{ ...none, serviceTier, inputPicoUsd, outputPicoUsd: 4 * inputPicoUsd, cacheReadPicoUsd },
  })
  const own = {
    modelId: 'gpt-4-turbo-preview',
    inputPicoUsd: 10_000_000,
    outputPicoUsd: 30_000_000,
    source: 'a contract',
  }
  const serviceTiers = [tier('flex', 5_000_000, 500_000), tier('scale', 0, 0)]
  expect((await at.ask('/api/v1/prices', { body: { ...own, serviceTiers } })).status).toBe(201)
  const told = await put({
    'gpt-4-turbo-preview': {
      ...{
        litellm_provider: 'openai',
        mode: 'chat',
        input_cost_per_token: 1e-5,
        output_cost_per_token: 3e-5,
      },
      ...{ input_cost_per_token_flex: 4e-6, output_cost_per_token_flex: 1.6e-5 },
    },
  })
  expect([told.status, told.body]).toMatchObject([
    200,
    {
      applied: true,
      plan: { warnings: [expect.stringMatching(/of service tiers stay/)] },
    },
  ])
  const { body } = await at.ask('/api/v1/prices?modelId=gpt-4-turbo-preview&asOf=2036-01-01')
  expect(body.data).toMatchObject([{ serviceTiers: [tier('flex', 4_000_000, 500_000), tier('scale', 0, 0)] }])
})
