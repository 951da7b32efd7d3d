import { randomUUID } from 'node:crypto'
import { link, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** A file of this user's alone that appears whole or not at all; its name outlives a power cut once the folder is synced. */
export async function writeWhole(folder: string, name: string, text: string): Promise<void> {
  const temporary = temporaryFor(folder, name)
  await writeNew(temporary, text)
  await rename(temporary, join(folder, name))
}

/** The same, of which the first one stands: false = it is there already. */
export async function writeWholeOnce(folder: string, name: string, text: string): Promise<boolean> {
  const temporary = temporaryFor(folder, name)
  try {
    await writeNew(temporary, text)
    // A rename would take the place of one that another start wrote meanwhile.
    await link(temporary, join(folder, name)).catch((error: unknown) => {
      if (!noLinks.has(String(codeOf(error)))) throw error
      return writeNew(join(folder, name), text)
    })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  } finally {
    await rm(temporary, { force: true })
  }
}

/** What file systems without hard links answer (exFAT, some of a network): there the name may appear before the text. */
const noLinks: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : null)

const temporaryFor = (folder: string, name: string): string => join(folder, `${name}.${randomUUID()}.new`)

async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}
