import { PointsmanError, type Provider } from '@pointsman/contract'
import { BedrockCredentials, fixedKey, type CredentialSource, type Log } from '@pointsman/engine'
import {
  createAnthropic,
  createBedrock,
  createGoogle,
  createOpenai,
  parseBaseUrl,
} from '@pointsman/providers'
import { ModelManagerError } from './model-manager-error.ts'
import type { Environment, Platform } from './platform.ts'

/** One provider that can be called, or could with a key. */
export interface AccessedProvider {
  readonly provider: Provider
  readonly credentials: CredentialSource
  /** Null = the vendor's public address. */
  readonly baseUrl: string | null
}

export interface ProviderAccess {
  readonly providers: readonly AccessedProvider[]
  /** Asks the AWS chain once, where no bearer token is set. Never rejects. */
  start(): Promise<void>
}

/** The vendors, by the variables that their own SDKs read: the same that the server reads. */
export function providerAccess({ awsChain, environment }: Platform, log: Log): ProviderAccess {
  const token = valueOf(environment, 'AWS_BEARER_TOKEN_BEDROCK')
  const bedrock = new BedrockCredentials({
    fixed: token === null ? null : { kind: 'bearer', token },
    chain: awsChain,
    log,
  })
  const withKey = (provider: Provider, keyName: string, urlName: string): AccessedProvider => ({
    provider,
    credentials: fixedKey(valueOf(environment, keyName), provider.credentialHint),
    baseUrl: addressOf(environment, urlName),
  })
  return {
    providers: [
      {
        provider: createBedrock(),
        credentials: bedrock,
        baseUrl: addressOf(environment, 'AWS_ENDPOINT_URL_BEDROCK_RUNTIME'),
      },
      withKey(createOpenai(), 'OPENAI_API_KEY', 'OPENAI_BASE_URL'),
      withKey(createAnthropic(), 'ANTHROPIC_API_KEY', 'ANTHROPIC_BASE_URL'),
      withKey(createGoogle(), 'GEMINI_API_KEY', 'GOOGLE_GEMINI_BASE_URL'),
    ],
    start: () => bedrock.start(),
  }
}

/** An empty variable is an unset one. */
export function valueOf(environment: Environment, ...names: readonly string[]): string | null {
  for (const name of names) {
    const value = environment[name]?.trim() ?? ''
    if (value !== '') return value
  }
  return null
}

function addressOf(environment: Environment, name: string): string | null {
  const text = valueOf(environment, name)
  if (text === null) return null
  try {
    parseBaseUrl(text, name)
  } catch (thrown) {
    if (!(thrown instanceof PointsmanError)) throw thrown
    throw new ModelManagerError('invalid_configuration', `${name} is "${text}". ${thrown.message}`, {
      cause: thrown,
    })
  }
  return text.replace(/\/+$/, '')
}
