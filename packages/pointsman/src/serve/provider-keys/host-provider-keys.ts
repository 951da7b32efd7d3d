import type { SealedKey } from '@pointsman/contract'
import { sealedProviderKeys, type Database } from '@pointsman/registry'
import type { ProviderKeyLink } from '../control-link.ts'
import type { Log } from '../log.ts'
import type { KeptKeys } from './kept-keys.ts'

/** The keys of providers as a host has them of the registry. They stay sealed: each data plane opens its own. */
export interface HostProviderKeys {
  readonly forDataPlane: ProviderKeyLink
  /** The registry can be asked from now on; null = it cannot any more. */
  registry(database: Database | null): void
}

/** A holder of mutable state: the keys that were read last. */
export function createHostProviderKeys(kept: KeptKeys, log: Log): HostProviderKeys {
  const listeners = new Set<() => void>()
  let database: Database | null = null
  let last: readonly SealedKey[] | null = null
  const failed = (event: string) => (error: unknown) => log('warn', event, { error })

  const fromRegistry = async (open: Database): Promise<readonly SealedKey[] | null> => {
    try {
      return await sealedProviderKeys(open)
    } catch (error) {
      failed('provider_keys_not_read')(error)
      return null
    }
  }
  const present = async (): Promise<readonly SealedKey[]> => {
    const read = database === null ? null : await fromRegistry(database)
    if (read === null) last ??= await kept.load()
    else {
      last = read
      await kept.save(read).catch(failed('provider_keys_not_kept'))
    }
    return last
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
      if (opened !== null) for (const listener of listeners) listener()
    },
  }
}
