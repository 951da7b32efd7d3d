import type { CallOptions, Connection } from './connection.ts'
import { listing, type Listing } from './paging.ts'

/** Who serves models. */
export interface ProviderItem {
  readonly id: string
  /** It can be called from this server. */
  readonly configured: boolean
  /** What to set so that it can be called. */
  readonly missing: string | null
  /** Another address than the vendor's public one. */
  readonly baseUrl: string | null
  /** Of the key in use; never more of it. */
  readonly keyLastFour: string | null
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

export interface Providers extends Listing<ProviderItem> {
  show(id: string, options?: CallOptions): Promise<ProviderItem>
}

export function providersOf(connection: Connection): Providers {
  return {
    ...listing<ProviderItem, unknown>((question, options) =>
      connection.json('GET', '/api/v1/providers', { ...options, query: { ...question } }),
    ),
    show: (id, options) => connection.json('GET', `/api/v1/providers/${encodeURIComponent(id)}`, options),
  }
}
