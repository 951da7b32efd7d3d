import { expect, it } from 'vitest'

import { openaiCall, user } from './testing/calls.ts'
import { claude, decodeJson, dialects, gpt, target } from './testing/dialects-for-tests.ts'

const { anthropicMessages, bedrockConverse, gemini, openaiChat } = dialects
const greeting = { role: 'assistant', content: 'Hello! How can I help?' }
const call = openaiCall({ messages: [greeting, user] })

it.each([
  [anthropicMessages, claude(4.5), 'messages'],
  [bedrockConverse, claude(5), 'messages'],
  [bedrockConverse, target(), 'messages'],
  [gemini, target({ format: 'gemini', family: 'gemini', generation: 3, tier: 'flash' }), 'contents'],
] as const)('%# puts a turn of the user before a greeting, and says so', (by, to, member) => {
  const { body, warnings } = by.writeRequest(call, to)
  const { [member]: turns } = decodeJson(body) as { readonly [name: string]: readonly { role: string }[] }
  expect(turns?.map(({ role }) => role)).toEqual([
    'user',
    member === 'contents' ? 'model' : 'assistant',
    'user',
  ])
  expect(JSON.stringify(turns?.[0])).toContain('"."')
  expect(warnings).toEqual([expect.stringMatching(/^messages: this model wants the user to speak first/)])
})

it('leaves a greeting alone where the model takes it', () => {
  const { body, warnings } = openaiChat.writeRequest(call, gpt)
  expect([decodeJson(body), warnings]).toMatchObject([{ messages: [greeting, user] }, []])
})
