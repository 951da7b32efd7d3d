import { resilienceDefaults } from '@pointsman/core'
import {
  createCircuits,
  createFallbackEpisodes,
  createModelAverages,
  createRefusedCredentials,
  createRetryBudgets,
  createUnrecognisedFrames,
  ProviderCredentials,
  type Engine,
  type Log,
  type RecordSink,
} from '@pointsman/engine'
import { createDialects } from '@pointsman/wire'
import type { Platform } from './platform.ts'
import type { ProviderAccess } from './provider-access.ts'

export interface EngineParts {
  readonly platform: Platform
  readonly access: ProviderAccess
  readonly records: RecordSink
  readonly log: Log
}

/** The engine that a server's data plane has, with this process's own parts. */
export function createManagerEngine({ access, log, platform, records }: EngineParts): Engine {
  const { chance, clock, crc32, digests } = platform
  const { providers } = access
  const baseUrls = new Map(
    providers.flatMap(({ provider, baseUrl }) => (baseUrl === null ? [] : [[provider.id, baseUrl]])),
  )
  const namedHosts = new Set([...baseUrls.values()].map((url) => new URL(url).hostname))
  return {
    ports: {
      ...{ clock, chance, digests, records },
      transport: platform.openTransport(namedHosts),
      credentials: new ProviderCredentials(
        new Map(providers.map(({ provider, credentials }) => [provider.id, credentials])),
      ),
      // Whoever holds the process has no key whose limits could be counted.
      limits: { reserve: () => undefined, settle: () => undefined },
    },
    providers: new Map(providers.map(({ provider }) => [provider.id, provider])),
    dialects: createDialects({ crc32 }),
    baseUrls,
    log,
    unrecognised: createUnrecognisedFrames(),
    fallbackEpisodes: createFallbackEpisodes(),
    refusedCredentials: createRefusedCredentials({ log }),
    averages: createModelAverages(),
    resilience: resilienceDefaults,
    circuits: createCircuits({
      numbers: resilienceDefaults.breaker,
      chance,
      onChange: ({ held, modelId, region }) =>
        log(held === null ? 'info' : 'warn', held === null ? 'circuit_closed' : 'circuit_opened', {
          ...{ model: modelId, region },
          ...(held === null ? {} : { cause: held.cause }),
        }),
    }),
    retryBudgets: createRetryBudgets(resilienceDefaults.retry),
  }
}
