import { expect, test } from 'vitest'
import { readSecretVersion } from './secrets-manager.ts'

const answer = (SecretString: unknown) =>
  JSON.stringify({ ARN: 'arn', Name: 'n', VersionId: 'v1', CreatedDate: 1_764_000_000.123, SecretString })

test('names and values of the secret; what is no text, or empty, is left out', () => {
  const secret = { OPENAI_API_KEY: ' sk-1\n', GEMINI_API_KEY: '', ANTHROPIC_API_KEY: 5, other: 'x' }
  expect(readSecretVersion(answer(JSON.stringify(secret)))).toEqual({
    ...{ versionId: 'v1', createdAtMs: 1_764_000_000_123 },
    values: new Map([
      ['OPENAI_API_KEY', 'sk-1'],
      ['other', 'x'],
    ]),
  })
})

test.each([
  ['plain text', answer('sk-1')],
  ['a list', answer('["sk-1"]')],
  ['a secret in binary', answer(undefined)],
  ['no answer of the API', '{"VersionId":5}'],
  ['no JSON', '<html>'],
])('%s is no secret of ours', (_, text) => {
  expect(readSecretVersion(text)).toBeNull()
})
