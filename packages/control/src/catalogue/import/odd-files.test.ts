import { expect, test } from 'vitest'
import { curatedControl } from '../../testing/curated-control.ts'
import { catalogue } from '../../testing/start-control.ts'

const micro = 'eu.amazon.nova-micro-v1:0'

const at = curatedControl()

const entry = catalogue.models.find(({ id }) => id === micro)
const prices = catalogue.prices.filter(({ modelId }) => modelId === micro)
const [price] = prices
const withPrice = (fields: object) => ({
  models: [entry],
  prices: [...prices, { ...price, id: 'later', effectiveFromMs: 1_800_000_000_000, ...fields }],
})
const item = { provider: 'bedrock', model_id: micro, input_price: 0.1, output_price: 0.2 }
/** Deeper than calls can be. */
const deep = `${'{"M":{"a":'.repeat(20_000)}{"S":"x"}${'}}'.repeat(20_000)}`

test.each([
  ['a name with a NUL', { models: [{ ...entry, name: 'a\u0000b' }], prices }, 'models[0].name'],
  ['half of a surrogate pair', { models: [{ ...entry, name: '\ud800' }], prices }, 'models[0].name'],
  ['a region with a NUL', withPrice({ region: 'a\u0000' }), `prices[${prices.length}].region`],
  [
    'a price after all days',
    withPrice({ effectiveFromMs: 8.64e15 + 1 }),
    `prices[${prices.length}].effectiveFromMs`,
  ],
  ['a source of no day', withPrice({ sourceDate: '0000-01-01' }), `prices[${prices.length}].sourceDate`],
  ['a price that would be kept as nothing', [{ ...item, output_price: 0.0000004 }], '[0].output_price'],
  [
    'a public catalogue’s',
    { 'gpt-4o': { litellm_provider: 'openai', input_cost_per_token: 1e-6, output_cost_per_token: 4e-13 } },
    'gpt-4o.output_cost_per_token',
  ],
  ['an item with a NUL', [{ ...item, display_name: 'a\u0000b' }], '[0].display_name'],
])('%s refuses a file whole, and names the place', async (_what, file, field) => {
  const before = at.control.services.state().revision
  for (const query of ['?dryRun=true', '']) {
    const body = { text: JSON.stringify(file), name: 'a-file.json' }
    const answer = await at.ask(`/api/v1/models/import${query}`, { body })
    expect([answer.status, answer.body.error.field]).toEqual([400, field])
  }
  expect(at.control.services.state().revision).toBe(before)
})

test.each(['models', 'agents'])('a file of %s is not too deep to be looked at', async (what) => {
  const text = `[{"model_id":{"S":"no-such"},"agent_name":{"S":"x"},"a":${deep}}]`
  const { status } = await at.ask(`/api/v1/${what}/import?dryRun=true`, {
    body: { text, name: 'a-file.json' },
  })
  expect(status).toBeLessThan(500)
})
