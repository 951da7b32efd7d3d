import { PointsmanError } from '@pointsman/contract'
import { readSecretFailure, readSecretVersion, type SecretVersion } from '@pointsman/control'
import type { AwsIdentity } from '@pointsman/engine'
import { SignatureV4 } from '@smithy/signature-v4'
import { Sha256 } from '../aws-sha256.ts'
import type { SecretsManagerSettings } from '../../secrets-manager-settings.ts'

const withinMs = 5_000

/**
 * The present version of the secret: one signed POST, for which AWS's whole client of the service would be forty packages too
 * many. Throws PointsmanError `credentials_missing` that says why it could not be had and how to mend it.
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
  const { body, headers, url } = await signed(settings, identity)
  // A redirect would take the signature along.
  const request = {
    method: 'POST',
    headers,
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(withinMs),
  } as const
  const { answer, text } = await fetch(url, request)
    .then(async (response) => ({ answer: response, text: await response.text() }))
    .catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw failed(
        settings,
        `${new URL(url).host} did not answer (${why})`,
        'Look at the network and the proxy.',
        cause,
      )
    })
  if (!answer.ok) {
    const { message, name } = readSecretFailure(answer.status, text, answer.headers.get('x-amzn-errortype'))
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

async function signed(
  { baseUrl, region, secret }: SecretsManagerSettings,
  { accessKeyId, secretAccessKey, sessionToken }: AwsIdentity,
) {
  const url = new URL(baseUrl ?? publicAddress(region))
  const body = JSON.stringify({ SecretId: secret })
  const signer = new SignatureV4({
    ...{ service: 'secretsmanager', region, sha256: Sha256 },
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
  })
  const path = url.pathname
  const { headers } = await signer.sign({
    ...{ method: 'POST', protocol: url.protocol, hostname: url.hostname, path, body },
    headers: {
      host: url.host,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'secretsmanager.GetSecretValue',
    },
  })
  return { url: url.href, body, headers }
}

const publicAddress = (region: string): string =>
  `https://secretsmanager.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}/`
