import type { Key } from '@pointsman/contract'
import { entriesAStep, type CompileWork, type Steps } from './compile-index.ts'
import type { EntryChange } from './entry-changes.ts'

/** A key may name routes and models that are gone: such a name allows nothing, so it is no problem. */
export function* compileKeys(changes: readonly EntryChange<Key>[], { edit, problems }: CompileWork): Steps {
  // First those that go: a digest may move from one key to another.
  for (const [place, { before }] of changes.entries()) {
    if (before !== undefined) {
      edit.keysById.delete(before.id)
      if (edit.keysByDigest.get(before.digest)?.id === before.id) edit.keysByDigest.delete(before.digest)
    }
    if (place % entriesAStep === 0) yield
  }
  for (const [place, { after }] of changes.entries()) {
    if (place % entriesAStep === 0) yield
    if (after === undefined) continue
    const holder = edit.keysByDigest.get(after.digest)
    if (holder !== undefined && holder.id !== after.id)
      problems.add(`keys ${[holder.id, after.id].sort().join(' and ')} are the same`)
    edit.keysById.set(after.id, after)
    edit.keysByDigest.set(after.digest, after)
  }
}
