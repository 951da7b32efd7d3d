import type { Behind } from './behind.ts'
import type { CallOptions, Connection, Tagged, WriteOptions } from './connection.ts'
import { listing, type Listing } from './paging.ts'

/**
 * `registry`: stored on the server; `secrets-manager`: the secret in AWS Secrets Manager; `environment`: a variable; `aws`: the
 * AWS credential chain. The first that has one is used, in this order.
 */
export type KeySource = 'sandbox' | 'registry' | 'secrets-manager' | 'environment' | 'aws'

/** The credential that a provider is called with. Instants are ISO 8601. */
export interface CredentialItem {
  /** Null = there is none. */
  readonly keySource: KeySource | null
  /** In words: its version, the secret’s name, the variable, the profile or role. */
  readonly keyFrom: string | null
  /** Of the key in use (AWS: of the access key’s id); never more of it. */
  readonly keyLastFour: string | null
  readonly keySince: string | null
  /** Null = it has no end, or none is known. */
  readonly keyExpiresAt: string | null
  /** What is wrong with a key that should be used, though calls may go on with another. */
  readonly keyProblem: string | null
}

/** Who serves models. */
export interface ProviderItem extends CredentialItem {
  readonly id: string
  /** It can be called from this server. */
  readonly configured: boolean
  /** What to set so that it can be called. */
  readonly missing: string | null
  /** Another address than the vendor's public one. */
  readonly baseUrl: string | null
  /** An AWS access-key pair may be stored in the place of a key. */
  readonly takesAwsKeys: boolean
  /** What the last trial of its key came to; null = there was none. */
  readonly lastTest: {
    readonly at: string
    readonly ok: boolean
    readonly modelId: string
    readonly latencyMs: number
    readonly keySource: KeySource | null
    readonly problem: string | null
  } | null
  /** Where its enabled models are called from the server. */
  readonly regions: readonly string[]
  readonly models: number
  readonly enabledModels: number
  /** Models in regions that are held back after failures. */
  readonly circuits: readonly CircuitItem[]
}

/** A model in a region that data planes hold back. Instants are ISO 8601. */
export interface CircuitItem {
  readonly modelId: string
  readonly region: string
  /** `open`: not called while another candidate can answer; `half-open`: one call at a time tries it. */
  readonly state: 'open' | 'half-open'
  /** `told`: the vendor named the time. */
  readonly cause: 'failures' | 'told'
  readonly since: string
  readonly until: string
  /** Who holds it back; each judges by its own calls. */
  readonly replicas: readonly string[]
}

type By = { readonly kind: string; readonly id: string } | null

/** The record of one key that was stored for a provider. */
export interface ProviderKeyItem {
  readonly version: number
  /** `aws`: an access-key pair. */
  readonly kind: 'bearer' | 'aws'
  readonly keyLastFour: string | null
  readonly setAt: string
  readonly setBy: By
  readonly expiresAt: string | null
  /** Another one took its place, or it was taken away; null = it is in force. */
  readonly endedAt: string | null
  readonly endedBy: By
  readonly revision: number
}

export interface ChangedProviderKey extends ProviderKeyItem, Behind {
  /** The provider’s. */
  readonly id: string
  /** Why it is not called with; null = it is. */
  readonly note: string | null
}

export interface ProviderKeyOrder {
  /** The key or token; with `accessKeyId`, the secret access key. Nothing tells it again. */
  readonly key: string
  /** An AWS access-key pair in the place of a key. */
  readonly accessKeyId?: string | undefined
  readonly sessionToken?: string | undefined
  readonly expiresAt?: string | undefined
  /** The same by the server's clock: in how long from now. */
  readonly expiresInSeconds?: number | undefined
}

export interface ProviderTest extends CredentialItem {
  readonly id: string
  readonly ok: boolean
  readonly modelId: string
  readonly latencyMs: number
  readonly code: string | null
  readonly problem: string | null
  /** The vendor’s own words. */
  readonly vendorSays: string | null
  /** The next step. */
  readonly mend: string | null
}

export interface Providers extends Listing<ProviderItem> {
  /** Its `etag` is that of its key. */
  show(id: string, options?: CallOptions): Promise<Tagged<ProviderItem>>
  /** The record of its stored keys, newest first. */
  keys(id: string): Listing<ProviderKeyItem>
  /** Stores a key, sealed, in the place of the one before. */
  setKey(id: string, order: ProviderKeyOrder, options?: WriteOptions): Promise<ChangedProviderKey>
  removeKey(id: string, options?: WriteOptions): Promise<ChangedProviderKey>
  /** A call of one token to a model of it: one in use unless named. */
  test(id: string, model?: string, options?: CallOptions): Promise<ProviderTest>
}

export function providersOf(connection: Connection): Providers {
  const path = (id: string): string => `/api/v1/providers/${encodeURIComponent(id)}`
  return {
    ...listing<ProviderItem, unknown>((question, options) =>
      connection.json('GET', '/api/v1/providers', { ...options, query: { ...question } }),
    ),
    show: (id, options) => connection.tagged('GET', path(id), options),
    keys: (id) =>
      listing<ProviderKeyItem, unknown>((question, options) =>
        connection.json('GET', `${path(id)}/keys`, { ...options, query: { ...question } }),
      ),
    setKey: (id, order, options) => connection.json('PUT', `${path(id)}/key`, { ...options, body: order }),
    removeKey: (id, options) => connection.json('DELETE', `${path(id)}/key`, options),
    test: (id, model, options) =>
      connection.json('POST', `${path(id)}/test`, { ...options, body: { model } }),
  }
}
