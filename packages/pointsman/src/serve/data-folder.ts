import { randomBytes } from 'node:crypto'
import { access, constants, mkdir, open, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PointsmanError } from '@pointsman/contract'

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

/**
 * A generated key kept in a file of mode 0600: read when it is there, else made. Exclusive creation decides between two
 * starts at once: the loser reads the winner's.
 */
export async function keyFile(
  dataDir: string,
  name: string,
  make: () => string,
): Promise<{ key: string; path: string; made: boolean }> {
  const path = join(dataDir, name)
  try {
    const file = await open(path, 'wx', 0o600)
    const key = make()
    try {
      await file.writeFile(`${key}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    return { key, path, made: true }
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    return { key: (await readFile(path, 'utf8')).trim(), path, made: false }
  }
}

/** 256 bits in characters that need no quoting anywhere. */
export const newSecret = (prefix: string): string => `${prefix}${randomBytes(32).toString('base64url')}`
