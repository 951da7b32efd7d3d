import type { Digests, SnapshotPart } from '@pointsman/contract'
import { isPart } from '@pointsman/core'
import { readVendorJson } from '@pointsman/wire'
import type { SnapshotSource } from '../ports.ts'
import { readSignedManifest, untrusted } from './signed-manifest.ts'

/**
 * A snapshot that was saved whole (`pointsman snapshot save`): a signed manifest with its parts, in a package or in a bucket.
 * Rejects with PointsmanError where it is not what the server signed.
 */
export async function readSavedSnapshot(
  bytes: Uint8Array,
  publicKey: string,
  digests: Digests,
): Promise<SnapshotSource> {
  const saved = readVendorJson(bytes, 'The saved snapshot')
  const manifest = await readSignedManifest(saved, publicKey)
  const given = partsIn(saved['parts'])
  const parts = new Map<string, SnapshotPart>()
  for (const [at, { hash }] of manifest.parts.entries()) {
    const part = given[at]
    if (part === undefined || !isPart(part, hash, (text) => digests.sha256Hex(text)))
      throw untrusted(`its part ${hash} is missing or was changed`)
    parts.set(hash, part)
  }
  return {
    latest: () => Promise.resolve(manifest),
    parts: (hashes) => Promise.resolve(hashes.flatMap((hash) => parts.get(hash) ?? [])),
    // It was saved, and stays as it is.
    onChange: () => () => undefined,
  }
}

/** Held to their hashes next, and compiled after that. */
const partsIn = (value: unknown): readonly SnapshotPart[] =>
  Array.isArray(value) ? (value as readonly SnapshotPart[]) : []
