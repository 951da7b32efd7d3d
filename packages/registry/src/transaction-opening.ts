import type { SqlValue, TransactionOptions } from './database.ts'

export interface OpeningStatement {
  readonly text: string
  readonly values: readonly SqlValue[]
}

const defaultLockTimeoutMs = 2_000

/** What stands before `work`: the kind of transaction, its limits, who acts, and the one lock of registry writes. */
export function openingStatements(options: TransactionOptions): readonly OpeningStatement[] {
  const begin = beginningOf(options)
  const settings: [string, string][] = [
    ['lock_timeout', `${options.lockTimeoutMs ?? defaultLockTimeoutMs}ms`],
  ]
  if (options.statementTimeoutMs !== undefined) {
    settings.push(['statement_timeout', `${options.statementTimeoutMs}ms`])
  }
  if (options.purpose === 'registry') {
    const { kind, id } = options.actor
    settings.push(['pointsman.actor', JSON.stringify({ kind, id })])
  }
  const opening: OpeningStatement[] = [{ text: begin, values: [] }]
  if (options.purpose === 'sql') {
    if (options.sentBy !== undefined && options.readOnly !== true) {
      opening.push({
        text: 'INSERT INTO pointsman.unsettled_edits (transaction_id, sent_by) VALUES (pg_current_xact_id(), $1)',
        values: [options.sentBy],
      })
    }
    // How the statements' texts are read here must be how the database reads them.
    settings.push(['standard_conforming_strings', 'on'])
    if (options.reason) settings.push(['pointsman.reason', options.reason])
    settings.push(['request.jwt.claims', options.claims === null ? '' : JSON.stringify(options.claims)])
    // Last: from here on the caller's role counts.
    settings.push(['role', options.role])
  }
  const list = settings.map((_, index) => `set_config($${index * 2 + 1}, $${index * 2 + 2}, true)`)
  opening.push({ text: `SELECT ${list.join(', ')}`, values: settings.flat() })
  if (options.purpose === 'registry') opening.push({ text: 'SELECT pointsman.lock_registry()', values: [] })
  return opening
}

function beginningOf(options: TransactionOptions): string {
  if (options.purpose === 'read') return 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'
  return options.purpose === 'sql' && options.readOnly === true ? 'BEGIN READ ONLY' : 'BEGIN'
}

/**
 * What an operator's statements may leave in the session after their transaction: settings that were not local, and
 * advisory locks, one of which is the registry's. Statements of the program itself leave none.
 */
export const cleaning = 'RESET ALL; SELECT pg_catalog.pg_advisory_unlock_all()'
