import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { providerId, type SealedKey } from '@pointsman/contract'
import { afterAll, expect, test } from 'vitest'
import { keptKeysIn } from './kept-keys.ts'

const folder = await mkdtemp(join(tmpdir(), 'pointsman-test-'))
afterAll(() => rm(folder, { recursive: true }))
const path = join(folder, 'provider-keys.json')
const key: SealedKey = {
  ...{ provider: providerId('openai'), source: 'registry', id: 'a', version: 1, kind: 'bearer' },
  ...{ lastFour: null, expiresAtMs: null, setAtMs: 1, wrappingKey: 'w', wrappedKey: 'k', sealed: 's' },
}

test('what was kept is there at the next start, for this user alone', async () => {
  const events: string[] = []
  const kept = keptKeysIn(folder, (_, event) => events.push(event))
  expect(await kept.load()).toEqual([])
  await kept.save([key])
  expect(await keptKeysIn(folder, () => undefined).load()).toEqual([key])
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  // The same again is not written again.
  await rm(path)
  await kept.save([key])
  expect([await kept.load(), events]).toEqual([[], []])
})

test.each(['', '{"cut', '{}', 'null'])('a damaged file holds nothing, and is told of: %j', async (text) => {
  const events: string[] = []
  await writeFile(path, text)
  expect(await keptKeysIn(folder, (_, event) => events.push(event)).load()).toEqual([])
  expect(events).toEqual(['kept_provider_keys_unreadable'])
})
