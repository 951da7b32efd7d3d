import { expect, it } from 'vitest'

import type { WriteTarget } from '../dialect.ts'
import { claude, decodeJson, dialects, encodeJson, target } from '../testing/dialects-for-tests.ts'

const { bedrockConverse } = dialects
const nova = target()
const oss = target({ family: 'gpt-oss', format: 'openai', generation: 1 })
const gpt = target({ family: 'gpt', format: 'openai', generation: 6 })
const llama = target({ family: 'llama', format: 'llama', generation: 3 })

const ask = (block: object | null, more: object = {}) =>
  bedrockConverse.scanRequest(
    encodeJson({
      messages: [
        { role: 'user', content: [{ text: 'a' }] },
        { role: 'assistant', content: [...(block === null ? [] : [block]), { text: 'b' }] },
        { role: 'user', content: [{ text: 'c' }] },
      ],
      ...more,
    }),
    false,
  )
const passes = (block: object | null, to: readonly WriteTarget[], more: object = {}) =>
  to.map((one) => bedrockConverse.takesBytes?.(ask(block, more), one))

const signed = { reasoningContent: { reasoningText: { text: 'hm', signature: 's' } } }
const unsigned = { reasoningContent: { reasoningText: { text: 'hm' } } }
const redacted = { reasoningContent: { redactedContent: 'aGk=' } }
const targets = [claude(4.5), nova, oss, gpt, llama]

it('passes no reasoning to a model that refuses it', () => {
  expect(passes(null, targets)).toEqual([true, true, true, true, true])
  expect(passes(signed, targets)).toEqual([true, false, false, false, false])
  expect(passes(redacted, targets)).toEqual([true, false, false, true, false])
  expect(passes(unsigned, targets)).toEqual([false, false, true, false, true])
})

it('passes no wish for reasoning in the words of another model', () => {
  const fields = (members: object) => ({ additionalModelRequestFields: members })
  expect(passes(null, targets, fields({ thinking: { type: 'enabled', budget_tokens: 2_000 } }))).toEqual([
    ...[true, false, false, false, true],
  ])
  expect(passes(null, targets, fields({ reasoningConfig: { type: 'enabled' } }))).toEqual([
    ...[false, true, false, false, true],
  ])
  expect(passes(null, targets, fields({ top_k: 5 }))).toEqual([true, false, true, true, true])
})

it('writes anew what the next model takes, and says what it left out', () => {
  const call = bedrockConverse.readRequest(
    ask(signed, {
      additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 2_000 }, top_k: 5 },
    }),
  )
  const { body, warnings } = bedrockConverse.writeRequest(call, nova)
  expect(decodeJson(body)).toEqual({
    messages: [
      { role: 'user', content: [{ text: 'a' }] },
      { role: 'assistant', content: [{ text: 'b' }] },
      { role: 'user', content: [{ text: 'c' }] },
    ],
    additionalModelRequestFields: { inferenceConfig: { topK: 5 } },
  })
  expect(warnings.map((text) => text.split(':')[0])).toEqual(['reasoning_effort', 'messages'])
})
