import { randomBytes } from 'node:crypto'
import { PointsmanError, providerId } from '@pointsman/contract'
import type { SecretVersion } from '@pointsman/control'
import { openKey } from '@pointsman/core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { nodeCipher } from './node-cipher.ts'
import { followSecret, namesInSecret, type SecretFollower } from './secret-follower.ts'

const sealing = { cipher: nodeCipher, wrappingKey: { id: 'w', bytes: randomBytes(32) } }
const version = (versionId: string, values: Record<string, string>): SecretVersion => ({
  ...{ versionId, createdAtMs: 7, values: new Map(Object.entries(values)) },
})

let answer: SecretVersion | PointsmanError
let follower: SecretFollower
let changes: number
let events: string[]
beforeEach(() => {
  vi.useFakeTimers()
  changes = 0
  events = []
})
afterEach(() => {
  follower.stop()
  vi.useRealTimers()
})

async function follow(): Promise<void> {
  follower = followSecret({
    ask: async () => {
      if (answer instanceof PointsmanError) throw answer
      return answer
    },
    names: namesInSecret({ compatibleServers: [] }),
    sealing,
    log: (_, event) => events.push(event),
    onChange: () => (changes += 1),
  })
  await follower.first
}
const held = () =>
  follower.sealed()?.map((key) => {
    const opened = openKey(key, sealing)
    return [key.provider, opened.kind === 'bearer' ? opened.token : null]
  }) ?? null
const away = new PointsmanError('credentials_missing', 'It is away.')

test('the names of the seeds, each provider’s own; a new version is seen within a minute', async () => {
  answer = version('v1', { OPENAI_API_KEY: 'sk-1', AWS_BEARER_TOKEN_BEDROCK: 'ABSK-1', SOMETHING_ELSE: 'x' })
  await follow()
  expect(held()).toEqual([
    ['bedrock', 'ABSK-1'],
    ['openai', 'sk-1'],
  ])
  expect(follower.sealed()?.[1]).toMatchObject({ source: 'secrets-manager', id: 'v1', setAtMs: 7 })
  answer = version('v2', { OPENAI_API_KEY: 'sk-2' })
  await vi.advanceTimersByTimeAsync(50_000)
  expect([held(), changes]).toEqual([[['openai', 'sk-2']], 2])
})

test('while it is away the last good version stays, and that is told once and until it is back', async () => {
  answer = version('v1', { OPENAI_API_KEY: 'sk-1' })
  await follow()
  answer = away
  await vi.advanceTimersByTimeAsync(120_000)
  expect([held(), follower.problem()]).toEqual([[['openai', 'sk-1']], 'It is away.'])
  expect(events.filter((event) => event === 'secret_not_read')).toHaveLength(1)
  answer = version('v1', { OPENAI_API_KEY: 'sk-1' })
  await vi.advanceTimersByTimeAsync(30_000)
  expect([follower.problem(), changes]).toEqual([null, 1])
})

test('one that could never be read holds nothing, which is not the same as an empty one', async () => {
  answer = away
  await follow()
  expect(held()).toBeNull()
  answer = version('v1', {})
  await vi.advanceTimersByTimeAsync(30_000)
  expect(held()).toEqual([])
})

test('a value that no header carries is left out, and told by its name', async () => {
  answer = version('v1', { OPENAI_API_KEY: 'sk-1\nsk-2', GEMINI_API_KEY: 'AIza' })
  await follow()
  expect(held()).toEqual([[providerId('google'), 'AIza']])
  expect(events).toContain('secret_value_unusable')
})
