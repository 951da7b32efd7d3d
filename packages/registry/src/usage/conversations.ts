import type { ClaimedSwitch, PinClaim } from '@pointsman/contract'
import { claimPin, type ClaimedPinRow } from '../pins/claim-pin.ts'
import type { Transaction } from '../database.ts'
import * as read from '../row-values.ts'

/** What new records say of conversations. */
export interface SaidOfConversations {
  /** JSON for `touch`; null = of none. */
  readonly conversations: string | null
  /** Switches whose notification went out with an answer (contract section 11). */
  readonly told: readonly string[]
}

/**
 * Of `inserted` records, messages that were answered: agents and models named outright pin no conversation. Who signed in to the
 * console acts for everybody, as a key does; another user's message says nothing about a conversation that is not theirs.
 * `line`: `inserted` has the records in the order of the journal's lines. Which conversations are known, `touch` asks: another
 * ingest may commit one while this statement runs, and to ask here, too, cost as much as to tell of those that are not.
 */
export const saidOfConversations = `
  SELECT jsonb_agg(jsonb_build_object('workspace', workspace_id, 'id', conversation_id, 'userId', user_id,
    'useCase', CASE WHEN route = 'default' THEN route ELSE substr(route, length('use-case/') + 1) END,
    'ownOnly', principal ~ '^user:(?!person:)', 'atMs', extract(epoch FROM received_at) * 1000, 'line', line))
  FROM (SELECT *, row_number() OVER () AS line FROM inserted) AS inserted
  WHERE conversation_id IS NOT NULL AND model_id IS NOT NULL AND (route = 'default' OR starts_with(route, 'use-case/'))`

export const toldSwitches = `
  SELECT array_agg(switch_id) FROM inserted
  WHERE face = 'native-chat' AND outcome = 'ok' AND switch_id IS NOT NULL`

/**
 * What a batch says of conversations: first models that were claimed, with the switches that these were, and which use
 * case each conversation is in. All of them are locked first and in one order, so that two ingests never wait for each
 * other in a circle.
 */
export async function ingestConversations(
  transaction: Transaction,
  { conversations, told }: SaidOfConversations,
  claims: readonly PinClaim[],
): Promise<void> {
  if (conversations !== null || claims.length > 0) {
    await transaction.query(lock, [
      conversations ?? '[]',
      read.storableJson(claims.map(({ workspace, conversationId: id }) => ({ workspace, id }))),
    ])
    const sorted = [...claims].sort((one, other) => (one.conversationId < other.conversationId ? -1 : 1))
    for (const claim of sorted) await ingestClaim(transaction, claim)
    if (conversations !== null) await transaction.query(touch, [conversations])
  }
  if (told.length > 0) await transaction.query(markTold, [told])
}

const lock = `
  SELECT FROM pointsman.conversations AS conversation
  WHERE (workspace_id, id) IN (SELECT workspace, id
    FROM jsonb_to_recordset($1::jsonb || $2::jsonb) AS given (workspace text, id text))
  ORDER BY workspace_id, id FOR UPDATE`

/**
 * A message that came in late says nothing about the conversation's present use case; of those of one millisecond the last one does.
 * One of a clock that is ahead is of now: under its own time those of right clocks would be late until then.
 */
const touch = `
  UPDATE pointsman.conversations AS conversation
  SET user_id = coalesce(conversation.user_id, latest."userId"), use_case = latest."useCase",
      updated_at = latest.at
  FROM (
    SELECT DISTINCT ON (known.workspace_id, known.id) given.*,
      least(to_timestamp(given."atMs" / 1000.0), pointsman.now_ms()) AS at
    FROM jsonb_to_recordset($1::jsonb)
      AS given (workspace text, id text, "userId" text, "useCase" text, "ownOnly" boolean, "atMs" double precision, line bigint)
    JOIN pointsman.conversations AS known ON known.workspace_id = given.workspace AND known.id = given.id
    WHERE NOT given."ownOnly" OR known.user_id = given."userId"
    ORDER BY known.workspace_id, known.id, given."atMs" DESC, given.line DESC
  ) AS latest
  WHERE conversation.workspace_id = latest.workspace AND conversation.id = latest.id
    AND conversation.updated_at < latest.at`

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

const markTold = `
  INSERT INTO pointsman.switch_notices (switch_id, shown_at)
  SELECT id, pointsman.now_ms() FROM pointsman.switches
  WHERE id = ANY ($1) AND actor_id = 'auto-switch' AND evidence ->> 'told' = 'true'
  ON CONFLICT (switch_id) DO NOTHING`
