import type { Credential, Provider } from '@pointsman/contract'
import type { ProviderFacts } from '@pointsman/control'
import { fixedKey, noKey, type BedrockCredentials, type CredentialSource } from '@pointsman/engine'
import {
  createAnthropic,
  createBedrock,
  createGoogle,
  createOpenai,
  createOpenaiCompatible,
} from '@pointsman/providers'
import type { ConfiguredServer } from '../compatible-servers.ts'
import type { Settings } from '../settings.ts'

/** The simulator in place of all vendors: where it is, and what it takes. */
export interface Sandbox {
  readonly url: string
  readonly awsCredential: Credential
  /** One key for the vendors that take keys. */
  readonly key: string
}

/** One provider that this server can call. */
export interface ServedProvider {
  readonly provider: Provider
  readonly credentials: CredentialSource
  /** Null = the vendor's public address. */
  readonly baseUrl: string | null
  /** Where an operator's own server stands; its provider knows it by itself. */
  readonly address?: string
}

/** Every provider, by the settings; in the sandbox the simulator stands for each vendor. */
export function servedProviders(
  settings: Settings,
  sandbox: Sandbox | null,
  bedrock: BedrockCredentials,
): readonly ServedProvider[] {
  const vendors = [
    { provider: createOpenai(), access: settings.openai, simulated: '/v1' },
    { provider: createAnthropic(), access: settings.anthropic, simulated: '' },
    { provider: createGoogle(), access: settings.gemini, simulated: '' },
  ]
  return [
    { provider: createBedrock(), credentials: bedrock, baseUrl: sandbox?.url ?? settings.bedrockBaseUrl },
    ...vendors.map(({ provider, access, simulated }) => ({
      provider,
      credentials: fixedKey(sandbox?.key ?? access.key, provider.credentialHint),
      baseUrl: sandbox === null ? access.baseUrl : sandbox.url + simulated,
    })),
    ...settings.compatibleServers.map(compatible),
  ]
}

/** What the control plane shows of them. */
export const providerFacts = (providers: readonly ServedProvider[]): readonly ProviderFacts[] =>
  providers.map(({ provider, credentials, baseUrl, address }) => ({
    id: provider.id,
    readiness: credentials.state(),
    baseUrl: address ?? baseUrl,
    keyLastFour: credentials.lastFour(),
  }))

/** Called in the sandbox too: it is the operator's own server. */
const compatible = ({ key, keyVariable, server }: ConfiguredServer): ServedProvider => ({
  provider: createOpenaiCompatible(server),
  credentials: keyVariable === null ? noKey : fixedKey(key, keyVariable),
  baseUrl: null,
  address: server.baseUrl,
})
