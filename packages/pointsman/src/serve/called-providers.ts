import { hostname } from 'node:os'
import type { CredentialFacts, ProviderId } from '@pointsman/contract'
import type { Condition, ProviderFacts } from '@pointsman/control'
import { openKey } from '@pointsman/core'
import {
  createRefusedCredentials,
  KeyRing,
  ProviderCredentials,
  type AwsIdentity,
  type RefusedCredentials,
} from '@pointsman/engine'
import type { Settings } from '../settings.ts'
import { systemClock } from './clock.ts'
import type { Closers } from './closers.ts'
import type { ControlLink } from './control-link.ts'
import type { HostKeys } from './host-keys.ts'
import type { Log } from './log.ts'
import { followProviderKeys, type FollowedProviderKeys } from './provider-keys/follow-provider-keys.ts'
import { keyConditions } from './provider-keys/key-conditions.ts'
import { withRefusals } from './provider-keys/refusal-words.ts'
import {
  keyEndsAtMs,
  openBedrockCredentials,
  providerFacts,
  servedProviders,
  type Sandbox,
  type ServedProvider,
} from './providers.ts'

export interface CalledProvidersParts {
  readonly settings: Settings
  readonly log: Log
  readonly sandbox: Sandbox | null
  readonly keys: HostKeys
  readonly control: Pick<ControlLink, 'providerKeys' | 'onUp'>
  /** What finds AWS credentials where no bearer token is set. */
  readonly awsChain: () => Promise<AwsIdentity>
  readonly closers: Closers
}

/** What one data plane can call, and the keys that it has for it. */
export interface CalledProviders {
  readonly providers: readonly ServedProvider[]
  readonly credentials: ProviderCredentials
  readonly refusedCredentials: RefusedCredentials
  readonly keys: FollowedProviderKeys
  facts(): readonly ProviderFacts[]
  /** Of one provider; null = it cannot be called from here. */
  credentialOf(provider: ProviderId | null): CredentialFacts | null
  conditions(): readonly Condition[]
}

export async function openCalledProviders(parts: CalledProvidersParts): Promise<CalledProviders> {
  const { closers, control, log, sandbox, settings } = parts
  const bedrock = await openBedrockCredentials(settings, log, { sandbox, chain: parts.awsChain })
  const ring = new KeyRing({ log, endsAtMs: keyEndsAtMs, open: (key) => openKey(key, parts.keys.sealing) })
  const keys = followProviderKeys(control, ring, log)
  closers.add('provider keys', async () => keys.stop())
  const providers = servedProviders(settings, sandbox, { bedrock, ring })
  const sources = new Map(providers.map(({ provider, credentials }) => [provider.id, credentials]))
  const credentialOf = (provider: ProviderId): CredentialFacts | null =>
    sources.get(provider)?.facts() ?? null
  const refusedCredentials = createRefusedCredentials({
    log,
    inUse: (provider) => {
      const used = credentialOf(provider)
      return JSON.stringify([used?.source, used?.from, used?.lastFour])
    },
  })
  const facts = (): readonly ProviderFacts[] =>
    providerFacts(providers).map((one) =>
      withRefusals(one, refusedCredentials.of(one.id, systemClock.nowMs())),
    )
  return {
    ...{ providers, keys, facts, refusedCredentials },
    credentials: new ProviderCredentials(sources),
    credentialOf: (provider) => (provider === null ? null : credentialOf(provider)),
    conditions: () => keyConditions(facts(), { host: hostname(), nowMs: systemClock.nowMs() }),
  }
}
