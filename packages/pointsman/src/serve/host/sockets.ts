import { mkdtemp, readdir, rm } from 'node:fs/promises'
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
  const short = longest <= longestPath
  if (short) await removeLeftovers(dataDir)
  const folder = await mkdtemp(short ? join(dataDir, prefix) : join(tmpdir(), 'pointsman-'))
  closers.add('sockets', () => rm(folder, { recursive: true, force: true }))
  return { door: join(folder, names.door), link: join(folder, names.link) }
}

/** Of hosts that were killed: the data folder's lock has made sure that none of them lives. */
async function removeLeftovers(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (name.startsWith(prefix)) await rm(join(dataDir, name), { recursive: true, force: true })
  }
}
