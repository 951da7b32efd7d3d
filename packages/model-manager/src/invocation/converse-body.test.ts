import { expect, test } from 'vitest'
import { converseBody } from './converse-body.ts'
import type { InvokeRequest } from './messages.ts'

const agent = { maxTokens: null, temperature: null }
const request: InvokeRequest = { agentName: 'sql_agent', messages: [{ role: 'user', content: 'Hello' }] }

test('a text is one block', () => {
  expect(JSON.parse(new TextDecoder().decode(converseBody(request, agent)))).toEqual({
    messages: [{ role: 'user', content: [{ text: 'Hello' }] }],
  })
})

const circular: { self?: unknown } = {}
circular.self = circular

test.each([
  ['no messages', { messages: undefined }, 'messages should be an array'],
  ['a text for messages', { messages: 'Hello' }, 'not string'],
  ['an integer without bound', { additionalModelRequestFields: { top: 1n } }, 'cannot be written as JSON'],
  ['what holds itself', { additionalModelRequestFields: circular }, 'cannot be written as JSON'],
])('%s is refused, and the message says what is wrong', (_, wrong, message) => {
  const given = { ...request, ...wrong } as unknown as InvokeRequest
  expect(() => converseBody(given, agent)).toThrow(message)
})

test('a message that is none is left to the dialect, which names its place', () => {
  const given = { ...request, messages: [null] } as unknown as InvokeRequest
  expect(JSON.parse(new TextDecoder().decode(converseBody(given, agent)))).toEqual({ messages: [null] })
})
