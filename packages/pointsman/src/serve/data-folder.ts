import { randomBytes } from 'node:crypto'
import { access, constants, mkdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PointsmanError } from '@pointsman/contract'
import { nodeFiles } from '@pointsman/journal'
import { writeWholeOnce } from './write-whole.ts'

/**
 * The folder of everything that is ours on disk. One that we make is readable by its owner only; one that stands keeps its
 * mode, since it may be somebody else's too. Made step by step: Node's recursive form never returns where a file system
 * refuses to make anything (`/proc`).
 */
export async function prepareDataFolder(dataDir: string): Promise<void> {
  const missing: string[] = []
  for (let path = dataDir; !(await isFolder(path)); path = dirname(path)) missing.unshift(path)
  for (const path of missing) {
    await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw unusable(dataDir, error)
    })
  }
  await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK).catch((error: unknown) => {
    throw unusable(dataDir, error)
  })
}

async function isFolder(path: string): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && path !== dirname(path)) return false
    throw unusable(path, error)
  }
  throw new PointsmanError(
    'refused',
    `${path} is a file, and the data folder has to be a folder. Name another with --data-dir.`,
  )
}

const unusable = (path: string, cause: unknown): PointsmanError =>
  new PointsmanError(
    'refused',
    `The data folder ${path} cannot be used (${String(codeOf(cause))}). Name one that this user may write with --data-dir or POINTSMAN_DATA_DIR.`,
    { cause },
  )

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : null)

export type KeyFileName = 'master.key' | 'service.key'

/**
 * A generated key kept in a file of mode 0600: read when it is there, else made. Of two starts at once the loser reads the
 * winner's. Throws PointsmanError `refused` where what is kept is not whole.
 */
export async function keyFile(dataDir: string, name: KeyFileName, make: () => string): Promise<string> {
  const kept = await keptKey(dataDir, name)
  if (kept !== null) return kept
  // Unsynced, a power cut takes the file away again, and what was made with the key is lost.
  if (await writeWholeOnce(dataDir, name, `${make()}\n`)) await nodeFiles.syncDirectory(dataDir)
  return readWhole(dataDir, name)
}

/** Null = none is kept. Throws PointsmanError `refused` where it is not whole. */
export async function keptKey(dataDir: string, name: KeyFileName): Promise<string | null> {
  try {
    return await readWhole(dataDir, name)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}

/** Those that are made have 43 and more. */
const leastCharacters = 32

const mending: Readonly<Record<KeyFileName, string>> = {
  'master.key':
    'Put the whole file back, or set POINTSMAN_MASTER_KEY to what it held. Only where no database was made with it yet, remove the file: the next start makes another.',
  'service.key': 'Remove the file: the next start makes another. Or set POINTSMAN_SERVICE_KEY.',
}

/** What a full disk emptied or cut off protects nothing: all would be derived from a key that everybody knows. */
async function readWhole(dataDir: string, name: KeyFileName): Promise<string> {
  const path = join(dataDir, name)
  const key = (await readFile(path, 'utf8')).trim()
  if (key.length >= leastCharacters) return key
  throw new PointsmanError(
    'refused',
    `The key in ${path} has ${key.length} characters instead of ${leastCharacters} or more: the file was emptied or cut off. ${mending[name]}`,
  )
}

/** 256 bits in characters that need no quoting anywhere. */
export const newSecret = (prefix: string): string => `${prefix}${randomBytes(32).toString('base64url')}`
