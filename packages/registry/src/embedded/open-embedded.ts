import { join, resolve } from 'node:path'
import { mkdirSync } from 'node:fs'
import type { Database } from '../database.ts'
import { createDiskGuard, noDiskGuard, type DiskGuard } from './disk-guard.ts'
import { EmbeddedDatabase } from './embedded-database.ts'
import { lockFolder } from './folder-lock.ts'
import { checkFormat } from './format-stamp.ts'
import { refuseFewOpenFiles } from './open-files.ts'
import { RestartingLink } from './restarting-link.ts'

export interface EmbeddedOptions {
  /** The database's own folder; null = in memory, for tests. */
  readonly dataDir: string | null
  /** What one in memory begins with: the file of a dump of another. */
  readonly image?: string | null
  /** A statement that has no answer after this time means a dead worker. Default 5,000. */
  readonly watchdogMs?: number
  /** Below this much free space registry writes are refused. Default 256 MB. */
  readonly reserveBytes?: number
  /** Told of restarts of the worker, a full disk, a failed self-test. */
  readonly onEvent?: (event: EmbeddedEvent) => void
}
export type EmbeddedEvent =
  | { readonly event: 'worker-restarted' }
  | { readonly event: 'worker-lost'; readonly cause: string }
  | { readonly event: 'disk-full'; readonly freeBytes: number }
  | { readonly event: 'disk-free-again'; readonly freeBytes: number }
  | { readonly event: 'not-durable'; readonly cause: string }
  /** Maintenance, a rollback or the closing checkpoint: nobody waits for these. */
  | { readonly event: 'failed'; readonly cause: string }

type Tell = (event: EmbeddedEvent) => void

interface Folder {
  readonly filesDirectory: string | null
  readonly guard: DiskGuard
  readonly release: () => Promise<void>
}

const inMemory: Folder = { filesDirectory: null, guard: noDiskGuard, release: () => Promise.resolve() }
const defaultReserveBytes = 256 * 1_048_576

/**
 * Opens, or makes, the embedded database. The folder holds `files/` (PostgreSQL's own), `format.json` and, while it
 * is open, `owner.json`. Throws `refused` naming the owner where another process has the folder open, where
 * another version wrote it, or where this process may open too few files.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<Database> {
  const tell = options.onEvent ?? ((): void => undefined)
  const folder =
    options.dataDir === null ? inMemory : await takeFolder(resolve(options.dataDir), options, tell)
  const holder: { database: EmbeddedDatabase | null } = { database: null }
  const link = new RestartingLink(
    { dataDir: folder.filesDirectory, image: options.image ?? null },
    {
      notification: (channel, payload) => holder.database?.tell(channel, payload),
      lost: (cause) => {
        holder.database?.lost(cause)
        tell({ event: 'worker-lost', cause })
      },
      back: () => {
        holder.database?.back().then(
          () => tell({ event: 'worker-restarted' }),
          (error: unknown) => tell({ event: 'worker-lost', cause: String(error) }),
        )
      },
    },
  )
  try {
    const { durable, problem } = await link.open()
    if (problem !== null && folder.filesDirectory !== null) tell({ event: 'not-durable', cause: problem })
    holder.database = new EmbeddedDatabase({
      link,
      durable,
      guard: folder.guard,
      watchdogMs: options.watchdogMs ?? 5_000,
      release: folder.release,
      failed: (cause) => tell({ event: 'failed', cause }),
    })
    return holder.database
  } catch (error) {
    await link.close()
    await folder.release()
    throw error
  }
}

async function takeFolder(directory: string, options: EmbeddedOptions, tell: Tell): Promise<Folder> {
  refuseFewOpenFiles()
  const lock = await lockFolder(directory)
  try {
    const filesDirectory = join(directory, 'files')
    checkFormat(directory, filesDirectory)
    mkdirSync(filesDirectory, { recursive: true, mode: 0o700 })
    const guard = createDiskGuard(directory, options.reserveBytes ?? defaultReserveBytes, {
      full: (freeBytes) => tell({ event: 'disk-full', freeBytes }),
      freeAgain: (freeBytes) => tell({ event: 'disk-free-again', freeBytes }),
    })
    return { filesDirectory, guard, release: () => lock.release() }
  } catch (error) {
    await lock.release()
    throw error
  }
}
