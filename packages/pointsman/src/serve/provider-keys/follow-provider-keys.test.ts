import { PointsmanError, providerId, type SealedKey } from '@pointsman/contract'
import { KeyRing } from '@pointsman/engine'
import { expect, test } from 'vitest'
import { followProviderKeys } from './follow-provider-keys.ts'

const openai = providerId('openai')
const key = (sealed: string): SealedKey => ({
  ...{ provider: openai, source: 'registry', id: 'a', version: 1, kind: 'bearer', lastFour: null },
  ...{ expiresAtMs: null, setAtMs: 1, wrappingKey: 'w', wrappedKey: 'k', sealed },
})

test('an acknowledgement waits for the keys; while they cannot be had, those that are there stay', async () => {
  const events: string[] = []
  const ring = new KeyRing({
    log: () => undefined,
    endsAtMs: () => null,
    open: ({ sealed }) => ({ kind: 'bearer', token: sealed }),
  })
  let answer: () => Promise<readonly SealedKey[]> = () => Promise.resolve([key('first')])
  let changed = (): void => undefined
  const control = {
    onUp: () => undefined,
    providerKeys: {
      sealed: () => answer(),
      onChange: (listener: () => void) => {
        changed = listener
        return () => undefined
      },
    },
  }
  const followed = followProviderKeys(control, ring, (_, event) => events.push(event))
  const held = () => ring.find(openai, 'registry')?.credential
  await followed.start()
  expect(held()).toEqual({ kind: 'bearer', token: 'first' })

  // One that was asked before the change must not stand for the one after it.
  const slow = Promise.withResolvers<readonly SealedKey[]>()
  answer = () => slow.promise
  changed()
  answer = () => Promise.resolve([key('second')])
  const applied = followed.applied()
  slow.resolve([key('first')])
  await applied
  expect(held()).toEqual({ kind: 'bearer', token: 'second' })

  answer = () => Promise.reject(new PointsmanError('registry_unavailable', 'away'))
  await followed.applied()
  await followed.applied()
  expect([held(), events]).toEqual([{ kind: 'bearer', token: 'second' }, ['provider_keys_not_taken']])
  answer = () => Promise.resolve([])
  await followed.applied()
  expect(held()).toBeUndefined()
  followed.stop()
})
