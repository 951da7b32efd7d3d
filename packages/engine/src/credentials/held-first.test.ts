import { PointsmanError, providerId, type SealedKey } from '@pointsman/contract'
import { expect, test } from 'vitest'
import type { Log } from '../log.ts'
import { heldFirst } from './held-first.ts'
import { KeyRing } from './key-ring.ts'
import { fixedKey } from './provider-credentials.ts'

const openai = providerId('openai')
const sealed = (source: SealedKey['source'], changes: Partial<SealedKey> = {}): SealedKey => ({
  ...{ provider: openai, source, id: source, version: 1, kind: 'bearer', lastFour: 'cdef' },
  ...{ expiresAtMs: null, setAtMs: 10, wrappingKey: 'w', wrappedKey: 'k', sealed: `key of ${source}` },
  ...changes,
})

function setUp(variable: string | null = 'key of the environment') {
  const logged: string[] = []
  const log: Log = (_, event) => void logged.push(event)
  let nowMs = 1_000
  const ring = new KeyRing({
    log,
    endsAtMs: (_, token) => (token === 'tells its end' ? 5_000 : null),
    open: (key) => {
      if (key.sealed === 'altered') throw new PointsmanError('credentials_missing', 'It was altered.')
      return { kind: 'bearer', token: key.sealed }
    },
  })
  const source = heldFirst({
    ...{ provider: openai, ring, nowMs: () => nowMs, secretName: '/secrets/dev' },
    otherwise: fixedKey(variable, 'OPENAI_API_KEY'),
  })
  const used = async (): Promise<unknown> => {
    try {
      const credential = await source.get()
      return credential.kind === 'bearer' ? credential.token : credential
    } catch (error) {
      return error instanceof PointsmanError ? error.code : error
    }
  }
  return { ring, source, used, logged, at: (ms: number) => (nowMs = ms) }
}

test('the registry’s key stands before that of Secrets Manager, and that before the variable', async () => {
  const { ring, source, used } = setUp()
  expect([await used(), source.facts().source]).toEqual(['key of the environment', 'environment'])
  ring.take([sealed('secrets-manager')])
  expect([await used(), source.facts()]).toMatchObject([
    'key of secrets-manager',
    { source: 'secrets-manager', from: '/secrets/dev', sinceMs: 10 },
  ])
  ring.take([sealed('secrets-manager'), sealed('registry')])
  expect([await used(), source.facts().source]).toEqual(['key of registry', 'registry'])
  ring.take([])
  expect(await used()).toBe('key of the environment')
})

test('a key past its end counts as not there, and that is told', async () => {
  const { at, ring, source, used } = setUp()
  ring.take([sealed('registry', { sealed: 'tells its end', expiresAtMs: 9_000 })])
  at(4_999)
  expect([await used(), source.facts().expiresAtMs, source.facts().problem]).toEqual([
    'tells its end',
    5_000,
    null,
  ])
  at(5_000)
  expect(await used()).toBe('key of the environment')
  expect(source.facts().source).toBe('environment')
  expect(source.facts().problem).toMatch(/ended at 1970.*set-key openai/)
})

test('of Secrets Manager, too; behind a stored key that is in force it is no trouble', async () => {
  const { at, ring, source, used } = setUp()
  const ended = sealed('secrets-manager', { expiresAtMs: 2_000 })
  at(3_000)
  ring.take([ended])
  expect([await used(), source.facts().source]).toEqual(['key of the environment', 'environment'])
  expect(source.facts().problem).toMatch(/key in \/secrets\/dev ended at/)
  ring.take([ended, sealed('registry')])
  expect([await used(), source.facts().problem]).toEqual(['key of registry', null])
})

test('one that cannot be read does not make way for another account’s', async () => {
  const { ring, source, used, logged } = setUp()
  const keys = [sealed('secrets-manager'), sealed('registry', { sealed: 'altered' })]
  ring.take(keys)
  ring.take(keys)
  expect(await used()).toBe('credentials_missing')
  expect(source.state()).toEqual({ ready: false, missing: 'a key anew for openai' })
  expect(source.facts()).toMatchObject({ source: 'registry', problem: 'It was altered.' })
  // Once, however often the same is handed over.
  expect(logged.filter((event) => event === 'provider_key_unreadable')).toHaveLength(1)
  ring.take([sealed('registry', { version: 2 })])
  expect([await used(), source.state()]).toEqual(['key of registry', { ready: true }])
})

test('without any key the variable to set is named', async () => {
  const { ring, source, used } = setUp(null)
  expect([source.state(), await used()]).toEqual([
    { ready: false, missing: 'OPENAI_API_KEY' },
    'credentials_missing',
  ])
  ring.take([sealed('registry')])
  expect([source.state(), await used()]).toEqual([{ ready: true }, 'key of registry'])
})
