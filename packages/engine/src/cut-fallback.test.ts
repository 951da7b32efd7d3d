import { providerId } from '@pointsman/contract'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Rig } from './testing/rig.ts'
import type { Answer } from './testing/scripted-upstream.ts'

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  await rig.upstream.start()
})
afterEach(() => rig.close())

const start = {
  type: 'message_start',
  message: { content: [], usage: { input_tokens: 1_000, output_tokens: 1 } },
}
const wrote = (index: number, text: string) => [
  { type: 'content_block_start', index, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index, delta: { type: 'text_delta', text } },
  { type: 'content_block_stop', index },
]
const handOver = (index: number, from = 'first', to = 'second') => [
  {
    ...{ type: 'content_block_start', index },
    content_block: { type: 'fallback', from: { model: from }, to: { model: to } },
  },
  { type: 'content_block_stop', index },
]

/** These events, and no end. */
const cut =
  (...events: readonly { readonly type: string }[]): Answer =>
  (answer) => {
    answer.writeHead(200, { 'content-type': 'text/event-stream' })
    answer.end(events.map((one) => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`).join(''))
  }

const claude = {
  models: ['first', 'second', 'third'],
  candidates: ['first'],
  model: { provider: providerId('anthropic'), format: 'claude' },
  stream: true,
} as const

// 12 characters are three tokens.
const declined = {
  how: 'that declined before a word',
  events: [start, ...handOver(0), ...wrote(1, 'Well, I say.')],
  ...{ cost: 1_000_000 + 12_000, others: [] },
}
const wroteBefore = {
  how: 'that wrote before',
  events: [start, ...wrote(0, 'Well, '), ...handOver(1), ...wrote(2, 'I say.')],
  ...{ cost: 2 * 1_000_000 + 12_000, others: [{ model: 'first', usage: { inputTokens: 1_000 } }] },
}

for (const face of ['anthropic', 'openai'] as const)
  test.each([declined, wroteBefore])(
    `a stream cut after a fallback from a model $how is of the other one; face: ${face}`,
    async ({ cost, events, others }) => {
      rig.upstream.on('messages', cut(...events))
      const { record } = await rig.run({ ...claude, face })
      expect(record).toMatchObject({
        ...{ outcome: 'partial', usageEstimated: true, costNanoUsd: cost },
        ...{ modelId: 'second', priceId: 'price-second' },
        usage: { inputTokens: 1_000, outputTokens: 3 },
      })
      expect(record.usage.others ?? []).toMatchObject(others)
    },
  )

const secondWroteToo = {
  how: 'who all wrote',
  events: [
    ...[start, ...wrote(0, 'Well, '), ...handOver(1), ...wrote(2, 'I ')],
    ...[...handOver(3, 'second', 'third'), ...wrote(4, 'say.')],
  ],
  ...{ cost: 3 * 1_000_000 + 12_000, billed: ['first', 'second'] },
}
const secondDeclined = {
  how: 'of whom the second declined before a word',
  events: [
    ...[start, ...wrote(0, 'Well, '), ...handOver(1)],
    ...[...handOver(2, 'second', 'third'), ...wrote(3, 'I say.')],
  ],
  ...{ cost: 2 * 1_000_000 + 12_000, billed: ['first'] },
}

for (const face of ['anthropic', 'openai'] as const)
  test.each([secondWroteToo, secondDeclined])(
    `a stream cut after two fallbacks is billed by all $how; face: ${face}`,
    async ({ billed, cost, events }) => {
      rig.upstream.on('messages', cut(...events))
      const { record } = await rig.run({ ...claude, face })
      expect(record).toMatchObject({ outcome: 'partial', modelId: 'third', costNanoUsd: cost })
      expect(record.usage.others).toMatchObject(
        billed.map((model) => ({ model, usage: { inputTokens: 1_000, outputTokens: 0 } })),
      )
    },
  )
