import { expect, it } from 'vitest'

import type { WriteTarget } from '../dialect.ts'
import { converseCall, openaiCall, refusedByConverse, user, writeConverse } from '../testing/calls.ts'
import type { Written } from '../testing/calls.ts'
import { claude, target } from '../testing/dialects-for-tests.ts'

const weather = { type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }

it('has tools declared wherever the conversation holds calls', () => {
  const undeclared = writeConverse(openaiCall({ messages: history }))
  expect(undeclared.body['toolConfig']).toEqual({
    tools: [{ toolSpec: { name: 'f', inputSchema: { json: { type: 'object', properties: {} } } } }],
  })
  expect(undeclared.warnings[0]).toMatch(/^tools:/)
  const none = writeConverse(openaiCall({ messages: history, tools: [weather], tool_choice: 'none' }))
  expect(none.body['toolConfig']).toMatchObject({ tools: [{ toolSpec: { name: 'weather' } }] })
  expect(none.warnings[0]).toMatch(/^tool_choice:/)
  const noneWithoutHistory = writeConverse(openaiCall({ tools: [weather], tool_choice: 'none' }))
  expect(noneWithoutHistory.body).not.toHaveProperty('toolConfig')
  expect(noneWithoutHistory.warnings).toEqual([])
})

const history = [
  user,
  {
    role: 'assistant',
    tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
  },
  { role: 'tool', tool_call_id: 'a', content: 'x' },
]
const configOf = ({ body }: Written) => ({
  toolConfig: body['toolConfig'],
  own: (body['additionalModelRequestFields'] as { tool_choice?: object } | undefined)?.tool_choice,
})
const declared = { tools: [{ toolSpec: { name: 'weather', inputSchema: { json: { type: 'object' } } } }] }

it('says in Claude’s own words that no tool may be called, and keeps them where thoughts are bound to them', () => {
  const none = { tools: [weather], tool_choice: 'none' }
  const bound = writeConverse(openaiCall(none), claude(5.5))
  expect(configOf(bound)).toEqual({ toolConfig: declared, own: { type: 'none' } })
  expect(bound.warnings).toEqual([])
  expect(configOf(writeConverse(openaiCall(none), claude(4.6)))).toEqual({})
  for (const to of [claude(4.6), claude(5.5)]) {
    const called = writeConverse(openaiCall({ ...none, messages: history }), to)
    expect(configOf(called)).toEqual({ toolConfig: declared, own: { type: 'none' } })
    const undeclared = writeConverse(openaiCall({ messages: history }), to)
    expect(configOf(undeclared).own).toEqual({ type: 'none' })
    expect([...called.warnings, ...undeclared.warnings]).toEqual([])
  }
})

it('asks Claude for one call at most whatever the choice, in one place', () => {
  const single = { tools: [weather], parallel_tool_calls: false }
  const byName = { type: 'function', function: { name: 'weather' } }
  const one = { disable_parallel_tool_use: true }
  for (const [tool_choice, own] of [
    [undefined, { type: 'auto', ...one }],
    ['required', { type: 'any', ...one }],
    [byName, { type: 'tool', name: 'weather', ...one }],
  ] as const) {
    const written = writeConverse(openaiCall({ ...single, tool_choice }), claude(4.6))
    expect(configOf(written)).toEqual({ toolConfig: declared, own })
    expect(written.warnings).toEqual([])
    // What is written is read again.
    const read = converseCall({ ...written.body })
    expect(read.parallelToolCalls).toBe(false)
    expect(read.toolChoice?.kind).toBe(own.type)
  }
  const other = writeConverse(openaiCall({ ...single, tool_choice: 'required' }))
  expect(configOf(other).toolConfig).toMatchObject({ toolChoice: { any: {} } })
  expect(other.warnings[0]).toMatch(/^parallel_tool_calls:/)
})

it('completes schemas and refuses names that could not be turned back', () => {
  const tools = (name: string, parameters?: object) => [
    { type: 'function', function: { name, description: '', parameters, strict: true } },
  ]
  const written = writeConverse(openaiCall({ tools: tools('f', { properties: { a: {} } }) }))
  expect(written.body['toolConfig']).toEqual({
    tools: [{ toolSpec: { name: 'f', inputSchema: { json: { type: 'object', properties: { a: {} } } } } }],
  })
  expect(written.warnings[0]).toContain('strict')
  expect(writeConverse(openaiCall({ tools: tools('f') }), claude(4.6)).body['toolConfig']).toMatchObject({
    tools: [{ toolSpec: { strict: true } }],
  })
  expect(refusedByConverse(openaiCall({ tools: tools('a.b') })).code).toBe('unsupported_parameter')
  expect(refusedByConverse(openaiCall({ tools: tools('x'.repeat(65)) })).code).toBe('unsupported_parameter')
})

it('asks for strict arguments where the model takes the word', () => {
  const strict = { tools: [{ type: 'function', function: { ...weather.function, strict: true } }] }
  const spec = (to: WriteTarget) => JSON.stringify(writeConverse(openaiCall(strict), to).body['toolConfig'])
  expect(spec(claude(4.6))).toContain('"strict":true')
  for (const to of [claude(4.7), claude(5.5), target({ format: 'qwen', abilities: { jsonSchema: true } })]) {
    expect(spec(to)).not.toContain('strict')
    expect(writeConverse(openaiCall(strict), to).warnings[0]).toMatch(/^tools: this model does not promise/)
  }
})

it('marks caches only where they are known to be taken, for as long as they are', () => {
  const marked = openaiCall({
    messages: [
      {
        role: 'user',
        content: [{ type: 'text', text: 'a', cache_control: { type: 'ephemeral', ttl: '1h' } }],
      },
    ],
  })
  const blocks = (to: WriteTarget) =>
    (writeConverse(marked, to).body['messages'] as { content: unknown }[])[0]?.content
  expect(blocks(claude(4.6))).toEqual([{ text: 'a' }, { cachePoint: { type: 'default', ttl: '1h' } }])
  expect(blocks(target())).toEqual([{ text: 'a' }, { cachePoint: { type: 'default' } }])
  expect(blocks(target({ abilities: { promptCaching: null } }))).toEqual([{ text: 'a' }])
  const tools = converseCall({
    messages: [{ role: 'user', content: [{ text: 'a' }] }],
    toolConfig: {
      tools: [
        { toolSpec: { name: 'f', inputSchema: { json: { type: 'object' } } } },
        { cachePoint: { type: 'default' } },
      ],
    },
  })
  expect((writeConverse(tools).body['toolConfig'] as { tools: unknown[] }).tools).toHaveLength(1)
  expect((writeConverse(tools, claude(4.6)).body['toolConfig'] as { tools: unknown[] }).tools).toHaveLength(2)
})

const other = { type: 'function', function: { name: 'other', parameters: { type: 'object' } } }
const [llama, large] = [
  target({ format: 'llama', generation: 3.3 }),
  target({ format: 'mistral', generation: 24.02 }),
]

it('forces tools where the model can be forced, and refuses where it would be free', () => {
  const byName = { type: 'function', function: { name: 'weather' } }
  const choice = (to: WriteTarget, tool_choice: unknown, ...more: readonly object[]) =>
    writeConverse(openaiCall({ tools: [weather, ...more], tool_choice }), to).body['toolConfig']
  expect(choice(llama, 'auto')).not.toHaveProperty('toolChoice')
  expect(choice(large, 'required')).toMatchObject({ toolChoice: { any: {} } })
  expect(choice(large, byName)).toMatchObject({ toolChoice: { any: {} } })
  expect(choice(target(), byName, other)).toMatchObject({ toolChoice: { tool: { name: 'weather' } } })
  for (const tool_choice of ['required', byName]) {
    const refused = refusedByConverse(openaiCall({ tools: [weather], tool_choice }), llama)
    expect(refused).toMatchObject({ code: 'unsupported_parameter', details: { field: 'tool_choice' } })
  }
  const one = openaiCall({ tools: [weather, other], tool_choice: byName })
  expect(refusedByConverse(one, large).message).toContain('one of several')
})

it('sends Claude’s own choice beside tools that go whole', () => {
  const spec = { toolSpec: { name: 'f', inputSchema: { json: { type: 'object' } } } }
  const toolConfig = { tools: [spec, ...Array<object>(2).fill({ cachePoint: { type: 'default' } })] }
  const single = { disable_parallel_tool_use: true }
  for (const own of [
    { type: 'none' },
    { type: 'any' },
    { type: 'auto', ...single },
    { type: 'tool', name: 'f', ...single },
  ]) {
    const call = converseCall({ toolConfig, additionalModelRequestFields: { tool_choice: own, top_k: 5 } })
    const written = writeConverse(call, claude(4.5))
    expect(configOf(written)).toEqual({ toolConfig, own })
    expect(written.body['additionalModelRequestFields']).toMatchObject({ top_k: 5 })
    expect(written.warnings).toEqual([])
  }
})
