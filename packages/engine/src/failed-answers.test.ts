import { providerId } from '@pointsman/contract'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Rig } from './testing/rig.ts'
import type { Answer } from './testing/scripted-upstream.ts'

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  await rig.upstream.start()
  rig.baseUrl = `${rig.upstream.url}/v1`
})
afterEach(() => rig.close())

const usage = { input_tokens: 100, output_tokens: 50 }
const failed = {
  ...{ id: 'resp_1', object: 'response', status: 'failed', output: [], usage, service_tier: 'priority' },
  error: { code: 'server_error', message: 'The model broke.' },
}
const answered = {
  ...{ id: 'resp_2', object: 'response', status: 'completed', error: null },
  output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Well.' }] }],
  usage: { input_tokens: 11, output_tokens: 7 },
}

const openai = {
  face: 'responses',
  model: { provider: providerId('openai'), format: 'openai' },
  price: {
    serviceTiers: [
      {
        ...{ serviceTier: 'priority', inputPicoUsd: 2_000_000, outputPicoUsd: 8_000_000, tiers: [] },
        ...{ cacheReadPicoUsd: null, cacheWrite5mPicoUsd: null, cacheWrite1hPicoUsd: null },
      },
    ],
  },
} as const
// 100 tokens in at US-$ 2 and 50 out at 8 per million.
const failureCost = 600_000
const answerCost = 39_000

const whole = (response: object): Answer => {
  const text = JSON.stringify(response)
  return (answer) => {
    answer.writeHead(200, { 'content-type': 'application/json' })
    answer.end(text)
  }
}

const delta = { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'Well.' }
const streamed = (...events: readonly object[]): Answer => {
  const text = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
  return (answer) => {
    answer.writeHead(200, { 'content-type': 'text/event-stream' })
    answer.end(text)
  }
}
const failure = { type: 'response.failed', response: failed }

/** The first model's answer is the first of the two, whichever has been asked. */
function onModels(first: Answer, second: Answer): void {
  rig.upstream.on('responses', (answer, call) =>
    (call.body.includes('"first"') ? first : second)(answer, call),
  )
}

test.each([
  { stream: false, first: whole(failed), second: whole(answered) },
  {
    stream: true,
    first: streamed(failure),
    second: streamed(delta, { type: 'response.completed', response: answered }),
  },
])(
  'what a failed answer tells of its tokens is billed beside the next one’s; streamed: $stream',
  async (one) => {
    onModels(one.first, one.second)
    const { record } = await rig.run({ ...openai, stream: one.stream })
    expect(record).toMatchObject({ outcome: 'ok', modelId: 'second', costNanoUsd: answerCost + failureCost })
    expect(record.usage).toMatchObject({ inputTokens: 11, outputTokens: 7 })
    expect(record.usage.others).toMatchObject([
      { model: 'first', usage: { inputTokens: 100, outputTokens: 50 } },
    ])
    expect(record.warnings.at(-1)).toContain(
      'an answer of first could not be given and is billed all the same',
    )
    expect(rig.settled).toEqual([answerCost + failureCost])
  },
)

test.each([
  { stream: false, first: whole(failed) },
  { stream: true, first: streamed(failure) },
])(
  'where nobody else answers it is all that the request cost; streamed: $stream',
  async ({ stream, first }) => {
    rig.upstream.on('responses', first)
    const { record } = await rig.run({ ...openai, models: ['first'], stream })
    expect(record).toMatchObject({ outcome: 'failed', modelId: null, costNanoUsd: failureCost })
  },
)

test('an answer that came whole and cannot be read is billed by what it tells', async () => {
  const output = [{ type: 'function_call', call_id: 'call_1', arguments: '{}' }]
  onModels(whole({ ...failed, error: null, status: 'completed', output }), whole(answered))
  const { record } = await rig.run(openai)
  expect(record).toMatchObject({ outcome: 'ok', modelId: 'second', costNanoUsd: answerCost + failureCost })
  expect(record.attempts[0]?.error).toMatchObject({ code: 'upstream_broken' })
  expect(record.usage.others).toMatchObject([{ model: 'first', usage: { inputTokens: 100 } }])
})

test('of an error without an end, told as an answer, only its beginning is told on', async () => {
  const error = { code: 'server_error', message: 'model '.repeat(20_000) }
  rig.upstream.on('responses', whole({ ...failed, error }))
  const { client } = await rig.run({ ...openai, models: ['first'] })
  expect(client.text.length).toBeLessThan(2_500)
  expect(client.text).toContain('model model')
})

// Tools beside reasoning are written to Responses alone.
const askingWithTools = {
  ...{ model: 'use-case/clinical', max_tokens: 100, stream: true },
  messages: [{ role: 'user', content: 'How are you?' }],
  tools: [{ name: 'look_up', input_schema: { type: 'object', properties: {} } }],
}

test.each([
  { face: 'responses', asked: {} },
  { face: 'anthropic', asked: { body: askingWithTools } },
] as const)(
  'a stream that fails in its midst and tells its tokens is not estimated; face: $face',
  async ({ face, asked }) => {
    rig.upstream.on('responses', streamed(delta, failure))
    const model = { ...openai.model, generation: 6 }
    const { record } = await rig.run({ ...openai, ...asked, face, model, stream: true })
    expect(record).toMatchObject({
      ...{ outcome: 'partial', usageEstimated: false, costNanoUsd: failureCost, serviceTier: 'priority' },
      usage: { inputTokens: 100, outputTokens: 50 },
    })
  },
)
