import { open, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Snapshot } from '@pointsman/contract'
import type { LastGood } from '@pointsman/engine'

/** The last snapshot that this replica applied: temporary file, fsync, rename, fsync of the folder, so that a cut power line leaves the old one or the new one. */
export function lastGoodFile(dataDir: string): LastGood {
  const path = join(dataDir, 'last-good-snapshot.json')
  return {
    async save(manifest, parts) {
      const temporary = `${path}.new`
      const file = await open(temporary, 'w', 0o600)
      try {
        await file.writeFile(JSON.stringify({ manifest, parts } satisfies Snapshot))
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, path)
      const folder = await open(dirname(path), 'r')
      try {
        await folder.sync()
      } finally {
        await folder.close()
      }
    },
    async load() {
      try {
        // The holder checks every part's hash before it believes the content.
        // eslint-disable-next-line no-restricted-syntax -- our own file, read before any room of schemas is up
        return JSON.parse(await readFile(path, 'utf8')) as Snapshot
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
        throw error
      }
    },
  }
}
