import { failureWords, PointsmanError } from '@pointsman/contract'
import { readAwsFailure, readSecretVersion, type SecretVersion } from '@pointsman/control'
import type { AwsIdentity } from '@pointsman/engine'
import { callAwsJson, hostOf, type AwsJsonCall } from '../aws-json-call.ts'
import type { SecretsManagerSettings } from '../../secrets-manager-settings.ts'

const withinMs = 5_000

/**
 * The present version of the secret, by one signed POST. Throws PointsmanError `credentials_missing` that says why it could not be had and how to mend it.
 */
export async function askSecretsManager(
  settings: SecretsManagerSettings,
  chain: () => Promise<AwsIdentity>,
): Promise<SecretVersion> {
  const identity = await chain().catch((cause: unknown) => {
    throw failed(
      settings,
      'the AWS credential chain found no credential',
      'Set AWS_PROFILE, or run under a role.',
      cause,
    )
  })
  const call: AwsJsonCall = {
    ...{ service: 'secretsmanager', target: 'secretsmanager.GetSecretValue', version: '1.1', withinMs },
    ...{ region: settings.region, baseUrl: settings.baseUrl, body: { SecretId: settings.secret } },
  }
  const { errorType, status, text } = await callAwsJson(call, identity).catch((cause: unknown) => {
    throw failed(
      settings,
      `${hostOf(call)} gave no usable answer (${failureWords(cause)})`,
      'Look at the network and AWS_ENDPOINT_URL_SECRETS_MANAGER.',
      cause,
    )
  })
  if (status !== 200) {
    const { message, name } = readAwsFailure(status, text, errorType)
    throw failed(settings, `${name}: ${message.replace(/\.$/, '')}`, mendOf(name, settings))
  }
  const version = readSecretVersion(text)
  if (version !== null) return version
  throw failed(
    settings,
    'it holds no JSON object',
    'Put one into it such as {"OPENAI_API_KEY":"…","AWS_BEARER_TOKEN_BEDROCK":"…"}.',
  )
}

function failed(
  { secret }: SecretsManagerSettings,
  why: string,
  mend: string,
  cause?: unknown,
): PointsmanError {
  return new PointsmanError(
    'credentials_missing',
    `The secret ${secret} could not be read from Secrets Manager: ${why}. ${mend}`,
    { cause },
  )
}

function mendOf(name: string, { region, secret }: SecretsManagerSettings): string {
  switch (name) {
    case 'AccessDeniedException':
      return 'Allow secretsmanager:GetSecretValue on it to this role, and kms:Decrypt where a key of your own encrypts it.'
    case 'ResourceNotFoundException':
      return `Make it in ${region}, or name another in POINTSMAN_SECRETS_MANAGER.`
    case 'UnrecognizedClientException':
    case 'InvalidSignatureException':
    case 'ExpiredTokenException':
      return 'Renew the AWS credential of this server, and see that its clock is right.'
    case 'ThrottlingException':
      return 'It is asked again by itself.'
    default:
      return secret.startsWith('arn:')
        ? 'It is asked again by itself.'
        : `It is asked again by itself, in ${region}.`
  }
}
