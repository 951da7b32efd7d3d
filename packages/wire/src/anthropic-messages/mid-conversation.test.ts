import { describe, expect, it } from 'vitest'

import { anthropicCall, user, writeAnthropic, writeConverse } from '../testing/calls.ts'
import {
  claude,
  decodeJson,
  dialects,
  encodeJson,
  gpt,
  refusal,
  target,
} from '../testing/dialects-for-tests.ts'

const { anthropicMessages, gemini, openaiChat, openaiResponses } = dialects

const answer = { role: 'assistant', content: 'b' }
const effort = (level: string, more: object = {}) => ({
  role: 'system',
  content: [],
  output_config: { effort: level },
  ...more,
})
const call = (id: string, name = 'search') => ({
  role: 'assistant',
  content: [{ type: 'tool_use', id, name, input: {} }],
})
const result = (id: string, content: unknown) => ({
  role: 'user',
  content: [{ type: 'tool_result', tool_use_id: id, content }],
})
const tool = (name: string, more: object = {}) => ({ name, input_schema: { type: 'object' }, ...more })
const namesOf = (body: object) => anthropicCall(body).tools.map(({ name }) => name)

describe('a reference to a tool in a result', () => {
  const body = {
    tools: [tool('search'), tool('fly', { defer_loading: true })],
    messages: [user, call('a'), result('a', [{ type: 'tool_reference', tool_name: 'fly' }])],
  }

  it('goes back to Claude as it came', () => {
    expect(writeAnthropic(anthropicCall(body)).body).toMatchObject({
      tools: [{ name: 'search' }, { name: 'fly', defer_loading: true }],
      messages: [{}, {}, { content: [{ content: [{ type: 'tool_reference', tool_name: 'fly' }] }] }],
    })
  })

  it('is a text for others, which get all tools in front', () => {
    const text = 'The tool fly can be called now.'
    const write = (dialect: typeof openaiChat, to = gpt) =>
      decodeJson(dialect.writeRequest(anthropicCall(body), to).body)
    const tools = [{ function: { name: 'search' } }, { function: { name: 'fly' } }]
    expect(write(openaiChat)).toMatchObject({ tools, messages: [{}, {}, { role: 'tool', content: text }] })
    expect(write(openaiResponses)).toMatchObject({ input: [{}, {}, { output: text }] })
    expect(write(gemini, target({ format: 'gemini', generation: 3 }))).toMatchObject({
      contents: [{}, {}, { parts: [{ functionResponse: { response: { output: text } } }] }],
    })
    expect(writeConverse(anthropicCall(body), claude(4.5)).body).toMatchObject({
      messages: [{}, {}, { content: [{ toolResult: { content: [{ text }] } }] }],
    })
  })
})

describe('an effort that a message of the system says', () => {
  const effortOf = (...messages: readonly object[]) =>
    anthropicCall({ messages, output_config: { effort: 'high' } }).reasoning?.effort

  it.each<[string, readonly object[], string]>([
    ['behind the input that is answered', [user, effort('low')], 'low'],
    ['before it', [user, answer, effort('low'), user], 'low'],
    ['before results of tools alone, not yet', [user, call('a'), effort('low'), result('a', 'x')], 'high'],
    ['of several, the last', [user, effort('low'), answer, user, effort('max')], 'max'],
    ['until another is said', [user, effort('low'), answer, user], 'low'],
    ['behind an answer, not yet', [user, answer, effort('low')], 'high'],
    ['without content', [user, effort('low', { content: undefined })], 'low'],
  ])('holds %s', (_, messages, expected) => {
    expect(effortOf(...messages)).toBe(expected)
    const scanned = anthropicMessages.scanRequest(encodeJson({ model: 'm', max_tokens: 1, messages }), null)
    expect(scanned.marked).toBe(false)
  })

  it('is refused with its place where it is none', () => {
    const refused = refusal(() =>
      anthropicCall({ messages: [user, { role: 'system', output_config: { effort: 7 } }] }),
    )
    expect(refused.details.field).toBe('messages[1].output_config.effort')
    expect(refusal(() => anthropicCall({ messages: [user, { role: 'system' }] })).details.field).toBe(
      'messages[1].content',
    )
  })
})

it('shows a text that the user’s next message clears until then only', () => {
  const hint = { role: 'system', content: 'Hint.', clear_at: 'next_user_message' }
  const lasting = { role: 'system', content: 'Rule.', clear_at: 'never' }
  const read = anthropicCall({ messages: [user, hint, answer, lasting, user, hint] })
  expect(read.system).toEqual([
    { kind: 'text', text: 'Rule.', at: 2 },
    { kind: 'text', text: 'Hint.', at: 3 },
  ])
  expect(Object.keys(read.extras)).toEqual(['messages[3].role', 'messages[5].role'])
})

describe('tools that a message of the system adds and takes away', () => {
  const change = (type: string, of: object) => ({ role: 'system', content: [{ type, tool: of }] })
  const named = (name: string) => ({ type: 'tool_reference', name })
  const later = tool('later', { defer_loading: true })

  it('are those that the next answer may call', () => {
    const tools = [tool('a'), tool('b'), later]
    const removed = change('tool_removal', named('a'))
    const added = change('tool_addition', { type: 'tool_definition', definition: tool('new') })
    expect(namesOf({ tools, messages: [user, removed] })).toEqual(['b', 'later'])
    expect(namesOf({ tools, messages: [user, removed, added] })).toEqual(['b', 'later', 'new'])
    const back = change('tool_addition', named('a'))
    expect(namesOf({ tools, messages: [user, removed, answer, user, back] })).toEqual(['b', 'later', 'a'])
  })

  it('need no text, and are put off no longer', () => {
    const read = anthropicCall({
      tools: [tool('a'), later],
      messages: [user, change('tool_addition', named('later'))],
    })
    expect([read.system, read.extras]).toEqual([[], {}])
    const scanned = anthropicMessages.scanRequest(
      encodeJson({
        model: 'm',
        max_tokens: 1,
        messages: [user, change('tool_addition', { type: 'tool_definition', definition: later })],
      }),
      null,
    )
    expect(scanned.needs.tools).toBe(true)
  })

  it('are refused where nothing declares them', () => {
    const messages = [user, change('tool_removal', named('nobody'))]
    expect(refusal(() => anthropicCall({ messages })).details.field).toBe('messages[1].content[0].tool.name')
  })

  it.each([
    ['tool_addition', { ...named('a'), type: 'tool_refrence' }],
    ['tool_removal', { type: 'tool_definition', definition: tool('a') }],
  ])('are refused where nobody knows what is meant: %s %j', (type, of) => {
    const messages = [user, change(type, of)]
    const refused = refusal(() => anthropicCall({ tools: [tool('a')], messages }))
    expect(refused.details.field).toBe('messages[1].content[0].tool.type')
  })

  it('of servers that Anthropic calls stay as they are', () => {
    const set = { type: 'mcp_toolset_reference', server_name: 'docs' }
    const one = { type: 'mcp_tool_reference', server_name: 'docs', name: 'search' }
    const messages = [user, change('tool_removal', set), answer, user, change('tool_addition', one)]
    expect(namesOf({ tools: [tool('a')], messages })).toEqual(['a'])
  })
})
