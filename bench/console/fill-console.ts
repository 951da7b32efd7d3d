import pg from 'pg'
import { fillUsage } from '../dashboard/fill-usage.ts'
import { fillRegistry } from '../propagation/fill-registry.ts'

/** How much there is to look at. */
export interface ConsoleFilling {
  /** And as many agents, keys and aliases. */
  readonly models: number
  readonly switches: number
  readonly records: number
  readonly usersAnHour: number
}

/** Fills a migrated and seeded registry by the database itself: what a console of an old and large house has to show. */
export async function fillConsole(databaseUrl: string, filling: ConsoleFilling): Promise<void> {
  await fillRegistry(databaseUrl, { entries: filling.models * 4 })
  await fillSwitches(databaseUrl, filling)
  await fillUsage(databaseUrl, filling)
}

const switchesAtOnce = 2_500

/** Through the one function that records them, chained as ever: moved to and fro, with evidence of the usual size. */
async function fillSwitches(databaseUrl: string, { models, switches }: ConsoleFilling): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    for (let from = 1; from <= switches; from += switchesAtOnce)
      await client.query(
        `SELECT count(pointsman.record_switch(jsonb_build_object(
           'observed', true, 'actor', jsonb_build_object('kind', 'key', 'id', 'key ' || n % 40),
           'action', CASE n % 3 WHEN 0 THEN 'auto_switch' ELSE 'manual_switch' END,
           'type', CASE n % 3 WHEN 0 THEN 'auto' ELSE 'manual' END,
           'scope', CASE n % 2 WHEN 0 THEN jsonb_build_object('kind', 'use-case', 'name', 'clinical')
             ELSE jsonb_build_object('kind', 'agent', 'name', 'bench-agent-' || 1 + n % $3) END,
           'from', 'bench.model-' || 1 + n % $3, 'to', 'bench.model-' || 1 + (n + 1) % $3,
           'reason', 'Change ' || n || ': ' || repeat('words of a reason ', 6), 'costImpactUsd', n % 7,
           'evidence', jsonb_build_object('environment', 'prod', 'previous', jsonb_build_object('own', 'bench.model-1'),
             'touches', jsonb_build_object('requestsPerDay', n, 'overDays', 7),
             'ranking', (SELECT jsonb_agg(jsonb_build_object('model', 'bench.model-' || place, 'score', 0.5, 'passed', true,
               'reasons', jsonb_build_array('it is the first by price', 'it answers in time'))) FROM generate_series(1, 6) AS place)))))
         FROM generate_series($1::integer, $2::integer) AS n`,
        [from, Math.min(switches, from + switchesAtOnce - 1), models],
      )
    await client.query('ANALYZE pointsman.switches, pointsman.switch_chain, pointsman.switch_states')
  } finally {
    await client.end()
  }
}
