import type { Database } from '../database.ts'

export interface ServerOptions {
  /** `postgresql://…` */
  readonly url: string
  /** Most connections of the pool; one more listens. Default 10. */
  readonly connections?: number
  readonly connectTimeoutMs?: number
  readonly statementTimeoutMs?: number
  readonly onEvent?: (event: ServerEvent) => void
}
export type ServerEvent =
  | { readonly event: 'listener-lost'; readonly cause: string }
  | { readonly event: 'listener-back' }
  | { readonly event: 'connection-failed'; readonly cause: string }

/** Connects. Throws `registry_unavailable` where nobody answers, `refused` where the server is older than PostgreSQL 15. */
export declare function openServer(options: ServerOptions): Promise<Database>
