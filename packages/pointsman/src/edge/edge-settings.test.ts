import { expect, test } from 'vitest'
import { awsIdentityOf, readEdgeSettings, type Environment } from './edge-settings.ts'

const platform: Environment = {
  SUPABASE_URL: 'https://project.supabase.co/',
  SUPABASE_DB_URL: 'postgresql://postgres:secret@db.project.supabase.co:5432/postgres',
  SUPABASE_SERVICE_ROLE_KEY: 'the service role key',
  POINTSMAN_MASTER_KEY: 'a master key for tests of 32 chars',
}

test('what the platform gives is enough beside the master key', () => {
  expect(readEdgeSettings(platform)).toMatchObject({
    databaseUrl: platform['SUPABASE_DB_URL'],
    serviceKey: 'the service role key',
    otherServiceKeys: [],
    environment: 'prod',
    tokens: { secret: null, jwksUrl: 'https://project.supabase.co/auth/v1/.well-known/jwks.json' },
    wholeAnswerMs: 140_000,
  })
})

test('an operator’s own names win over the platform’s, and both service keys count', () => {
  const settings = readEdgeSettings({
    ...platform,
    DATABASE_URL: 'postgresql://elsewhere/db',
    POINTSMAN_SERVICE_KEY: 'a key of our own',
    POINTSMAN_JWT_SECRET: 'the legacy secret',
    SUPABASE_JWT_SECRET: 'another',
    POINTSMAN_JWKS_URL: 'https://keys.example/jwks',
    POINTSMAN_ENV: 'staging',
    POINTSMAN_TIMEOUT_WHOLE_ANSWER_MS: '1000',
  })
  expect(settings).toMatchObject({
    databaseUrl: 'postgresql://elsewhere/db',
    serviceKey: 'a key of our own',
    otherServiceKeys: ['the service role key'],
    tokens: { secret: 'the legacy secret', jwksUrl: 'https://keys.example/jwks' },
    environment: 'staging',
    wholeAnswerMs: 1_000,
  })
})

test.each(['SUPABASE_DB_URL', 'SUPABASE_SERVICE_ROLE_KEY', 'POINTSMAN_MASTER_KEY'])(
  'without %s nothing is served, and it is named',
  (name) => {
    expect(() => readEdgeSettings({ ...platform, [name]: ' ' })).toThrow(`${name} is not set`)
  },
)

test('AWS credentials come from variables alone', async () => {
  const variables = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'secret' }
  expect(await awsIdentityOf(variables)()).toMatchObject({ accessKeyId: 'AKIA', secretAccessKey: 'secret' })
  await expect(awsIdentityOf({ AWS_ACCESS_KEY_ID: 'AKIA' })()).rejects.toThrow('AWS_SECRET_ACCESS_KEY')
})
