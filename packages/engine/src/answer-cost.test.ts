import { providerId, unknownUsage, type Price } from '@pointsman/contract'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { costOfOthers } from './answer-cost.ts'
import { compiledOf, priceOf } from './testing/catalogue.ts'
import { CollectingClient } from './testing/collecting-client.ts'
import { Rig } from './testing/rig.ts'
import type { Answer } from './testing/scripted-upstream.ts'

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  await rig.upstream.start()
})
afterEach(() => rig.close())

const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'first' }
const answering =
  (usage: object, stop_reason = 'end_turn'): Answer =>
  (answer) => {
    answer.writeHead(200, { 'content-type': 'application/json' })
    const content = stop_reason === 'refusal' ? [] : [{ type: 'text', text: 'Well.' }]
    answer.end(JSON.stringify({ ...message, stop_reason, content, usage }))
  }

const streaming =
  (usage: object, stop_reason = 'end_turn'): Answer =>
  (answer) => {
    answer.writeHead(200, { 'content-type': 'text/event-stream' })
    const written = [
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Well.' } },
      { type: 'content_block_stop', index: 0 },
    ]
    const events = [
      {
        type: 'message_start',
        message: { ...message, content: [], usage: { input_tokens: 9, output_tokens: 1 } },
      },
      ...(stop_reason === 'refusal' ? [] : written),
      { type: 'message_delta', delta: { stop_reason }, usage },
      { type: 'message_stop' },
    ]
    answer.end(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''))
  }

const advised = (model: string): Answer =>
  answering({
    ...{ input_tokens: 11, output_tokens: 7 },
    iterations: [{ type: 'advisor_message', model, input_tokens: 1_000, output_tokens: 10 }],
  })

const claude = {
  face: 'anthropic',
  models: ['first', 'second'],
  model: { provider: providerId('anthropic'), format: 'claude' },
} as const
const fallen = (model: string, outputTokens: number) => ({
  ...{ input_tokens: 11, output_tokens: 7 },
  iterations: [
    { type: 'message', model: 'first', input_tokens: 1_000, output_tokens: outputTokens },
    { type: 'fallback_message', model, input_tokens: 11, output_tokens: 7 },
  ],
})

const answers = [
  { stream: false, tell: answering },
  { stream: true, tell: streaming },
]

test.each(answers)(
  'a model that answers by its vendor’s choice has served, and is billed by its own price; streamed: $stream',
  async ({ stream, tell }) => {
    rig.upstream.on('messages', tell(fallen('second', 0)))
    const { client, record } = await rig.run({ ...claude, stream })
    expect(record).toMatchObject({ modelId: 'second', priceId: 'price-second', costNanoUsd: 39_000 })
    expect(record.attempts.map((attempt) => attempt.modelId)).toEqual(['first'])
    // Who declines before a word is not billed.
    expect(record.usage).toEqual({ ...unknownUsage, inputTokens: 11, outputTokens: 7 })
    expect(record.warnings.at(-1)).toBe('fallbacks: second answered in the place of first')
    expect(rig.settled).toEqual([39_000])
    // Of a stream it is told at the end, long after the head.
    expect(client.header('x-pointsman-model')).toBe(stream ? 'first' : 'second')
  },
)

test.each(answers)(
  'what was written before is billed by the price of who wrote it; streamed: $stream',
  async ({ stream, tell }) => {
    rig.upstream.on('messages', tell(fallen('second', 10)))
    const { record } = await rig.run({ ...claude, stream })
    expect(record).toMatchObject({ modelId: 'second', costNanoUsd: 39_000 + 1_040_000 })
    expect(record.usage.others).toMatchObject([
      { model: 'first', usage: { inputTokens: 1_000, outputTokens: 10 } },
    ])
  },
)

test.each(answers)(
  'the cost of a model that the catalogue does not have is not known; streamed: $stream',
  async ({ stream, tell }) => {
    rig.upstream.on('messages', tell(fallen('unheard-of', 10)))
    const { record } = await rig.run({ ...claude, stream })
    expect(record).toMatchObject({ modelId: 'first', priceId: null, costNanoUsd: null })
    expect(record.warnings.at(-1)).toBe(
      'fallbacks: unheard-of answered in the place of first; its price is not known, and so is the cost',
    )
  },
)

test('another API’s caller is told the model that answered, and what it cost', async () => {
  rig.upstream.on('messages', answering(fallen('second', 10)))
  const { client } = await rig.run({ ...claude, face: 'native' })
  expect(JSON.parse(client.text)).toMatchObject({
    data: { model: 'second', modelName: 'Model second', cost: 0.001079 },
  })
})

// US-$ 1 and 4 per million: 39,000 for the answer, 1,040,000 for the advice.
test.each([
  ['second', 0],
  ['unheard-of', 1],
])('what the model %s took within an answer is in its cost', async (model, warned) => {
  rig.upstream.on('messages', advised(model))
  const { record } = await rig.run(claude)
  expect(record).toMatchObject({
    costNanoUsd: 1_079_000,
    usage: { inputTokens: 11, outputTokens: 7, others: [{ model }] },
  })
  expect(record.warnings.filter((text) => text.includes(model))).toHaveLength(warned)
  expect(rig.settled.at(-1)).toBe(1_079_000)
})

test.each(answers)(
  'what Claude declines before a word is not billed by its own API; streamed: $stream',
  async ({ stream, tell }) => {
    const run = async (outputTokens: number, stopReason: string) => {
      rig.upstream.on('messages', tell({ input_tokens: 1_000, output_tokens: outputTokens }, stopReason))
      return (await rig.run({ ...claude, stream })).record
    }
    const declined = await run(0, 'refusal')
    expect(declined).toMatchObject({
      outcome: 'ok',
      finish: 'refusal',
      costNanoUsd: 0,
      priceId: 'price-first',
    })
    expect(declined.usage).toMatchObject({ inputTokens: 1_000, outputTokens: 0 })
    expect((await run(1, 'refusal')).costNanoUsd).toBe(1_004_000)
    expect((await run(0, 'end_turn')).costNanoUsd).toBe(1_000_000)
    expect(rig.settled).toEqual([0, 1_004_000, 1_000_000])
  },
)

test('another vendor bills what its Claude declines', async () => {
  rig.upstream.on('first', answering({ input_tokens: 1_000, output_tokens: 0 }, 'refusal'))
  const { record } = await rig.run({ face: 'invoke', models: ['first'], model: { format: 'claude' } })
  expect(record).toMatchObject({ finish: 'refusal', costNanoUsd: 1_000_000 })
})

test('another API’s caller is told that what was declined cost nothing', async () => {
  rig.upstream.on('messages', answering({ input_tokens: 1_000, output_tokens: 0 }, 'refusal'))
  const { client } = await rig.run({ ...claude, face: 'native' })
  expect(JSON.parse(client.text)).toMatchObject({ data: { finishReason: 'refusal', cost: 0 } })
})

test.each(answers)(
  'the rates of a long input hold for each call by itself; streamed: $stream',
  async ({ stream, tell }) => {
    const step = (input_tokens: number) => ({
      type: 'message',
      model: 'first',
      input_tokens,
      output_tokens: 1,
    })
    const usage = { input_tokens: 150, output_tokens: 3, iterations: [step(40), step(50), step(60)] }
    rig.upstream.on('messages', tell(usage))
    const { id: _, modelId: _model, ...rates } = priceOf('first')
    const long = { ...rates, inputPicoUsd: 9_000_000, inputTokensAbove: 100 }
    const { record } = await rig.run({ ...claude, stream, price: { tiers: [long] } })
    expect(record.costNanoUsd).toBe(150_000 + 3 * 4_000)
    expect(record.usage).toEqual({ ...unknownUsage, inputTokens: 150, outputTokens: 3 })
  },
)

test.each<[string, Partial<Price>, number, string]>([
  ['that of the model that served stands in', {}, 4_000 + 10_000, 'are reckoned at that of'],
  ['what is known nowhere is told', { cacheReadPicoUsd: null }, 0, 'the cost is without its tokens'],
])('where a rate of the other model is not known, %s', (_what, price, nanoUsd, words) => {
  const snapshot = compiledOf(['first', 'second'], { price: { cacheReadPicoUsd: null } })
  const { plan } = rig.job({ models: ['first'] }, new CollectingClient())
  const [candidate] = plan.candidates
  if (candidate === undefined) throw new Error('there is no candidate')
  const served = {
    candidate,
    modelId: candidate.modelId,
    provider: {},
    reason: null,
    price: { ...priceOf('first'), ...price },
    tier: null,
  }
  const usage = { ...unknownUsage, inputTokens: 0, cacheReadTokens: 100, outputTokens: 1 }
  const others = [{ model: 'second', usage }]
  const reckoned = costOfOthers({ ...unknownUsage, others }, served, { snapshot, atMs: 1 })
  expect(reckoned.nanoUsd).toBe(nanoUsd)
  expect(reckoned.warnings).toEqual([expect.stringContaining(words)])
})

const openai = {
  face: 'openai',
  models: ['first'],
  model: { provider: providerId('openai'), format: 'openai' },
} as const
const rates = {
  ...{ inputPicoUsd: 2_000_000, outputPicoUsd: 8_000_000, cacheReadPicoUsd: null },
  ...{ cacheWrite5mPicoUsd: null, cacheWrite1hPicoUsd: null },
}

test.each([
  { rate: null, tier: 'default', cost: 1_000 * 1_000 + 10 * 4_000 },
  { rate: 1_250_000, tier: 'default', cost: 200 * 1_000 + 800 * 1_250 + 10 * 4_000 },
  { rate: null, tier: 'flex', cost: 1_000 * 2_000 + 10 * 8_000 },
  // The standard rates: what the tier asks for writes is not known.
  { rate: 1_250_000, tier: 'flex', cost: 200 * 1_000 + 800 * 1_250 + 10 * 4_000 },
])(
  'what OpenAI writes to its cache costs $cost at the rate $rate, tier $tier',
  async ({ cost, rate, tier }) => {
    rig.upstream.on('completions', (answer) => {
      answer.writeHead(200, { 'content-type': 'application/json' })
      const choices = [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Well.' } }]
      const usage = {
        ...{ prompt_tokens: 1_000, completion_tokens: 10 },
        prompt_tokens_details: { cache_write_tokens: 800 },
      }
      answer.end(JSON.stringify({ choices, usage, service_tier: tier }))
    })
    const flex = { serviceTier: 'flex', tiers: [], ...rates }
    const { record } = await rig.run({
      ...openai,
      price: { cacheWrite5mPicoUsd: rate, serviceTiers: [flex] },
    })
    expect(record.costNanoUsd).toBe(cost)
    expect(record.usage).toMatchObject({ inputTokens: 200, cacheWrite5mTokens: 800 })
  },
)

test.each(answers)(
  'what the vendor bills by the call is told, and nothing of it is in the record’s tokens; streamed: $stream',
  async ({ stream, tell }) => {
    const usage = { input_tokens: 11, output_tokens: 7, server_tool_use: { web_search_requests: 2 } }
    rig.upstream.on('messages', tell(usage))
    const { client, record } = await rig.run({ ...claude, stream })
    expect(record.costNanoUsd).toBe(39_000)
    expect(record.usage).toEqual({ ...unknownUsage, inputTokens: 11, outputTokens: 7 })
    expect(record.warnings.at(-1)).toContain('web_search (2) may be billed beside the tokens')
    if (!stream) expect(client.header('x-pointsman-warnings')).toContain('web_search (2)')
  },
)

const inUs = {
  ...{ serviceTier: 'us', inputPicoUsd: 1_100_000, outputPicoUsd: 4_400_000, tiers: [] },
  ...{ cacheReadPicoUsd: null, cacheWrite5mPicoUsd: null, cacheWrite1hPicoUsd: null },
}
const placed = { ...fallen('second', 10), inference_geo: 'us' }
const advisedInUs = {
  ...{ input_tokens: 11, output_tokens: 7, inference_geo: 'us' },
  iterations: [{ type: 'advisor_message', model: 'second', input_tokens: 1_000, output_tokens: 10 }],
}

test.each([
  { usage: placed, how: 'declined', cost: 42_900 + 1_144_000 },
  { usage: advisedInUs, how: 'advised', cost: 42_900 + 1_144_000 },
  // A speed is of one model.
  { usage: { ...advisedInUs, speed: 'fast' }, how: 'advised a fast one', cost: 39_000 + 1_144_000 },
  { usage: { ...advisedInUs, inference_geo: 'global' }, how: 'advised anywhere', cost: 39_000 + 1_040_000 },
])('who $how within an answer is billed by the place where it ran', async ({ cost, usage }) => {
  rig.upstream.on('messages', answering(usage))
  const { record } = await rig.run({ ...claude, price: { serviceTiers: [inUs] } })
  expect(record.costNanoUsd).toBe(cost)
  expect(record.usage).not.toHaveProperty('othersTier')
})
