import { createHash } from 'node:crypto'
import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Closers } from '../closers.ts'
import type { Sockets } from './messages.ts'

/** A Unix socket's path holds 107 characters at most. */
const longestPath = 107
const prefix = 'run-'
const names = { door: 'door.sock', link: 'link.sock' }
const randomCharacters = 6

/** A folder of mode 0700 for this start's sockets: in the data folder, or where that path is too long in the system's own. */
export async function makeSockets(dataDir: string, closers: Closers): Promise<Sockets> {
  const longest = join(dataDir, prefix).length + randomCharacters + `/${names.door}`.length
  const place =
    longest <= longestPath
      ? { folder: dataDir, prefix }
      : { folder: tmpdir(), prefix: prefixElsewhere(dataDir) }
  await removeLeftovers(place)
  const folder = await mkdtemp(join(place.folder, place.prefix))
  closers.add('sockets', () => rm(folder, { recursive: true, force: true }))
  return { door: join(folder, names.door), link: join(folder, names.link) }
}

/** Tells whose they are, among those of other data folders. */
const prefixElsewhere = (dataDir: string): string =>
  `pointsman-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}-`

/** Of hosts that were killed: the data folder's lock has made sure that none of them lives. */
async function removeLeftovers(place: { readonly folder: string; readonly prefix: string }): Promise<void> {
  for (const name of await readdir(place.folder)) {
    const path = join(place.folder, name)
    // In a folder that everybody writes to, only what is ours.
    if (name.startsWith(place.prefix) && (await lstat(path)).uid === process.getuid?.())
      await rm(path, { recursive: true, force: true })
  }
}
