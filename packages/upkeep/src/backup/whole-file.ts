import { randomUUID } from 'node:crypto'
import { link, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { PointsmanError } from '@pointsman/contract'
import { nodeFiles } from '@pointsman/journal'

/** `write` fills a file of another name beside it; it gets its own when it is whole and on the disk. Never replaces one. */
export async function appearsWhole<Result>(
  path: string,
  write: (temporary: string) => Promise<Result>,
): Promise<Result> {
  const temporary = `${path}.${randomUUID()}.part`
  try {
    const result = await write(temporary)
    await giveName(temporary, path)
    await nodeFiles.syncDirectory(dirname(path))
    return result
  } catch (error) {
    throw readable(path, error)
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Not a plain rename: that would replace a file that is there. */
async function giveName(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path)
  } catch (error) {
    // Some file systems have no second names; there the name is claimed first.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(codeOf(error))) throw error
    await (await open(path, 'wx', 0o600)).close()
    await rename(temporary, path)
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''

const inWords: { readonly [code: string]: string } = {
  EEXIST: 'is there already; a backup never replaces a file. Give another name.',
  ENOENT: 'cannot be made: its folder is not there. Make the folder, or give another name.',
  EACCES: 'cannot be written by this user. Give a folder that it may write.',
  EROFS: 'is on a file system that is read-only. Give another folder.',
  ENOSPC: 'does not fit: the disk is full. Make room, or give a folder on another disk.',
}

function readable(path: string, error: unknown): unknown {
  const words = inWords[codeOf(error)]
  return words === undefined ? error : new PointsmanError('refused', `${path} ${words}`, { cause: error })
}
