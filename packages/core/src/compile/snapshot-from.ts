import {
  canonicalJson,
  maxEntriesPerPart,
  partKinds,
  routeKey,
  type PartKind,
  type PartReference,
  type Revision,
  type Snapshot,
  type SnapshotEntries,
  type SnapshotPart,
} from '@pointsman/contract'
import { chanceFromText } from '../routing/chance.ts'

export interface SnapshotMaking {
  readonly revision: Revision
  readonly createdAtMs: number
  /** Hex SHA-256 of a text's UTF-8 bytes; handed in, because this room is pure. */
  readonly sha256Hex: (text: string) => string
}

interface KeyedEntry {
  readonly key: string
  readonly entry: unknown
}

const keyed = <Entry>(entries: readonly Entry[], keyOf: (entry: Entry) => string): readonly KeyedEntry[] =>
  entries.map((entry) => ({ key: keyOf(entry), entry }))

/** By what an entry is ordered within its kind, and falls into a part. */
const keyedEntries: { readonly [Kind in PartKind]: (all: SnapshotEntries) => readonly KeyedEntry[] } = {
  models: (all) => keyed(all.models, (model) => model.id),
  prices: (all) =>
    keyed(all.prices, (price) =>
      JSON.stringify([price.modelId, price.region, price.effectiveFromMs, price.id]),
    ),
  routes: (all) => keyed(all.routes, (route) => routeKey(route.kind, route.name)),
  roles: (all) => keyed(all.roles, (role) => role.name),
  aliases: (all) => keyed(all.aliases, (alias) => alias.name),
  keys: (all) => keyed(all.keys, (key) => key.id),
  'fallback-rules': (all) => keyed(all['fallback-rules'], (rule) => JSON.stringify([rule.family, rule.tier])),
}

const byKey = (a: KeyedEntry, b: KeyedEntry): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)

/**
 * Spreads entries over parts by the hash of their key: an entry that comes or goes changes one part, where
 * cutting a sorted list would shift all that follow. The number of parts doubles until each one fits.
 */
function spread(entries: readonly KeyedEntry[]): readonly (readonly KeyedEntry[])[] {
  for (let parts = 1; parts <= entries.length; parts *= 2) {
    const spreadOut: KeyedEntry[][] = Array.from({ length: parts }, () => [])
    for (const keyed of entries) spreadOut[Math.floor(chanceFromText(keyed.key) * parts)]?.push(keyed)
    if (spreadOut.every((part) => part.length <= maxEntriesPerPart)) {
      return spreadOut.filter((part) => part.length > 0).map((part) => part.sort(byKey))
    }
  }
  // More than a part's worth of entries with one key: doubles, which the compiler refuses by name.
  const sorted = [...entries].sort(byKey)
  return Array.from({ length: Math.ceil(sorted.length / maxEntriesPerPart) }, (_, index) =>
    sorted.slice(index * maxEntriesPerPart, (index + 1) * maxEntriesPerPart),
  )
}

const partsOf = (kind: PartKind, entries: SnapshotEntries): readonly SnapshotPart[] =>
  spread(keyedEntries[kind](entries)).map(
    (part) => ({ kind, entries: part.map(({ entry }) => entry) }) as SnapshotPart,
  )

const partHash = (part: SnapshotPart, sha256Hex: SnapshotMaking['sha256Hex']): string =>
  sha256Hex(canonicalJson({ kind: part.kind, entries: part.entries }))

const manifestHash = (references: readonly PartReference[], sha256Hex: SnapshotMaking['sha256Hex']): string =>
  sha256Hex(references.map(({ kind, hash }) => `${kind} ${hash}\n`).join(''))

/**
 * Splits entries into content-addressed parts of at most `maxEntriesPerPart` and writes their manifest. The
 * order in which entries are handed in does not matter: equal content gives an equal hash, and one edit
 * changes one part. Kinds without entries have no part.
 */
export function snapshotFrom(entries: SnapshotEntries, making: SnapshotMaking): Snapshot {
  const parts = partKinds.flatMap((kind) => partsOf(kind, entries))
  const references = parts.map((part) => ({
    kind: part.kind,
    hash: partHash(part, making.sha256Hex),
    count: part.entries.length,
  }))
  return {
    manifest: {
      schema: 'v1',
      revision: making.revision,
      hash: manifestHash(references, making.sha256Hex),
      createdAtMs: making.createdAtMs,
      parts: references,
    },
    parts,
  }
}

/** Checks every part against its hash and the manifest against its own; returns what is wrong, in words. */
export function verifySnapshot(
  snapshot: Snapshot,
  sha256Hex: SnapshotMaking['sha256Hex'],
): readonly string[] {
  const { manifest, parts } = snapshot
  const problems = parts.flatMap((part, index) =>
    partHash(part, sha256Hex) === manifest.parts[index]?.hash
      ? []
      : [`part ${index} (${part.kind}) does not have the hash that the manifest names`],
  )
  if (manifestHash(manifest.parts, sha256Hex) !== manifest.hash) {
    problems.push('the manifest does not have the hash that it names')
  }
  return problems
}
