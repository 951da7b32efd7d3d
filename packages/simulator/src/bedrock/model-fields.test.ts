import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Simulator } from '../simulator.ts'
import { post, said, startForTest } from '../testing/clients.ts'
import { claude, micro, novaPro, sampleModels } from '../testing/sample-models.ts'

let simulator: Simulator

beforeAll(async () => {
  const [any] = sampleModels
  if (any === undefined) throw new Error('no sample')
  const gpt = { ...any, format: 'openai', baseModelId: null, sourceRegions: [] }
  simulator = await startForTest({
    models: [
      ...sampleModels,
      { ...gpt, id: 'openai.gpt-oss', generation: 1 },
      { ...gpt, id: 'openai.gpt-6', generation: 6 },
      { ...gpt, id: 'deepseek.r1', format: 'deepseek', generation: 1 },
      { ...gpt, id: 'deepseek.v3', format: 'deepseek', generation: 3.2 },
      { ...gpt, id: 'qwen.qwen3', format: 'qwen' },
    ],
  })
})
afterAll(() => simulator.close())

interface Answer {
  readonly message?: string
  readonly output?: { readonly message: { readonly content: readonly object[] } }
}

/** The kinds of an answer's blocks, or the words of the refusal. */
async function told(model: string, fields: unknown, inferenceConfig: object = {}): Promise<string> {
  const body = { messages: said('Hi'), additionalModelRequestFields: fields, inferenceConfig }
  const answer = await post(simulator, `/model/${model}/converse`, body)
  const { message, output } = (await answer.json()) as Answer
  expect(answer.status).toBe(message === undefined ? 200 : 400)
  return message ?? output?.message.content.flatMap((block) => Object.keys(block)).join() ?? ''
}

const thinks = 'reasoningContent,text'
const extraneous = (name: string): string =>
  `Malformed input request: ${name} is not permitted, please reformat your input and try again.`

const nova = { type: 'enabled', maxReasoningEffort: 'high' }

test.each([
  [novaPro, { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'low' } }, thinks],
  [novaPro, { reasoningConfig: nova }, thinks],
  [novaPro, { reasoningConfig: { type: 'disabled' } }, 'text'],
  [novaPro, { inferenceConfig: { topK: 20 } }, 'text'],
  [novaPro, { top_k: 20 }, extraneous('#: extraneous key [top_k]')],
  [novaPro, { inferenceConfig: { top: 1 } }, extraneous('#/inferenceConfig: extraneous key [top]')],
  [novaPro, { foo: 1 }, extraneous('#: extraneous key [foo]')],
  [novaPro, { thinking: { type: 'adaptive' } }, extraneous('#: extraneous key [thinking]')],
  [micro, { reasoningConfig: nova }, extraneous('#: extraneous key [reasoningConfig]')],
  [claude, { foo: 1 }, 'The model returned the following errors: foo: Extra inputs are not permitted'],
  [claude, { top_k: 5, anthropic_beta: ['x'] }, 'text'],
  [claude, { thinking: { type: 'adaptive' } }, thinks],
  ['openai.gpt-oss', { reasoning_effort: 'low' }, thinks],
  ['openai.gpt-oss', {}, thinks],
  ['deepseek.r1', {}, thinks],
  ['deepseek.v3', {}, 'text'],
  ['openai.gpt-6', {}, 'text'],
  ['openai.gpt-6', { reasoning: { effort: 'low' } }, thinks],
  ['openai.gpt-6', { reasoning: { effort: 'none' } }, 'text'],
  ['qwen.qwen3', { thinking: { type: 'enabled', budget_tokens: 2_000 }, foo: 1 }, 'text'],
])('%s: %j', async (model, fields, expected) => {
  expect(await told(model, fields)).toBe(expected)
})

test("Nova's highest effort takes no limits beside it", async () => {
  expect(await told(novaPro, { reasoningConfig: nova }, { maxTokens: 100 })).toMatch(/must be unset/)
  const body = { messages: said('Hi'), inferenceConfig: { temperature: 0.5 }, reasoningConfig: nova }
  expect((await post(simulator, `/model/${novaPro}/invoke`, body)).status).toBe(400)
})

test('the schema of an answer is asked for in the words of Claude by Claude alone', async () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false }
  const fields = { output_config: { format: { type: 'json_schema', schema } } }
  expect(await told(claude, fields)).toBe('text')
  expect(await told(claude, { output_config: { effort: 'huge' } })).toMatch(/^The model returned .*effort/)
  expect(await told(novaPro, fields)).toMatch(/extraneous key \[output_config\]/)
})
