import { PointsmanError, type Actor, type Revision } from '@pointsman/contract'
import type { CompiledSnapshot } from '@pointsman/core'
import {
  latestRevision,
  nextRevision,
  publishRevision,
  setRevisionReason,
  type Database,
  type Transaction,
} from '@pointsman/registry'
import { snapshotOfTables, type SnapshotMaker } from './published.ts'
import type { PublishedHolder } from './published-holder.ts'

export interface Edit<Result> {
  readonly result: Result
  /** False: nothing was written, so that there is no new revision. */
  readonly changed: boolean
  /** What was changed: stands at the revision. */
  readonly reason?: string
  /** Beside it: why, in the caller's words. */
  readonly why?: string | null | undefined
}

export interface Changed<Result> {
  readonly result: Result
  /** The revision that this change made; null = nothing changed. */
  readonly revision: Revision | null
}

/** What an edit is done with: the transaction, and the registry as it stood when the lock was taken. */
export type Editing<Result> = (transaction: Transaction, before: CompiledSnapshot) => Promise<Edit<Result>>

export interface RegistryChanges {
  /**
   * One edit of the registry: lock, edit, compile what the tables then say, publish, commit; everything that can fail
   * fails before the commit. Throws what the edit throws, and PointsmanError `revision_rejected`; then nothing changed.
   */
  change<Result>(actor: Actor, edit: Editing<Result>): Promise<Changed<Result>>
}

export interface ChangeParts extends SnapshotMaker {
  readonly database: Database
  readonly holder: PublishedHolder
}

export function createRegistryChanges(parts: ChangeParts): RegistryChanges {
  return {
    change: async (actor, edit) => {
      const done = await parts.database.transaction({ purpose: 'registry', actor }, async (transaction) => {
        const before = await tablesBefore(transaction, parts)
        const { result, changed, reason, why } = await edit(transaction, before)
        if (!changed) return { result, published: null }
        const revision = await nextRevision(transaction)
        if (reason !== undefined) await setRevisionReason(transaction, revision, reason, why)
        const made = await snapshotOfTables(transaction, revision, parts, parts.holder.current())
        const { snapshot, written } = made
        await publishRevision(transaction, { revision, manifest: snapshot.manifest, parts: written })
        return { result, published: made }
      })
      if (done.published === null) return { result: done.result, revision: null }
      parts.holder.adopt(done.published)
      return { result: done.result, revision: done.published.snapshot.manifest.revision }
    },
  }
}

/**
 * What the tables say under the lock: what is held, where its revision is the newest; else (an SQL edit was just
 * committed) a fresh look. Tables that do not compile were rejected: the last good revision then stands for them, and
 * the edit may be the one that mends them.
 */
async function tablesBefore(transaction: Transaction, parts: ChangeParts): Promise<CompiledSnapshot> {
  const held = parts.holder.required()
  const newest = await latestRevision(transaction)
  const { revision } = held.snapshot.manifest
  if (newest === null || (newest.number === revision.number && newest.epoch === revision.epoch))
    return held.compiled
  try {
    return (await snapshotOfTables(transaction, newest, parts, held)).compiled
  } catch (error) {
    if (error instanceof PointsmanError && error.code === 'revision_rejected') return held.compiled
    throw error
  }
}
