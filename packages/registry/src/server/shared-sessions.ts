import { PointsmanError } from '@pointsman/contract'

/**
 * Whether statements of two connections that stand are answered by the same session, or those of one by several: a pooler
 * in transaction mode does so (PgBouncer, Supavisor, 2026-11). One that hands out the session that was given back last
 * gives both the same one; one that hands them out in turn gives one of two that ask the second and then the first.
 */
export async function areShared(one: AskSession, other: AskSession): Promise<boolean> {
  const first = await one()
  const second = await other()
  const again = await other()
  return first === second || second !== again || first !== (await one())
}

/** Which session (`pg_backend_pid()`) answers a connection now. */
export type AskSession = () => Promise<unknown>

export const refusedPooler = (): PointsmanError =>
  new PointsmanError(
    'refused',
    'DATABASE_URL leads to a pooler in transaction mode, where what a connection sets does not stay with it, and what it listens for is not heard. Name the database itself, or a pooler in session mode (PgBouncer: pool_mode = session; Supabase: port 5432 in the place of 6543; Neon: the host without -pooler).',
  )
