import { expect, test } from 'vitest'

import { matchRoute } from './routes.ts'

const match = (method: string, path: string) => matchRoute(method, path, 'openai-chat')

test.each([
  ['/v1beta/models/agent/support:generateContent', 'agent/support', 'chat'],
  ['/v1beta/models/agent%2Fsupport:generateContent', 'agent/support', 'chat'],
  ['/v1beta/agent/support:streamGenerateContent', 'agent/support', 'chat-stream'],
  ['/v1/use-case/clinical:countTokens', 'use-case/clinical', 'count-tokens'],
  ['/v1beta/models/eu.amazon.nova-lite-v1:0:generateContent', 'eu.amazon.nova-lite-v1:0', 'chat'],
] as const)('%s names %s', (path, model, operation) => {
  expect(match('POST', path)).toEqual({ kind: 'chat', face: 'gemini', model, operation })
})

test.each([
  '/v1beta/models/gemini-3.5-flash:frob',
  '/v1/models/gemini-3.5-flash:frob',
  '/v1beta/agent/support:frob',
  '/v1beta/gemini-3.5-flash:generateContent',
])("POST %s is not there, in Gemini's words where the path is its own", (path) => {
  const matched = match('POST', path)
  if (matched?.kind !== 'unknown') throw new Error(`${path} is ${matched?.kind ?? 'not ours'}`)
  expect(matched.problem).toContain(path)
  if (path.includes('/models/')) expect(matched.face).toBe('gemini')
})

test('a model is read, and its id may end in a colon and digits', () => {
  const path = '/v1beta/models/eu.amazon.nova-lite-v1:0'
  expect(match('GET', path)).toMatchObject({ kind: 'models', model: 'eu.amazon.nova-lite-v1:0' })
  expect(match('POST', path)).toMatchObject({ kind: 'wrong-method', allowed: 'GET' })
})
