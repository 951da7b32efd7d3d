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

const genesis = '0'.repeat(64)
const pageSize = 1_000

const selectPage = `
  SELECT chain.sequence, chain.previous_hash, chain.hash, switch.*,
    trim_scale(switch.cost_impact_usd)::text AS cost_digits
  FROM pointsman.switch_chain AS chain
  LEFT JOIN pointsman.switches AS switch ON switch.id = chain.switch_id
  WHERE chain.sequence > $1 AND chain.sequence <= $2 ORDER BY chain.sequence LIMIT ${pageSize}`

const selectHead = `
  SELECT head.sequence, head.hash,
    (SELECT max(sequence) FROM pointsman.switch_chain) AS last_sequence
  FROM pointsman.switch_chain_head AS head`

/**
 * Recomputes every hash outside the database; finds altered, missing, added and swapped records. Page by page and
 * without a transaction: the log only grows, so what lies before the head that was read first stands still.
 */
export async function verifyChain(database: Queryable): Promise<ChainReport> {
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
  const said = JSON.parse(canonicalText) as { readonly costImpactUsd?: unknown }
  const digits = typeof said.costImpactUsd === 'number' ? costInText.exec(canonicalText)?.[1] : null
  if (digits !== read.textOrNull(row, 'cost_digits')) return false
  try {
    const { costImpactUsd } = said
    return canonicalJson(said) === canonicalJson({ ...recordFromColumns(row), costImpactUsd })
  } catch (error) {
    // A forged column may hold what no record can, such as an instant at infinity.
    if (error instanceof TypeError) return false
    throw error
  }
}

/** The record as the columns say it but for its cost, to be held against the text that the chain vouches for. */
function recordFromColumns(row: Row): object {
  const number = read.numberOrNull(row, 'revision_number')
  const refusalCode = read.textOrNull(row, 'refusal_code')
  return {
    id: read.text(row, 'id'),
    revision: number === null ? null : { epoch: read.number(row, 'revision_epoch'), number },
    recordedAtMs: read.instant(row, 'recorded_at'),
    actor: { kind: read.text(row, 'actor_kind'), id: read.text(row, 'actor_id') },
    action: read.text(row, 'switch_action'),
    type: read.text(row, 'switch_type'),
    scope: scopeFromColumns(row),
    from: read.textOrNull(row, 'previous_model_id'),
    to: read.textOrNull(row, 'new_model_id'),
    fromName: read.textOrNull(row, 'previous_model_name'),
    toName: read.textOrNull(row, 'new_model_name'),
    reason: read.textOrNull(row, 'reason'),
    evidence: read.json(row, 'evidence'),
    reverts: read.textOrNull(row, 'reverts'),
    refusal: refusalCode === null ? null : { code: refusalCode, message: read.text(row, 'refusal_message') },
    notificationTitle: read.textOrNull(row, 'notification_title'),
    notificationMessage: read.textOrNull(row, 'notification_message'),
  }
}

function scopeFromColumns(row: Row): object {
  const kind = read.text(row, 'scope_kind')
  const workspace = read.textOrNull(row, 'workspace_id')
  const owner = read.textOrNull(row, 'user_id')
  switch (kind) {
    case 'conversation': {
      const id = read.textOrNull(row, 'conversation_id')
      return { kind, workspace, id, userId: owner, useCase: read.textOrNull(row, 'use_case') }
    }
    case 'user':
      return { kind, workspace, id: owner }
    case 'global':
      return { kind }
    default:
      return { kind, name: read.textOrNull(row, 'scope_name') }
  }
}
