import {
  partKinds,
  type PartKind,
  type PartReference,
  type Snapshot,
  type SnapshotPart,
} from '@pointsman/contract'
import { snapshotOfParts, type SnapshotMaking, type WrittenSnapshot } from './snapshot-from.ts'
import {
  aimedEntriesPerPart,
  byKey,
  firstKeyOf,
  keyed,
  keyedOf,
  slotOf,
  spread,
  writePart,
  type KeyedEntry,
  type WrittenPart,
} from './snapshot-parts.ts'

/** What differs within a kind: entries as they are now, and the keys of those that are gone. */
export interface KindChanges {
  readonly changed: readonly unknown[]
  readonly removed: readonly string[]
}
export type SnapshotChanges = { readonly [Kind in PartKind]?: KindChanges }

type HeldPart = Pick<WrittenPart, 'part' | 'reference'>

/** More parts than this there are not: where the slots are not known by then, the kind is spread anew. */
const mostSlots = 2 ** 20

/**
 * The snapshot that `snapshotFrom` makes of the entries with these changes, at the price of the parts in which something
 * changed: all others are shared with `previous`, unread. Part after part, as `writingSnapshot`.
 */
export function* writingSnapshotAfter(
  previous: Snapshot,
  changes: SnapshotChanges,
  making: SnapshotMaking,
): Generator<undefined, WrittenSnapshot> {
  const all = heldParts(previous)
  const known = new Map(all.map((held) => [held.reference.hash, held]))
  const parts: HeldPart[] = []
  const written: WrittenPart[] = []
  for (const kind of partKinds) {
    const held = all.filter(({ reference }) => reference.kind === kind)
    const edited = changes[kind]
    if (edited === undefined) {
      parts.push(...held)
      continue
    }
    for (const part of partsAfter(kind, held, edited)) {
      if ('reference' in part) {
        parts.push(part)
        continue
      }
      const made = writePart(kind, part.entries, making.sha256Hex)
      const same = known.get(made.reference.hash)
      if (same === undefined) written.push(made)
      parts.push(same ?? made)
      yield
    }
  }
  return { snapshot: snapshotOfParts(parts, making), written }
}

function heldParts({ manifest, parts }: Snapshot): readonly HeldPart[] {
  return manifest.parts.flatMap((reference: PartReference, index) => {
    const part: SnapshotPart | undefined = parts[index]
    return part === undefined ? [] : [{ reference, part }]
  })
}

type PartAfter = HeldPart | { readonly entries: readonly KeyedEntry[] }

/** The parts of one kind after an edit: those that stay as they are, and the entries of the others. */
function partsAfter(kind: PartKind, held: readonly HeldPart[], changes: KindChanges): readonly PartAfter[] {
  const changed = keyedOf(kind, changes.changed)
  const slots = slotsOf(held)
  const placed = slots === null ? null : placeInSlots(held, slots, changed, changes.removed)
  if (slots !== null && placed !== null && isSpreadSo(placed, slots))
    return placed.flatMap((part) => part ?? [])
  const entries = new Map(
    held.flatMap(({ part }) => keyed(part).map(({ key, entry }) => [key, entry] as const)),
  )
  for (const key of changes.removed) entries.delete(key)
  for (const { key, entry } of changed) entries.set(key, entry)
  return spread([...entries].map(([key, entry]) => ({ key, entry }))).map((part) => ({ entries: part }))
}

const sizeOf = (part: PartAfter | undefined): number =>
  part === undefined ? 0 : 'reference' in part ? part.reference.count : part.entries.length

/**
 * Over how many slots these parts were spread: the fewest in which each falls into one of its own, after the one before
 * it. With half as many two of them fall together, or they would have been spread so. Null = they were spread otherwise.
 */
function slotsOf(held: readonly HeldPart[]): number | null {
  const first = held.map(({ part }) => firstKeyOf(part))
  for (let slots = 1; slots <= mostSlots; slots *= 2) {
    if (slots < first.length) continue
    const places = first.map((key) => (key === null ? -1 : slotOf(key, slots)))
    if (places.every((place, index) => place > (places[index - 1] ?? -1))) return slots
  }
  return null
}

/** Slot → its part after the edit; a slot without entries has none. Null = a part holds what is not of its slot. */
function placeInSlots(
  held: readonly HeldPart[],
  slots: number,
  changed: readonly KeyedEntry[],
  removed: readonly string[],
): readonly (PartAfter | undefined)[] | null {
  const placed: (PartAfter | undefined)[] = Array.from({ length: slots }, () => undefined)
  for (const part of held) placed[slotOf(firstKeyOf(part.part) ?? '', slots)] = part
  const edits = new Map<number, Map<string, unknown>>()
  const note = (key: string, entry: unknown): void => {
    const slot = slotOf(key, slots)
    const own = edits.get(slot) ?? new Map<string, unknown>()
    edits.set(slot, own.set(key, entry))
  }
  for (const key of removed) note(key, undefined)
  for (const { key, entry } of changed) note(key, entry)
  for (const [slot, own] of edits) {
    const present = placed[slot]
    const entries = new Map<string, unknown>()
    if (present !== undefined && 'reference' in present) {
      for (const { key, entry } of keyed(present.part)) {
        if (slotOf(key, slots) !== slot) return null
        entries.set(key, entry)
      }
    }
    for (const [key, entry] of own) {
      if (entry === undefined) entries.delete(key)
      else entries.set(key, entry)
    }
    const list = [...entries].map(([key, entry]) => ({ key, entry })).sort(byKey)
    placed[slot] = list.length === 0 ? undefined : { entries: list }
  }
  return placed
}

/** Each fits, and with half as many slots not every one would. */
function isSpreadSo(placed: readonly (PartAfter | undefined)[], slots: number): boolean {
  if (placed.some((part) => sizeOf(part) > aimedEntriesPerPart)) return false
  if (slots === 1) return true
  return placed.some(
    (part, slot) => slot % 2 === 0 && sizeOf(part) + sizeOf(placed[slot + 1]) > aimedEntriesPerPart,
  )
}
