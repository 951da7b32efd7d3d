import {
  canonicalJson,
  inCanonicalOrder,
  maxEntriesPerPart,
  routeKey,
  type PartKind,
  type PartReference,
  type RouteKind,
  type SnapshotEntries,
  type SnapshotPart,
} from '@pointsman/contract'
import { chanceFromText } from '../routing/chance.ts'

/** Hex SHA-256 of a text's UTF-8 bytes; handed in, because this room is pure. */
export type Sha256Hex = (text: string) => string

/** A part with the text whose hash is its name. */
export interface WrittenPart {
  readonly reference: PartReference
  readonly part: SnapshotPart
  readonly text: string
}

export interface KeyedEntry {
  readonly key: string
  readonly entry: unknown
}

/**
 * How many entries the writer puts into a part; a reader takes up to `maxEntriesPerPart`. One edit writes, sends and
 * reads one part and the manifest that names all: at 100,000 entries the two are about equally long.
 */
export const aimedEntriesPerPart = 250

/** One key for a family and its tier; also that of a rule. */
export const groupKey = (family: string, tier: string | null): string => JSON.stringify([family, tier])

/** By what an entry is ordered within its kind, and falls into a part. */
const keys: { readonly [Kind in PartKind]: (entry: SnapshotEntries[Kind][number]) => string } = {
  models: (model) => model.id,
  prices: (price) => JSON.stringify([price.modelId, price.region, price.effectiveFromMs, price.id]),
  routes: (route) => routeKey(route.kind, route.name),
  roles: (role) => role.name,
  aliases: (alias) => alias.name,
  keys: (key) => key.id,
  'fallback-rules': (rule) => groupKey(rule.family, rule.tier),
}

export const entryKey = <Kind extends PartKind>(kind: Kind, entry: SnapshotEntries[Kind][number]): string =>
  keys[kind](entry)

/** The key of an entry of which only the words of its name are known; null where they do not name one: prices never go. */
export function keyOfName(kind: PartKind, name: readonly (string | null)[]): string | null {
  const [first = null, second = null] = name
  if (kind === 'prices' || first === null) return null
  if (kind === 'routes') return second === null ? null : routeKey(first as RouteKind, second)
  return kind === 'fallback-rules' ? groupKey(first, second) : first
}

export const keyed = (part: SnapshotPart): readonly KeyedEntry[] => keyedOf(part.kind, part.entries)

/** By this it is known in which slot a part stands: it holds nothing of another one. */
export function firstKeyOf({ entries, kind }: SnapshotPart): string | null {
  const [first] = entries
  return first === undefined ? null : (keys[kind] as (entry: unknown) => string)(first)
}

export function keyedOf(kind: PartKind, entries: readonly unknown[]): readonly KeyedEntry[] {
  const keyOf = keys[kind] as (entry: unknown) => string
  return entries.map((entry) => ({ key: keyOf(entry), entry }))
}

export const byKey = (a: KeyedEntry, b: KeyedEntry): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)

/** Which of `slots` parts an entry falls into. */
export const slotOf = (key: string, slots: number): number => Math.floor(chanceFromText(key) * slots)

/**
 * Spreads entries over parts by the hash of their key: an entry that comes or goes changes one part, where
 * cutting a sorted list would shift all that follow. The number of parts doubles until each one fits.
 */
export function spread(entries: readonly KeyedEntry[]): readonly (readonly KeyedEntry[])[] {
  for (let slots = 1; slots <= entries.length; slots *= 2) {
    const spreadOut: KeyedEntry[][] = Array.from({ length: slots }, () => [])
    for (const entry of entries) spreadOut[slotOf(entry.key, slots)]?.push(entry)
    if (spreadOut.every((part) => part.length <= aimedEntriesPerPart)) {
      return spreadOut.filter((part) => part.length > 0).map((part) => part.sort(byKey))
    }
  }
  // More than a part's worth of entries with one key: doubles, which the compiler refuses by name.
  const sorted = [...entries].sort(byKey)
  return Array.from({ length: Math.ceil(sorted.length / maxEntriesPerPart) }, (_, index) =>
    sorted.slice(index * maxEntriesPerPart, (index + 1) * maxEntriesPerPart),
  )
}

/** The text whose hash is the part's name. */
export const partText = ({ kind, entries }: SnapshotPart): string => canonicalJson({ entries, kind })

/**
 * The part of these entries, which are in the order of their keys. Members are put in order, too: an entry is then the
 * same object in the next part, and written in one go.
 */
export function writePart(kind: PartKind, entries: readonly KeyedEntry[], sha256Hex: Sha256Hex): WrittenPart {
  const part = { entries: entries.map(({ entry }) => inCanonicalOrder(entry)), kind } as SnapshotPart
  const text = partText(part)
  return { part, text, reference: { kind, hash: sha256Hex(text), count: entries.length } }
}

export const manifestHash = (references: readonly PartReference[], sha256Hex: Sha256Hex): string =>
  sha256Hex(references.map(({ kind, hash }) => `${kind} ${hash}\n`).join(''))
