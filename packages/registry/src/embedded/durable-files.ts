// Vendor quirk: PGlite 0.5.16 (read and measured 2026-11-20, its issue #1107). It starts PostgreSQL with `-F` (no
// fsync), and its NodeFS has no `fsync` operation, so that every commit answers before anything reached the disk:
// a cut power line lost up to 13,992 acknowledged rows. With `-F` taken out, `wal_sync_method=fsync` (fdatasync has no
// operation either) and this operation put in, 12 power cuts lost none. The patch touches an internal; the self-test
// counts real fsyncs and says so when a later version passes it by.
import { closeSync, fsyncSync, openSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { PGlite } from '@electric-sql/pglite'

/** PostgreSQL's start parameters with fsync left on. */
export const durableStartParameters = (defaults: readonly string[]): string[] => [
  ...defaults.filter((parameter) => parameter !== '-F'),
  '-c',
  'wal_sync_method=fsync',
]

interface FileOperations {
  fsync?: (stream: { readonly nfd?: number }) => number
}

/** Puts the missing operation in; the returned function tells how often it ran. Throws where the internal is gone. */
export function patchFsync(database: PGlite): () => number {
  const module: unknown = database.Module
  const operations = (module as { readonly NODEFS?: { readonly stream_ops?: FileOperations } }).NODEFS
    ?.stream_ops
  if (operations === undefined) throw new Error('this version of PGlite has no NODEFS.stream_ops')
  let count = 0
  operations.fsync = (stream) => {
    if (stream.nfd !== undefined) fsyncSync(stream.nfd)
    count += 1
    return 0
  }
  return () => count
}

/**
 * Makes every file and folder durable once: those that were written before the patch was in (initdb's, and all of a
 * folder that was made without it).
 */
export function syncTree(directory: string): void {
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() || entry.isDirectory()) syncPath(join(entry.parentPath, entry.name))
  }
  syncPath(directory)
}

function syncPath(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
