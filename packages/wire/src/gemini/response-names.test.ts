import { expect, it } from 'vitest'

import { dialects, encodeJson, refusal } from '../testing/dialects-for-tests.ts'

const { gemini } = dialects
const call = (name: string) => ({ functionCall: { name, args: {} } })
const response = (name: string, output: string) => ({ functionResponse: { name, response: { output } } })
const read = (contents: readonly object[]) =>
  gemini.readRequest(gemini.scanRequest(encodeJson({ contents }), false))

// As Semantic Kernel sends a conversation, with one call whose response has its name.
it('matches responses under other names to calls by their order', () => {
  const contents = [
    { role: 'user', parts: [{ text: 'hi' }] },
    { role: 'model', parts: [call('weather-today'), call('weather-tomorrow'), call('time')] },
    {
      role: 'function',
      parts: [response('time', 'T'), response('weather__today', 'A'), response('weather__tomorrow', 'B')],
    },
  ]
  const { messages } = read(contents)
  expect(messages[2]?.parts).toMatchObject([
    { callId: 'call_1_2', content: [{ text: 'T' }] },
    { callId: 'call_1_0', content: [{ text: 'A' }] },
    { callId: 'call_1_1', content: [{ text: 'B' }] },
  ])
})

// As Semantic Kernel sends a conversation, with one call whose response has its name; in one content, or in one each.
it('leaves a call to the response that has its name or its id, wherever that stands', () => {
  const inexact = response('weather__today', 'A')
  const byId = { functionResponse: { id: 'b', name: 'time', response: { output: 'T' } } }
  for (const [time, exact] of [
    [call('time'), response('time', 'T')],
    [{ functionCall: { id: 'b', name: 'time', args: {} } }, byId],
  ] as const) {
    for (const contents of [[[inexact, exact]], [[inexact], [exact]]]) {
      const { messages } = read([
        { role: 'user', parts: [{ text: 'hi' }] },
        { role: 'model', parts: [time, call('weather-today')] },
        ...contents.map((parts) => ({ role: 'function', parts })),
        { role: 'model', parts: [{ text: 'ok' }] },
        { role: 'user', parts: [{ text: 'hi' }] },
      ])
      const called = messages[1]?.parts.map((part) => (part.kind === 'tool-call' ? part.id : null))
      const results = messages.flatMap(({ parts }) => parts.filter((part) => part.kind === 'tool-result'))
      expect(results).toMatchObject([
        { callId: called?.[1], content: [{ text: 'A' }] },
        { callId: called?.[0], content: [{ text: 'T' }] },
      ])
    }
  }
})

it('refuses a response too many', () => {
  const contents = (...after: readonly object[]) => [
    { role: 'model', parts: [call('time')] },
    { role: 'user', parts: [response('other', 'A'), response('time', 'T')] },
    ...after,
  ]
  for (const after of [[], [{ role: 'model', parts: [{ text: 'ok' }] }]]) {
    expect(refusal(() => read(contents(...after)))).toMatchObject({
      code: 'invalid_request',
      details: { field: 'contents[1].parts[0].functionResponse' },
    })
  }
})
