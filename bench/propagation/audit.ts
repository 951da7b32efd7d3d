import pg from 'pg'
import { api, type RunningServer } from '../../tests/server.ts'
import type { Switched } from './drive-switches.ts'

/** What the database says of the revisions and the records of switches. */
export interface AuditTrail {
  /** Wall clock of each revision's commit. */
  readonly committedAtMs: ReadonlyMap<number, number>
  /** Of each revision, when each acknowledgement was committed. */
  readonly acknowledgedAtMs: ReadonlyMap<number, readonly number[]>
  readonly problems: readonly string[]
}

const commitMs = (alias: string): string =>
  `extract(epoch FROM pg_xact_commit_timestamp(${alias}.xmin))::float8 * 1000`

/** One record a switch, without a gap, in an unbroken chain. `known`: how many records there were before. */
export async function readAudit(
  databaseUrl: string,
  server: RunningServer,
  { known, switches }: { readonly known: number; readonly switches: readonly Switched[] },
): Promise<AuditTrail> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const revisions = await client.query<{ number: string; at: number | null; state: string }>(
      `SELECT number, state, ${commitMs('revision')} AS at FROM pointsman.revisions AS revision ORDER BY number`,
    )
    const acknowledged = await client.query<{ number: string; at: number }>(
      `SELECT revision_number AS number, ${commitMs('told')} AS at FROM pointsman.acknowledgements AS told
       WHERE problem IS NULL`,
    )
    const records = await client.query<{ id: string; sequence: string }>(
      'SELECT switch_id AS id, sequence FROM pointsman.switch_chain ORDER BY sequence',
    )
    const problems = [
      ...gapsIn(revisions.rows.map(({ number }) => Number(number))).map(
        (gap) => `revision ${gap} is missing`,
      ),
      ...revisions.rows
        .filter(({ state }) => state !== 'published')
        .map(({ number, state }) => `revision ${number} is ${state}`),
      ...gapsIn(records.rows.map(({ sequence }) => Number(sequence))).map(
        (gap) => `record ${gap} is missing`,
      ),
      ...unlike(
        records.rows.slice(known).map(({ id }) => id),
        switches.map(({ id }) => id),
      ),
      ...(await chainProblems(server, known + switches.length)),
    ]
    return {
      committedAtMs: new Map(
        revisions.rows.flatMap(({ at, number }) => (at === null ? [] : [[Number(number), at]])),
      ),
      acknowledgedAtMs: new Map(
        [...Map.groupBy(acknowledged.rows, ({ number }) => Number(number))].map(([number, rows]) => [
          number,
          rows.map(({ at }) => at),
        ]),
      ),
      problems,
    }
  } finally {
    await client.end()
  }
}

/** How many records of switches there are. */
export async function countRecords(server: RunningServer): Promise<number> {
  const { body } = await api<{ count: number }>(server, '/api/v1/switches/verify')
  return body.count
}

async function chainProblems(server: RunningServer, count: number): Promise<readonly string[]> {
  const { body } = await api<{ valid: boolean; count: number }>(server, '/api/v1/switches/verify')
  if (body.valid && body.count === count) return []
  return [`the chain of switches is ${JSON.stringify(body)}, and ${count} records should stand in it`]
}

/** The numbers that lack between the first and the last of these. */
function gapsIn(numbers: readonly number[]): readonly number[] {
  const present = new Set(numbers)
  const [first = 1, last = 0] = [numbers[0], numbers.at(-1)]
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index).filter(
    (number) => !present.has(number),
  )
}

function unlike(recorded: readonly string[], made: readonly string[]): readonly string[] {
  const [known, wanted] = [new Set(recorded), new Set(made)]
  return [
    ...made.filter((id) => !known.has(id)).map((id) => `the switch ${id} has no record`),
    ...recorded.filter((id) => !wanted.has(id)).map((id) => `the record ${id} is of no switch that was made`),
    ...(known.size === recorded.length ? [] : ['a switch has two records']),
  ]
}
