import { expect, it } from 'vitest'

import { dialects, encodeJson } from '../testing/dialects-for-tests.ts'

const { gemini } = dialects
const call = (name: string) => ({ functionCall: { name, args: {} } })
const response = (name: string, output: string) => ({ functionResponse: { name, response: { output } } })

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
  const { messages } = gemini.readRequest(gemini.scanRequest(encodeJson({ contents }), false))
  expect(messages[2]?.parts).toMatchObject([
    { callId: 'call_1_2', content: [{ text: 'T' }] },
    { callId: 'call_1_0', content: [{ text: 'A' }] },
    { callId: 'call_1_1', content: [{ text: 'B' }] },
  ])
})
