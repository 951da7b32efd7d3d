import { readFile } from 'node:fs/promises'
import { PointsmanError, type Digests, type SnapshotManifest, type SnapshotPart } from '@pointsman/contract'
import type { SnapshotSource } from '@pointsman/engine'
import { createUrlReader, readSavedSnapshot } from '@pointsman/engine/signed-snapshot'
import type { BucketObject, ReadObject } from './read-object.ts'
import type { LambdaSettings } from './lambda-settings.ts'

export interface SnapshotSourceParts {
  readonly settings: LambdaSettings
  readonly digests: Digests
  /** Null = it has not changed since. */
  readonly readObject: ReadObject
}

/** The snapshot from where the function's settings say. A server and a bucket are asked again; a package stays as it is. */
export function openSnapshotSource({ digests, readObject, settings }: SnapshotSourceParts): SnapshotSource {
  const { snapshot: place, snapshotPublicKey: publicKey } = settings
  switch (place.kind) {
    case 'server':
      return ofReader(createUrlReader({ url: place.url, key: place.key, publicKey, digests, fetch }))
    case 's3':
      return savedSource(publicKey, digests, (known) => readObject(place, known))
    case 'file':
      return savedSource(publicKey, digests, async (known) =>
        known === null ? { bytes: await packaged(place.path), etag: place.path } : null,
      )
  }
}

interface Reader {
  manifest(): Promise<SnapshotManifest>
  part(hash: string): Promise<SnapshotPart>
}

const ofReader = (reader: Reader): SnapshotSource => ({
  latest: () => reader.manifest(),
  parts: (hashes) => Promise.all(hashes.map((hash) => reader.part(hash))),
  // It is asked; nobody tells.
  onChange: () => () => undefined,
})

/** A holder of mutable state: the snapshot that was read last, with its tag. */
function savedSource(
  publicKey: string,
  digests: Digests,
  read: (knownEtag: string | null) => Promise<BucketObject | null>,
): SnapshotSource {
  let held: { readonly source: SnapshotSource; readonly etag: string } | null = null
  return {
    async latest() {
      const found = await read(held?.etag ?? null)
      if (found !== null)
        held = { source: await readSavedSnapshot(found.bytes, publicKey, digests), etag: found.etag }
      return (await held?.source.latest()) ?? null
    },
    parts: async (hashes) => (await held?.source.parts(hashes)) ?? [],
    onChange: () => () => undefined,
  }
}

function packaged(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: unknown) => {
    throw new PointsmanError(
      'registry_unavailable',
      `There is no snapshot at ${path}: put one into the package ("pointsman snapshot save > snapshot.json"), or set POINTSMAN_SNAPSHOT or POINTSMAN_URL.`,
      { cause },
    )
  })
}
