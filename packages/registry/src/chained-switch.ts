import { canonicalJson } from '@pointsman/contract'
import type { Row } from './database.ts'
import type { TakenOut } from './erasure-cover.ts'
import * as read from './row-values.ts'
import { asSaid, isSeal } from './seals.ts'

/** The record's own cost: members stand by name, and before this one (`action`, `actor`) only texts, whose quotes are escaped. */
const costInText = /"costImpactUsd":(-?[\d.]+)/

/** Whether a switch's columns say what the text says that the chain vouches for. */
export function switchAgrees(canonicalText: string, row: Row): boolean {
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

/**
 * What was taken out of a switch whose columns agree with its text: each needs an erasure. A text from before there were
 * seals has none, and nothing is taken out of it.
 */
export function takenOutOfSwitch(canonicalText: string, row: Row): readonly TakenOut[] {
  const said = JSON.parse(canonicalText) as Said
  if (said.approval === undefined) return []
  const workspace = read.textOrNull(row, 'workspace_id') ?? 'default'
  const kind = read.text(row, 'scope_kind')
  const subject = kind === 'user' ? said.scope?.id : said.scope?.userId
  const actor = read.text(row, 'actor_kind') === 'user' ? said.actor?.id : null
  const approver = said.approval?.by
  // Free text goes with either of the two whose record it is.
  const persons = [subject, actor].filter(isSeal)
  const fields: readonly (TakenOut & { readonly said: unknown; readonly value: unknown })[] = [
    { said: subject, value: row['user_id'], workspace, seals: persons.filter((seal) => seal === subject) },
    { said: actor, value: row['actor_id'], workspace, seals: persons.filter((seal) => seal === actor) },
    { said: said.reason, value: row['reason'], workspace, seals: persons },
    { said: said.notificationMessage, value: row['notification_message'], workspace, seals: persons },
    {
      said: approver,
      value: row['approval'] === null ? null : read.json<{ readonly by?: unknown }>(row, 'approval').by,
      workspace: 'default',
      seals: [approver].filter(isSeal),
    },
  ]
  return fields
    .filter(({ said: text, value }) => isSeal(text) && text === value)
    .map(({ seals, workspace: where }) => ({ workspace: where, seals }))
}
