// A new database costs five seconds of processor time, nearly all of it PostgreSQL's own initdb. The first one in memory,
// where tests open one per file, leaves its empty image behind, and all that are made later begin with it: half a second
// in memory, two in a folder (measured).
import { lstatSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PGlite } from '@electric-sql/pglite'

/** Not by `userInfo()`, which throws for a user without a row in `/etc/passwd`: those of containers have none. */
const uid = process.getuid?.() ?? -1
/** The binary's size stands for its version, which PGlite does not tell. */
const { size } = statSync(fileURLToPath(import.meta.resolve('@electric-sql/pglite/pglite.wasm')))
const imageFile = join(tmpdir(), `pointsman-empty-database-${size}-${uid}.tgz`)

/** The image; null where there is none, or where somebody else could have written it. */
export function readImage(): Blob | null {
  const stats = lstatSync(imageFile, { throwIfNoEntry: false })
  if (stats === undefined || !stats.isFile() || stats.uid !== uid || (stats.mode & 0o022) !== 0) return null
  return new Blob([readFileSync(imageFile)], { type: 'application/x-gzip' })
}

/** Leaves the image of a database that nobody has written to yet. */
export async function writeImage(database: PGlite): Promise<void> {
  const image = await database.dumpDataDir('gzip')
  const temporary = `${imageFile}.${process.pid}.${Date.now()}`
  writeFileSync(temporary, new Uint8Array(await image.arrayBuffer()), { mode: 0o600, flag: 'wx' })
  renameSync(temporary, imageFile)
}
