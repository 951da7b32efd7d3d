import {
  PointsmanError,
  type Actor,
  type PartReference,
  type Revision,
  type RevisionState,
  type SnapshotManifest,
} from '@pointsman/contract'
import { revisionChannel, type Queryable, type Row, type Transaction } from './database.ts'
import { pageOf, readCursor, writeCursor, type Page } from './page.ts'
import * as read from './row-values.ts'

export interface RevisionRow {
  readonly revision: Revision
  readonly state: RevisionState
  /** Who made it. */
  readonly actor: Actor
  readonly recordedAtMs: number
  /** When it was published or rejected. */
  readonly settledAtMs: number | null
  /** What it changed, where no switch says so; what was taken over from where, of a sync or an import. */
  readonly reason: string | null
  /** Why it was rejected, in words for people. */
  readonly error: string | null
  /** Hash of the manifest; null where none was made: not yet settled, covered by a later one, or pruned. */
  readonly manifestHash: string | null
}

const columns =
  'number, epoch, state, actor_kind, actor_id, recorded_at, settled_at, reason, error, manifest_hash'

const readRevision = (row: Row): Revision => ({
  epoch: read.number(row, 'epoch'),
  number: read.number(row, 'number'),
})

const readRevisionRow = (row: Row): RevisionRow => ({
  revision: readRevision(row),
  state: read.word(row, 'state'),
  actor: { kind: read.word(row, 'actor_kind'), id: read.text(row, 'actor_id') },
  recordedAtMs: read.instant(row, 'recorded_at'),
  settledAtMs: read.instantOrNull(row, 'settled_at'),
  reason: read.textOrNull(row, 'reason'),
  error: read.textOrNull(row, 'error'),
  manifestHash: read.textOrNull(row, 'manifest_hash'),
})

/** This transaction's revision: allocated at the first call or the first change, the same one afterwards. Purpose `registry` or `sql` only. */
export async function nextRevision(transaction: Transaction): Promise<Revision> {
  // Two statements: the row that the function makes is not seen by the statement that calls it.
  const { rows } = await transaction.query('SELECT pointsman.next_revision() AS number')
  const number = rows[0] === undefined ? 0 : read.number(rows[0], 'number')
  const made = await findRevision(transaction, number)
  if (made === null) throw new PointsmanError('internal', `revision ${number} was allocated and is not there`)
  return made.revision
}

/** Between what was changed and why, in its maker's own words: SQL's `erase_person` knows it, and takes those away. */
const whyMark = '; why: '

/** Says what a revision of this transaction changed, and why where its maker said so. */
export async function setRevisionReason(
  transaction: Transaction,
  { number }: Revision,
  reason: string,
  why?: string | null,
): Promise<void> {
  await transaction.query('UPDATE pointsman.revisions SET reason = $2 WHERE number = $1', [
    number,
    // Whitespace says nothing.
    read.storableText(why?.trim() ? reason + whyMark + why : reason),
  ])
}

/** The newest revision in any state; null in a registry that was never written. */
export async function latestRevision(database: Queryable): Promise<Revision | null> {
  const { rows } = await database.query(
    'SELECT number, epoch FROM pointsman.revisions ORDER BY number DESC LIMIT 1',
  )
  return rows[0] === undefined ? null : readRevision(rows[0])
}

/** The newest revision that was published or rejected; null = none was yet. */
export async function latestSettled(database: Queryable): Promise<RevisionRow | null> {
  const { rows } = await database.query(
    `SELECT ${columns} FROM pointsman.revisions WHERE state <> 'recorded' ORDER BY number DESC LIMIT 1`,
  )
  return rows[0] === undefined ? null : readRevisionRow(rows[0])
}

export async function findRevision(database: Queryable, number: number): Promise<RevisionRow | null> {
  const { rows } = await database.query(`SELECT ${columns} FROM pointsman.revisions WHERE number = $1`, [
    number,
  ])
  return rows[0] === undefined ? null : readRevisionRow(rows[0])
}

/** Newest first; `cursor` from the page before. */
export async function listRevisions(
  database: Queryable,
  page: { readonly limit: number; readonly cursor: string | null },
): Promise<Page<RevisionRow>> {
  const before = page.cursor === null ? null : readCursor(page.cursor, ['number'])[0]
  const { rows } = await database.query(
    `SELECT ${columns} FROM pointsman.revisions WHERE $1::bigint IS NULL OR number < $1 ORDER BY number DESC LIMIT $2`,
    [before, page.limit + 1],
  )
  return pageOf(rows, page.limit, readRevisionRow, ({ revision }) => writeCursor(revision.number))
}

/** The ones that follow, oldest first. */
export async function revisionsAfter(
  database: Queryable,
  number: number,
  limit: number,
): Promise<readonly RevisionRow[]> {
  const { rows } = await database.query(
    `SELECT ${columns} FROM pointsman.revisions WHERE number > $1 ORDER BY number LIMIT $2`,
    [number, limit],
  )
  return rows.map(readRevisionRow)
}

/** Recorded and not yet settled, oldest first. The tables hold the state of the newest one, which is the one to publish. */
export async function revisionsToPublish(database: Queryable): Promise<readonly Revision[]> {
  const { rows } = await database.query(
    "SELECT number, epoch FROM pointsman.revisions WHERE state = 'recorded' ORDER BY number",
  )
  return rows.map(readRevision)
}

/** Settles a revision that is still recorded; throws `refused` where it is none or was settled before. */
async function settle(
  transaction: Transaction,
  revision: Revision,
  outcome: {
    readonly state: RevisionState
    readonly manifest: SnapshotManifest | null
    readonly error: string | null
  },
): Promise<void> {
  const { rowCount } = await transaction.query(
    `UPDATE pointsman.revisions
     SET state = $3, settled_at = pointsman.now_ms(), manifest = $4::jsonb, manifest_hash = $5, error = $6
     WHERE number = $1 AND epoch = $2 AND state = 'recorded'`,
    [
      revision.number,
      revision.epoch,
      outcome.state,
      outcome.manifest === null ? null : read.storableJson(outcome.manifest),
      outcome.manifest?.hash ?? null,
      outcome.error === null ? null : read.storableText(outcome.error),
    ],
  )
  if (rowCount === 0) {
    throw new PointsmanError(
      'refused',
      `Revision ${revision.epoch}.${revision.number} is not waiting to be settled.`,
    )
  }
}

/** A part as it is stored: under its hash, which is that of this very text. */
export interface PartToStore {
  readonly reference: PartReference
  readonly text: string
}

/** Together some two megabytes at most. */
const partsAtOnce = 16

/**
 * Publishes a revision with its manifest; `parts` are those that may not be stored yet. Older recorded ones are covered
 * by it and become published too. Their switches become `published`. Notifies. Throws `refused` when it was settled
 * before, and `internal` where a part is neither given nor stored: no replica could take such a revision.
 */
export async function publishRevision(
  transaction: Transaction,
  publication: {
    readonly revision: Revision
    readonly manifest: SnapshotManifest
    readonly parts: readonly PartToStore[]
  },
): Promise<void> {
  const { revision, manifest, parts } = publication
  for (let from = 0; from < parts.length; from += partsAtOnce)
    await storeParts(transaction, parts.slice(from, from + partsAtOnce))
  await settle(transaction, revision, { state: 'published', manifest, error: null })
  await requireStored(transaction, revision)
  await transaction.query(
    `UPDATE pointsman.revisions SET state = 'published', settled_at = pointsman.now_ms()
     WHERE state = 'recorded' AND number < $1`,
    [revision.number],
  )
  await moveSwitches(transaction, revision, 'published')
  await transaction.query('SELECT pg_notify($1, $2)', [
    revisionChannel,
    `${revision.epoch}.${revision.number}`,
  ])
}

async function storeParts(transaction: Transaction, parts: readonly PartToStore[]): Promise<void> {
  const rows = parts.map(({ reference: { count, hash, kind }, text }) => ({ hash, kind, count, body: text }))
  await transaction.query(
    `INSERT INTO pointsman.snapshot_parts (hash, kind, entry_count, body)
     SELECT hash, kind, count, body
     FROM jsonb_to_recordset($1::jsonb) AS given (hash text, kind text, count integer, body text)
     ON CONFLICT (hash) DO NOTHING`,
    [read.storableJson(rows)],
  )
}

/** Of the manifest as it was just stored, which is not sent again for it. */
async function requireStored(transaction: Transaction, revision: Revision): Promise<void> {
  const { rows } = await transaction.query(
    `SELECT named ->> 'hash' AS hash FROM pointsman.revisions, jsonb_array_elements(manifest -> 'parts') AS named
     WHERE number = $1 AND epoch = $2
       AND NOT EXISTS (SELECT FROM pointsman.snapshot_parts AS stored WHERE stored.hash = named ->> 'hash') LIMIT 1`,
    [revision.number, revision.epoch],
  )
  if (rows[0] === undefined) return
  throw new PointsmanError(
    'internal',
    `Revision ${revision.number} names the part ${read.text(rows[0], 'hash')}, which is not stored.`,
  )
}

/** Marks a recorded revision as rejected, and the older recorded ones that it holds; their switches too. */
export async function rejectRevision(
  transaction: Transaction,
  rejection: { readonly revision: Revision; readonly error: string },
): Promise<void> {
  const { revision, error } = rejection
  await settle(transaction, revision, { state: 'rejected', manifest: null, error })
  await moveSwitches(transaction, revision, 'rejected')
}

async function moveSwitches(
  transaction: Transaction,
  revision: Revision,
  state: 'published' | 'rejected',
): Promise<void> {
  const sameRevision = state === 'published' ? 'switch.revision_number <= $1' : 'switch.revision_number = $1'
  await transaction.query(
    `UPDATE pointsman.switch_states AS state SET state = $2, changed_at = pointsman.now_ms()
     FROM pointsman.switches AS switch
     WHERE switch.id = state.switch_id AND state.state = 'recorded' AND ${sameRevision}`,
    [revision.number, state],
  )
}
