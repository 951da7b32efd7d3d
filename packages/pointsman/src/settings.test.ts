import { constants } from 'node:buffer'
import { expect, test } from 'vitest'
import { readSettings } from './settings.ts'

test('defaults are those of the contract', () => {
  const settings = readSettings({}, {})
  expect(settings).toMatchObject({
    host: '127.0.0.1',
    port: 7070,
    region: 'eu-central-1',
    environment: 'dev',
    databaseUrl: null,
    maxBodyBytes: 26_214_400,
  })
  expect(settings.dataDir.endsWith('/.pointsman')).toBe(true)
})

test('flags win over variables, and the first of two names over the second', () => {
  const environment = {
    POINTSMAN_PORT: '1',
    BEDROCK_REGION: 'eu-west-1',
    AWS_REGION: 'us-east-1',
    POINTSMAN_SERVICE_KEY: 'a',
    SUPABASE_SERVICE_KEY: 'b',
  }
  expect(readSettings(environment, { port: '2' })).toMatchObject({
    port: 2,
    region: 'eu-west-1',
    serviceKey: 'a',
  })
})

test('another database than PostgreSQL is refused, without its password', () => {
  const read = (url: string) => readSettings({ DATABASE_URL: url }, {}).databaseUrl
  expect(read('postgres://a:b@c/d')).toBe('postgres://a:b@c/d')
  expect(() => read('mysql://a:secret@c/d')).toThrow(/^DATABASE_URL begins with mysql:\/\/; (?!.*secret)/)
})

test('an empty variable counts as unset', () => {
  expect(readSettings({ POINTSMAN_PORT: '', DATABASE_URL: ' ' }, {})).toMatchObject({
    port: 7070,
    databaseUrl: null,
  })
})

test.each([
  [{ POINTSMAN_PORT: 'x' }, 'POINTSMAN_PORT'],
  [{ POINTSMAN_PORT: '70000' }, '65535'],
  [{ POINTSMAN_ENV: 'production' }, 'dev, staging, prod'],
  [{ POINTSMAN_MASTER_KEY: 'short' }, '32 or more'],
  [{ AWS_ENDPOINT_URL_BEDROCK_RUNTIME: 'localhost' }, 'not an address'],
  [{ POINTSMAN_PRIVATE_HOSTS: 'a.example, http://b' }, 'names of hosts'],
  [{ POINTSMAN_TIMEOUT_IDLE_MS: '-1' }, 'POINTSMAN_TIMEOUT_IDLE_MS'],
  [{ POINTSMAN_MAX_CONNECTIONS: '1000001' }, 'from 1 to 1000000'],
  [{ POINTSMAN_RETRY_BUDGET_PERCENT: '101' }, 'POINTSMAN_RETRY_BUDGET_PERCENT'],
  [{ POINTSMAN_BREAKER_FAILURES: 'off' }, 'POINTSMAN_BREAKER_FAILURES'],
])('a wrong value is refused by name: %o', (environment, told) => {
  expect(() => readSettings(environment, {})).toThrow(told)
})

test.each([
  ['POINTSMAN_MAX_BODY_BYTES', 'maxBodyBytes'],
  ['POINTSMAN_MAX_ANSWER_BYTES', 'maxAnswerBytes'],
])('%s takes what one text can hold, and no more', (name, setting) => {
  const most = constants.MAX_STRING_LENGTH
  expect(readSettings({ [name]: String(most) }, {})).toHaveProperty(setting, most)
  expect(() => readSettings({ [name]: String(most + 1) }, {})).toThrow(name)
})

test('bodies in flight have a quarter of the memory that is set', () => {
  const { load } = readSettings({ POINTSMAN_MAX_MEMORY_BYTES: '400000000' }, {})
  expect(load).toMatchObject({ maxMemoryBytes: 400_000_000, maxBodyBytes: 100_000_000 })
})
