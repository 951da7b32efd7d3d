import type { Actor } from '@pointsman/contract'

/**
 * What may stand for `$1, $2, …`. Lists become PostgreSQL arrays; JSON is handed over as text and cast in the
 * statement (`$1::jsonb`), because the two drivers disagree about lists inside JSON.
 */
export type SqlValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Date
  | Uint8Array
  | readonly string[]
  | readonly number[]
  | readonly bigint[]
  | readonly (string | null)[]

/** How a result's values arrive: `bigint` as number where safe, else bigint; `numeric` as number where 15 digits hold it, else text; `timestamptz` as Date; `jsonb` parsed. */
export type Row = { readonly [column: string]: unknown }

export interface QueryResult {
  readonly rows: readonly Row[]
  /** Rows that the statement returned or changed. */
  readonly rowCount: number
  /** The columns in their order: a result without rows has them too. */
  readonly columns: readonly string[]
  /** What the database remarked meanwhile; told of an operator's SQL only. */
  readonly notices?: readonly string[]
}

/** Anything that answers a statement: the database itself or a transaction on it. */
export interface Queryable {
  /** One statement, parameterised only. Throws PointsmanError `registry_unavailable` when no answer came, else the database's own error. */
  query(text: string, values?: readonly SqlValue[]): Promise<QueryResult>
}

export interface Transaction extends Queryable {
  /** Several statements without parameters, as a migration or an operator writes them. */
  script(text: string): Promise<readonly QueryResult[]>
}

/**
 * What a transaction is for.
 * - `registry`: an edit through the API. Takes the one lock of all registry writes first; the triggers see
 *   `actor` and leave the recording of switches to the caller.
 * - `sql`: an edit as an operator would make it directly, under a database role; the triggers record it.
 * - `plain`: pins, replicas, usage: nothing that changes the registry.
 * - `read`: one consistent view of several statements; writes are refused.
 */
export type TransactionOptions = (
  | { readonly purpose: 'registry'; readonly actor: Actor }
  | {
      readonly purpose: 'sql'
      readonly role: 'service_role' | 'authenticated' | 'anon'
      readonly claims: { readonly [name: string]: unknown } | null
      /** Id of the key or the user on whose behalf it is: stands in the record, whatever the statements set. */
      readonly sentBy?: string
      /** Why, for the record. */
      readonly reason?: string | null
      /** Writes are refused. */
      readonly readOnly?: boolean
    }
  | { readonly purpose: 'plain' }
  | { readonly purpose: 'read' }
) & {
  /** How long to wait for a lock that another transaction holds. Default 2,000. */
  readonly lockTimeoutMs?: number
  /** How long one statement may take. Default 5,000 (embedded: the watchdog's limit) or the server's setting. */
  readonly statementTimeoutMs?: number
}

export type DatabaseState =
  | { readonly state: 'ready' }
  /** No connection, or the embedded worker starts anew. Statements fail with `registry_unavailable`. */
  | { readonly state: 'away'; readonly since: Date; readonly problem: string }
  /** Embedded only: less than the reserve is free; reads go on, writes fail with `storage_full`. */
  | { readonly state: 'full'; readonly freeBytes: number }
  | { readonly state: 'closed' }

export interface Database extends Queryable {
  readonly kind: 'embedded' | 'server'
  /** Acknowledged writes survive a cut power line: proven at boot when embedded, the server's promise otherwise. */
  readonly durable: boolean
  /** Runs `work` in a transaction and commits; rolls back when `work` throws, and throws its error. */
  transaction<Result>(
    options: TransactionOptions,
    work: (transaction: Transaction) => Promise<Result>,
  ): Promise<Result>
  /**
   * Calls back at every notification of a channel (lower-case names). `handler` gets null after the channel was
   * interrupted and is there again: notices may have been missed. The returned function ends it.
   */
  listen(channel: string, handler: (payload: string | null) => void): Promise<() => Promise<void>>
  state(): DatabaseState
  close(): Promise<void>
}

/** Channel of `<epoch>.<number>`: a revision was recorded or published. */
export const revisionChannel = 'pointsman_revision'
/** Channel of a moved pin: JSON of PinNotice, or an empty text = any pin may have moved. */
export const pinChannel = 'pointsman_pin'
