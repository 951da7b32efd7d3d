import type { Database } from '../database.ts'

export interface EmbeddedOptions {
  /** The folder of the data files; null = in memory, for tests. */
  readonly dataDir: string | null
  /** A statement that has no answer after this time means a dead worker. Default 5,000. */
  readonly watchdogMs?: number
  /** Below this much free space registry writes are refused. Default 256 MB. */
  readonly reserveBytes?: number
  /** Told of restarts of the worker, a full disk, a failed self-test. */
  readonly onEvent?: (event: EmbeddedEvent) => void
}
export type EmbeddedEvent =
  | { readonly event: 'worker-restarted'; readonly cause: string }
  | { readonly event: 'worker-lost'; readonly cause: string }
  | { readonly event: 'disk-full'; readonly freeBytes: number }
  | { readonly event: 'disk-free-again'; readonly freeBytes: number }
  | { readonly event: 'not-durable'; readonly cause: string }
  | { readonly event: 'maintenance-failed'; readonly cause: string }

/** Opens, or makes, the embedded database. Throws `refused` naming the owner where another process has the folder open. */
export declare function openEmbedded(options: EmbeddedOptions): Promise<Database>
