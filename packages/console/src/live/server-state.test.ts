// @vitest-environment happy-dom
import { PointsmanApiError } from '@pointsman/sdk'
import { afterEach, expect, test } from 'vitest'
import { serverState } from './server-state.ts'

afterEach(() => serverState.back())

test.each([
  [0, 'unreachable', /^The server does not answer\. Trying again…$/],
  [502, 'not_json', /^A proxy answers 502 in the server’s place.*Trying again…$/],
  [503, 'registry_unavailable', /cannot do this now: Told by the server\. Trying again…$/],
])('%i (%s) is told for as long as it lasts', (statusCode, code, words) => {
  serverState.failed(new PointsmanApiError('Told by the server.', { statusCode, code }))
  expect(serverState.now().words).toMatch(words)
  serverState.back()
  expect(serverState.now()).toEqual({ there: true, words: '' })
})

test.each([
  [403, 'forbidden'],
  [503, 'credentials_missing'],
  [503, 'overloaded'],
  [502, 'provider_auth'],
  [404, 'not_json'],
])('%i (%s) says nothing of the server', (statusCode, code) => {
  serverState.failed(new PointsmanApiError('No.', { statusCode, code }))
  expect(serverState.now().there).toBe(true)
})
