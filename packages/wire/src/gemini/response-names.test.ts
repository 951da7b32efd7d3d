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

// As Semantic Kernel sends parallel calls: it appends each response when its function is done.
it('matches responses in any order to calls whose names differ in punctuation only', () => {
  for (const turns of [
    [[response('w__b', 'B'), response('w__a', 'A')]],
    [[response('w__b', 'B')], [response('w__a', 'A')]],
  ]) {
    const { messages } = read([
      { role: 'model', parts: [call('w-a'), call('w-b')] },
      ...turns.map((parts) => ({ role: 'function', parts })),
    ])
    expect(messages.slice(1).flatMap(({ parts }) => parts)).toMatchObject([
      { callId: 'call_0_1', content: [{ text: 'B' }] },
      { callId: 'call_0_0', content: [{ text: 'A' }] },
    ])
  }
})

it('leaves a call to the response that has its id, though one of its name without an id came before', () => {
  const identified = (id: string) => ({ functionCall: { id, name: 'time', args: {} } })
  const answers = [
    response('time', 'second'),
    { functionResponse: { id: '1', name: 'time', response: { output: 'first' } } },
  ]
  const { messages } = read([
    { role: 'model', parts: [identified('1'), identified('2')] },
    { role: 'user', parts: answers },
  ])
  expect(messages[1]?.parts).toMatchObject([
    { callId: '2', content: [{ text: 'second' }] },
    { callId: '1', content: [{ text: 'first' }] },
  ])
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
