import type { Queryable } from './database.ts'

/** Notes that a session was signed out of before its time, and forgets those whose time is over by the clock that judges them. */
export async function endConsoleSession(
  database: Queryable,
  { id, nowMs, untilMs }: { readonly id: string; readonly untilMs: number; readonly nowMs: number },
): Promise<void> {
  await database.query(
    `INSERT INTO pointsman.ended_console_sessions (session_id, until) VALUES ($1, $2::timestamptz)
     ON CONFLICT (session_id) DO NOTHING`,
    [id, new Date(untilMs)],
  )
  await database.query('DELETE FROM pointsman.ended_console_sessions WHERE until < $1::timestamptz', [
    new Date(nowMs),
  ])
}

export async function isConsoleSessionEnded(database: Queryable, id: string): Promise<boolean> {
  const { rows } = await database.query(
    'SELECT 1 FROM pointsman.ended_console_sessions WHERE session_id = $1',
    [id],
  )
  return rows.length > 0
}
