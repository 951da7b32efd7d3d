// size: the shapes of the control API's answers
import type { ConversationId, KeyScope, Model, ModelId, Notification, SwitchRecord, SwitchState, UsageRecord } from '@pointsman/contract'

/** One page of a list; ask again with `cursor: nextCursor` until it is null. */
export interface Page<Item> {
  readonly data: readonly Item[]
  readonly nextCursor: string | null
}
export interface Paging {
  readonly limit?: number
  readonly cursor?: string
}

/** What a switch is to move: the narrowest one counts, none = the global default. */
export interface ScopeNames {
  readonly conversationId?: ConversationId | string
  readonly userId?: string
  readonly agent?: string
  readonly useCase?: string
  readonly role?: string
  readonly assistantType?: string
}

export interface SwitchOrder extends ScopeNames {
  readonly modelId: ModelId | string
  readonly reason?: string
  readonly showNotification?: boolean
  readonly applyTo?: 'all'
}

export interface AutoSwitchOrder extends ScopeNames {
  readonly useCase: string
  readonly reason?: string
  readonly objective?: 'cost' | 'latency' | 'quality'
  readonly exclude?: readonly string[]
  readonly showNotification?: boolean
  readonly dryRun?: boolean
}

export interface SwitchAnswer {
  readonly switched: boolean
  readonly switchId: string | null
  readonly from: string | null
  readonly to: string
  readonly fromId: string | null
  readonly toId: string
  readonly revision: number
  readonly costImpactEstimated: number | null
  readonly masks: readonly string[]
  readonly warnings: readonly string[]
  readonly pending?: readonly string[]
  readonly ranking?: readonly { readonly model: string; readonly score: number; readonly passed: boolean; readonly reasons: readonly string[] }[]
  readonly notification?: Notification
}

/** The seeds' endpoints answer in an envelope. */
export interface Envelope<Data> {
  readonly success: boolean
  readonly action: string
  readonly data: Data
  readonly notification?: Notification
}

/** A model as the seeds' endpoints list it. */
export interface ListedModel {
  readonly id: string
  readonly model_id: string
  readonly name: string
  readonly provider: string
  readonly servedBy: string
  readonly useCase: string | null
  readonly maxTokens: number | null
  readonly inputCostPerMTok: number | null
  readonly outputCostPerMTok: number | null
  readonly isAvailable: boolean
  readonly isDefault: boolean
  readonly lifecycle: string
  readonly format: string
  readonly why?: string
}

export interface Validation {
  readonly valid: boolean
  readonly exists: boolean
  readonly available: boolean
  readonly lifecycle: string | null
  readonly capabilities: { readonly [ability: string]: unknown } | null
  readonly problems: readonly (string | { readonly message: string })[]
}

export type SwitchRow = SwitchRecord & { readonly state: SwitchState; readonly notificationShown: boolean }

export interface Verification {
  readonly valid: boolean
  readonly count: number
  readonly firstBad?: { readonly sequence: number; readonly problem: string } | null
}

export interface UsageQuestion {
  readonly groupBy?: 'model' | 'provider' | 'agent' | 'useCase' | 'user' | 'key' | 'route'
  readonly from?: string
  readonly to?: string
  readonly interval?: 'hour' | 'day'
}

export interface KeyOrder {
  readonly name: string
  readonly scopes?: readonly KeyScope[]
  readonly routes?: readonly string[]
  readonly models?: readonly string[]
  readonly requestsPerMinute?: number
  readonly spendPerDayUsd?: number
  readonly expiresAt?: string
  /** Makes an AWS access-key pair too, for clients that sign. */
  readonly aws?: boolean
}

export interface ListedKey {
  readonly id: string
  readonly name: string
  readonly lastFour: string
  readonly scopes: readonly KeyScope[]
  readonly createdAt: string
  readonly revokedAt: string | null
  readonly expiresAt: string | null
}

/** Shown once, when it is made. */
export interface NewKey extends ListedKey {
  readonly key: string
  readonly aws?: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

export type { Model, UsageRecord }
