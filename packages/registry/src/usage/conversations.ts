import type { ClaimedSwitch, PinClaim } from '@pointsman/contract'
import { claimPin, type ClaimedPinRow } from '../pins/claim-pin.ts'
import type { Transaction } from '../database.ts'
import * as read from '../row-values.ts'
import type { RecordFacts } from './record-facts.ts'

/**
 * What a batch says of conversations: first models that were claimed, with the switches that these were, and which use
 * case each conversation is in. All of them are locked first and in one order, so that two ingests never wait for each
 * other in a circle.
 */
export async function ingestConversations(
  transaction: Transaction,
  inserted: readonly RecordFacts[],
  claims: readonly PinClaim[],
): Promise<void> {
  const latest = latestOf(inserted)
  if (latest.length + claims.length === 0) return
  await lock(transaction, [
    ...latest.map(({ workspace, id }) => ({ workspace, id })),
    ...claims.map(({ workspace, conversationId }) => ({ workspace, id: conversationId })),
  ])
  const sorted = [...claims].sort((one, other) => (one.conversationId < other.conversationId ? -1 : 1))
  for (const claim of sorted) await ingestClaim(transaction, claim)
  if (latest.length > 0) await transaction.query(touch, [read.storableJson(latest)])
  await markTold(transaction, inserted)
}

interface Latest {
  readonly workspace: string
  readonly id: string
  readonly userId: string | null
  readonly useCase: string
  /** A signed-in user's message says nothing about a conversation that is not theirs. */
  readonly ownOnly: boolean
  readonly atMs: number
}

/** The name under which a route pins its conversations; null = agents and models named outright do not. */
function pinName(route: string | null): string | null {
  if (route === 'default') return route
  return route?.startsWith('use-case/') === true ? route.slice('use-case/'.length) : null
}

/** Who signed in to the console acts for everybody, as a key does. */
const appUser = /^user:(?!person:)/

/** Each conversation's last message that was answered. */
function latestOf(records: readonly RecordFacts[]): readonly Latest[] {
  const latest = new Map<string, Latest>()
  for (const record of records) {
    const { conversationId: id, workspace, userId, route, receivedAtMs: atMs, modelId } = record
    const useCase = pinName(route)
    if (id === null || useCase === null || modelId === null) continue
    const ownOnly = appUser.test(record.principal)
    const key = [workspace, id, ownOnly ? userId : ''].join('\n')
    if ((latest.get(key)?.atMs ?? 0) > atMs) continue
    latest.set(key, { workspace, id, userId, useCase, ownOnly, atMs })
  }
  return [...latest.values()]
}

async function lock(
  transaction: Transaction,
  conversations: readonly { readonly workspace: string; readonly id: string }[],
): Promise<void> {
  await transaction.query(
    `SELECT FROM pointsman.conversations AS conversation
     WHERE (workspace_id, id) IN (SELECT workspace, id
       FROM jsonb_to_recordset($1::jsonb) AS given (workspace text, id text))
     ORDER BY workspace_id, id FOR UPDATE`,
    [read.storableJson(conversations)],
  )
}

/** A message that came in late says nothing about the conversation's present use case. */
const touch = `
  UPDATE pointsman.conversations AS conversation
  SET user_id = coalesce(conversation.user_id, latest."userId"), use_case = latest."useCase",
      updated_at = to_timestamp(latest."atMs" / 1000.0)
  FROM (
    SELECT DISTINCT ON (known.workspace_id, known.id) given.*
    FROM jsonb_to_recordset($1::jsonb)
      AS given (workspace text, id text, "userId" text, "useCase" text, "ownOnly" boolean, "atMs" double precision)
    JOIN pointsman.conversations AS known ON known.workspace_id = given.workspace AND known.id = given.id
    WHERE NOT given."ownOnly" OR known.user_id = given."userId"
    ORDER BY known.workspace_id, known.id, given."atMs" DESC
  ) AS latest
  WHERE conversation.workspace_id = latest.workspace AND conversation.id = latest.id
    AND conversation.updated_at < to_timestamp(latest."atMs" / 1000.0)`

async function ingestClaim(transaction: Transaction, claim: PinClaim): Promise<void> {
  const { autoSwitch } = claim
  const pin = claim.won === true ? null : await claimPin(transaction, claim)
  if (autoSwitch === undefined) return
  if (isWinner(pin, claim, autoSwitch)) await recordClaimedSwitch(transaction, claim, autoSwitch)
}

/** `pin` null = it is known that the claim won. */
function isWinner(pin: ClaimedPinRow | null, { modelId }: PinClaim, made: ClaimedSwitch): boolean {
  if (pin === null) return true
  if (pin === 'not-own') return false
  return made.proposed ? pin.modelId === modelId : pin.switchId === made.id
}

/** Recorded once, under the revision that served: nothing but the conversation's own pin was changed. */
async function recordClaimedSwitch(
  transaction: Transaction,
  claim: PinClaim,
  made: ClaimedSwitch,
): Promise<void> {
  const { rows } = await transaction.query('SELECT FROM pointsman.switches WHERE id = $1', [made.id])
  if (rows.length > 0) return
  const { workspace, conversationId: id, userId, useCase, requestId } = claim
  const { proposed, notificationMessage, ...told } = made
  const refusal = {
    code: 'proposed',
    message: `use-case/${useCase} only proposes: it would move to ${made.to}`,
  }
  await transaction.query('SELECT pointsman.record_switch($1::jsonb)', [
    read.storableJson({
      ...told,
      notificationMessage,
      actor: { kind: 'rule', id: 'auto-switch' },
      action: 'auto_switch',
      type: 'auto',
      scope: { kind: 'conversation', workspace, id, userId, useCase },
      evidence: { ...made.evidence, previous: { own: null, switchId: null }, requestId },
      ...(proposed ? { refusal } : { observed: true }),
    }),
  ])
}

/** A notification that went out with an answer was shown (contract section 11). */
async function markTold(transaction: Transaction, inserted: readonly RecordFacts[]): Promise<void> {
  const told = inserted.flatMap(({ face, outcome, switchId }) =>
    face === 'native-chat' && outcome === 'ok' && switchId !== null ? [switchId] : [],
  )
  if (told.length === 0) return
  await transaction.query(
    `INSERT INTO pointsman.switch_notices (switch_id, shown_at)
     SELECT id, pointsman.now_ms() FROM pointsman.switches
     WHERE id = ANY ($1) AND actor_id = 'auto-switch' AND evidence ->> 'told' = 'true'
     ON CONFLICT (switch_id) DO NOTHING`,
    [told],
  )
}
