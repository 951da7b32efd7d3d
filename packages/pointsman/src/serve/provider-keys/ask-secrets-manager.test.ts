import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { askSecretsManager } from './ask-secrets-manager.ts'
import {
  standInCredentials,
  startSecretsManagerStandIn,
  type SecretsManagerStandIn,
} from './testing/secrets-manager-stand-in.ts'

const secret = '/ai-agent/llm-secrets/dev'
const value = JSON.stringify({ OPENAI_API_KEY: 'sk-of-the-secret' })

let service: SecretsManagerStandIn
let official: SecretsManagerClient
beforeAll(async () => {
  service = await startSecretsManagerStandIn()
  official = new SecretsManagerClient({
    ...{ region: 'eu-central-1', endpoint: service.url, credentials: standInCredentials, maxAttempts: 1 },
  })
})
afterAll(async () => {
  official.destroy()
  await service.close()
})
beforeEach(() => service.fail(null))

const settings = (name = secret) => ({ secret: name, region: 'eu-central-1', baseUrl: service.url })
const ask = (name?: string) => askSecretsManager(settings(name), () => Promise.resolve(standInCredentials))

test('AWS’s own client takes the stand-in for the service', async () => {
  service.put(secret, '{}')
  const { VersionId } = await official.send(
    new PutSecretValueCommand({ SecretId: secret, SecretString: value }),
  )
  const got = await official.send(new GetSecretValueCommand({ SecretId: secret }))
  expect([got.SecretString, got.VersionId]).toEqual([value, VersionId])
  expect(Math.abs((got.CreatedDate?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000)
  await expect(official.send(new GetSecretValueCommand({ SecretId: 'none' }))).rejects.toBeInstanceOf(
    ResourceNotFoundException,
  )
})

test('we read the same of it as AWS’s own client, by a signature that is checked', async () => {
  service.put(secret, value)
  const theirs = await official.send(new GetSecretValueCommand({ SecretId: secret }))
  const ours = await ask()
  expect([ours.versionId, ours.createdAtMs]).toEqual([theirs.VersionId, theirs.CreatedDate?.getTime()])
  expect([...ours.values]).toEqual(Object.entries(JSON.parse(theirs.SecretString ?? '') as object))
})

test('a session’s credential is signed with its token', async () => {
  service.put(secret, value)
  const session = { ...standInCredentials, sessionToken: 'a session token' }
  expect((await askSecretsManager(settings(), () => Promise.resolve(session))).values.size).toBe(1)
})

test.each<[string, () => Promise<unknown>, RegExp]>([
  [
    'a secret that is not there',
    () => ask('none'),
    /none.*ResourceNotFoundException.*Make it in eu-central-1/s,
  ],
  [
    'a wrong credential',
    () =>
      askSecretsManager(settings(), () => Promise.resolve({ ...standInCredentials, secretAccessKey: 'x' })),
    /InvalidSignatureException.*Renew the AWS credential/s,
  ],
  [
    'no credential',
    () => askSecretsManager(settings(), () => Promise.reject(new Error('none'))),
    /found no credential.*AWS_PROFILE/s,
  ],
  [
    'no service',
    () =>
      askSecretsManager({ ...settings(), baseUrl: 'http://127.0.0.1:9' }, () =>
        Promise.resolve(standInCredentials),
      ),
    /127\.0\.0\.1:9 gave no usable answer.*network/s,
  ],
])('%s is told with the step that mends it', async (_, asked, words) => {
  await expect(asked()).rejects.toThrow(words)
})

test('a right that lacks, and a secret that is no object, are told with the step that mends them', async () => {
  service.fail({ status: 400, type: 'AccessDeniedException', message: 'User: x is not authorized' })
  await expect(ask()).rejects.toThrow(/Allow secretsmanager:GetSecretValue/)
  service.fail(null)
  service.put(secret, 'sk-plain')
  const refused = ask()
  await expect(refused).rejects.toThrow(/no JSON object/)
  await expect(refused).rejects.not.toThrow(/sk-plain/)
})
