import { unknownUsage, type Price } from '@pointsman/contract'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { costOfOthers } from './other-usage.ts'
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

const advised =
  (model: string): Answer =>
  (answer) => {
    answer.writeHead(200, { 'content-type': 'application/json' })
    answer.end(
      JSON.stringify({
        ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'first', stop_reason: 'end_turn' },
        content: [{ type: 'text', text: 'Well.' }],
        usage: {
          ...{ input_tokens: 11, output_tokens: 7 },
          iterations: [{ type: 'advisor_message', model, input_tokens: 1_000, output_tokens: 10 }],
        },
      }),
    )
  }

// US-$ 1 and 4 per million: 39,000 for the answer, 1,040,000 for the advice.
test.each([
  ['second', 0],
  ['unheard-of', 1],
])('what the model %s took within an answer is in its cost', async (model, warned) => {
  rig.upstream.on('first', advised(model))
  const { record } = await rig.run({
    face: 'invoke',
    models: ['first', 'second'],
    model: { format: 'claude' },
  })
  expect(record).toMatchObject({
    costNanoUsd: 1_079_000,
    usage: { inputTokens: 11, outputTokens: 7, others: [{ model }] },
  })
  expect(record.warnings.filter((text) => text.includes(model))).toHaveLength(warned)
  expect(rig.settled.at(-1)).toBe(1_079_000)
})

test.each<[string, Partial<Price>, number, string]>([
  ['that of the model that served stands in', {}, 4_000 + 10_000, 'are reckoned at that of'],
  ['what is known nowhere is told', { cacheReadPicoUsd: null }, 0, 'the cost is without its tokens'],
])('where a rate of the other model is not known, %s', (_what, price, nanoUsd, words) => {
  const snapshot = compiledOf(['first', 'second'], { price: { cacheReadPicoUsd: null } })
  const { plan } = rig.job({ models: ['first'] }, new CollectingClient())
  const [candidate] = plan.candidates
  if (candidate === undefined) throw new Error('there is no candidate')
  const served = { candidate, reason: null, price: { ...priceOf('first'), ...price }, tier: null }
  const usage = { ...unknownUsage, inputTokens: 0, cacheReadTokens: 100, outputTokens: 1 }
  const others = [{ model: 'second', usage }]
  const reckoned = costOfOthers({ ...unknownUsage, others }, served, { snapshot, atMs: 1 })
  expect(reckoned.nanoUsd).toBe(nanoUsd)
  expect(reckoned.warnings).toEqual([expect.stringContaining(words)])
})
