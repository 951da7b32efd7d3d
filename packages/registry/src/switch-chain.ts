import { createHash } from 'node:crypto'
import { canonicalJson } from '@pointsman/contract'
import type { Queryable, Row } from './database.ts'
import * as read from './row-values.ts'

export interface ChainProblem {
  readonly sequence: number
  readonly problem: string
}
export interface ChainReport {
  readonly valid: boolean
  /** Records that were checked. */
  readonly count: number
  /** The hash of the last record that was checked; 64 zeros in an empty log. */
  readonly head: string
  readonly firstBad?: ChainProblem
}

/** A place in the chain that somebody kept outside of the database. */
export interface ChainAnchor {
  readonly sequence: number
  readonly hash: string
}

/** One record as the chain vouches for it: `hash` = SHA-256 of the previous hash and the text. */
export interface ChainLink extends ChainAnchor {
  readonly previousHash: string
  readonly canonicalText: string
}

const genesis = '0'.repeat(64)
const pageSize = 1_000

const selectPage = `
  SELECT chain.sequence, chain.previous_hash, chain.hash, switch.*,
    trim_scale(switch.cost_impact_usd)::text AS cost_digits, encode(salts.salt, 'hex') AS text_salt,
    encode(owner.salt, 'hex') AS owner_salt, encode(actor.salt, 'hex') AS actor_salt,
    encode(approver.salt, 'hex') AS approver_salt
  FROM pointsman.switch_chain AS chain
  LEFT JOIN pointsman.switches AS switch ON switch.id = chain.switch_id
  LEFT JOIN pointsman.switch_salts AS salts ON salts.switch_id = switch.id
  LEFT JOIN pointsman.people AS owner
    ON owner.workspace_id = coalesce(switch.workspace_id, 'default') AND owner.name = switch.user_id
  LEFT JOIN pointsman.people AS actor
    ON actor.workspace_id = coalesce(switch.workspace_id, 'default') AND actor.name = switch.actor_id
  LEFT JOIN pointsman.people AS approver
    ON approver.workspace_id = 'default' AND approver.name = switch.approval ->> 'by'
  WHERE chain.sequence > $1 AND chain.sequence <= $2 ORDER BY chain.sequence LIMIT ${pageSize}`

const selectHead = `
  SELECT head.sequence, head.hash,
    (SELECT max(sequence) FROM pointsman.switch_chain) AS last_sequence
  FROM pointsman.switch_chain_head AS head`

/**
 * Recomputes every hash outside the database; finds altered, missing, added and swapped records. Page by page and
 * without a transaction: the log only grows, so what lies before the head that was read first stands still.
 */
export async function verifyChain(
  database: Queryable,
  anchor: ChainAnchor | null = null,
): Promise<ChainReport> {
  const { rows: heads } = await database.query(selectHead)
  const headRow = heads[0]
  if (headRow === undefined) return bad({ count: 0, head: genesis }, 0, 'the head of the chain is gone')
  const end = Math.max(read.number(headRow, 'sequence'), read.numberOrNull(headRow, 'last_sequence') ?? 0)
  let checked = { count: 0, head: genesis }
  while (checked.count < end) {
    const { rows } = await database.query(selectPage, [checked.count, end])
    if (rows.length === 0) return bad(checked, checked.count + 1, 'the record is missing')
    for (const row of rows) {
      const problem = problemOf(row, checked)
      if (problem !== null) return bad(checked, checked.count + 1, problem)
      checked = { count: checked.count + 1, head: read.text(row, 'hash') }
    }
  }
  if (read.number(headRow, 'sequence') !== end || read.text(headRow, 'hash') !== checked.head) {
    return bad(checked, end, 'the head of the chain names another record as the last one')
  }
  const added = await unchained(database)
  if (added !== null) return bad(checked, end + 1, `the record ${added} was added outside the chain`)
  // Whoever owns the database can compute a whole chain anew: only a place that was kept elsewhere tells.
  if (anchor !== null && !(await holds(database, anchor))) {
    const problem = 'the chain does not lead through the anchor: it was cut, or written anew'
    return bad(checked, anchor.sequence, problem)
  }
  return { valid: true, ...checked }
}

const bad = (
  checked: Pick<ChainReport, 'count' | 'head'>,
  sequence: number,
  problem: string,
): ChainReport => ({
  valid: false,
  ...checked,
  firstBad: { sequence, problem },
})

async function holds(database: Queryable, { sequence, hash }: ChainAnchor): Promise<boolean> {
  if (sequence === 0) return hash === genesis
  const { rows } = await database.query(
    'SELECT FROM pointsman.switch_chain WHERE sequence = $1 AND hash = $2',
    [sequence, hash],
  )
  return rows.length === 1
}

/** The last place of the chain; sequence 0 and 64 zeros in an empty log. */
export async function chainHead(database: Queryable): Promise<ChainAnchor> {
  const { rows } = await database.query('SELECT sequence, hash FROM pointsman.switch_chain_head')
  const [row] = rows
  return row === undefined
    ? { sequence: 0, hash: genesis }
    : { sequence: read.number(row, 'sequence'), hash: read.text(row, 'hash') }
}

/** In order, from the one after `after`. What can be checked without this program: each text, and how it is chained. */
export async function chainLinks(
  database: Queryable,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<readonly ChainLink[]> {
  const { rows } = await database.query(
    `SELECT chain.sequence, chain.previous_hash, chain.hash, switch.canonical_text
     FROM pointsman.switch_chain AS chain JOIN pointsman.switches AS switch ON switch.id = chain.switch_id
     WHERE chain.sequence > $1 ORDER BY chain.sequence LIMIT $2`,
    [after, limit],
  )
  return rows.map((row) => ({
    sequence: read.number(row, 'sequence'),
    hash: read.text(row, 'hash'),
    previousHash: read.text(row, 'previous_hash'),
    canonicalText: read.text(row, 'canonical_text'),
  }))
}

async function unchained(database: Queryable): Promise<string | null> {
  const { rows } = await database.query(
    `SELECT id FROM pointsman.switches AS switch
     WHERE NOT EXISTS (SELECT FROM pointsman.switch_chain WHERE switch_id = switch.id) LIMIT 1`,
  )
  return rows[0] === undefined ? null : read.text(rows[0], 'id')
}

function problemOf(row: Row, checked: { readonly count: number; readonly head: string }): string | null {
  if (read.number(row, 'sequence') !== checked.count + 1) return 'the record is missing'
  if (row['canonical_text'] === null) return 'the record is missing, its place in the chain is left'
  if (read.text(row, 'previous_hash') !== checked.head) return 'it does not follow from the record before it'
  const canonicalText = read.text(row, 'canonical_text')
  const hash = createHash('sha256').update(checked.head).update(canonicalText).digest('hex')
  if (hash !== read.text(row, 'hash')) return 'its text was altered, or another record stands in its place'
  return agrees(canonicalText, row) ? null : 'its columns say something else than its text'
}

/** The record's own cost: members stand by name, and before this one (`action`, `actor`) only texts, whose quotes are escaped. */
const costInText = /"costImpactUsd":(-?[\d.]+)/

function agrees(canonicalText: string, row: Row): boolean {
  // By its digits: it may have more than a double holds, and a change of the seventeenth would not be seen.
  const said = JSON.parse(canonicalText) as Said
  const digits = typeof said.costImpactUsd === 'number' ? costInText.exec(canonicalText)?.[1] : null
  if (digits !== read.textOrNull(row, 'cost_digits')) return false
  // Texts from before there were approvals have no such member.
  if (said.approval === undefined && row['approval'] !== null) return false
  try {
    const { costImpactUsd } = said
    return canonicalJson(said) === canonicalJson({ ...recordFromColumns(row, said), costImpactUsd })
  } catch (error) {
    // A forged column may hold what no record can, such as an instant at infinity.
    if (error instanceof TypeError) return false
    throw error
  }
}

/** What of the text is looked at here; any of it may be forged. */
interface Said {
  readonly costImpactUsd?: unknown
  readonly reason?: unknown
  readonly notificationMessage?: unknown
  readonly actor?: { readonly id?: unknown } | null
  readonly scope?: { readonly id?: unknown; readonly userId?: unknown } | null
  readonly approval?: { readonly by?: unknown } | null
}

/**
 * A column's value as the text has it: the seal, where the text has one. An erased column holds the seal itself, and a
 * text from before there were seals the value, so that equal ones need no salt.
 */
function asSaid(value: string | null, said: unknown, salt: string | null): string | null {
  if (value === null || value === said || salt === null) return value
  return `sealed:${createHash('sha256').update(salt, 'hex').update(value).digest('hex')}`
}

/** The record as the columns say it but for its cost, to be held against the text that the chain vouches for. */
function recordFromColumns(row: Row, said: Said): object {
  const number = read.numberOrNull(row, 'revision_number')
  const refusalCode = read.textOrNull(row, 'refusal_code')
  const actorKind = read.text(row, 'actor_kind')
  const textSalt = read.textOrNull(row, 'text_salt')
  const actorSalt = actorKind === 'user' ? read.textOrNull(row, 'actor_salt') : null
  return {
    id: read.text(row, 'id'),
    revision: number === null ? null : { epoch: read.number(row, 'revision_epoch'), number },
    recordedAtMs: read.instant(row, 'recorded_at'),
    actor: { kind: actorKind, id: asSaid(read.text(row, 'actor_id'), said.actor?.id, actorSalt) },
    action: read.text(row, 'switch_action'),
    type: read.text(row, 'switch_type'),
    scope: scopeFromColumns(row, said),
    from: read.textOrNull(row, 'previous_model_id'),
    to: read.textOrNull(row, 'new_model_id'),
    fromName: read.textOrNull(row, 'previous_model_name'),
    toName: read.textOrNull(row, 'new_model_name'),
    reason: asSaid(read.textOrNull(row, 'reason'), said.reason, textSalt),
    evidence: read.json(row, 'evidence'),
    ...(said.approval === undefined ? {} : { approval: approvalFromColumns(row, said) }),
    reverts: read.textOrNull(row, 'reverts'),
    refusal: refusalCode === null ? null : { code: refusalCode, message: read.text(row, 'refusal_message') },
    notificationTitle: read.textOrNull(row, 'notification_title'),
    notificationMessage: asSaid(
      read.textOrNull(row, 'notification_message'),
      said.notificationMessage,
      textSalt,
    ),
  }
}

function approvalFromColumns(row: Row, said: Said): object | null {
  if (row['approval'] === null) return null
  const approval = read.json<{ readonly by?: unknown }>(row, 'approval')
  if (typeof approval.by !== 'string') return approval
  return { ...approval, by: asSaid(approval.by, said.approval?.by, read.textOrNull(row, 'approver_salt')) }
}

function scopeFromColumns(row: Row, { scope: said }: Said): object {
  const kind = read.text(row, 'scope_kind')
  const workspace = read.textOrNull(row, 'workspace_id')
  const owner = read.textOrNull(row, 'user_id')
  const salt = read.textOrNull(row, 'owner_salt')
  switch (kind) {
    case 'conversation': {
      const id = read.textOrNull(row, 'conversation_id')
      const userId = asSaid(owner, said?.userId, salt)
      return { kind, workspace, id, userId, useCase: read.textOrNull(row, 'use_case') }
    }
    case 'user':
      return { kind, workspace, id: asSaid(owner, said?.id, salt) }
    case 'global':
      return { kind }
    default:
      return { kind, name: read.textOrNull(row, 'scope_name') }
  }
}
