import {
  providerId,
  toPointsmanError,
  type ProviderId,
  type ProviderKeyFacts,
  type SealedKey,
} from '@pointsman/contract'
import type { SecretVersion } from '@pointsman/control'
import { lastFourOf, sealKey, type Sealing } from '@pointsman/core'
import type { Settings } from '../../settings.ts'
import { systemClock } from '../clock.ts'
import type { Log } from '../log.ts'

/** The keys in Secrets Manager, followed. */
export interface SecretFollower {
  /** The first answer, whatever it is. Never rejects. */
  readonly first: Promise<void>
  /** As they were read last; null = they have not been read since the start. */
  sealed(): readonly SealedKey[] | null
  /** Why they could not be read just now, and how to mend it; null = they could. */
  problem(): string | null
  stop(): void
}

export interface SecretFollowerParts {
  /** Throws PointsmanError where the secret cannot be had. */
  readonly ask: () => Promise<SecretVersion>
  /** Which name in the secret holds whose key. */
  readonly names: ReadonlyMap<ProviderId, string>
  readonly sealing: Sealing
  readonly log: Log
  readonly onChange: () => void
}

/** Twice and the time of an answer is still within a minute; a month of it costs less than half a dollar. */
const askEveryMs = 25_000
/** What no header carries is no key: a line break in the middle, say. */
const keyForm = /^[\x21-\x7e]+$/

/** The names of the seeds, and those that other servers' keys are configured by. */
export const namesInSecret = ({
  compatibleServers,
}: Pick<Settings, 'compatibleServers'>): ReadonlyMap<ProviderId, string> =>
  new Map([
    [providerId('bedrock'), 'AWS_BEARER_TOKEN_BEDROCK'],
    [providerId('openai'), 'OPENAI_API_KEY'],
    [providerId('anthropic'), 'ANTHROPIC_API_KEY'],
    [providerId('google'), 'GEMINI_API_KEY'],
    ...compatibleServers.flatMap(({ keyVariable, server }) =>
      keyVariable === null ? [] : [[providerId(server.id), keyVariable] as const],
    ),
  ])

/** A holder of mutable state: the last good version, sealed at once. While the service is away it stays. */
export function followSecret(parts: SecretFollowerParts): SecretFollower {
  const { log } = parts
  let held: { readonly versionId: string; readonly keys: readonly SealedKey[] } | null = null
  let version = 0
  let problem: string | null = null
  let cancel = (): void => undefined
  let stopped = false

  const take = (told: SecretVersion): void => {
    if (problem !== null) log('info', 'secrets_manager_back', {})
    problem = null
    if (told.versionId === held?.versionId) return
    version += 1
    held = { versionId: told.versionId, keys: sealedKeys(told, version, parts) }
    log('info', 'secret_taken', { providers: held.keys.map(({ provider }) => provider) })
    parts.onChange()
  }
  const fail = (thrown: unknown): void => {
    const { message } = toPointsmanError(thrown)
    // Once for each reason: it may be away for hours.
    if (message !== problem) log('warn', 'secret_not_read', { problem: message })
    problem = message
  }
  const round = async (): Promise<void> => {
    await parts.ask().then(take).catch(fail)
    if (!stopped) cancel = systemClock.after(askEveryMs, () => void round())
  }
  return {
    first: round(),
    sealed: () => held?.keys ?? null,
    problem: () => problem,
    stop() {
      stopped = true
      cancel()
    },
  }
}

function sealedKeys(
  { createdAtMs, values, versionId }: SecretVersion,
  version: number,
  { log, names, sealing }: SecretFollowerParts,
): readonly SealedKey[] {
  return [...names].flatMap(([provider, name]) => {
    const token = values.get(name)
    if (token === undefined) return []
    if (!keyForm.test(token)) {
      log('warn', 'secret_value_unusable', { name, why: 'it holds characters that no header may carry' })
      return []
    }
    const credential = { kind: 'bearer', token } as const
    const facts: ProviderKeyFacts = {
      ...{ provider, source: 'secrets-manager', id: versionId, version, kind: 'bearer' },
      ...{ lastFour: lastFourOf(credential), expiresAtMs: null },
    }
    const setAtMs = createdAtMs ?? systemClock.nowMs()
    return [{ ...facts, ...sealKey(credential, facts, sealing), setAtMs }]
  })
}
