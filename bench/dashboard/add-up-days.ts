import type { Client } from 'pg'
import { onServer } from '../../tools/postgres-for-tests.ts'

/**
 * Adds up all days that are over, and has the database note that all see their rows, as it does by itself after a while: what
 * analyses another table meanwhile keeps it from that.
 */
export const addUpDays = (databaseUrl: string): Promise<void> =>
  onServer(databaseUrl, async (client) => {
    while ((await addUpOne(client)) !== null);
    for (let tries = 0; tries < 20 && !(await isSeenByAll(client)); tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 1_000))
  })

async function addUpOne(client: Client): Promise<Date | null> {
  const { rows } = await client.query<{ day: Date | null }>(
    `SELECT pointsman.fold_usage_day(date_trunc('day', now(), 'UTC')) AS day`,
  )
  return rows[0]?.day ?? null
}

async function isSeenByAll(client: Client): Promise<boolean> {
  await client.query('VACUUM ANALYZE pointsman.usage_daily')
  const { rows } = await client.query<{ seen: boolean }>(
    `SELECT relallvisible = relpages AS seen FROM pg_class WHERE oid = 'pointsman.usage_daily'::regclass`,
  )
  return rows[0]?.seen === true
}
