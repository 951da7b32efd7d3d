import { replicaId, type HeldCircuit, type ReplicaId, type Revision } from '@pointsman/contract'
import type { Queryable, Row } from './database.ts'
import * as read from './row-values.ts'

/** A lease runs this long; renewed every 5 s. */
export const replicaLeaseMs = 15_000

export interface ReplicaRow {
  readonly id: ReplicaId
  readonly host: string
  readonly title: string
  /** `leased` ones are waited for by a switch; `pull` ones (Lambda, edge) are only listed. */
  readonly kind: 'leased' | 'pull'
  readonly startedAtMs: number
  readonly leaseUntilMs: number
  /** Its lease has not run out. */
  readonly live: boolean
  /** What it serves; null before its first snapshot. */
  readonly revision: Revision | null
  /** Since when. */
  readonly servedSinceMs: number | null
  /** Milliseconds from that revision's publication to its acknowledgement; null where either was pruned. */
  readonly lagMs: number | null
  /** Why it could not take the newest one, where it said so. */
  readonly problem: string | null
  /** What it holds back, as it said last. */
  readonly circuits: readonly HeldCircuit[]
}

/** More are not told: with so many at once the trouble is not a model's. */
export const mostCircuitsTold = 100

function readReplica(row: Row): ReplicaRow {
  const number = read.numberOrNull(row, 'revision_number')
  return {
    id: replicaId(read.text(row, 'id')),
    host: read.text(row, 'host'),
    title: read.text(row, 'title'),
    kind: read.word(row, 'kind'),
    startedAtMs: read.instant(row, 'started_at'),
    leaseUntilMs: read.instant(row, 'lease_until'),
    live: read.boolean(row, 'live'),
    revision: number === null ? null : { epoch: read.number(row, 'revision_epoch'), number },
    servedSinceMs: read.instantOrNull(row, 'served_since'),
    lagMs: read.numberOrNull(row, 'lag_ms'),
    problem: read.textOrNull(row, 'problem'),
    circuits: read.json<readonly HeldCircuit[]>(row, 'circuits'),
  }
}

/** Registers or renews; the database's clock decides, and what it says now is returned. */
export async function renewReplica(
  database: Queryable,
  replica: Pick<ReplicaRow, 'id' | 'host' | 'title' | 'kind' | 'startedAtMs'> &
    Partial<Pick<ReplicaRow, 'circuits'>>,
): Promise<number> {
  const { circuits = [] } = replica
  const { rows } = await database.query(
    `INSERT INTO pointsman.replicas (id, host, title, kind, started_at, lease_until, circuits)
     VALUES ($1, $2, $3, $4, $5::timestamptz, clock_timestamp() + make_interval(secs => $6::double precision), $7::jsonb)
     ON CONFLICT (id) DO UPDATE
     SET host = excluded.host, title = excluded.title, kind = excluded.kind, lease_until = excluded.lease_until,
       circuits = excluded.circuits
     RETURNING pointsman.epoch_ms(clock_timestamp()) AS now_ms`,
    [
      replica.id,
      replica.host,
      replica.title,
      replica.kind,
      new Date(replica.startedAtMs),
      replicaLeaseMs / 1_000,
      read.storableJson(circuits.slice(0, mostCircuitsTold)),
    ],
  )
  const [row] = rows
  if (row === undefined) throw new TypeError('a lease that was written is not there')
  return read.number(row, 'now_ms')
}

/**
 * A replica serves this revision, or says why it cannot. One that is not registered is not known, and not recorded. A
 * word of an older revision than the one that it serves comes late, and changes nothing: no replica goes back.
 */
export async function acknowledge(
  database: Queryable,
  acknowledgement: {
    readonly replica: ReplicaId
    readonly revision: Revision
    readonly problem?: string
  },
): Promise<void> {
  const { replica, revision } = acknowledgement
  const problem = acknowledgement.problem === undefined ? null : read.storableText(acknowledgement.problem)
  await database.query(
    `WITH known AS (
       SELECT id FROM pointsman.replicas WHERE id = $1 FOR UPDATE
     ), moved AS (
       UPDATE pointsman.replicas SET
         problem = $4::text,
         served_since = CASE WHEN $4::text IS NOT NULL OR (revision_epoch, revision_number) = ($3::integer, $2::bigint)
           THEN served_since ELSE pointsman.now_ms() END,
         revision_number = CASE WHEN $4::text IS NULL THEN $2::bigint ELSE revision_number END,
         revision_epoch = CASE WHEN $4::text IS NULL THEN $3::integer ELSE revision_epoch END
       WHERE id = $1
         AND (revision_number IS NULL OR (revision_epoch, revision_number) <= ($3::integer, $2::bigint))
     )
     INSERT INTO pointsman.acknowledgements (revision_number, replica_id, acknowledged_at, problem)
     SELECT $2::bigint, id, pointsman.now_ms(), $4::text FROM known
     ON CONFLICT (revision_number, replica_id) DO UPDATE
     SET acknowledged_at = excluded.acknowledged_at, problem = excluded.problem
     WHERE acknowledgements.problem IS NOT NULL`,
    [replica, revision.number, revision.epoch, problem],
  )
}

/** Never negative: two hosts' database sessions share one clock, but a clock may be set back. */
const lagOf = (acknowledgement: string, revision: string): string =>
  `greatest(0, pointsman.epoch_ms(${acknowledgement}.acknowledged_at) - pointsman.epoch_ms(${revision}.settled_at))`

/** That a replica serves a revision, or cannot. */
export interface AcknowledgementRow {
  readonly replica: ReplicaId
  /** The revision that it acknowledged: the asked one, or the later one with which it took it. */
  readonly revision: number
  readonly acknowledgedAtMs: number
  /** Milliseconds from that revision's publication; null where it was not published. */
  readonly lagMs: number | null
  readonly problem: string | null
}

const readAcknowledgement = (row: Row): AcknowledgementRow => ({
  replica: replicaId(read.text(row, 'replica_id')),
  revision: read.number(row, 'revision_number'),
  acknowledgedAtMs: read.instant(row, 'acknowledged_at'),
  lagMs: read.textOrNull(row, 'problem') === null ? read.numberOrNull(row, 'lag_ms') : null,
  problem: read.textOrNull(row, 'problem'),
})

const selectAcknowledgements = `
  SELECT acknowledgement.*, ${lagOf('acknowledgement', 'revision')} AS lag_ms
  FROM pointsman.acknowledgements AS acknowledgement
  LEFT JOIN pointsman.revisions AS revision ON revision.number = acknowledgement.revision_number`

/** A replica that took so many revisions at once is told of by none of them. */
const mostTakenAtOnce = 1_000

/** How each replica came to serve a revision, with it or with a later one; or why it could not. */
export async function acknowledgementsOf(
  database: Queryable,
  revision: number,
): Promise<readonly AcknowledgementRow[]> {
  const { rows } = await database.query(
    `SELECT DISTINCT ON (replica_id) * FROM (${selectAcknowledgements}
       WHERE revision_number BETWEEN $1 AND $2 AND (problem IS NULL OR revision_number = $1)) AS told
     ORDER BY replica_id, problem IS NOT NULL, revision_number`,
    [revision, revision + mostTakenAtOnce],
  )
  return rows.map(readAcknowledgement)
}

/** Acknowledged at this instant or later, in that order. */
export async function acknowledgementsSince(
  database: Queryable,
  sinceMs: number,
  limit: number,
): Promise<readonly AcknowledgementRow[]> {
  const { rows } = await database.query(
    `${selectAcknowledgements} WHERE acknowledged_at >= $1::timestamptz
     ORDER BY acknowledged_at, revision_number, replica_id LIMIT $2`,
    [new Date(sinceMs), limit],
  )
  return rows.map(readAcknowledgement)
}

/** Live ones first. */
export async function listReplicas(database: Queryable): Promise<readonly ReplicaRow[]> {
  const { rows } = await database.query(
    `SELECT replica.*, lease_until > clock_timestamp() AS live, ${lagOf('acknowledgement', 'revision')} AS lag_ms
     FROM pointsman.replicas AS replica
     LEFT JOIN pointsman.acknowledgements AS acknowledgement ON acknowledgement.problem IS NULL
       AND acknowledgement.revision_number = replica.revision_number AND acknowledgement.replica_id = replica.id
     LEFT JOIN pointsman.revisions AS revision ON revision.number = replica.revision_number
     ORDER BY lease_until <= clock_timestamp(), host, title, id`,
  )
  return rows.map(readReplica)
}

/** A data plane that is cut off serves what it holds for so long at most: the most that its setting takes. */
const servesCutOffMs = 86_400_000

export interface ReplicasBehind {
  /** Leased and live ones: they are waited for. */
  readonly pending: readonly ReplicaId[]
  /** Their lease ran out and they never left: killed, or cut off and serving an older revision still. */
  readonly unheard: readonly { readonly id: ReplicaId; readonly sinceMs: number }[]
}

/** Leased ones that do not serve this revision (or a newer one), as far as the registry knows. */
export async function replicasBehind(database: Queryable, revision: Revision): Promise<ReplicasBehind> {
  const { rows } = await database.query(
    `SELECT id, lease_until, lease_until > clock_timestamp() AS live FROM pointsman.replicas
     WHERE kind = 'leased' AND lease_until > clock_timestamp() - make_interval(secs => $3::double precision)
       AND (revision_number IS NULL OR (revision_epoch, revision_number) < ($2::integer, $1::bigint))
     ORDER BY id`,
    [revision.number, revision.epoch, servesCutOffMs / 1_000],
  )
  const isLive = (row: Row): boolean => read.boolean(row, 'live')
  const id = (row: Row): ReplicaId => replicaId(read.text(row, 'id'))
  return {
    pending: rows.filter(isLive).map(id),
    unheard: rows
      .filter((row) => !isLive(row))
      .map((row) => ({ id: id(row), sinceMs: read.instant(row, 'lease_until') - replicaLeaseMs })),
  }
}

/** An orderly stop: nobody waits for it any more. */
export async function removeReplica(database: Queryable, id: ReplicaId): Promise<void> {
  await database.query('DELETE FROM pointsman.replicas WHERE id = $1', [id])
}

/** Forgets replicas whose lease ran out before this instant, and acknowledgements that are older. Returns how many replicas went. */
export async function pruneReplicas(database: Queryable, beforeMs: number): Promise<number> {
  const before = new Date(beforeMs)
  await database.query('DELETE FROM pointsman.acknowledgements WHERE acknowledged_at < $1::timestamptz', [
    before,
  ])
  return (
    await database.query('DELETE FROM pointsman.replicas WHERE lease_until < $1::timestamptz', [before])
  ).rowCount
}
