import { describe, expect, test } from 'vitest'
import { curatedControl } from '../../testing/curated-control.ts'
import { catalogue } from '../../testing/start-control.ts'

const pro = 'eu.amazon.nova-pro-v1:0'
const micro = 'eu.amazon.nova-micro-v1:0'

const at = curatedControl()

interface Told {
  readonly status: number
  readonly body: {
    readonly applied: boolean
    readonly revision: number
    readonly error: { readonly code: string; readonly message: string; readonly field?: string }
    readonly plan: {
      readonly new: readonly { readonly id: string; readonly enabled: boolean; readonly priced: boolean }[]
      readonly changed: readonly {
        readonly id: string
        readonly fields: readonly { readonly field: string; readonly from: unknown; readonly to: unknown }[]
      }[]
      readonly prices: readonly { readonly modelId: string; readonly region: string; readonly to: object }[]
      readonly warnings: readonly string[]
    }
  }
}

async function put(file: unknown, order: object = {}, query = ''): Promise<Told> {
  const text = typeof file === 'string' ? file : JSON.stringify(file)
  const { body, status } = await at.ask(`/api/v1/models/import${query}`, {
    body: { text, name: 'a-file.json', ...order },
  })
  return { status, body: body as unknown as Told['body'] }
}
const dry = (file: unknown, order: object = {}) => put(file, order, '?dryRun=true')
const shown = async (id: string) => (await at.ask(`/api/v1/models/${encodeURIComponent(id)}`)).body

/** Seed 003's own item. */
const seedItem = {
  pk: 'provider#model_id',
  provider: 'bedrock',
  model_id: pro,
  display_name: 'Amazon Nova Pro',
  input_price: 0.8,
  output_price: 3.2,
  max_tokens: 300_000,
  supports_tools: true,
  supports_vision: true,
  is_default: false,
}
const newItem = {
  ...seedItem,
  ...{ provider: 'openai', model_id: 'gpt-9', display_name: 'GPT 9', input_price: 2, output_price: 8 },
  ...{ max_tokens: 1_000_000, supports_vision: false, is_default: true },
}
/** The same in DynamoDB's own JSON. */
const typed = (item: typeof seedItem): object =>
  Object.fromEntries(
    Object.entries(item).map(([name, value]) => [
      name,
      typeof value === 'string'
        ? { S: value }
        : typeof value === 'number'
          ? { N: String(value) }
          : { BOOL: value },
    ]),
  )

describe('items of a table LLMModels', () => {
  const spellings: readonly (readonly [string, unknown])[] = [
    ['plain, a list', [seedItem, newItem]],
    ['as scan answers', { Items: [typed(seedItem), typed(newItem)], Count: 2, ScannedCount: 2 }],
    [
      'as a batch write takes them',
      { 'LLMModels-prod': [seedItem, newItem].map((item) => ({ PutRequest: { Item: typed(item) } })) },
    ],
    [
      'as an export has them',
      [seedItem, newItem].map((item) => JSON.stringify({ Item: typed(item) })).join('\n'),
    ],
  ]
  test.each(spellings)('%s: the same plan', async (_name, file) => {
    const { body, status } = await dry(file)
    expect([status, body.plan]).toEqual([
      200,
      expect.objectContaining({
        new: [{ id: 'gpt-9', name: 'GPT 9', kind: 'direct', enabled: false, priced: true }],
        changed: [],
        prices: [
          expect.objectContaining({
            ...{ modelId: pro, region: 'eu-central-1' },
            from: { inputPicoUsd: 1_050_000, outputPicoUsd: 4_200_000 },
            to: { inputPicoUsd: 800_000, outputPicoUsd: 3_200_000 },
            source: 'import of a-file.json',
          }),
          expect.objectContaining({ modelId: 'gpt-9', region: '*', from: null }),
        ],
        warnings: [
          expect.stringMatching(/cached tokens and of service tiers stay/),
          expect.stringMatching(/default \(gpt-9\): no route was moved.*set-default/),
        ],
      }),
    ])
  })

  const wrong: readonly (readonly [string, unknown, string])[] = [
    ['a negative price', [seedItem, { ...newItem, input_price: -2 }], '[1].input_price'],
    ['a missing price', [{ ...seedItem, output_price: undefined }], '[0].output_price'],
    [
      'a price that is a text',
      { Items: [{ ...typed(seedItem), input_price: { S: 'cheap' } }] },
      '[0].input_price',
    ],
    ['a context of nothing', [{ ...seedItem, max_tokens: 0 }], '[0].max_tokens'],
    ['a provider that nobody knows', [{ ...seedItem, provider: 'bedrok' }], '[0].provider'],
    ['one twice', [seedItem, seedItem], '[1].model_id'],
    ['a flag that is none', [{ ...seedItem, supports_tools: 'yes' }], '[0].supports_tools'],
  ]
  test.each(wrong)('%s refuses the whole, and says where', async (_name, file, field) => {
    const before = await at.ask('/api/v1/revisions?limit=1')
    const { body, status } = await put(file)
    expect([status, body.error.field]).toEqual([400, field])
    expect((await at.ask('/api/v1/revisions?limit=1')).body).toEqual(before.body)
  })

  test('is told by an alarm, unless it was only tried', async () => {
    const raised = async (): Promise<string> => {
      await at.control.services.reviewAlarms()
      return JSON.stringify((await at.ask('/api/v1/alarms')).body)
    }
    const standing = JSON.parse(await raised()) as { readonly data: readonly { readonly id: string }[] }
    for (const { id } of standing.data) await at.ask(`/api/v1/alarms/${id}/clear`, { body: {} })
    await dry([{ ...seedItem, input_price: -2 }])
    expect(await raised()).not.toContain('prices_refused')
    await put([{ ...seedItem, input_price: -2 }])
    await expect.poll(raised).toContain('prices_refused')
  })

  test('a price in the wrong unit is refused', async () => {
    const { body, status } = await put([{ ...seedItem, input_price: 0.0008 }])
    expect([status, body.error.message]).toEqual([409, expect.stringMatching(/inputPicoUsd.*20-fold/)])
  })
})

describe('a catalogue of ours', () => {
  const entry = catalogue.models.find(({ id }) => id === micro)
  if (entry === undefined) throw new Error('the catalogue has Nova Micro')
  const prices = catalogue.prices.filter(({ modelId }) => modelId === micro)

  test('is taken as it stands; the shipped one changes nothing', async () => {
    const { body } = await dry({ models: catalogue.models, prices: catalogue.prices, notes: ['for people'] })
    expect(body.plan).toMatchObject({ new: [], changed: [], prices: [] })
    const changed = { ...entry, maxOutputTokens: 5_000, enabled: false }
    const { body: planned } = await dry({ models: [changed], prices })
    // Whether it is enabled is another question than what it is.
    expect(planned.plan.changed).toEqual([
      { id: micro, name: entry.name, fields: [{ field: 'maxOutputTokens', from: 10_000, to: 5_000 }] },
    ])
  })

  const wrong: readonly (readonly [string, unknown, number, RegExp])[] = [
    [
      'a price that is in force left out',
      { models: [entry], prices: prices.slice(1) },
      409,
      /missing from it.*nova-micro/,
    ],
    [
      'a negative rate',
      { models: [entry], prices: [{ ...prices[0], inputPicoUsd: -1 }] },
      400,
      /prices\[0\]\.inputPicoUsd/,
    ],
    ['a wrong word', { models: [{ ...entry, kind: 'profile' }], prices }, 400, /models\[0\]\.kind/],
    [
      'a dated price twice',
      { models: [entry], prices: [...prices, { ...prices[0], inputPicoUsd: 47_000 }] },
      400,
      /prices\[\d+\].*twice.*nova-micro/,
    ],
    [
      'a price of no model',
      { models: [entry], prices: [{ ...prices[0], modelId: 'no-such' }] },
      400,
      /prices\[0\]\.modelId.*no-such/,
    ],
    ['one twice', { models: [entry, entry], prices }, 400, /models\[1\].*twice/],
    ['no JSON', '{"models": [', 400, /not JSON/],
    ['a broken line', '{"Item":{}}\n{"Item":', 400, /not JSON in line 2/],
    ['something else', { hello: 1 }, 400, /none that is known here/],
  ]
  test.each(wrong)('%s refuses it whole', async (_name, file, status, words) => {
    const told = await put(file)
    expect([told.status, told.body.error.message]).toEqual([status, expect.stringMatching(words)])
  })
})

describe('a public price catalogue', () => {
  const file = {
    sample_spec: { litellm_provider: 'one of …', max_tokens: 'a number', input_cost_per_token: 'US-$' },
    'gpt-4o': {
      ...{ litellm_provider: 'openai', mode: 'chat', max_input_tokens: 128_000, max_output_tokens: 16_384 },
      ...{ input_cost_per_token: 2.6e-6, output_cost_per_token: 1e-5, cache_read_input_token_cost: 1.25e-6 },
      ...{ supports_function_calling: true, source: 'https://example.com/prices' },
    },
    [pro]: {
      ...{ litellm_provider: 'bedrock_converse', mode: 'chat', max_input_tokens: 300_000 },
      ...{ input_cost_per_token: 1.04e-6, output_cost_per_token: 4.2e-6 },
    },
    'bedrock/eu-west-1/eu.amazon.nova-micro-v1:0': {
      ...{ litellm_provider: 'bedrock', mode: 'chat' },
      ...{ input_cost_per_token: 4.1e-8, output_cost_per_token: 1.6e-7 },
    },
    'gemini/gemini-9-pro': {
      ...{ litellm_provider: 'gemini', mode: 'chat', max_input_tokens: 1_048_576, max_output_tokens: 65_536 },
      ...{ input_cost_per_token: 2e-6, output_cost_per_token: 1.2e-5, supports_vision: true },
      ...{ input_cost_per_token_above_200k_tokens: 4e-6, output_cost_per_token_above_200k_tokens: 1.8e-5 },
      ...{ cache_read_input_token_cost: 2e-7, cache_creation_input_token_cost_above_1hr: 4e-6 },
    },
    'gemini/gemini-9-flash': {
      ...{
        litellm_provider: 'gemini',
        mode: 'chat',
        input_cost_per_token: 1e-6,
        output_cost_per_token: 4e-6,
      },
      ...{
        input_cost_per_token_flex: 5e-7,
        output_cost_per_token_flex: 2e-6,
        input_cost_per_token_batches: 5e-7,
      },
      ...{ input_cost_per_token_priority: 1.8e-6, output_cost_per_token_priority: 7.2e-6 },
      ...{
        cache_read_input_token_cost_priority: 1.8e-7,
        input_cost_per_token_above_200k_tokens_priority: 3.6e-6,
      },
    },
    'claude-opus-9': {
      ...{ litellm_provider: 'anthropic', mode: 'chat', provider_specific_entry: { us: 1.1, fast: 2 } },
      ...{ input_cost_per_token: 4e-6, output_cost_per_token: 2e-5, cache_read_input_token_cost: 2e-7 },
    },
    'dall-e-9': { litellm_provider: 'openai', mode: 'image_generation', output_cost_per_image: 0.04 },
    'azure/gpt-4o': { litellm_provider: 'azure', mode: 'chat', input_cost_per_token: 2e-6 },
  }

  test('gives prices to the models that the catalogue has, in the unit of the catalogue', async () => {
    const { body } = await dry(file)
    expect(body.plan.new).toEqual([])
    expect(body.plan.prices).toEqual([
      expect.objectContaining({
        ...{ modelId: micro, region: 'eu-west-1', to: { inputPicoUsd: 41_000, outputPicoUsd: 160_000 } },
      }),
      expect.objectContaining({
        ...{ modelId: 'gpt-4o', region: '*', to: { inputPicoUsd: 2_600_000, outputPicoUsd: 10_000_000 } },
      }),
    ])
    expect(body.plan.warnings).toEqual([
      expect.stringMatching(/cached tokens and of service tiers stay/),
      expect.stringMatching(/names none for 1 models.*nova-pro/),
      expect.stringMatching(/3 of 6 entries/),
    ])
    const { body: placed } = await dry(file, { region: 'eu-central-1' })
    expect(placed.plan.prices.map(({ modelId, region }) => `${modelId} ${region}`)).toContain(
      `${pro} eu-central-1`,
    )
  })

  test('adds those that are named, with steps and limits', async () => {
    const { body, status } = await put(file, { only: ['gemini-9-pro'], enable: true })
    expect([status, body.plan.new]).toEqual([
      200,
      [expect.objectContaining({ id: 'gemini-9-pro', enabled: true, priced: true })],
    ])
    expect(await shown('gemini-9-pro')).toMatchObject({
      ...{ provider: 'google', servedBy: 'google', format: 'gemini', isAvailable: true },
      ...{ inputCostPerMTok: 2, outputCostPerMTok: 12 },
      model: { contextTokens: 1_048_576, maxOutputTokens: 65_536, abilities: { images: true, tools: null } },
      prices: [
        {
          cacheReadPicoUsd: 200_000,
          cacheWrite1hPicoUsd: 4_000_000,
          tiers: [
            {
              ...{ inputTokensAbove: 200_000, inputPicoUsd: 4_000_000, outputPicoUsd: 18_000_000 },
              cacheReadPicoUsd: 200_000,
            },
          ],
        },
      ],
    })
    const near = await put(file, { only: ['gemini-9-prom'] })
    expect([near.status, near.body.error.message]).toEqual([
      404,
      expect.stringMatching(/Nearest: gemini-9-pro/),
    ])
  })

  test('tells rates of service tiers: by members of their own, and of speed and place by factors', async () => {
    const only = ['gemini-9-flash', 'claude-opus-9']
    expect((await put(file, { only })).status).toBe(200)
    const tiersOf = async (id: string) => {
      const { body } = await at.ask(`/api/v1/prices?modelId=${id}`)
      return (body.data[0] as unknown as { serviceTiers: unknown }).serviceTiers
    }
    const none = { cacheReadPicoUsd: null, cacheWrite5mPicoUsd: null, cacheWrite1hPicoUsd: null }
    const priority = { ...none, outputPicoUsd: 7_200_000, cacheReadPicoUsd: 180_000 }
    expect(await tiersOf('gemini-9-flash')).toEqual([
      { ...none, serviceTier: 'flex', inputPicoUsd: 500_000, outputPicoUsd: 2_000_000, tiers: [] },
      {
        ...{ ...priority, serviceTier: 'priority', inputPicoUsd: 1_800_000 },
        tiers: [{ ...priority, inputTokensAbove: 200_000, inputPicoUsd: 3_600_000 }],
      },
    ])
    const times = (serviceTier: string, tenths: number) => ({
      ...{ ...none, serviceTier, inputPicoUsd: tenths * 400_000, outputPicoUsd: tenths * 2_000_000 },
      ...{ cacheReadPicoUsd: tenths * 20_000, tiers: [] },
    })
    const known = [times('fast', 20), times('us', 11), times('fast.us', 22)]
    expect(await tiersOf('claude-opus-9')).toEqual(known)
    // A file that says nothing of them leaves them as they were, and less than was known is refused.
    const { provider_specific_entry: _factor, ...silent } = file['claude-opus-9']
    const dearer = { 'claude-opus-9': { ...silent, input_cost_per_token: 5e-6 } }
    const quiet = await put(dearer, { name: 'quiet.json', only: ['claude-opus-9'] })
    expect(quiet.body.plan.warnings).toEqual([expect.stringMatching(/of service tiers stay.*claude-opus-9/)])
    const { body } = await at.ask('/api/v1/prices?modelId=claude-opus-9&asOf=2036-01-01')
    expect(body.data).toMatchObject([{ inputPicoUsd: 5_000_000, serviceTiers: known }])
  })

  const wrong: readonly (readonly [string, object, number, RegExp])[] = [
    [
      'a negative price of a service tier',
      { 'gpt-4o': { ...file['gpt-4o'], input_cost_per_token_flex: -1 } },
      400,
      /input_cost_per_token_flex/,
    ],
    [
      'a negative price of anybody',
      { ...file, 'azure/gpt-4o': { litellm_provider: 'azure', input_cost_per_token: -1 } },
      400,
      /azure\/gpt-4o\.input_cost_per_token/,
    ],
    [
      'a price left out',
      { 'gpt-4o': { litellm_provider: 'openai', output_cost_per_token: 1e-5 } },
      409,
      /knows less.*inputPicoUsd/,
    ],
    [
      'US-$ per million in place of per token',
      { 'gpt-4o': { ...file['gpt-4o'], input_cost_per_token: 2.5, output_cost_per_token: 10 } },
      409,
      /20-fold/,
    ],
    [
      'nothing of ours',
      { 'x-1': { litellm_provider: 'openai', input_cost_per_token: 1e-6 } },
      409,
      /none of the/,
    ],
  ]
  test.each(wrong)('%s refuses it whole', async (_name, given, status, words) => {
    const told = await put(given, { name: 'another.json' })
    expect([told.status, told.body.error.message]).toEqual([status, expect.stringMatching(words)])
  })
})

test('an import is one revision with its reason, prices are dated, and the same source may not shrink', async () => {
  const begins = '2026-11-21T06:00:00Z'
  const order = { name: 'LLMModels-prod', effectiveFrom: begins, enable: true }
  const { body } = await put([seedItem, newItem], order)
  expect(body).toMatchObject({ applied: true })
  const { body: revisions } = await at.ask('/api/v1/revisions?limit=1')
  expect(revisions.data).toMatchObject([
    { number: body.revision, reason: 'Import of LLMModels-prod: 1 new, 2 prices.' },
  ])
  expect(await shown('gpt-9')).toMatchObject({
    isAvailable: true,
    inputCostPerMTok: 2,
    model: { contextTokens: 1_000_000 },
  })
  const { body: history } = await at.ask(`/api/v1/prices?modelId=${pro}&region=eu-central-1`)
  expect(history.data.map((row) => (row as unknown as { inputPicoUsd: number }).inputPicoUsd)).toEqual([
    1_050_000, 800_000,
  ])
  expect((await put([seedItem, newItem], { name: 'LLMModels-prod' })).body).toMatchObject({ applied: false })
  const shrunken = await put([seedItem], { name: 'LLMModels-prod' })
  expect([shrunken.status, shrunken.body.error.message]).toEqual([
    409,
    expect.stringMatching(/1 of 2 prices that it gave before.*gpt-9/),
  ])
  expect((await put([seedItem], { name: 'another' })).status).toBe(200)
})

test('a table is not fooled by members that a prototype has', async () => {
  const { status } = await put([{ ...seedItem, provider: 'constructor' }])
  expect(status).toBe(400)
  const polluted = `[{"__proto__": {"input_price": 1}, ${JSON.stringify(seedItem).slice(1)}]`
  const { body } = await dry(polluted, { name: 'LLMModels-prod-2' })
  expect(body.plan.prices).toHaveLength(0)
})
