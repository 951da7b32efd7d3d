import type { Queryable } from './database.ts'

/**
 * Notes that an id opens nothing any more, a session's that was signed out of or a sign-in's that was finished, and forgets those
 * whose time is over by the clock that judges them. Answers whether this was the first time; of several at once one is.
 */
export async function endConsoleSession(
  database: Queryable,
  { id, nowMs, untilMs }: { readonly id: string; readonly untilMs: number; readonly nowMs: number },
): Promise<boolean> {
  const { rows } = await database.query(
    `INSERT INTO pointsman.ended_console_sessions (session_id, until) VALUES ($1, $2::timestamptz)
     ON CONFLICT (session_id) DO NOTHING RETURNING 1`,
    [id, new Date(untilMs)],
  )
  await database.query('DELETE FROM pointsman.ended_console_sessions WHERE until < $1::timestamptz', [
    new Date(nowMs),
  ])
  return rows.length > 0
}

export async function isConsoleSessionEnded(database: Queryable, id: string): Promise<boolean> {
  const { rows } = await database.query(
    'SELECT 1 FROM pointsman.ended_console_sessions WHERE session_id = $1',
    [id],
  )
  return rows.length > 0
}
