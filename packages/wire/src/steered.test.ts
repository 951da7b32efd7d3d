import { expect, it } from 'vitest'

import type { Dialect, WriteTarget } from './dialect.ts'
import { claude, dialectNamed, dialects, encodeJson, gpt, target } from './testing/dialects-for-tests.ts'

const { anthropicMessages, bedrockConverse, gemini, openaiChat, openaiResponses } = dialects

/** Whether models that the operator chose get the caller's own bytes. */
const judge =
  (by: Dialect, base: object) =>
  (to: WriteTarget, more: object): boolean | undefined =>
    by.takesSteered?.(by.scanRequest(encodeJson({ model: 'm', ...base, ...more }), false), to)

const user = { role: 'user', content: 'a' }
const reasoner = (generation: number): WriteTarget =>
  target({ vendor: 'openai', family: 'gpt', format: 'openai', generation, abilities: { reasoning: true } })
const plain = target({ vendor: 'openai', family: 'gpt', format: 'openai', generation: 4 })

it('passes chat completions that the model takes', () => {
  const takes = judge(openaiChat, { messages: [user] })
  const tools = [{ type: 'function', function: { name: 'f' } }]
  const cases: readonly (readonly [object, boolean, boolean, boolean])[] = [
    [{}, true, true, true],
    [{ max_tokens: 9 }, true, false, false],
    [{ max_completion_tokens: 9 }, true, true, true],
    [{ max_completion_tokens: 10_001 }, false, false, false],
    [{ temperature: 1, top_p: null }, true, true, true],
    [{ temperature: 0 }, true, false, true],
    [{ temperature: 0, reasoning_effort: 'none' }, false, false, true],
    [{ logprobs: true }, true, false, true],
    [{ stop: ['x'] }, true, false, false],
    [{ stop: ['x'], reasoning_effort: 'none' }, false, false, true],
    [{ frequency_penalty: 0 }, true, true, true],
    [{ presence_penalty: 1 }, true, false, false],
    [{ verbosity: 'low' }, false, true, true],
    [{ verbosity: 'medium' }, true, true, true],
    [{ logit_bias: { 1: 1 } }, true, false, false],
    [{ reasoning_effort: 'minimal' }, false, true, false],
    [{ reasoning_effort: 'xhigh' }, false, false, true],
    [{ tools }, true, true, true],
    [{ tools, reasoning_effort: 'low' }, false, true, false],
  ]
  for (const [more, ...expected] of cases) {
    expect([more, ...[plain, reasoner(5), reasoner(5.4)].map((to) => takes(to, more))]).toEqual([
      more,
      ...expected,
    ])
  }
  expect([5.5, 6].map((generation) => takes(reasoner(generation), { tools }))).toEqual([false, false])
  // Whoever runs a server of another vendor's models says what it takes; so with what is not known.
  const all = { max_tokens: 99_999, temperature: 0, stop: 'x' }
  expect(takes(target({ vendor: 'qwen', abilities: { reasoning: true } }), all)).toBe(true)
  expect(takes(gpt, { max_tokens: 9, temperature: 0, stop: 'x' })).toBe(true)
})

it("passes no id of a call that is longer than OpenAI's own models take", () => {
  const turn = (id: string) => [
    user,
    { role: 'assistant', tool_calls: [{ id, type: 'function', function: { name: 'f', arguments: '{}' } }] },
    { role: 'tool', tool_call_id: id, content: 'x' },
  ]
  const takes = (id: string, to: WriteTarget) => judge(openaiChat, { messages: turn(id) })(to, {})
  expect([40, 41].map((length) => takes('i'.repeat(length), plain))).toEqual([true, false])
  expect(takes('i'.repeat(41), target({ vendor: 'qwen' }))).toBe(true)
})

it('passes responses that the model takes', () => {
  const takes = judge(openaiResponses, { input: 'a' })
  const cases: readonly (readonly [object, boolean, boolean, boolean])[] = [
    [{ max_output_tokens: 9 }, true, true, true],
    [{ max_output_tokens: 10_001 }, false, false, false],
    [{ temperature: 0 }, true, false, true],
    [{ top_logprobs: 2 }, true, false, true],
    [{ text: { verbosity: 'low' } }, false, true, true],
    [{ reasoning: { effort: 'minimal' } }, false, true, false],
    [{ reasoning: { summary: 'auto' } }, false, true, true],
    [{ include: ['reasoning.encrypted_content'] }, false, true, true],
  ]
  for (const [more, ...expected] of cases) {
    expect([more, ...[plain, reasoner(5), reasoner(5.4)].map((to) => takes(to, more))]).toEqual([
      more,
      ...expected,
    ])
  }
})

const claudes = [claude(3.5), claude(4.5), claude(4.6), claude(4.7), claude(5), claude(5.5)]
const both = { temperature: 0.5, top_p: 0.5 }
const enabled = { thinking: { type: 'enabled', budget_tokens: 1_024 } }
const adaptive = { thinking: { type: 'adaptive' } }
const effort = { output_config: { effort: 'low' } }
const ofClaudes: readonly (readonly [object, readonly boolean[]])[] = [
  [{}, [true, true, true, true, true, true]],
  [{ temperature: 0.5 }, [true, true, true, false, false, false]],
  [both, [true, false, false, false, false, false]],
  [enabled, [false, true, true, false, false, false]],
  [adaptive, [false, false, true, true, true, true]],
  [effort, [false, false, true, true, true, true]],
  [{ output_config: { effort: 'xhigh' } }, [false, false, false, true, true, true]],
  [{ thinking: { type: 'disabled' } }, [true, true, true, true, true, false]],
]

it('passes bodies of Claude that the generation takes, by each of its APIs', () => {
  for (const by of [anthropicMessages, dialectNamed('bedrock-invoke-claude')]) {
    const takes = judge(by, { messages: [user], max_tokens: 9, anthropic_version: 'bedrock-2023-05-31' })
    for (const [more, expected] of ofClaudes) {
      expect([by.name, more, claudes.map((to) => takes(to, more))]).toEqual([by.name, more, expected])
    }
    expect(takes(claude(4.5), { max_tokens: 64_001 })).toBe(false)
  }
  const takes = judge(bedrockConverse, { messages: [{ role: 'user', content: [{ text: 'a' }] }] })
  for (const [{ temperature, top_p: topP, ...fields }, expected] of ofClaudes as readonly (readonly [
    { readonly temperature?: number; readonly top_p?: number },
    readonly boolean[],
  ])[]) {
    const more = { inferenceConfig: { temperature, topP }, additionalModelRequestFields: fields }
    expect([more, claudes.map((to) => takes(to, more))]).toEqual([more, expected])
  }
  expect(takes(claude(4.5), { inferenceConfig: { maxTokens: 64_001 } })).toBe(false)
  expect(takes(target(), { inferenceConfig: { temperature: 0.5, topP: 0.5 } })).toBe(true)
})

it('passes no forced tools and no thinking turned off to Claudes that refuse them', () => {
  const to = [claude(5, 'opus'), claude(5.1, 'fable'), claude(5.5, 'opus'), claude(5.5), claude(5.5, 'haiku')]
  const all = to.map(() => true)
  const refused = [true, false, false, false, true]
  const native: readonly (readonly [object, readonly boolean[]])[] = [
    [{ thinking: { type: 'disabled' } }, refused],
    [{ tool_choice: { type: 'any' } }, refused],
    [{ tool_choice: { type: 'tool', name: 'f' } }, refused],
    [{ tool_choice: { type: 'auto', disable_parallel_tool_use: true } }, all],
    [{ tool_choice: { type: 'none' } }, all],
  ]
  for (const by of [anthropicMessages, dialectNamed('bedrock-invoke-claude')]) {
    const takes = judge(by, { messages: [user], max_tokens: 9, anthropic_version: 'bedrock-2023-05-31' })
    for (const [more, expected] of native) {
      expect([by.name, more, to.map((one) => takes(one, more))]).toEqual([by.name, more, expected])
    }
  }
  const takes = judge(bedrockConverse, { messages: [{ role: 'user', content: [{ text: 'a' }] }] })
  const tools = [{ toolSpec: { name: 'f', inputSchema: { json: { type: 'object' } } } }]
  const conversed: readonly (readonly [object, readonly boolean[]])[] = [
    [{ any: {} }, refused],
    [{ tool: { name: 'f' } }, refused],
    [{ auto: {} }, all],
  ]
  for (const [toolChoice, expected] of conversed) {
    const judged = to.map((one) => takes(one, { toolConfig: { tools, toolChoice } }))
    expect([toolChoice, judged]).toEqual([toolChoice, expected])
  }
})

it('passes no wish for thinking to a Claude that answers a call which another model made', () => {
  const called = { type: 'tool_use', id: 'toolu_1', name: 'f', input: {} }
  const result = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'x' }] }
  const said = (...content: object[]) => ({ role: 'assistant', content })
  const ask = (messages: readonly object[], more: object) =>
    [claude(4.5), claude(4.6)].map((to) =>
      judge(anthropicMessages, { max_tokens: 9 })(to, { messages, ...more }),
    )
  const thought = { type: 'thinking', thinking: 'hm', signature: 's' }
  expect(ask([user, said(called), result], enabled)).toEqual([false, false])
  expect(ask([user, said(called), result], {})).toEqual([true, true])
  expect(ask([user, said(called), result, user], enabled)).toEqual([false, false])
  expect(ask([user, said(thought, called), result], enabled)).toEqual([true, true])
  expect(ask([user, said(thought, called), result, said(called), result], enabled)).toEqual([true, true])
  expect(ask([user, said(called), result, said({ type: 'text', text: 'b' }), user], enabled)).toEqual([
    ...[true, true],
  ])
  expect(ask([user, said(called), result], adaptive)[1]).toBe(true)

  const use = { toolUse: { toolUseId: 't', name: 'f', input: {} } }
  const answer = { role: 'user', content: [{ toolResult: { toolUseId: 't', content: [{ text: 'x' }] } }] }
  const signed = { reasoningContent: { reasoningText: { text: 'hm', signature: 's' } } }
  const asked = { role: 'user', content: [{ text: 'a' }] }
  const converse = (...content: object[]) =>
    judge(bedrockConverse, { messages: [asked, said(...content), answer] })(claude(4.5), {
      additionalModelRequestFields: enabled,
    })
  expect([converse(use), converse(signed, use)]).toEqual([false, true])
})

it('passes no blank stop sequences to Claude, by whichever API', () => {
  const takes = judge(anthropicMessages, { messages: [user], max_tokens: 9 })
  expect([[' '], ['END']].map((stop_sequences) => takes(claude(4.5), { stop_sequences }))).toEqual([
    ...[false, true],
  ])
  const converse = judge(bedrockConverse, { messages: [{ role: 'user', content: [{ text: 'a' }] }] })
  const stops = (stop: string) => ({ inferenceConfig: { stopSequences: [stop] } })
  expect([stops(' '), stops('END')].map((more) => converse(claude(4.5), more))).toEqual([false, true])
  expect(converse(target(), stops(' '))).toBe(true)
})

it('passes forced tools and system texts to models behind Converse that take them', () => {
  const takes = judge(bedrockConverse, { messages: [{ role: 'user', content: [{ text: 'a' }] }] })
  const [llama, large, titan] = [
    target({ format: 'llama', generation: 3.3 }),
    target({ format: 'mistral', generation: 24.02 }),
    target({ format: 'titan', generation: 1 }),
  ]
  const tools = [{ toolSpec: { name: 'f', inputSchema: { json: { type: 'object' } } } }]
  const choice = (toolChoice: object) => ({ toolConfig: { tools, toolChoice } })
  const judged = (more: object) => [llama, large, target()].map((to) => takes(to, more))
  expect(judged(choice({ auto: {} }))).toEqual([true, true, true])
  expect(judged(choice({ any: {} }))).toEqual([false, true, true])
  expect(judged(choice({ tool: { name: 'f' } }))).toEqual([false, false, true])
  expect([titan, llama].map((to) => takes(to, { system: [{ text: 'Be brief.' }] }))).toEqual([false, true])
})

it('passes an answer that the caller began to the generations that go on with it', () => {
  const begun = (content: unknown): object => ({ messages: [{ role: 'assistant', content }] })
  const takes = (by: Dialect, content: unknown): readonly (boolean | undefined)[] =>
    [claude(4.5), claude(4.6)].map((to) => judge(by, {})(to, begun(content)))
  expect(takes(anthropicMessages, 'b')).toEqual([true, false])
  expect(takes(anthropicMessages, [{ type: 'text', text: 'b' }])).toEqual([true, false])
  const paused = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }
  expect(takes(anthropicMessages, [paused])).toEqual([true, true])
  expect(takes(bedrockConverse, [{ text: 'b' }, { cachePoint: { type: 'default' } }])).toEqual([true, false])
})

it('passes cache points to models that take them there and for so long', () => {
  const point = { cachePoint: { type: 'default' } }
  const hour = { cachePoint: { type: 'default', ttl: '1h' } }
  const message = (block: object) => ({ messages: [{ role: 'user', content: [{ text: 'a' }, block] }] })
  const takes = judge(bedrockConverse, message({ text: 'b' }))
  const tool = { toolSpec: { name: 'f', inputSchema: { json: {} } } }
  const to = [claude(4.5), claude(3.7), target(), target({ abilities: { promptCaching: null } })]
  const cases: readonly (readonly [object, readonly boolean[]])[] = [
    [{}, [true, true, true, true]],
    [message(point), [true, true, true, false]],
    [{ system: [{ text: 's' }, point] }, [true, true, true, false]],
    [{ toolConfig: { tools: [tool, point] } }, [true, true, false, false]],
    [message(hour), [true, false, false, false]],
  ]
  for (const [more, expected] of cases) {
    expect([more, to.map((one) => takes(one, more))]).toEqual([more, expected])
  }
})

it('passes bodies of Gemini that the generation takes', () => {
  const takes = judge(gemini, { contents: [{ role: 'user', parts: [{ text: 'a' }] }] })
  const model = (generation: number, tier: string) =>
    target({ vendor: 'google', format: 'gemini', generation, tier, abilities: { reasoning: generation > 2 } })
  const to = [model(2, 'flash'), model(2.5, 'pro'), model(3.1, 'pro'), model(3.8, 'flash'), model(4, 'argon')]
  const config = (members: object) => ({ generationConfig: members })
  const thinking = (members: object) => config({ thinkingConfig: members })
  const tools = [{ functionDeclarations: [{ name: 'f' }] }]
  const responding = (role: string) => ({
    contents: [{ role, parts: [{ functionResponse: { name: 'f', response: {} } }] }],
  })
  const declared = (parameters: object) => ({
    tools: [{ function_declarations: [{ name: 'f', parameters }] }],
  })
  const cases: readonly (readonly [object, readonly boolean[]])[] = [
    [{}, [true, true, true, true, true]],
    [config({ temperature: 0, topK: 3, maxOutputTokens: 99_999 }), [true, true, true, true, true]],
    [thinking({ thinkingBudget: 512 }), [false, true, true, true, false]],
    [thinking({ thinking_budget: '512' }), [false, true, true, true, false]],
    [thinking({ thinkingBudget: 100 }), [false, false, false, true, false]],
    [thinking({ thinkingBudget: 40_000 }), [false, false, true, true, false]],
    [thinking({ thinkingBudget: -1 }), [false, true, true, true, false]],
    [thinking({ thinkingBudget: 0 }), [true, false, false, true, false]],
    [thinking({ thinkingLevel: 'HIGH' }), [false, false, true, true, true]],
    [thinking({ thinkingLevel: 'minimal' }), [false, false, false, false, false]],
    [thinking({ thinkingLevel: 'THINKING_LEVEL_UNSPECIFIED' }), [false, false, true, true, true]],
    [thinking({ includeThoughts: true }), [false, true, true, true, true]],
    [config({ presencePenalty: 0.5 }), [true, false, false, false, false]],
    [config({ frequency_penalty: -1, presencePenalty: 0 }), [true, false, false, false, false]],
    [config({ frequencyPenalty: 0 }), [true, true, true, true, true]],
    [config({ candidateCount: 2 }), [true, true, false, false, false]],
    [config({ candidateCount: 1 }), [true, true, true, true, true]],
    [{ tools, ...config({ responseMimeType: 'application/json' }) }, [false, false, true, true, true]],
    [{ tools, ...config({ responseMimeType: 'text/plain' }) }, [true, true, true, true, true]],
    [responding('function'), [true, true, true, false, false]],
    [responding('user'), [true, true, true, true, true]],
    [declared({ type: 'OBJECT', properties: {} }), [false, false, false, false, false]],
    [declared({ type: 'object' }), [false, false, false, false, false]],
    [declared({ type: 'OBJECT', properties: { a: { type: 'STRING' } } }), [true, true, true, true, true]],
  ]
  for (const [more, expected] of cases) {
    expect([more, to.map((one) => takes(one, more))]).toEqual([more, expected])
  }
})
