import type {
  Actor,
  ModelId,
  SwitchAction,
  SwitchEvent,
  SwitchId,
  SwitchRecord,
  SwitchScope,
  SwitchState,
  SwitchType,
} from '@pointsman/contract'
import type { Database, Queryable, Transaction } from './database.ts'

/** What is to be recorded. Id, time, revision, sequence and hashes are the registry's. */
export interface SwitchDraft {
  readonly actor: Actor
  readonly action: SwitchAction
  readonly type: SwitchType
  readonly scope: SwitchScope
  readonly from: ModelId | null
  readonly to: ModelId | null
  readonly fromName: string | null
  readonly toName: string | null
  readonly reason: string | null
  readonly evidence?: { readonly [name: string]: unknown }
  readonly reverts?: SwitchId | null
  readonly notificationTitle?: string | null
  readonly notificationMessage?: string | null
  readonly costImpactUsd?: number | null
}

/** A record before its commit: place and hashes come with the commit (`findSwitch` reads them afterwards). */
export type RecordedSwitch = Omit<SwitchRecord, 'sequence' | 'hash' | 'previousHash'>

/** A record with the facts that stand outside the chain. */
export interface SwitchRow {
  readonly record: SwitchRecord
  readonly state: SwitchState
  readonly notificationShown: boolean
}

/**
 * Appends to the log in this transaction, under its revision. The scope's earlier switch becomes `superseded`, the one
 * that `reverts` names `reverted`.
 */
export declare function recordSwitch(transaction: Transaction, draft: SwitchDraft): Promise<RecordedSwitch>
/** A refused attempt: recorded, changes nothing, has no revision. Use a transaction of its own (purpose `plain`). */
export declare function recordRefusedSwitch(
  transaction: Transaction,
  draft: SwitchDraft,
  refusal: { readonly code: string; readonly message: string },
): Promise<RecordedSwitch>

export interface SwitchFilter {
  readonly limit: number
  readonly cursor: string | null
  readonly scope?: SwitchScope
  readonly userId?: string
  readonly conversationId?: string
  readonly modelId?: string
  /** Refused attempts too; default false. */
  readonly includeRefused?: boolean
}
/** Newest first. */
export declare function listSwitches(
  database: Queryable,
  filter: SwitchFilter,
): Promise<{ readonly data: readonly SwitchRow[]; readonly nextCursor: string | null }>
export declare function findSwitch(database: Queryable, id: SwitchId): Promise<SwitchRow | null>
/** The newest one of exactly this scope that changed something. */
export declare function latestSwitchOf(database: Queryable, scope: SwitchScope): Promise<SwitchRow | null>
/** All switches that carry this revision. */
export declare function switchesOfRevision(database: Queryable, number: number): Promise<readonly SwitchRow[]>

export interface ChainProblem {
  readonly sequence: number
  readonly problem: string
}
export interface ChainReport {
  readonly valid: boolean
  /** Records that were checked. */
  readonly count: number
  /** The head's hash. */
  readonly head: string
  readonly firstBad?: ChainProblem
}
/** Recomputes every hash outside the database; finds altered, missing, added and swapped records. */
export declare function verifyChain(database: Database): Promise<ChainReport>

/** True when it was not marked before. */
export declare function markNotificationShown(database: Queryable, id: SwitchId): Promise<boolean>
/** Applies an event by the contract's transition table; null where the event is not possible there (nothing changes). */
export declare function applySwitchEvent(
  transaction: Transaction,
  id: SwitchId,
  event: SwitchEvent,
): Promise<SwitchState | null>
/** Every published switch up to this revision becomes `active`. Returns the ids. */
export declare function activateSwitches(
  transaction: Transaction,
  upToRevision: number,
): Promise<readonly SwitchId[]>
export declare function switchStates(
  database: Queryable,
  ids: readonly SwitchId[],
): Promise<ReadonlyMap<string, SwitchState>>
