import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { access, constants, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const consoleFolder = fileURLToPath(new URL('..', import.meta.url))
const repository = fileURLToPath(new URL('../../..', import.meta.url))
const builder = fileURLToPath(new URL('./main.ts', import.meta.url))
const cache = join(repository, 'node_modules/.cache/pointsman-console')

/** What goes into the bundle, below the repository; packages of others by the lock file. */
const sources = [
  'packages/console/build',
  'packages/console/index.html',
  'packages/console/package.json',
  'packages/console/src',
  'packages/notify/src',
  'packages/sdk/src',
  'packages/contract/src',
  'package-lock.json',
]

/**
 * The folder with the built console: from a cache, where this source was built before. `others` are folders of whoever asks,
 * for a program that lies where it may not write. Rejects with what the builder said.
 */
export async function builtConsole(...others: string[]): Promise<string> {
  const places = [cache, ...others]
  const name = await sourceHash()
  for (const place of places) if (await exists(join(place, name, 'index.html'))) return join(place, name)
  const place = await firstWritable(places)
  const folder = join(place, name)
  // Beside its place until it is whole: another server may build the same at the same time.
  const unfinished = `${folder}.${randomUUID()}`
  try {
    await buildConsole(unfinished)
    await rename(unfinished, folder)
  } catch (error) {
    if (!(await exists(join(folder, 'index.html')))) throw error
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
  await forgetOthers(place, folder)
  return folder
}

/** The first of these folders that is there, or can be made, and may be written to. Rejects with the first one's refusal. */
export async function firstWritable(folders: readonly string[]): Promise<string> {
  const refusals: unknown[] = []
  for (const folder of folders) {
    try {
      await mkdir(folder, { recursive: true })
      await access(folder, constants.W_OK)
      return folder
    } catch (error) {
      refusals.push(error)
    }
  }
  throw refusals[0]
}

/** In a process of its own: the bundler takes 150 MB, which a server would keep. */
export async function buildConsole(outDir: string): Promise<void> {
  await promisify(execFile)(process.execPath, [builder, outDir], { cwd: consoleFolder })
}

async function sourceHash(): Promise<string> {
  const hash = createHash('sha256')
  for (const source of sources) {
    for (const path of await filesOf(join(repository, source))) {
      hash.update(path.slice(repository.length)).update('\0')
      hash.update(await readFile(path)).update('\0')
    }
  }
  return hash.digest('hex').slice(0, 16)
}

async function filesOf(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch(missing)
  if (found === null) return []
  if (!found.isDirectory()) return [path]
  const inside = await readdir(path, { recursive: true, withFileTypes: true })
  return inside
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

const exists = async (path: string): Promise<boolean> => (await stat(path).catch(missing)) !== null

function missing(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
  throw error
}

/** Bound: the newest four. Somebody may still serve from the one before. */
async function forgetOthers(place: string, kept: string): Promise<void> {
  const found = await Promise.all(
    (await readdir(place)).map(async (name) => {
      const path = join(place, name)
      return { path, changedMs: (await stat(path).catch(missing))?.mtimeMs ?? 0 }
    }),
  )
  const old = found.sort((one, other) => other.changedMs - one.changedMs).slice(4)
  for (const { path } of old) if (path !== kept) await rm(path, { recursive: true, force: true })
}
