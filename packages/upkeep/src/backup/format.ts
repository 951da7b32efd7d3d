import type { BackupFacts, BackupRow } from '@pointsman/registry'

/**
 * A backup is lines of JSON, compressed with gzip:
 * the head; for each table a line that names it with its columns, one line a row (PostgreSQL's own text of each value),
 * and a line that ends it; last a line with the SHA-256 of all bytes before it.
 * A change that an older program could misread takes a new number.
 */
export const formatVersion = 1

export interface BackupHead extends BackupFacts {
  readonly pointsman: 'backup'
  readonly format: typeof formatVersion
  readonly madeAt: string
  readonly environment: string
  /** The head of the chain of switches, signed by a key that the master key gives. */
  readonly signedHead: {
    readonly statement: string
    readonly signature: string
    readonly publicKey: string
  }
}

export interface TableStart {
  readonly table: string
  readonly columns: readonly string[]
}
export interface TableEnd {
  readonly end: string
  readonly rows: number
}
export interface BackupEnd {
  readonly done: true
  readonly tables: number
  readonly rows: number
  readonly sha256: string
}

export type BackupLine = BackupHead | TableStart | BackupRow | TableEnd | BackupEnd

/** What was written or read, in figures. */
export interface BackupReport {
  readonly head: BackupHead
  readonly tables: readonly { readonly name: string; readonly rows: number }[]
  readonly rows: number
  readonly sha256: string
}
