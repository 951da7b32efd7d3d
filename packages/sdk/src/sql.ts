import type { Behind } from './behind.ts'
import type { CallOptions, Connection } from './connection.ts'

export interface SqlOrder {
  readonly text: string
  readonly readOnly?: boolean | undefined
  readonly reason?: string | undefined
  /** Most rows of one statement. Default 1,000. */
  readonly limit?: number | undefined
  /** Default 10,000. */
  readonly timeoutMs?: number | undefined
}

export interface SqlStatement {
  readonly command: string
  readonly line: number
  readonly columns: readonly string[]
  readonly rows: readonly { readonly [column: string]: unknown }[]
  readonly rowCount: number
  readonly cut: boolean
}

export interface SqlResult extends Behind {
  readonly statements: readonly SqlStatement[]
  readonly notices: readonly string[]
  /** Null = the registry was not changed. */
  readonly revision: number | null
  readonly state: 'recorded' | 'published' | 'rejected' | null
}

export interface Sql {
  /** SQL as service_role, in one transaction. An edit is a switch like any other. */
  run(order: SqlOrder, options?: CallOptions): Promise<SqlResult>
}

export const sqlOf = (connection: Connection): Sql => ({
  run: (order, options) => connection.json('POST', '/api/v1/sql', { ...options, body: order }),
})
