import type { PartReference, SnapshotManifest, SnapshotPart } from '@pointsman/contract'
import type { CompiledSnapshot } from './compiled-snapshot.ts'

/** A part as it is held: its entries that did not change are the objects of the snapshots before. */
export const heldPart = (
  { index }: CompiledSnapshot,
  { hash, kind }: PartReference,
): SnapshotPart | undefined => index.parts.get(kind)?.get(hash)

/** Those of the manifest of which it was compiled, in its order. */
export const heldParts = (compiled: CompiledSnapshot, { parts }: SnapshotManifest): readonly SnapshotPart[] =>
  parts.map((reference) => {
    const part = heldPart(compiled, reference)
    // Left out in silence, its entries would be gone from what is kept for the next start.
    if (part === undefined) throw new Error(`the snapshot was compiled without its part ${reference.hash}`)
    return part
  })
