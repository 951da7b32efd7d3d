import { readdir, readFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { extname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PointsmanError } from '@pointsman/contract'
import type { ConsoleFile, ConsoleFiles } from '@pointsman/control'
import type { Log } from './log.ts'

const contentTypes: { readonly [ending: string]: string } = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/**
 * The console's files in memory, about a megabyte, from the first request on. In the repository they are built then, where
 * this source was not built before, in the data folder if the program's own may not be written to; a start never waits for it.
 */
export function consoleFiles(log: Log, dataDir: string): ConsoleFiles {
  let loading: Promise<ReadonlyMap<string, ConsoleFile>> | null = null
  const load = async (): Promise<ReadonlyMap<string, ConsoleFile>> => {
    try {
      return await readFiles(await folderOf(dataDir))
    } catch (cause) {
      // The next request tries again: a disk may have been full.
      loading = null
      log('error', 'console_not_built', { cause: cause instanceof Error ? cause.message : String(cause) })
      throw new PointsmanError(
        'internal',
        'The web console could not be built. The log names the cause; "npm ci" brings what the build needs. The command line and the API do without it.',
        { cause },
      )
    }
  }
  return { find: async (path) => (await (loading ??= load())).get(path) ?? null }
}

/** Published packages bring it built, beside this file. */
async function folderOf(dataDir: string): Promise<string> {
  const prebuilt = fileURLToPath(new URL('./console', import.meta.url))
  if (existsSync(join(prebuilt, 'index.html'))) return prebuilt
  const { builtConsole } = await import('@pointsman/console/build')
  return builtConsole(join(dataDir, 'console'))
}

async function readFiles(folder: string): Promise<ReadonlyMap<string, ConsoleFile>> {
  const bytesOf = new Map<string, Uint8Array<ArrayBuffer>>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    bytesOf.set(relative(folder, path).replaceAll('\\', '/'), new Uint8Array(await readFile(path)))
  }
  const files = [...bytesOf].filter(([path]) => !/\.(br|gz)$/.test(path))
  return new Map(files.map(([path, bytes]) => [path, fileOf(path, bytes, bytesOf)]))
}

function fileOf(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
  all: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
): ConsoleFile {
  const brotli = all.get(`${path}.br`)
  const gzip = all.get(`${path}.gz`)
  return {
    contentType: contentTypes[extname(path)] ?? 'application/octet-stream',
    immutable: path.startsWith('assets/'),
    bytes,
    ...(brotli === undefined ? {} : { brotli }),
    ...(gzip === undefined ? {} : { gzip }),
  }
}
