import type { CallOptions, Connection } from './connection.ts'
import { listing, type Listing } from './paging.ts'

/** A DynamoDB table whose edits are switches here, and how that goes. Instants are ISO 8601. */
export interface FollowedTableItem {
  readonly kind: 'models' | 'agents'
  readonly table: string
  /** `waiting`: no host looks at it just now. */
  readonly state: 'following' | 'problem' | 'waiting'
  /** Switches that are made here go into the table. */
  readonly writeBack: boolean
  /** The host that looks. */
  readonly host: string | null
  /** The last look that went well. */
  readonly lookedAt: string | null
  /** From one look to the next. */
  readonly everyMs: number | null
  readonly items: number | null
  readonly problem: string | null
  readonly problemSince: string | null
  /** Items that are not simply followed, the newest first. */
  readonly aside: readonly {
    readonly key: string
    /** `conflict`: both sides changed between two looks; `gone`: in the table no more. */
    readonly state: 'refused' | 'conflict' | 'gone'
    readonly problem: string
    readonly since: string
  }[]
}

export type FollowedTables = Listing<FollowedTableItem>

export const followedTablesOf = (connection: Connection): FollowedTables =>
  listing<FollowedTableItem, unknown>((_question, options?: CallOptions) =>
    connection.json('GET', '/api/v1/followed-tables', options),
  )
