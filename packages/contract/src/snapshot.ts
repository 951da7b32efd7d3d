import type { Model } from './model.ts'
import type { Price } from './price.ts'
import type { Alias, FallbackRule, Role, Route } from './route.ts'
import type { Key } from './key.ts'
import type { Revision } from './revision.ts'

/**
 * Snapshot `v1`: the one inert value in which the two planes meet. A manifest names content-addressed parts
 * of bounded size; a new revision shares all parts that did not change. Readers ignore fields that they do
 * not know; a field that is missing is older than the field. Secrets never enter a snapshot.
 */
export interface SnapshotEntries {
  readonly models: readonly Model[]
  readonly prices: readonly Price[]
  readonly routes: readonly Route[]
  readonly roles: readonly Role[]
  readonly aliases: readonly Alias[]
  readonly keys: readonly Key[]
  readonly 'fallback-rules': readonly FallbackRule[]
}
export type PartKind = keyof SnapshotEntries

/** In this order parts stand in a manifest. */
export const partKinds = [
  'models',
  'prices',
  'routes',
  'roles',
  'aliases',
  'keys',
  'fallback-rules',
] as const satisfies readonly PartKind[]

/** A part holds at most this many entries, so that one edit never rewrites a large value. */
export const maxEntriesPerPart = 1_000

export type SnapshotPart = {
  [Kind in PartKind]: { readonly kind: Kind; readonly entries: SnapshotEntries[Kind] }
}[PartKind]

export interface PartReference {
  readonly kind: PartKind
  /** Hex SHA-256 of the part's canonical JSON. */
  readonly hash: string
  readonly count: number
}

export interface SnapshotManifest {
  readonly schema: 'v1'
  readonly revision: Revision
  /** Hex SHA-256 over the parts' kinds and hashes, in order: equal content, equal hash. */
  readonly hash: string
  readonly createdAtMs: number
  readonly parts: readonly PartReference[]
}

/** A manifest with all its parts, in the manifest's order. */
export interface Snapshot {
  readonly manifest: SnapshotManifest
  readonly parts: readonly SnapshotPart[]
}
