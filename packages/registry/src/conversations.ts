import type { ConversationId, ModelId, PinClaim, UserId, WorkspaceId } from '@pointsman/contract'
import type { Queryable, Transaction } from './database.ts'

/** A conversation's or a user's target. */
export interface PinRow {
  readonly modelId: ModelId
  /** The switch that set it; null where the conversation began with this model. */
  readonly switchId: string | null
}

/** Payload of the channel `pointsman_pin`. */
export type PinNotice =
  | { readonly workspace: WorkspaceId; readonly conversationId: ConversationId }
  | { readonly workspace: WorkspaceId; readonly userId: UserId }

export interface ConversationRow {
  readonly workspace: WorkspaceId
  readonly id: ConversationId
  readonly userId: UserId | null
  /** The use case of its latest message or edit. */
  readonly useCase: string | null
  /** Pins by use case; `*` holds for all use cases. */
  readonly pins: readonly {
    readonly useCase: string
    readonly modelId: ModelId
    readonly switchId: string | null
  }[]
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

/** One statement. A conversation's switch without a use case holds for every use case that has no pin of a later switch. */
export declare function findPins(
  database: Queryable,
  question: {
    readonly workspace: WorkspaceId
    readonly conversationId: ConversationId | null
    readonly userId: UserId | null
    readonly useCase: string | null
  },
): Promise<{ readonly conversation: PinRow | null; readonly user: PinRow | null }>
/** The model that a conversation begins with: the first committed claim wins, and is returned. */
export declare function claimPin(database: Queryable, claim: PinClaim): Promise<PinRow>
/** `useCase` null = all its use cases. Makes the conversation where it is new. */
export declare function setConversationTarget(
  transaction: Transaction,
  target: {
    readonly workspace: WorkspaceId
    readonly id: ConversationId
    readonly userId: UserId | null
    readonly useCase: string | null
    readonly modelId: ModelId
    readonly switchId: string
  },
): Promise<void>
export declare function setUserTarget(
  transaction: Transaction,
  target: {
    readonly workspace: WorkspaceId
    readonly id: UserId
    readonly modelId: ModelId
    readonly switchId: string
  },
): Promise<void>
/** `useCase` null = all pins of the conversation. */
export declare function clearConversationTarget(
  transaction: Transaction,
  target: { readonly workspace: WorkspaceId; readonly id: ConversationId; readonly useCase: string | null },
): Promise<boolean>
export declare function clearUserTarget(
  transaction: Transaction,
  target: { readonly workspace: WorkspaceId; readonly id: UserId },
): Promise<boolean>
/** Moves every pin of a use case (a switch with `applyTo: "all"`). Returns how many conversations moved. */
export declare function setTargetOfAllConversations(
  transaction: Transaction,
  target: { readonly useCase: string | null; readonly modelId: ModelId; readonly switchId: string },
): Promise<number>
export declare function findConversation(
  database: Queryable,
  workspace: WorkspaceId,
  id: ConversationId,
): Promise<ConversationRow | null>
/** Last changed first. */
export declare function listConversations(
  database: Queryable,
  filter: {
    readonly workspace: WorkspaceId
    readonly userId?: UserId
    readonly limit: number
    readonly cursor: string | null
  },
): Promise<{ readonly data: readonly ConversationRow[]; readonly nextCursor: string | null }>
