import type { SqlValue, TransactionOptions } from './database.ts'

export interface OpeningStatement {
  readonly text: string
  readonly values: readonly SqlValue[]
}

const defaultLockTimeoutMs = 2_000

/** What stands before `work`: the kind of transaction, its limits, who acts, and the one lock of registry writes. */
export function openingStatements(options: TransactionOptions): readonly OpeningStatement[] {
  const begin = options.purpose === 'read' ? 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' : 'BEGIN'
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
  if (options.purpose === 'sql') {
    settings.push(['request.jwt.claims', options.claims === null ? '' : JSON.stringify(options.claims)])
    // Last: from here on the caller's role counts.
    settings.push(['role', options.role])
  }
  const list = settings.map((_, index) => `set_config($${index * 2 + 1}, $${index * 2 + 2}, true)`)
  const opening = [
    { text: begin, values: [] },
    { text: `SELECT ${list.join(', ')}`, values: settings.flat() },
  ]
  if (options.purpose === 'registry') opening.push({ text: 'SELECT pointsman.lock_registry()', values: [] })
  return opening
}
