import { randomBytes } from 'node:crypto'
import { chmod, mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The folder of everything that is ours on disk; readable by its owner only. */
export async function prepareDataFolder(dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  await chmod(dataDir, 0o700)
}

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
