import { PointsmanError, type Actor, type Revision } from '@pointsman/contract'
import { publishRevision, rejectRevision, revisionsToPublish, type Transaction } from '@pointsman/registry'
import type { ChangeParts } from './change-registry.ts'
import { snapshotOfTables, type Made, type Published } from './published.ts'

/** The newest revision that could not be published: an alarm until a later one is. */
export interface Rejection {
  readonly revision: Revision
  readonly error: string
}

const publisher: Actor = { kind: 'rule', id: 'publisher' }

type Outcome = { readonly published: Published } | { readonly rejected: Rejection } | null

/**
 * Publishes what direct SQL recorded: the tables hold the state of the newest revision, which covers the older ones.
 * Several control processes may try: the registry's lock lets one in, and the others find nothing left to do, so
 * that no further lease is needed. Null = nothing was waiting.
 */
export async function publishRecorded(parts: ChangeParts): Promise<Outcome> {
  if ((await revisionsToPublish(parts.database)).length === 0) return null
  return parts.database.transaction({ purpose: 'registry', actor: publisher }, async (transaction) => {
    const waiting = await revisionsToPublish(transaction)
    const newest = waiting.at(-1)
    if (newest === undefined) return null
    const made = await compileOrProblem(transaction, newest, parts)
    if ('problem' in made) {
      for (const revision of waiting) await rejectRevision(transaction, { revision, error: made.problem })
      return { rejected: { revision: newest, error: made.problem } }
    }
    const { snapshot, written } = made.published
    await publishRevision(transaction, { revision: newest, manifest: snapshot.manifest, parts: written })
    return made
  })
}

async function compileOrProblem(
  transaction: Transaction,
  revision: Revision,
  parts: ChangeParts,
): Promise<{ readonly published: Made } | { readonly problem: string }> {
  try {
    return { published: await snapshotOfTables(transaction, revision, parts, parts.holder.current()) }
  } catch (error) {
    // Anything else (no connection, a bug) is no verdict on the edit: it is tried again at the next look.
    if (!(error instanceof PointsmanError) || error.code !== 'revision_rejected') throw error
    return { problem: error.message }
  }
}
