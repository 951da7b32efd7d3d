import type { ChatCall } from '@pointsman/contract'
import { expect, it } from 'vitest'

import type { WriteTarget } from '../dialect.ts'
import {
  anthropicCall,
  converseCall,
  openaiCall,
  user,
  writeAnthropic,
  writeConverse,
} from '../testing/calls.ts'
import { claude, target } from '../testing/dialects-for-tests.ts'

const openai = openaiCall
const converse = (additionalModelRequestFields: object): ChatCall =>
  converseCall({ additionalModelRequestFields })
const write = (call: ChatCall, to: WriteTarget) => {
  const { body, warnings } = writeConverse(call, to)
  return { fields: body['additionalModelRequestFields'], config: body['inferenceConfig'], warnings }
}
const nova2 = target({ generation: 2, abilities: { reasoning: true } })
const gptOss = target({ format: 'openai', generation: 1, abilities: { reasoning: true } })
const gpt6 = target({ format: 'openai', generation: 6, abilities: { reasoning: true } })

it('sends no sampling to models that refuse it, and warns only where it matters', () => {
  for (const to of [claude(4.7, 'opus'), claude(5), claude(5.5), claude(5.2, 'fable')]) {
    const { config, warnings } = write(openai({ temperature: 0.2, top_p: 0.9, max_tokens: 5 }), to)
    expect(config).toEqual({ maxTokens: 5 })
    expect(warnings.map((warning) => warning.split(':')[0])).toEqual(['temperature', 'top_p'])
    expect(write(openai({ temperature: 1, top_p: 1 }), to)).toMatchObject({ warnings: [] })
  }
  expect(write(openai({ temperature: 0.2 }), claude(4.6)).config).toEqual({ temperature: 0.2 })
})

it('sends temperature or top_p, not both, where a model refuses both', () => {
  const both = openai({ temperature: 0.2, top_p: 0.9 })
  expect(write(both, claude(4.5))).toMatchObject({
    config: { temperature: 0.2 },
    warnings: [expect.stringMatching(/^top_p/)],
  })
  expect(write(openai({ top_p: 0.9 }), claude(4.5)).config).toEqual({ topP: 0.9 })
  expect(write(both, claude(3.5)).config).toEqual({ temperature: 0.2, topP: 0.9 })
  expect(write(both, target()).config).toEqual({ temperature: 0.2, topP: 0.9 })
})

it('puts top_k where the model wants it', () => {
  const call = converse({ top_k: 7 })
  expect(write(call, claude(4.6)).fields).toEqual({ top_k: 7 })
  expect(write(call, target()).fields).toEqual({ inferenceConfig: { topK: 7 } })
  expect(write(converse({ inferenceConfig: { topK: 7 } }), claude(4.6)).fields).toEqual({ top_k: 7 })
  expect(write(call, target({ format: 'llama' })).warnings[0]).toMatch(/^top_k/)
})

it('asks each model for reasoning in its own words', () => {
  const effort = (reasoning_effort: string) => openai({ reasoning_effort })
  expect(write(effort('high'), claude(4.5)).fields).toEqual({
    thinking: { type: 'enabled', budget_tokens: 16_384 },
  })
  expect(write(effort('high'), claude(4.6)).fields).toEqual({
    thinking: { type: 'adaptive' },
    output_config: { effort: 'high' },
  })
  expect(write(effort('minimal'), claude(5.5)).fields).toEqual({
    thinking: { type: 'adaptive' },
    output_config: { effort: 'low' },
  })
  const summarized = { type: 'adaptive', display: 'summarized' }
  expect(write(anthropicCall({ thinking: summarized }), claude(5.5)).fields).toEqual({ thinking: summarized })
  expect(write(effort('medium'), nova2).fields).toEqual({
    reasoningConfig: { type: 'enabled', maxReasoningEffort: 'medium' },
  })
  expect(write(effort('xhigh'), nova2).fields).toEqual({
    reasoningConfig: { type: 'enabled', maxReasoningEffort: 'high' },
  })
  expect(write(effort('low'), gptOss).fields).toEqual({ reasoning_effort: 'low' })
  expect(write(effort('low'), gpt6).fields).toEqual({ reasoning: { effort: 'low' } })
  expect(write(effort('low'), target())).toMatchObject({
    fields: undefined,
    warnings: [expect.stringMatching(/^reasoning_effort/)],
  })
  expect(
    write(effort('low'), target({ format: 'qwen', abilities: { reasoning: true } })).warnings,
  ).toHaveLength(1)
})

it('says which effort it asked for where the model has not the one that was wished', () => {
  const effort = (reasoning_effort: string) => openai({ reasoning_effort })
  const told = (word: string) => [`reasoning_effort: this model has no such effort; ${word} was asked for`]
  expect(write(effort('minimal'), claude(5.5)).warnings).toEqual(told('low'))
  for (const to of [nova2, gptOss]) {
    expect(write(effort('max'), to).warnings).toEqual(told('high'))
    expect(write(effort('minimal'), to).warnings).toEqual(told('low'))
  }
  expect(write(effort('minimal'), gpt6).warnings).toEqual(told('low'))
  expect(write(effort('bogus'), claude(5.5)).fields).toEqual({ thinking: { type: 'adaptive' } })
  expect(write(effort('bogus'), nova2).fields).toEqual({
    reasoningConfig: { type: 'enabled', maxReasoningEffort: 'medium' },
  })
  for (const to of [claude(4.5), claude(5.5), nova2]) {
    expect(write(effort('bogus'), to).warnings).toEqual([
      expect.stringMatching(/^reasoning_effort: this model knows the efforts .*; it was left out/),
    ])
  }
})

it('asks for no thinking by a budget where the caller began the answer without a thought', () => {
  const begun = (...parts: readonly object[]) =>
    anthropicCall({
      messages: [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: [...parts, { type: 'text', text: 'b' }] },
      ],
      thinking: { type: 'enabled', budget_tokens: 2_000 },
      max_tokens: 5_000,
    })
  expect(write(begun(), claude(4.5))).toMatchObject({
    fields: undefined,
    warnings: ['reasoning_effort: left out: this model does not think where the caller began its answer'],
  })
  const thought = { type: 'thinking', thinking: 'hm', signature: 'EqQB' }
  expect(write(begun(thought), claude(4.5))).toMatchObject({
    fields: { thinking: { type: 'enabled', budget_tokens: 2_000 } },
    warnings: [],
  })
})

it('asks for no reasoning where that can be said', () => {
  const none = openai({ reasoning_effort: 'none' })
  for (const to of [claude(4.5), claude(4.6), nova2, target()]) {
    expect(write(none, to)).toMatchObject({ fields: undefined, warnings: [] })
  }
  expect(write(none, gpt6).fields).toEqual({ reasoning: { effort: 'none' } })
  expect(write(none, claude(5))).toMatchObject({ fields: { thinking: { type: 'disabled' } }, warnings: [] })
  expect(write(none, claude(5.5, 'haiku'))).toMatchObject({
    fields: { thinking: { type: 'disabled' } },
    warnings: [],
  })
  expect(write(none, claude(5.5))).toMatchObject({
    fields: { thinking: { type: 'between_tools' } },
    warnings: [expect.any(String)],
  })
  expect(write(none, claude(5.5, 'opus'))).toMatchObject({
    fields: { output_config: { effort: 'low' } },
    warnings: [expect.any(String)],
  })
})

it('gives a budget to models that take one, and says so where they do not', () => {
  const budget = converse({ thinking: { type: 'enabled', budget_tokens: 5_000 } })
  expect(write(budget, claude(4.5)).fields).toEqual({ thinking: { type: 'enabled', budget_tokens: 5_000 } })
  expect(write(budget, claude(5))).toMatchObject({
    fields: { thinking: { type: 'adaptive' } },
    warnings: [expect.any(String)],
  })
})

it('keeps a budget below the limit of the answer, or leaves thinking out', () => {
  expect(write(openai({ reasoning_effort: 'high', max_tokens: 2_000 }), claude(4.5)).fields).toEqual({
    thinking: { type: 'enabled', budget_tokens: 1_999 },
  })
  expect(write(openai({ reasoning_effort: 'high', max_tokens: 500 }), claude(4.5))).toMatchObject({
    fields: undefined,
    warnings: [expect.stringContaining('no room')],
  })
})

it("keeps a budget below the limit that is sent, and below the model's own where none is", () => {
  const opus = target({
    format: 'claude',
    generation: 4.1,
    maxOutputTokens: 32_000,
    abilities: { reasoning: true },
  })
  const asked = converseCall({
    inferenceConfig: { maxTokens: 40_000 },
    additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 32_000 } },
  })
  const thinking = { type: 'enabled', budget_tokens: 31_999 }
  expect(write(asked, opus)).toMatchObject({ fields: { thinking }, config: { maxTokens: 32_000 } })
  const unlimited = write(openai({ reasoning_effort: 'xhigh' }), opus)
  expect(unlimited).toMatchObject({ fields: { thinking }, config: undefined })
})

it('asks for the highest effort below xhigh where a model has none', () => {
  const asked = openai({ reasoning_effort: 'xhigh' })
  expect(write(asked, claude(4.6))).toMatchObject({
    fields: { output_config: { effort: 'high' } },
    warnings: [expect.stringMatching(/^reasoning_effort: .*xhigh/)],
  })
  expect(write(asked, claude(4.7))).toMatchObject({
    fields: { output_config: { effort: 'xhigh' } },
    warnings: [],
  })
  expect(writeAnthropic(asked, claude(4.6)).body['output_config']).toEqual({ effort: 'high' })
})

it('looks for the thinking of a tool turn over all that the user said since', () => {
  const use = { type: 'tool_use', id: 'a', name: 'f', input: {} }
  const thought = { type: 'thinking', thinking: 'hm', signature: 'EqQB' }
  const later = [
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: 'x' }] },
    { role: 'user', content: 'and?' },
  ]
  const asked = (...said: object[]): ChatCall =>
    anthropicCall({
      max_tokens: 9_000,
      thinking: { type: 'enabled', budget_tokens: 2_000 },
      messages: [user, ...said.map((content) => ({ role: 'assistant', content: [content] })), ...later],
    })
  expect(write(asked(use), claude(4.5)).fields).toEqual({ tool_choice: { type: 'none' } })
  expect(write(asked(thought, use), claude(4.5)).fields).toMatchObject({ thinking: { type: 'enabled' } })
})

it('leaves out what may not stand beside thinking', () => {
  expect(write(openai({ reasoning_effort: 'low', temperature: 0.2 }), claude(4.5))).toMatchObject({
    config: undefined,
    warnings: [expect.stringMatching(/^temperature/)],
  })
  expect(write(openai({ reasoning_effort: 'high', temperature: 0.2 }), nova2)).toMatchObject({
    fields: { reasoningConfig: { maxReasoningEffort: 'high' } },
    config: undefined,
    warnings: [expect.stringMatching(/^temperature/)],
  })
  expect(write(openai({ reasoning_effort: 'high', max_tokens: 9 }), nova2)).toMatchObject({
    fields: { reasoningConfig: { maxReasoningEffort: 'medium' } },
    config: { maxTokens: 9 },
    warnings: [expect.stringMatching(/^reasoning_effort/)],
  })
  const tools = [{ type: 'function', function: { name: 'f' } }]
  const forced = openai({ reasoning_effort: 'low', tools, tool_choice: 'required' })
  expect(write(forced, claude(4.5)).fields).toBeUndefined()
  expect(write(forced, claude(4.6)).fields).toEqual({ output_config: { effort: 'low' } })
  const afterTool = openai({
    reasoning_effort: 'low',
    messages: [
      user,
      {
        role: 'assistant',
        tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'a', content: 'x' },
    ],
  })
  // Without its thinking; and without a leave to call what it is not offered.
  expect(write(afterTool, claude(4.5)).fields).toEqual({ tool_choice: { type: 'none' } })
})

it('switches parallel calls off where a model has the switch', () => {
  const tools = [{ type: 'function', function: { name: 'f' } }]
  const serial = openai({ tools, parallel_tool_calls: false })
  expect(write(serial, claude(4.6)).fields).toEqual({
    tool_choice: { type: 'auto', disable_parallel_tool_use: true },
  })
  expect(write(serial, target()).warnings[0]).toMatch(/^parallel_tool_calls/)
  expect(
    write(openai({ tools, parallel_tool_calls: false, tool_choice: 'required' }), claude(4.6)),
  ).toMatchObject({
    fields: { tool_choice: { type: 'any', disable_parallel_tool_use: true } },
    warnings: [],
  })
  expect(write(openai({ tools, parallel_tool_calls: true }), target()).warnings).toEqual([])
})

it('keeps the fields of a caller that only one model understands', () => {
  expect(write(converse({ anthropic_beta: ['x'], top_k: 3 }), claude(4.6)).fields).toEqual({
    anthropic_beta: ['x'],
    top_k: 3,
  })
})

it('lets a model think between tools only where it can, and says so where it cannot', () => {
  const between = { thinking: { type: 'between_tools' }, output_config: { effort: 'medium' } }
  const call = anthropicCall(between)
  expect(write(call, claude(5.5))).toMatchObject({ fields: { thinking: between.thinking }, warnings: [] })
  for (const to of [claude(5.5, 'opus'), claude(5.5, 'haiku'), claude(4.6)]) {
    const effort = { thinking: { type: 'adaptive' }, output_config: between.output_config }
    expect(write(call, to).fields).toEqual(effort)
    expect(write(call, to).warnings[0]).toMatch(/^thinking: /)
    const { body, warnings } = writeAnthropic(call, to)
    expect(body).toMatchObject(effort)
    expect(warnings[0]).toMatch(/^thinking: /)
  }
})
