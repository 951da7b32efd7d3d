import { createHash } from 'node:crypto'
import { erasureAgrees, erasureColumns, erasureTables, takenOutOfErasure } from './chained-erasure.ts'
import { switchAgrees, takenOutOfSwitch } from './chained-switch.ts'
import type { Queryable, Row } from './database.ts'
import { firstUncovered, type TakenOut } from './erasure-cover.ts'
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
/** Read and checked in one turn of the loop, which requests wait for: 300 of them took 26 ms on a slow machine. */
const pageSize = 50

const selectPage = `
  SELECT chain.sequence, chain.previous_hash, chain.hash, chain.erasure_id, switch.*,
    trim_scale(switch.cost_impact_usd)::text AS cost_digits, encode(salts.salt, 'hex') AS text_salt,
    encode(owner.salt, 'hex') AS owner_salt, encode(actor.salt, 'hex') AS actor_salt,
    encode(approver.salt, 'hex') AS approver_salt, ${erasureColumns}
  FROM pointsman.switch_chain AS chain
  ${erasureTables}
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
  let checked: Checked = { count: 0, head: genesis }
  while (checked.count < end) {
    const { rows } = await database.query(selectPage, [checked.count, end])
    if (rows.length === 0) return bad(checked, checked.count + 1, 'the record is missing')
    const page = await checkPage(database, rows, checked)
    if (page.problem !== null) return bad(page.checked, page.checked.count + 1, page.problem)
    checked = page.checked
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

/** How far the chain holds: so many records, and the hash of the last one. */
type Checked = Pick<ChainReport, 'count' | 'head'>

const bad = (checked: Checked, sequence: number, problem: string): ChainReport => ({
  valid: false,
  ...checked,
  firstBad: { sequence, problem },
})

async function checkPage(
  database: Queryable,
  rows: readonly Row[],
  before: Checked,
): Promise<{ readonly checked: Checked; readonly problem: string | null }> {
  const sound: { sequence: number; before: Checked; taken: readonly TakenOut[] }[] = []
  let checked = before
  let problem: string | null = null
  for (const row of rows) {
    problem = problemOf(row, checked)
    if (problem !== null) break
    sound.push({ sequence: checked.count + 1, before: checked, taken: takenOutOf(row) })
    checked = { count: checked.count + 1, head: read.text(row, 'hash') }
  }
  const uncovered = await firstUncovered(database, sound)
  if (uncovered === null) return { checked, problem }
  return {
    checked: uncovered.before,
    problem: 'something of a person was taken out of it, and no erasure in the chain says so',
  }
}

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
    `SELECT chain.sequence, chain.previous_hash, chain.hash,
       coalesce(switch.canonical_text, erasure.canonical_text) AS canonical_text
     FROM pointsman.switch_chain AS chain
     LEFT JOIN pointsman.switches AS switch ON switch.id = chain.switch_id
     LEFT JOIN pointsman.erasures AS erasure ON erasure.id = chain.erasure_id
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
     WHERE NOT EXISTS (SELECT FROM pointsman.switch_chain WHERE switch_id = switch.id)
     UNION ALL SELECT id FROM pointsman.erasures AS erasure
     WHERE NOT EXISTS (SELECT FROM pointsman.switch_chain WHERE erasure_id = erasure.id) LIMIT 1`,
  )
  return rows[0] === undefined ? null : read.text(rows[0], 'id')
}

const isErasure = (row: Row): boolean => row['erasure_id'] !== null
const textOf = (row: Row): string | null =>
  read.textOrNull(row, isErasure(row) ? 'erased_text' : 'canonical_text')

function takenOutOf(row: Row): readonly TakenOut[] {
  const text = textOf(row) ?? '{}'
  return isErasure(row) ? takenOutOfErasure(text, row) : takenOutOfSwitch(text, row)
}

function problemOf(row: Row, checked: Checked): string | null {
  if (read.number(row, 'sequence') !== checked.count + 1) return 'the record is missing'
  const canonicalText = textOf(row)
  if (canonicalText === null) return 'the record is missing, its place in the chain is left'
  if (read.text(row, 'previous_hash') !== checked.head) return 'it does not follow from the record before it'
  const hash = createHash('sha256').update(checked.head).update(canonicalText).digest('hex')
  if (hash !== read.text(row, 'hash')) return 'its text was altered, or another record stands in its place'
  const agrees = isErasure(row) ? erasureAgrees : switchAgrees
  return agrees(canonicalText, row) ? null : 'its columns say something else than its text'
}
