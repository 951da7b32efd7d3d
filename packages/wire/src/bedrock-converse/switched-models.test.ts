import { expect, it } from 'vitest'

import type { WriteTarget } from '../dialect.ts'
import { claude, decodeJson, dialects, encodeJson, target } from '../testing/dialects-for-tests.ts'

const { bedrockConverse } = dialects
const nova = target()
const nova2 = target({ generation: 2, abilities: { reasoning: true } })
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
    ...[false, false, false, false, true],
  ])
  expect(passes(null, [nova2], fields({ reasoningConfig: { type: 'enabled' } }))).toEqual([true])
  expect(passes(null, targets, fields({ reasoning_effort: 'low' }))).toEqual([
    false,
    false,
    true,
    false,
    true,
  ])
  expect(passes(null, targets, fields({ anthropic_beta: ['b'] }))).toEqual([true, false, false, false, false])
  expect(passes(null, targets, fields({ top_k: 5 }))).toEqual([true, false, true, true, true])
})

it('passes no wish for thoughts to Claude where those of the turn that is answered are missing', () => {
  const call = { toolUse: { toolUseId: 'a', name: 'f', input: {} } }
  const result = { toolResult: { toolUseId: 'a', content: [{ text: 'r' }] } }
  const answered = (...content: object[]) =>
    bedrockConverse.scanRequest(
      encodeJson({
        messages: [
          { role: 'user', content: [{ text: 'a' }] },
          { role: 'assistant', content },
          { role: 'user', content: [result] },
        ],
        additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 2_000 } },
      }),
      false,
    )
  expect(bedrockConverse.takesBytes?.(answered(call), claude(4.5))).toBe(false)
  expect(bedrockConverse.takesBytes?.(answered(signed, call), claude(4.5))).toBe(true)
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

it('asks no model in the words of another one, nor a generation that has none', () => {
  const write = (fields: object, to: WriteTarget) => {
    const call = bedrockConverse.readRequest(ask(null, { additionalModelRequestFields: fields }))
    const { body, warnings } = bedrockConverse.writeRequest(call, to)
    const { additionalModelRequestFields: written } = decodeJson(body) as Record<string, unknown>
    return [written, warnings.map((text) => text.split(':')[0])]
  }
  const shown = { thinking: { type: 'adaptive', display: 'summarized' } }
  expect(write(shown, claude(4.7))).toEqual([shown, []])
  expect(write(shown, nova2)).toEqual([
    { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'medium' } },
    [],
  ])
  expect(write({ reasoningConfig: { type: 'enabled', maxReasoningEffort: 'low' } }, nova)).toEqual([
    undefined,
    ['reasoning_effort'],
  ])
  const betas = { anthropic_beta: ['b'] }
  expect(write(betas, claude(4.5))).toEqual([betas, []])
  expect(write(betas, nova)).toEqual([undefined, ['additionalModelRequestFields.anthropic_beta']])
  const bound = { thinking: { type: 'adaptive', block_binding: {} } }
  expect(write(bound, nova)).toEqual([undefined, ['additionalModelRequestFields.thinking']])
})
