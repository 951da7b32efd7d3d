import type { JournalPosition } from '@pointsman/contract'
import {
  readCheckpoints,
  readDatabaseFacts,
  readMigrations,
  verifyChain,
  type Database,
} from '@pointsman/registry'
import { ok, problem, warning, type Finding } from './finding.ts'

export interface DatabaseLook {
  readonly findings: readonly Finding[]
  readonly checkpoints: readonly JournalPosition[] | null
}

/** A signature is refused by AWS when the clocks differ by more than 5 minutes; leases hold 15 s. */
const skewWarnMs = 2_000
const connectionsWanted = 11

/**
 * Only reads. `fingerprint`: what the database keeps of the master key that is here; null = there is none here, undefined =
 * the one that is here cannot be read, which is told apart.
 */
export async function checkDatabase(
  database: Database,
  fingerprint: string | null | undefined,
  nowMs: () => number,
): Promise<DatabaseLook> {
  const askedAtMs = nowMs()
  const facts = await readDatabaseFacts(database)
  const skewMs = Math.round(facts.nowMs - (askedAtMs + nowMs()) / 2)
  const findings: Finding[] = [ok('database', facts.version.split(' on ')[0] ?? facts.version)]
  if (database.kind === 'server') {
    findings.push(
      Math.abs(skewMs) > skewWarnMs
        ? warning(
            'clock',
            `${skewMs} ms from the database's`,
            'Let both machines follow a time server (chrony, systemd-timesyncd).',
          )
        : ok('clock', `${skewMs} ms from the database's`),
      facts.freeConnections < connectionsWanted
        ? warning(
            'connections',
            `${facts.freeConnections} of ${facts.maxConnections} are free`,
            `Raise max_connections: each host takes up to ${connectionsWanted}.`,
          )
        : ok('connections', `${facts.freeConnections} of ${facts.maxConnections} are free`),
    )
  }
  if (!facts.migrated) {
    findings.push(warning('schema', 'not made yet', 'The first start makes it, or "pointsman migrate".'))
    return { findings, checkpoints: null }
  }
  findings.push(await checkSchema(facts.migrations, facts.schemaVersion))
  if (fingerprint !== undefined) findings.push(masterKeyFinding(facts.masterKeyCheck, fingerprint))
  // An older schema has no columns for what is compared.
  if (findings.some(({ check, state }) => check === 'schema' && state !== 'ok'))
    return { findings, checkpoints: null }
  const chain = await verifyChain(database)
  findings.push(
    chain.valid
      ? ok('switches', `${chain.count} records, the chain holds`)
      : problem(
          'switches',
          `record ${chain.firstBad?.sequence ?? 0}: ${chain.firstBad?.problem ?? ''}`,
          'Somebody altered the log. Compare with a backup: pointsman restore into an empty database.',
        ),
  )
  return { findings, checkpoints: await readCheckpoints(database) }
}

async function checkSchema(applied: readonly string[], schemaVersion: string): Promise<Finding> {
  const known = (await readMigrations()).map(({ version }) => version)
  const newest = known.at(-1) ?? ''
  if (schemaVersion > newest)
    return problem(
      'schema',
      `at ${schemaVersion}, newer than this program (${newest})`,
      'Start the newer version of Pointsman: this one may not use the database. Or restore a backup that was made before it into an empty one.',
    )
  const missing = known.filter((version) => !applied.includes(version))
  return missing.length === 0
    ? ok('schema', `at ${newest}`)
    : warning(
        'schema',
        `${missing.length} migrations behind`,
        'The next start runs them, or "pointsman migrate". Make a backup before.',
      )
}

function masterKeyFinding(stands: string | null, fingerprint: string | null): Finding {
  if (fingerprint === null)
    return problem(
      'master key',
      'there is none here',
      'Set POINTSMAN_MASTER_KEY, or copy master.key of the folder where the database was made into the data folder.',
    )
  if (stands === null || stands === fingerprint) return ok('master key', 'fits the database')
  return problem(
    'master key',
    'is another than the database was first used with',
    'Set POINTSMAN_MASTER_KEY to that one, or restore its master.key: no key can be recognised under this one.',
  )
}
