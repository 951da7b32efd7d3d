import { expect, it } from 'vitest'

import type { WriteTarget } from '../dialect.ts'
import { converseCall, openaiCall, refusedByConverse, user, writeConverse } from '../testing/calls.ts'
import { claude, target } from '../testing/dialects-for-tests.ts'

const weather = { type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }

it('has tools declared wherever the conversation holds calls', () => {
  const history = [
    user,
    {
      role: 'assistant',
      tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: 'a', content: 'x' },
  ]
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
