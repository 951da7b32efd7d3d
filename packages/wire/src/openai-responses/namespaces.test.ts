import { describe, expect, it } from 'vitest'
import { unknownUsage } from '@pointsman/contract'
import type { AnswerPart, ChatResult } from '@pointsman/contract'

import { join } from '../testing/cut.ts'
import {
  about,
  claude,
  decode,
  decodeJson,
  dialects,
  encodeJson,
  gpt,
  refusal,
} from '../testing/dialects-for-tests.ts'
import { writeAll } from '../testing/read-all.ts'

const { anthropicMessages, openaiChat, openaiResponses } = dialects

/** As Codex 0.15x sends its servers' tools (openai/codex issue 23186). */
const search = { type: 'function', name: 'search', description: 'Finds.', parameters: { type: 'object' } }
const docs = { type: 'namespace', name: 'mcp__docs', description: 'Docs.', tools: [search] }
const wiki = { type: 'namespace', name: 'mcp__wiki__', description: 'Wiki.', tools: [search] }
const shell = { type: 'function', name: 'shell', parameters: { type: 'object' } }
const user = { role: 'user', content: 'a' }
const called = {
  type: 'function_call',
  call_id: 'c',
  name: 'search',
  namespace: 'mcp__docs',
  arguments: '{}',
}
const output = { type: 'function_call_output', call_id: 'c', output: 'x' }
const asked = { model: 'm', tools: [shell, docs, wiki], input: [user, called, output] }

const scan = (body: object) => openaiResponses.scanRequest(encodeJson({ model: 'm', ...body }), null)
const read = (body: object) => openaiResponses.readRequest(scan(body))
const namesOf = (body: object) => read(body).tools.map(({ name }) => name)

describe('tools in namespaces', () => {
  it('are single tools for other vendors, and so are their calls', () => {
    const chat = decodeJson(openaiChat.writeRequest(read(asked), gpt).body)
    expect(chat).toMatchObject({
      tools: ['shell', 'mcp__docs__search', 'mcp__wiki__search'].map((name) => ({ function: { name } })),
      messages: [{}, { tool_calls: [{ function: { name: 'mcp__docs__search' } }] }, { role: 'tool' }],
    })
    expect(decodeJson(anthropicMessages.writeRequest(read(asked), claude(4.5)).body)).toMatchObject({
      tools: [{ name: 'shell' }, { name: 'mcp__docs__search', description: 'Finds.' }, {}],
    })
  })

  it('go to OpenAI as they came', () => {
    const { body } = openaiResponses.writeRequest(read(asked), gpt)
    expect(decodeJson(body)).toMatchObject({
      tools: [
        { name: 'shell' },
        { ...docs, tools: [{ name: 'search' }] },
        { ...wiki, tools: [{ name: 'search' }] },
      ],
      input: [{}, { name: 'search', namespace: 'mcp__docs' }, {}],
    })
  })

  it('are called with both names apart, whole and streamed', () => {
    const to = { ...about, asked }
    const result: ChatResult = {
      parts: [{ kind: 'tool-call', id: 'd', name: 'mcp__wiki__search', argumentsJson: '{}' }],
      finish: { reason: 'tool-calls', raw: 'tool_use' },
      usage: unknownUsage,
      logprobs: null,
      serviceTier: null,
      upstreamLatencyMs: null,
    }
    const call = { type: 'function_call', call_id: 'd', name: 'search', namespace: 'mcp__wiki__' }
    expect(decodeJson(openaiResponses.writeResult(result, to))).toMatchObject({ output: [call] })
    const parts: readonly AnswerPart[] = [
      { type: 'start' },
      { type: 'block-start', index: 0, block: { kind: 'tool-call', id: 'd', name: 'mcp__wiki__search' } },
      { type: 'block-end', index: 0 },
      { type: 'finish', finish: result.finish },
    ]
    const frames = decode(join(writeAll(openaiResponses.streamWriter(to), parts))).split('\n\n')
    const items = frames.flatMap((frame) => {
      const event = JSON.parse(frame.slice(frame.indexOf('data: ') + 6) || '{}') as { readonly item?: object }
      return event.item === undefined ? [] : [event.item]
    })
    expect(items).toMatchObject([call, call])
  })

  it('get names that every vendor takes, each its own', () => {
    const long = 'n'.repeat(60)
    const named = (name: string, ...tools: readonly string[]) => ({
      type: 'namespace',
      name,
      description: '',
      tools: tools.map((tool) => ({ type: 'function', name: tool, parameters: {} })),
    })
    const names = namesOf({
      input: 'a',
      tools: [{ ...shell, name: 'a__b' }, named('a', 'b', 'c.d'), named(long, 'first', 'fires')],
    })
    expect(names.slice(0, 3)).toEqual(['a__b', 'a__b_2', 'a__c_d'])
    expect(new Set(names).size).toBe(5)
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/)
  })

  it('may be added by an item of the conversation', () => {
    const added = { type: 'additional_tools', role: 'developer', tools: [docs, { ...shell, name: 'late' }] }
    const body = { input: [user, added] }
    expect(namesOf(body)).toEqual(['mcp__docs__search', 'late'])
    expect(read(body).messages).toHaveLength(1)
    expect(scan(body).needs.tools).toBe(true)
  })

  it('are forced by a name that one of them alone has', () => {
    const forced = (...tools: readonly object[]) =>
      read({ input: 'a', tools, tool_choice: { type: 'function', name: 'search' } }).toolChoice
    expect(forced(docs)).toEqual({ kind: 'tool', name: 'mcp__docs__search' })
    expect(forced(docs, wiki, { ...shell, name: 'search' })).toEqual({ kind: 'tool', name: 'search' })
    expect(refusal(() => forced(docs, wiki)).details.field).toBe('tool_choice.name')
  })

  it.each([
    [{ type: 'custom', name: 'apply_patch' }, 'custom'],
    [{ type: 'web_search' }, 'web_search'],
    [{ ...docs, tools: [search, { type: 'custom', name: 'exec' }] }, 'namespace'],
  ])('are refused elsewhere where OpenAI alone has such: %j', (tool, kind) => {
    const call = read({ input: 'a', tools: [tool] })
    expect(decodeJson(openaiResponses.writeRequest(call, gpt).body)).toMatchObject({ tools: [tool] })
    const refused = refusal(() => openaiChat.writeRequest(call, gpt))
    expect(refused.details.field).toBe('tools')
    expect(refused.message).toContain(`"${kind}"`)
  })
})
