import {
  toPointsmanError,
  type KeptCredential,
  type ProviderId,
  type ProviderKeyFacts,
  type SealedKey,
} from '@pointsman/contract'
import type { Log } from '../log.ts'

/** A key that was handed to this data plane, opened. */
export interface HeldKey {
  readonly key: SealedKey
  /** Null = it could not be read; `problem` says why. */
  readonly credential: KeptCredential | null
  readonly problem: string | null
  /** The earlier of the end that was given with it and the one that the token tells; null = neither. */
  readonly endsAtMs: number | null
}

export interface KeyRingParts {
  /** Throws PointsmanError where a key cannot be read. */
  readonly open: (key: SealedKey) => KeptCredential
  /** When the vendor will no longer take a token, where the token says so. */
  readonly endsAtMs: (provider: ProviderId, token: string) => number | null
  readonly log: Log
}

type Source = ProviderKeyFacts['source']

/**
 * The holder of the keys that are kept in the registry and in Secrets Manager, opened; owner: the door that made it. Bound:
 * one a provider and source.
 */
export class KeyRing {
  readonly #parts: KeyRingParts
  #held: ReadonlyMap<Source, ReadonlyMap<ProviderId, HeldKey>> = new Map()

  constructor(parts: KeyRingParts) {
    this.#parts = parts
  }

  /** These and no others are in force from now on. */
  take(keys: readonly SealedKey[]): void {
    const bySource = Map.groupBy(keys, ({ source }) => source)
    this.#held = new Map(
      [...bySource].map(([source, own]) => [
        source,
        new Map(own.map((key) => [key.provider, this.#present(key) ?? this.#opened(key)])),
      ]),
    )
  }

  find(provider: ProviderId, source: Source): HeldKey | null {
    return this.#held.get(source)?.get(provider) ?? null
  }

  /** One that is held already is not opened, and a fault of it not told, again. */
  #present(key: SealedKey): HeldKey | null {
    const held = this.find(key.provider, key.source)
    const isSame = JSON.stringify(held?.key) === JSON.stringify(key)
    return isSame ? held : null
  }

  #opened(key: SealedKey): HeldKey {
    const { log, open } = this.#parts
    const { provider, source, version } = key
    try {
      const credential = open(key)
      log('info', 'provider_key_taken', { provider, source, version })
      return { key, credential, problem: null, endsAtMs: this.#endOf(key, credential) }
    } catch (thrown) {
      const { message } = toPointsmanError(thrown)
      log('error', 'provider_key_unreadable', { provider, source, version, problem: message })
      return { key, credential: null, problem: message, endsAtMs: key.expiresAtMs }
    }
  }

  #endOf({ expiresAtMs, provider }: SealedKey, credential: KeptCredential): number | null {
    const told = credential.kind === 'bearer' ? this.#parts.endsAtMs(provider, credential.token) : null
    if (told === null || expiresAtMs === null) return told ?? expiresAtMs
    return Math.min(told, expiresAtMs)
  }
}
