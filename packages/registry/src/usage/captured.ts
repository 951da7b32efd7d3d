import {
  conversationId,
  modelId,
  requestId,
  userId,
  workspaceId,
  type CapturedExchange,
  type RequestId,
  type WorkspaceId,
} from '@pointsman/contract'
import type { Queryable, Row, Transaction } from '../database.ts'
import { inPieces } from '../in-pieces.ts'
import * as read from '../row-values.ts'

const columns: { readonly [column: string]: string } = {
  request_id: 'text',
  workspace_id: 'text',
  conversation_id: 'text',
  user_id: 'text',
  use_case: 'text',
  model_id: 'text',
  created_at: 'timestamptz',
  prompt: 'text',
  answer: 'text',
  truncated: 'boolean',
}

const writeExchange = (exchange: CapturedExchange): { readonly [column: string]: unknown } => ({
  request_id: exchange.requestId,
  workspace_id: exchange.workspace,
  conversation_id: exchange.conversationId,
  user_id: exchange.userId,
  use_case: exchange.useCase,
  model_id: exchange.modelId,
  created_at: new Date(exchange.createdAtMs).toISOString(),
  prompt: exchange.prompt,
  answer: exchange.answer,
  truncated: exchange.truncated,
})

const orNull = <Value>(text: string | null, make: (text: string) => Value): Value | null =>
  text === null ? null : make(text)

const readExchange = (row: Row): CapturedExchange => ({
  requestId: requestId(read.text(row, 'request_id')),
  workspace: workspaceId(read.text(row, 'workspace_id')),
  conversationId: orNull(read.textOrNull(row, 'conversation_id'), conversationId),
  userId: orNull(read.textOrNull(row, 'user_id'), userId),
  useCase: read.textOrNull(row, 'use_case'),
  modelId: orNull(read.textOrNull(row, 'model_id'), modelId),
  createdAtMs: read.instant(row, 'created_at'),
  prompt: read.textOrNull(row, 'prompt'),
  answer: read.textOrNull(row, 'answer'),
  truncated: read.boolean(row, 'truncated'),
})

const names = Object.keys(columns).join(', ')
const insert = `
  INSERT INTO pointsman.captured_exchanges (${names})
  SELECT ${names} FROM jsonb_to_recordset($1::jsonb) AS given (${Object.entries(columns)
    .map(([name, type]) => `${name} ${type}`)
    .join(', ')})
  ON CONFLICT (request_id) DO NOTHING`

/** A journal may bring one twice. */
export async function insertCaptured(
  transaction: Transaction,
  exchanges: readonly CapturedExchange[],
): Promise<void> {
  if (exchanges.length === 0) return
  await transaction.query(insert, [read.storableJson(exchanges.map(writeExchange))])
}

export async function findCaptured(
  database: Queryable,
  workspace: WorkspaceId,
  id: RequestId,
): Promise<CapturedExchange | null> {
  const { rows } = await database.query(
    'SELECT * FROM pointsman.captured_exchanges WHERE request_id = $1 AND workspace_id = $2',
    [id, workspace],
  )
  return rows[0] === undefined ? null : readExchange(rows[0])
}

/** A row may hold 128 kB of text in 64 pieces: more rows at once take longer than the embedded database's watchdog waits. */
const rowsAtOnce = 250

/** Removes what came before this instant, in pieces. Returns how many went. */
export const pruneCaptured = (database: Queryable, beforeMs: number): Promise<number> =>
  inPieces(rowsAtOnce, (limit) =>
    database.query(
      `DELETE FROM pointsman.captured_exchanges WHERE request_id IN (
         SELECT request_id FROM pointsman.captured_exchanges WHERE created_at < $1 ORDER BY created_at LIMIT $2)`,
      [new Date(beforeMs), limit],
    ),
  )
