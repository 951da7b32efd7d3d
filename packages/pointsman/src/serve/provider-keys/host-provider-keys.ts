import { hostname } from 'node:os'
import type { SealedKey } from '@pointsman/contract'
import type { Condition } from '@pointsman/control'
import { sealedProviderKeys, type Database } from '@pointsman/registry'
import type { Settings } from '../../settings.ts'
import { awsChain } from '../aws-chain.ts'
import { endsWithin } from '../clock.ts'
import type { ProviderKeyLink } from '../control-link.ts'
import type { HostKeys } from '../host-keys.ts'
import type { Log } from '../log.ts'
import { toldOnce } from './told-once.ts'
import { askSecretsManager } from './ask-secrets-manager.ts'
import { keptKeysIn, type KeptKeys } from './kept-keys.ts'
import { followSecret, namesInSecret, type SecretFollower } from './secret-follower.ts'

/** The keys of providers as a host has them. They stay sealed: each data plane opens its own. */
export interface HostProviderKeys {
  readonly forDataPlane: ProviderKeyLink
  /** The registry can be asked from now on; null = it cannot any more. */
  registry(database: Database | null): void
  /** What an operator should know of them. */
  notes(): readonly string[]
  conditions(): readonly Condition[]
  stop(): void
}

export interface HostProviderKeysParts {
  readonly settings: Settings
  readonly keys: HostKeys
  readonly log: Log
}

/** How long a start waits for Secrets Manager before it goes on with what it had last. */
const firstWithinMs = 6_000

export function openHostProviderKeys({ keys, log, settings }: HostProviderKeysParts): HostProviderKeys {
  const { secretsManager } = settings
  const follow = (onChange: () => void): SecretFollower | null => {
    if (secretsManager === null) return null
    const chain = awsChain(settings.proxy)
    return followSecret({
      ...{ log, onChange, sealing: keys.sealing, names: namesInSecret(settings) },
      ask: () => askSecretsManager(secretsManager, chain),
    })
  }
  return createHostProviderKeys({ kept: keptKeysIn(settings.dataDir, log), log, follow })
}

interface Parts {
  readonly kept: KeptKeys
  readonly log: Log
  readonly follow: (onChange: () => void) => SecretFollower | null
}

/** A holder of mutable state: the keys as they were read last, by source. */
function createHostProviderKeys({ follow, kept, log }: Parts): HostProviderKeys {
  const listeners = new Set<() => void>()
  const tell = (): void => {
    for (const listener of listeners) listener()
  }
  const follower = follow(tell)
  const tried = toldOnce(log)
  let database: Database | null = null
  let onDisk: Promise<readonly SealedKey[]> | null = null
  let stored: readonly SealedKey[] | null = null

  /** What this host had last, of one source. */
  const keptOf = async (source: SealedKey['source']): Promise<readonly SealedKey[]> => {
    onDisk ??= kept.load()
    return (await onDisk).filter((key) => key.source === source)
  }
  const fromRegistry = (open: Database): Promise<readonly SealedKey[] | null> =>
    tried('provider_keys_not_read', () => sealedProviderKeys(open))
  const present = async (): Promise<readonly SealedKey[]> => {
    if (follower !== null) await endsWithin(firstWithinMs, follower.first)
    const read = database === null ? null : await fromRegistry(database)
    stored = read ?? stored ?? (await keptOf('registry'))
    const secret = follower === null ? [] : (follower.sealed() ?? (await keptOf('secrets-manager')))
    const all = [...stored, ...secret]
    if (read !== null) await tried('provider_keys_not_kept', () => kept.save(all))
    return all
  }
  const notes = (): readonly string[] => {
    const problem = follower?.problem() ?? null
    return problem === null ? [] : [`${problem} What was read last of it serves.`]
  }
  return {
    forDataPlane: {
      sealed: present,
      onChange(listener) {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
    },
    registry(opened) {
      database = opened
      if (opened !== null) tell()
    },
    notes,
    conditions: () => notes().map((message) => ({ kind: 'secrets_manager', subject: hostname(), message })),
    stop: () => follower?.stop(),
  }
}
