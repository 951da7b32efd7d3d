// PGlite has no lock of its own: two processes on one folder both write, and rows vanish in silence. Node has no
// flock, so a listening socket is the lock: the kernel frees it however its owner ends, kill -9 included. Its name comes
// from the folder's inode, so every path to the folder meets the same lock. On Linux it is an abstract socket; they are
// per network namespace, so two containers that share a folder but not a network do not see each other.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { PointsmanError } from '@pointsman/contract'

export interface FolderLock {
  release(): Promise<void>
}

interface Owner {
  readonly pid: number
  readonly startedAt: string
  readonly host: string
}

const ownerFile = (directory: string): string => join(directory, 'owner.json')

/** Takes the folder for this process; makes it where it is missing. Throws `refused` naming the owner. */
export async function lockFolder(directory: string): Promise<FolderLock> {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const { dev, ino } = statSync(directory, { bigint: true })
  const lock = await holdName(`pointsman-${dev}-${ino}`)
  if (lock === null) throw refused(directory)
  writeOwner(directory)
  return {
    release: () => {
      rmSync(ownerFile(directory), { force: true })
      return lock.release()
    },
  }
}

/** Holds a name of this machine until it is released or the process ends, however it ends; null = somebody else holds it. */
export async function holdName(name: string): Promise<FolderLock | null> {
  const path = process.platform === 'linux' ? `\0${name}` : join(tmpdir(), `${name}.sock`)
  const server = (await bind(path)) ?? (process.platform === 'linux' ? null : await bindStale(path))
  if (server === null) return null
  return { release: () => new Promise((resolve) => server.close(() => resolve())) }
}

function bind(path: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    // lint-allow doors -- the listening socket is the folder's lock; nobody is served on it
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null)
      else reject(error)
    })
    // exclusive: under node:cluster a worker would otherwise be handed its host's socket, and hold no lock.
    // lint-allow doors -- a Unix socket without a service: the kernel frees it with its owner
    server.listen({ path, exclusive: true }, () => {
      server.unref()
      resolve(server)
    })
  })
}

/** Elsewhere than on Linux the socket is a file, which outlives its owner: nobody answers on it then. */
async function bindStale(path: string): Promise<Server | null> {
  if (await answers(path)) return null
  rmSync(path, { force: true })
  return bind(path)
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** For the message only; the socket decides. */
function writeOwner(directory: string): void {
  const owner: Owner = { pid: process.pid, startedAt: new Date().toISOString(), host: hostname() }
  const temporary = join(directory, `owner.json.${process.pid}`)
  writeFileSync(temporary, `${JSON.stringify(owner)}\n`, { mode: 0o600 })
  renameSync(temporary, ownerFile(directory))
}

function readOwner(directory: string): Owner | null {
  try {
    return JSON.parse(readFileSync(ownerFile(directory), 'utf8')) as Owner
  } catch (error) {
    // It is written right after the lock is taken, so it may not be there yet; the refusal holds without it.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

function refused(directory: string): PointsmanError {
  const owner = readOwner(directory)
  const who =
    owner === null ? 'another process' : `process ${owner.pid} (since ${owner.startedAt} on ${owner.host})`
  return new PointsmanError(
    'refused',
    `The database in ${directory} is open in ${who}. Stop that one, or give this one a folder of its own with --data-dir, or use a PostgreSQL server with DATABASE_URL.`,
    { data: { pid: owner?.pid ?? null } },
  )
}
