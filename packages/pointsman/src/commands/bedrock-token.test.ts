import { getToken } from '@aws/bedrock-token-generator'
import { providerId } from '@pointsman/contract'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { keyEndsAtMs } from '../serve/providers.ts'
import { makeBedrockToken } from './bedrock-token.ts'

const nowMs = Date.UTC(2026, 10, 26, 9, 30, 15)
beforeEach(() => vi.useFakeTimers({ now: nowMs, toFake: ['Date'] }))
afterEach(() => {
  vi.useRealTimers()
})

const pair = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
}
const session = { ...pair, sessionToken: 'IQoJb3JpZ2luX2VjEXAMPLE//+=(!*)' }

test.each([
  ['a key pair', pair, 12],
  ['a session', session, 12],
  ['a shorter life', pair, 1.5],
])('is what AWS’s own generator makes: %s', async (_, credentials, hours) => {
  for (const region of ['eu-central-1', 'us-gov-west-1']) {
    const ours = await makeBedrockToken({ hours, region }, () => Promise.resolve(credentials), nowMs)
    expect(ours.token).toBe(await getToken({ credentials, region, expiresInSeconds: hours * 3_600 }))
    expect(ours.expiresAtMs).toBe(nowMs + hours * 3_600_000)
    expect(keyEndsAtMs(providerId('bedrock'), ours.token)).toBe(ours.expiresAtMs)
  }
})

test('it ends with the session that signed it', async () => {
  const expiration = new Date(nowMs + 3_600_000)
  const chain = () => Promise.resolve({ ...session, expiration })
  const made = await makeBedrockToken({ hours: 12, region: 'eu-central-1' }, chain, nowMs)
  expect(made.expiresAtMs).toBe(expiration.getTime())
})

test('no credential, and a life that AWS does not take, are told', async () => {
  const make = (hours: number, chain: () => Promise<typeof pair>) =>
    makeBedrockToken({ hours, region: 'eu-central-1' }, chain, nowMs)
  await expect(make(12, () => Promise.reject(new Error('none')))).rejects.toThrow(/aws sso login/)
  for (const hours of [0, 13, Number.NaN])
    await expect(make(hours, () => Promise.resolve(pair))).rejects.toThrow(/up to 12 hours/)
})

test.each([
  'ABSKlong-term',
  'bedrock-api-key-',
  'bedrock-api-key-!!',
  `bedrock-api-key-${btoa('x/?X-Amz-Date=1')}`,
  'sk-1',
])('a token that tells no end has none: %s', (token) => {
  expect(keyEndsAtMs(providerId('bedrock'), token)).toBeNull()
})
