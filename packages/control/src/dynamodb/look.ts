import type { JsonObject, Principal } from '@pointsman/contract'
import { defaultWorkspace } from '@pointsman/contract'
import type { FollowedItem, FollowedItemState, FollowedTable } from '@pointsman/registry'
import type { ControlHouse } from '../house.ts'
import type { DynamoDb } from '../ports.ts'
import { isEqual, type Sides } from './compare.ts'
import type { AsideItem } from './agent-items.ts'
import type { Table, TableItem } from './table.ts'

/** What one look at a table has at hand. */
export interface Look {
  readonly house: ControlHouse
  readonly dynamo: DynamoDb
  readonly followed: FollowedTable
  readonly table: Table
  readonly items: readonly TableItem[]
  /** As both sides were at the look before, by the item's key. */
  readonly before: ReadonlyMap<string, FollowedItem>
  /** Switches of ours go into the table. */
  readonly writeBack: boolean
  /** The registry changed since the last look: what it refused may be had now. */
  readonly tryRefused: boolean
}

export interface Looked {
  /** What is known of items from now on. */
  readonly after: readonly FollowedItem[]
  /** Items that are another's past: what was known of them does not count when they come back. */
  readonly forgotten: readonly string[]
  /** What could not be written back; it is tried again at the next look. */
  readonly unwritten: readonly AsideItem[]
}

export const sourceOf = (name: string): string => `the DynamoDB table ${name}`

/** Edits of a table are nobody's at a door: they stand in the record under the table's name. */
export const principalOf = ({ name }: FollowedTable): Principal => ({
  ...{ kind: 'table', id: `dynamodb:${name}`, workspace: defaultWorkspace },
  scopes: ['read', 'switch', 'admin'],
  ...{ routes: null, models: null, userId: null },
})

/** Null where it says what is known already. */
export function noted(
  before: FollowedItem | undefined,
  now: {
    readonly key: string
    readonly seen: JsonObject
    readonly held: JsonObject
    readonly state?: FollowedItemState
    readonly problem?: string | null
  },
): FollowedItem | null {
  const { held, key, problem = null, seen, state = problem === null ? 'followed' : 'refused' } = now
  const isKnown =
    before !== undefined &&
    isEqual(before.seen, seen) &&
    isEqual(before.held, held) &&
    before.state === state &&
    before.problem === problem
  return isKnown ? null : { key, seen, held, state, problem }
}

/** An item that cannot be read: told once, until it says something else. */
export const notedUnreadable = (
  { key, reason }: AsideItem,
  before: FollowedItem | undefined,
): FollowedItem | null =>
  noted(before, {
    key,
    seen: { unreadable: reason },
    held: before === undefined ? {} : held(before),
    problem: reason,
  })

/** What both sides said last; null = the item has not said anything yet that could be read. */
export const sidesOf = (before: FollowedItem | undefined): Sides | null =>
  before === undefined || Object.keys(held(before)).length === 0
    ? null
    : { seen: seen(before), held: held(before) }

export const held = ({ held: value }: FollowedItem): JsonObject => objectOf(value)
export const seen = ({ seen: value }: FollowedItem): JsonObject => objectOf(value)

const objectOf = (value: FollowedItem['held']): JsonObject =>
  typeof value === 'object' && value !== null && !isList(value) ? value : {}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)
