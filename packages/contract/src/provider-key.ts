import type { ProviderId } from './ids.ts'
import type { Credential } from './provider.ts'

/** Where the credential comes from that a provider is called with. The first of these that has one is used. */
export type KeySource = 'sandbox' | 'registry' | 'secrets-manager' | 'environment' | 'aws'

/** A credential that can be kept: there is something to keep. */
export type KeptCredential = Exclude<Credential, { readonly kind: 'none' }>

/** What is bound into a sealed key. One that stands in another's place, or whose end was moved, cannot be opened. */
export interface ProviderKeyFacts {
  readonly provider: ProviderId
  readonly source: 'registry' | 'secrets-manager'
  readonly id: string
  readonly version: number
  readonly kind: KeptCredential['kind']
  /** Of the key, or of the access key's id; null = too short to tell any of it. */
  readonly lastFour: string | null
  readonly expiresAtMs: number | null
}

/** Base64 of nonce, ciphertext and tag (AES-256-GCM). */
export interface SealedParts {
  /** Names the key that wraps, not what it is: a key of another master key is told from one that was altered. */
  readonly wrappingKey: string
  /** The key of `sealed`, which seals nothing else. */
  readonly wrappedKey: string
  readonly sealed: string
}

/** A provider's key as it is kept, and as planes hand it to each other. Nobody reads it without the master key. */
export interface SealedKey extends ProviderKeyFacts, SealedParts {
  readonly setAtMs: number
}

/** The credential that a provider is called with now, as operators see it. */
export interface CredentialFacts {
  /** Null = there is none. */
  readonly source: KeySource | null
  /** In words: the variable, the profile or role, the secret's name. */
  readonly from: string | null
  readonly lastFour: string | null
  /** Null = not known. */
  readonly sinceMs: number | null
  readonly expiresAtMs: number | null
  /** What is wrong with a key that should be used, though calls may go on with another. */
  readonly problem: string | null
}
