import { expect, it } from 'vitest'

import {
  anthropicCall,
  converseCall,
  openaiCall,
  user,
  writeAnthropic,
  writeConverse,
} from './testing/calls.ts'
import { claude, decodeJson, dialectNamed } from './testing/dialects-for-tests.ts'

const weather = { type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }
const byName = { type: 'function', function: { name: 'weather' } }
const refusing = [claude(5.1, 'fable'), claude(5.5, 'opus'), claude(5.5)]
const taking = [claude(5, 'opus'), claude(5.5, 'haiku')]
const told: readonly unknown[] = [
  expect.stringMatching(/^tool_choice: this model cannot be made to call a tool/),
]

it('leaves the choice of a tool to Claudes that cannot be forced, and says so', () => {
  for (const to of refusing) {
    for (const tool_choice of ['required', byName]) {
      const call = openaiCall({ tools: [weather], tool_choice })
      const own = writeAnthropic(call, to)
      expect(own.body).toMatchObject({ tools: [{ name: 'weather' }], tool_choice: { type: 'auto' } })
      expect(own.warnings).toEqual(told)
      const conversed = writeConverse(call, to)
      expect(conversed.body['toolConfig']).toEqual({ tools: [expect.anything()] })
      expect(conversed.warnings).toEqual(told)
      const invoked = dialectNamed('bedrock-invoke-claude').writeRequest(call, to)
      expect(decodeJson(invoked.body)).toMatchObject({ tool_choice: { type: 'auto' } })
      expect(invoked.warnings).toEqual(told)
    }
  }
})

it('forces tools on Claudes that can be forced', () => {
  for (const to of taking) {
    const call = openaiCall({ tools: [weather], tool_choice: byName })
    const own = writeAnthropic(call, to)
    expect(own.body['tool_choice']).toEqual({ type: 'tool', name: 'weather' })
    expect(own.warnings).toEqual([])
    expect(writeConverse(call, to).body['toolConfig']).toMatchObject({
      toolChoice: { tool: { name: 'weather' } },
    })
  }
})

it('keeps what stood beside the forced tool: one call at a time, and thinking', () => {
  const call = openaiCall({
    tools: [weather],
    tool_choice: 'required',
    parallel_tool_calls: false,
    reasoning_effort: 'high',
  })
  const thinks = { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } }
  const choice = { tool_choice: { type: 'auto', disable_parallel_tool_use: true } }
  expect(writeAnthropic(call, claude(5.5)).body).toMatchObject({ ...choice, ...thinks })
  const conversed = writeConverse(call, claude(5.5))
  expect(conversed.body['additionalModelRequestFields']).toEqual({ ...choice, ...thinks })
  expect(conversed.warnings).toEqual(told)
})

it("leaves the choice where tools of the vendor's own are offered too", () => {
  const search = { type: 'web_search_20250305', name: 'web_search' }
  const call = anthropicCall({ tools: [search], tool_choice: { type: 'tool', name: 'web_search' } })
  expect(writeAnthropic(call, claude(5.5, 'opus'))).toMatchObject({
    body: { tools: [search], tool_choice: { type: 'auto' } },
    warnings: told,
  })
  const spec = { toolSpec: { name: 'f', inputSchema: { json: { type: 'object' } } } }
  const tools = [spec, { systemTool: { name: 'nova_grounding' } }]
  const whole = converseCall({ toolConfig: { tools, toolChoice: { any: {} } } })
  const written = writeConverse(whole, claude(5.5))
  expect(written.body['toolConfig']).toEqual({ tools })
  expect(written.warnings).toEqual(told)
  const inFields = converseCall({
    toolConfig: { tools: [spec] },
    additionalModelRequestFields: { tool_choice: { type: 'any' }, top_k: 4 },
  })
  expect(writeConverse(inFields, claude(5.5, 'opus'))).toMatchObject({
    body: { toolConfig: { tools: [spec] } },
    warnings: [...told, expect.stringMatching(/^top_k:/)],
  })
  expect(writeConverse(inFields, claude(5.5, 'opus')).body).not.toHaveProperty('additionalModelRequestFields')
  expect(writeConverse(whole, claude(5)).body['toolConfig']).toEqual({ tools, toolChoice: { any: {} } })
})

it('leaves the choice in a count of tokens, which refuses it too', () => {
  const call = anthropicCall({
    messages: [user],
    tools: [{ name: 'f', input_schema: { type: 'object' } }],
    tool_choice: { type: 'any' },
  })
  const counted = dialectNamed('anthropic-messages').countTokens?.writeRequest(call, claude(5.5))
  expect(decodeJson(counted?.body ?? new Uint8Array())).toMatchObject({ tool_choice: { type: 'auto' } })
  expect(counted?.warnings).toEqual(told)
})
