import { mkdir, readFile, readdir, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { compareRevisions, type SnapshotManifest, type SnapshotPart } from '@pointsman/contract'
import type { LastGood } from '@pointsman/engine'
import { nodeFiles } from '@pointsman/journal'
import { writeWhole } from './write-whole.ts'

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : null)

const folderOf = (dataDir: string): string => join(dataDir, 'last-good')
const manifestOf = (dataDir: string): string => join(folderOf(dataDir), 'manifest.json')

export const hasLastGood = async (dataDir: string): Promise<boolean> =>
  (await readManifest(manifestOf(dataDir))) !== null

/**
 * The last snapshot that a data plane of this host applied: `manifest.json`, whose time says when it was last confirmed,
 * and one file a part under its hash, so that a new revision writes what changed and nothing else, and never all at once.
 * Each file appears whole or not at all (temporary name, fsync, rename, fsync of the folder). Several data planes may
 * write: a part is the same whoever writes it, and of two manifests the last one stands.
 */
export function lastGoodFolder(dataDir: string): LastGood {
  const folder = folderOf(dataDir)
  const manifestPath = manifestOf(dataDir)
  let sweptAtMs: number | null = null
  return {
    async save(manifest, parts) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const kept = await readManifest(manifestPath)
      // Another data plane was quicker: what it names may be all that is left.
      if (kept !== null && compareRevisions(kept.revision, manifest.revision) > 0) return
      const present = new Set(await readdir(folder))
      for (const [index, { hash }] of manifest.parts.entries()) {
        const part = parts[index]
        if (part !== undefined && !present.has(partName(hash)))
          await writeWhole(folder, partName(hash), JSON.stringify(part))
      }
      // The parts' names outlive a power cut before the manifest that names them does.
      await nodeFiles.syncDirectory(folder)
      await writeWhole(folder, 'manifest.json', JSON.stringify(manifest))
      await nodeFiles.syncDirectory(folder)
      // Not with each of many switches: each sweep looks at all files that the ones before it had to leave.
      if (sweptAtMs !== null && Math.abs(Date.now() - sweptAtMs) < sweepEveryMs) return
      sweptAtMs = Date.now()
      await removeOthers(folder, manifest)
    },
    async confirmed(atMs) {
      await utimes(manifestPath, new Date(atMs), new Date(atMs))
    },
    async load() {
      const manifest = await readManifest(manifestPath)
      if (manifest === null) return null
      const confirmedAtMs = (await stat(manifestPath)).mtimeMs
      // The holder checks every part's hash before it believes the content.
      const parts: SnapshotPart[] = []
      for (const { hash } of manifest.parts)
        parts.push((await readJson(join(folder, partName(hash)))) as SnapshotPart)
      return { manifest, parts, confirmedAtMs }
    },
  }
}

const partName = (hash: string): string => `${hash}.json`

async function readManifest(path: string): Promise<SnapshotManifest | null> {
  try {
    return (await readJson(path)) as SnapshotManifest
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}

async function readJson(path: string): Promise<unknown> {
  // oxlint-disable-next-line no-restricted-properties -- our own file, read before any room of schemas is up
  return JSON.parse(await readFile(path, 'utf8'))
}

const sweepEveryMs = 30_000
/** So long a file that no manifest names stays: another data plane may be about to name it. */
const keepUnnamedMs = 60_000

async function removeOthers(folder: string, manifest: SnapshotManifest): Promise<void> {
  const named = new Set(['manifest.json', ...manifest.parts.map(({ hash }) => partName(hash))])
  for (const name of await readdir(folder)) {
    if (named.has(name)) continue
    const path = join(folder, name)
    if (Date.now() - (await writtenAtMs(path)) > keepUnnamedMs) await rm(path, { force: true })
  }
}

/** Of a file that somebody else has just removed: now. */
async function writtenAtMs(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return Date.now()
    throw error
  }
}
