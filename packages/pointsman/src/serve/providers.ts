import { providerId, type KeptCredential, type Provider, type ProviderId } from '@pointsman/contract'
import type { ProviderFacts } from '@pointsman/control'
import {
  BedrockCredentials,
  fixedKey,
  heldFirst,
  noKey,
  type AwsIdentity,
  type CredentialSource,
  type KeyRing,
  type Log,
} from '@pointsman/engine'
import {
  createAnthropic,
  createBedrock,
  createGoogle,
  createOpenai,
  createOpenaiCompatible,
} from '@pointsman/providers'
import type { Settings } from '../settings.ts'
import { systemClock } from './clock.ts'

/** The simulator in place of all vendors: where it is, and what it takes. */
export interface Sandbox {
  readonly url: string
  readonly awsCredential: KeptCredential
  /** One key for the vendors that take keys. */
  readonly key: string
}

/** One provider that this server can call. */
export interface ServedProvider {
  readonly provider: Provider
  readonly credentials: CredentialSource
  /** Null = the vendor's public address. */
  readonly baseUrl: string | null
  /** The same of what it lists; absent = it is not asked for that. */
  readonly listBaseUrl?: string | null
  /** Where an operator's own server stands; its provider knows it by itself. */
  readonly address?: string
}

const bedrockId = providerId('bedrock')

/** Every provider, by the settings; in the sandbox the simulator stands for each vendor, and takes its own key alone. */
export function servedProviders(
  settings: Settings,
  sandbox: Sandbox | null,
  held: { readonly ring: KeyRing; readonly bedrock: BedrockCredentials },
): readonly ServedProvider[] {
  const vendors = [
    { provider: createOpenai(), access: settings.openai, simulated: '/v1' },
    { provider: createAnthropic(), access: settings.anthropic, simulated: '' },
    { provider: createGoogle(), access: settings.gemini, simulated: '' },
  ]
  const secretName = settings.secretsManager?.secret ?? null
  const keptFirst = (id: ProviderId, otherwise: CredentialSource): CredentialSource =>
    heldFirst({ provider: id, ring: held.ring, otherwise, nowMs: systemClock.nowMs, secretName })
  return [
    {
      provider: createBedrock(),
      credentials: sandbox === null ? keptFirst(bedrockId, held.bedrock) : held.bedrock,
      baseUrl: sandbox?.url ?? settings.bedrockBaseUrl,
      listBaseUrl: sandbox?.url ?? settings.bedrockListBaseUrl,
    },
    ...vendors.map(({ provider, access, simulated }) => {
      const hint = provider.credentialHint
      return sandbox === null
        ? {
            ...{ provider, baseUrl: access.baseUrl },
            credentials: keptFirst(provider.id, fixedKey(access.key, hint)),
          }
        : { provider, baseUrl: sandbox.url + simulated, credentials: sandboxKey(sandbox, hint) }
    }),
    // Called in the sandbox too: they are the operator's own.
    ...settings.compatibleServers.map(({ key, keyVariable, server }) => {
      const provider = createOpenaiCompatible(server)
      const own = keyVariable === null ? noKey : fixedKey(key, keyVariable)
      return { provider, credentials: keptFirst(provider.id, own), baseUrl: null, address: server.baseUrl }
    }),
  ]
}

const sandboxWords = { source: 'sandbox', from: 'the sandbox' } as const

const sandboxKey = ({ key }: Sandbox, hint: string): CredentialSource => fixedKey(key, hint, sandboxWords)

/** What Bedrock is called with where no key is kept for it: the variable, or the chain of AWS credentials, which is asked once here. */
export async function openBedrockCredentials(
  { bedrockBearerToken: token }: Settings,
  log: Log,
  { chain, sandbox }: { readonly sandbox: Sandbox | null; readonly chain: () => Promise<AwsIdentity> },
): Promise<BedrockCredentials> {
  const credentials = new BedrockCredentials({
    ...{ chain, log },
    fixed: sandbox?.awsCredential ?? (token === null ? null : { kind: 'bearer', token }),
    fixedFacts:
      sandbox === null
        ? {
            ...{ source: 'environment', from: 'AWS_BEARER_TOKEN_BEDROCK' },
            expiresAtMs: token === null ? null : keyEndsAtMs(bedrockId, token),
          }
        : sandboxWords,
  })
  await credentials.start()
  return credentials
}

const adapters: ReadonlyMap<ProviderId, Provider> = new Map(
  [createBedrock(), createOpenai(), createAnthropic(), createGoogle()].map((one) => [one.id, one]),
)

/** When the vendor will no longer take a token, where the token says so. */
export const keyEndsAtMs = (provider: ProviderId, token: string): number | null =>
  adapters.get(provider)?.keyEndsAtMs?.(token) ?? null

/** What the control plane shows of them. */
export const providerFacts = (providers: readonly ServedProvider[]): readonly ProviderFacts[] =>
  providers.map(({ provider, credentials, baseUrl, address }) => ({
    id: provider.id,
    readiness: credentials.state(),
    baseUrl: address ?? baseUrl,
    credential: credentials.facts(),
    takesAwsKeys: provider.id === bedrockId,
  }))
