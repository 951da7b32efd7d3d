import { PointsmanError, type ErrorCode } from '@pointsman/contract'

/** What PostgreSQL says of a statement that it refused; the same from both drivers. */
export interface SqlErrorFacts {
  /** SQLSTATE, e.g. `23514`. */
  readonly code: string
  readonly detail: string | null
  readonly hint: string | null
  readonly constraint: string | null
  /** Place in the statement, from 1; in `within` where that is set. */
  readonly position: number | null
  /** The statement of a function in which it happened; null = in the one that was sent. */
  readonly within: string | null
}

/** The database's own error, in its own words. */
export class SqlError extends Error {
  readonly facts: SqlErrorFacts

  constructor(message: string, facts: SqlErrorFacts) {
    super(message)
    this.name = 'SqlError'
    this.facts = facts
  }
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

/** Reads either driver's error; null where it is none of the database's. */
export function readSqlError(thrown: unknown): SqlError | null {
  if (thrown instanceof SqlError) return thrown
  if (!(thrown instanceof Error)) return null
  const fields = thrown as Error & { readonly [name: string]: unknown }
  const code = text(fields['code'])
  // SQLSTATEs have five characters; Node's own codes (`ECONNRESET`) are longer and come without a severity.
  if (code === null || !/^[0-9A-Z]{5}$/.test(code) || fields['severity'] === undefined) return null
  const position = Number(fields['position'] ?? fields['internalPosition'] ?? Number.NaN)
  return new SqlError(thrown.message, {
    code,
    detail: text(fields['detail']),
    hint: text(fields['hint']),
    constraint: text(fields['constraint']),
    position: Number.isFinite(position) ? position : null,
    within: text(fields['internalQuery']),
  })
}

/** Constraints that our migrations raise by name, and what they mean to a user. */
const byConstraint: { readonly [constraint: string]: ErrorCode } = {
  route_usable: 'last_usable_model',
  default_enabled: 'last_usable_model',
  default_exists: 'last_usable_model',
  default_has_target: 'last_usable_model',
  target_exists: 'model_not_found',
  target_chats: 'refused',
  use_case_exists: 'route_not_found',
  model_in_use: 'refused',
  one_default: 'refused',
  price_not_negative: 'refused',
  price_is_countable: 'refused',
  tier_is_one: 'refused',
  priced_model_exists: 'model_not_found',
  listed_model_exists: 'model_not_found',
  role_maps_to_a_use_case: 'route_not_found',
  alias_leads_somewhere: 'refused',
  residency_names_a_region: 'refused',
  default_is_taken: 'refused',
  plain_list: 'refused',
  day_of_the_calendar: 'refused',
  generation_is_a_number: 'refused',
  ability_is_known_or_null: 'refused',
  setting_is_readable: 'refused',
  text_of_length: 'refused',
}

const bySqlState: { readonly [code: string]: readonly [ErrorCode, string] } = {
  '55P03': ['registry_unavailable', 'Another edit of the registry holds the lock. Try again.'],
  '57014': ['registry_unavailable', 'The database took too long for this statement and gave it up.'],
  '25P03': ['registry_unavailable', 'The transaction waited too long between two statements.'],
  '40001': ['registry_unavailable', 'Two edits met. Try again.'],
  '40P01': ['registry_unavailable', 'Two edits waited for each other. Try again.'],
  '53100': ['storage_full', 'The disk of the database is full. Make room on it; reading goes on.'],
  '53300': [
    'registry_unavailable',
    'The database has no connection left. Raise max_connections or lower the pools.',
  ],
  '57P01': ['registry_unavailable', 'The database server is being stopped.'],
  '57P02': ['registry_unavailable', 'The database server crashed and starts anew.'],
  '57P03': ['registry_unavailable', 'The database server is starting.'],
}

/**
 * PostgreSQL's classes 22 (data exception, such as a zero byte in a text), 23 (a constraint is violated) and 54
 * (a limit of the program, such as a text that no index holds): trying again cannot help. All others (no
 * connection, no space, locks, time-outs, a fault of ours) may pass when tried again.
 */
const dataIsToBlame = /^(22|23|54)[0-9A-Z]{3}$/

/** The SQLSTATE stands in `facts.code` (ours), in `code` (a driver's own error), or in the cause's. */
export function blamesTheData(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false
  if ('facts' in error && blamesTheData(error.facts)) return true
  if ('code' in error && dataIsToBlame.test(String(error.code))) return true
  return 'cause' in error && blamesTheData(error.cause)
}

/** SQLSTATEs after which the connection itself is of no use. */
export const endsConnection = (code: string): boolean => code.startsWith('08') || code.startsWith('57P')

/** A driver's error in our words where it has a meaning to users; the database's own otherwise. */
export function toRegistryError(thrown: unknown): unknown {
  const error = readSqlError(thrown)
  if (error === null) return thrown
  const { code, constraint, hint, detail } = error.facts
  const named = constraint === null ? undefined : byConstraint[constraint]
  if (named !== undefined) {
    const routes = constraint === null || detail === null ? [] : routesIn(detail)
    return new PointsmanError(named, hint === null ? error.message : `${error.message}. ${hint}`, {
      cause: error,
      data: { routes },
    })
  }
  const known = bySqlState[code]
  if (known !== undefined) return new PointsmanError(known[0], known[1], { cause: error })
  if (code.startsWith('08')) {
    return new PointsmanError(
      'registry_unavailable',
      `The connection to the database failed: ${error.message}`,
      {
        cause: error,
      },
    )
  }
  return error
}

/** The list of routes that our own checks write into DETAIL; other details are PostgreSQL's prose. */
function routesIn(detail: string): readonly string[] {
  if (!detail.startsWith('["')) return []
  const parsed: unknown = JSON.parse(detail)
  return Array.isArray(parsed) ? parsed.filter((route) => typeof route === 'string') : []
}
