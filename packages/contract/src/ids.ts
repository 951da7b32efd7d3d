/**
 * Branded ids: strings that the compiler keeps apart. The functions only brand; whoever reads foreign
 * input (faces, control's schemas) has checked length and characters before.
 */
declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

/** A catalogue entry's id, as callers and operators write it: `eu.amazon.nova-pro-v1:0`, `gpt-4o`. */
export type ModelId = Branded<'ModelId'>
/** Who serves a model: `bedrock`, `openai`, `anthropic`, `google`, or an operator's own entry. */
export type ProviderId = Branded<'ProviderId'>
/** Identifies one row of the price history. */
export type PriceId = Branded<'PriceId'>
/** Identifies a gateway key; never the key itself. */
export type KeyId = Branded<'KeyId'>
/** Whose conversations, pins and usage these are. One exists from the start: `default`. */
export type WorkspaceId = Branded<'WorkspaceId'>
/** The application's own id of a conversation: any text, a UUID included. Unique within a workspace. */
export type ConversationId = Branded<'ConversationId'>
/** The application's own id of a user: any text. Unique within a workspace. */
export type UserId = Branded<'UserId'>
/** One client request; equal to the answer's `x-pointsman-request-id` and to the usage record's id. */
export type RequestId = Branded<'RequestId'>
/** One audited change. */
export type SwitchId = Branded<'SwitchId'>
/** One running data plane. */
export type ReplicaId = Branded<'ReplicaId'>
/** Random id of one journal writer's folder. */
export type JournalId = Branded<'JournalId'>

export const modelId = (text: string): ModelId => text as ModelId
export const providerId = (text: string): ProviderId => text as ProviderId
export const priceId = (text: string): PriceId => text as PriceId
export const keyId = (text: string): KeyId => text as KeyId
export const workspaceId = (text: string): WorkspaceId => text as WorkspaceId
export const conversationId = (text: string): ConversationId => text as ConversationId
export const userId = (text: string): UserId => text as UserId
export const requestId = (text: string): RequestId => text as RequestId
export const switchId = (text: string): SwitchId => text as SwitchId
export const replicaId = (text: string): ReplicaId => text as ReplicaId
export const journalId = (text: string): JournalId => text as JournalId

/** The workspace that exists from the start. */
export const defaultWorkspace = workspaceId('default')
