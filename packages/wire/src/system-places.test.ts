import { expect, it } from 'vitest'

import { anthropicCall, converseCall, openaiCall, user } from './testing/calls.ts'
import { decodeJson, dialects, encodeJson, gpt, target } from './testing/dialects-for-tests.ts'

const { openaiChat, openaiResponses } = dialects
interface Item {
  readonly type: string
  readonly role?: string
}
const rule = { role: 'system', content: 'Now in French.' }
const answer = { role: 'assistant', content: 'b' }
const call = openaiCall({
  messages: [{ role: 'system', content: 'Be brief.' }, { ...user, name: 'Ann' }, answer, rule, user],
})

it('keeps a system text inside the conversation and the names of speakers for models of OpenAI', () => {
  const chat = openaiChat.writeRequest(call, gpt)
  expect([decodeJson(chat.body), chat.warnings]).toMatchObject([
    { messages: [{ role: 'system', content: 'Be brief.' }, { ...user, name: 'Ann' }, answer, rule, user] },
    [],
  ])
  const responses = openaiResponses.writeRequest(call, gpt)
  expect(decodeJson(responses.body)).toMatchObject({
    instructions: 'Be brief.',
    input: [{ role: 'user' }, { role: 'assistant' }, { type: 'message', ...rule }, { role: 'user' }],
  })
  expect(responses.warnings).toEqual([expect.stringMatching(/^messages\[1\]\.name/)])
})

it('moves both out of the way where a server may refuse them, and says so', () => {
  const { body, warnings } = openaiChat.writeRequest(call, target({ format: 'openai', vendor: 'meta' }))
  const { messages } = decodeJson(body) as { readonly messages: readonly { readonly role: string }[] }
  expect(messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user'])
  expect(warnings.map((text) => text.split(':')[0])).toEqual(['messages[1].name', 'messages[3].role'])
})

it('keeps it where Converse holds it, too', () => {
  const said = (role: string, text: string) => ({ role, content: [{ text }] })
  const messages = [said('user', 'a'), said('assistant', 'b'), said('system', 'c'), said('user', 'd')]
  const { body, warnings } = openaiChat.writeRequest(converseCall({ messages }), gpt)
  const written = decodeJson(body) as { readonly messages: readonly { readonly role: string }[] }
  expect(written.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'system', 'user'])
  expect(warnings).toEqual([])
})

it('puts no system text between a call and its result', () => {
  const use = { type: 'tool_use', id: 'a', name: 'f', input: {} }
  const result = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: 'x' }] }
  const messages = [user, { role: 'assistant', content: [use] }, rule, result]
  const { body } = openaiChat.writeRequest(anthropicCall({ messages }), gpt)
  const written = decodeJson(body) as { readonly messages: readonly { readonly role: string }[] }
  expect(written.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'system'])
})

it('lets a system text stand between two messages of the assistant that a caller of the Responses API tells as items', () => {
  const calling = { type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' }
  const result = { type: 'function_call_output', call_id: 'a', output: 'x' }
  const wordsOf = (...input: readonly object[]) => {
    const scanned = openaiResponses.scanRequest(encodeJson({ model: 'm', input }), null)
    const written = openaiResponses.writeRequest(openaiResponses.readRequest(scanned), gpt)
    expect(written.warnings).toEqual([])
    const { input: items } = decodeJson(written.body) as { readonly input: readonly Item[] }
    return items.map(({ type, role }) => role ?? type)
  }
  expect(wordsOf(user, answer, rule, answer, user)).toEqual([
    'user',
    'assistant',
    'system',
    'assistant',
    'user',
  ])
  // Between a call and its result OpenAI wants nothing.
  expect(
    wordsOf(user, calling, rule, { ...calling, call_id: 'b' }, result, { ...result, call_id: 'b' }),
  ).toEqual([
    'user',
    ...['function_call', 'function_call', 'function_call_output', 'function_call_output'],
    'system',
  ])
})
