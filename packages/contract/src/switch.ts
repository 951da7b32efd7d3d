import type { ConversationId, ModelId, SwitchId, UserId, WorkspaceId } from './ids.ts'
import type { Revision } from './revision.ts'

/** What a switch moves. The narrowest thing that was given. */
export type SwitchScope =
  | {
      readonly kind: 'conversation'
      readonly workspace: WorkspaceId
      readonly id: ConversationId
      readonly userId: UserId | null
      readonly useCase: string | null
    }
  | { readonly kind: 'user'; readonly workspace: WorkspaceId; readonly id: UserId }
  | { readonly kind: 'agent'; readonly name: string }
  | { readonly kind: 'use-case'; readonly name: string }
  | { readonly kind: 'global' }

/** The seeds' words. */
export type SwitchAction = 'manual_switch' | 'auto_switch' | 'fallback_switch'
export type SwitchType = 'manual' | 'auto'

/**
 * Life of a switch. `proposed` exists only until the answer of a dry run or the commit; `refused` is recorded
 * too; `recorded` waits for the publisher (direct SQL); `active` = every leased replica serves it;
 * `superseded` by a later switch of the same scope, `reverted` by one that points back.
 */
export type SwitchState =
  'proposed' | 'refused' | 'recorded' | 'published' | 'rejected' | 'active' | 'superseded' | 'reverted'
export type SwitchEvent =
  'refuse' | 'record' | 'publish' | 'reject' | 'acknowledge-all' | 'supersede' | 'revert'

/** Full on purpose: every pair is decided, `null` = this event is not possible here. */
export const switchTransitions: {
  readonly [State in SwitchState]: { readonly [Event in SwitchEvent]: SwitchState | null }
} = {
  proposed: {
    refuse: 'refused',
    record: 'recorded',
    publish: 'published',
    reject: null,
    'acknowledge-all': null,
    supersede: null,
    revert: null,
  },
  refused: {
    refuse: null,
    record: null,
    publish: null,
    reject: null,
    'acknowledge-all': null,
    supersede: null,
    revert: null,
  },
  recorded: {
    refuse: null,
    record: null,
    publish: 'published',
    reject: 'rejected',
    'acknowledge-all': null,
    supersede: 'superseded',
    revert: 'reverted',
  },
  published: {
    refuse: null,
    record: null,
    publish: null,
    reject: null,
    'acknowledge-all': 'active',
    supersede: 'superseded',
    revert: 'reverted',
  },
  rejected: {
    refuse: null,
    record: null,
    publish: null,
    reject: null,
    'acknowledge-all': null,
    supersede: 'superseded',
    revert: 'reverted',
  },
  active: {
    refuse: null,
    record: null,
    publish: null,
    reject: null,
    'acknowledge-all': null,
    supersede: 'superseded',
    revert: 'reverted',
  },
  superseded: {
    refuse: null,
    record: null,
    publish: null,
    reject: null,
    'acknowledge-all': null,
    supersede: null,
    revert: 'reverted',
  },
  reverted: {
    refuse: null,
    record: null,
    publish: null,
    reject: null,
    'acknowledge-all': null,
    supersede: null,
    revert: null,
  },
}

export const nextSwitchState = (state: SwitchState, event: SwitchEvent): SwitchState | null =>
  switchTransitions[state][event]

/** Who made it: a key, the service key, a signed-in user, a database role, a rule of ours, or a table elsewhere that is followed. */
export interface Actor {
  readonly kind: 'service' | 'key' | 'user' | 'database-role' | 'rule' | 'table' | 'unknown'
  /**
   * Key id, JWT subject, `person:` and the subject of whoever signed in with OpenID Connect, role name, rule name,
   * `dynamodb:AgentRegistry-dev`.
   */
  readonly id: string
}

/** What a switch would change in money: US-$ saved a day at the route's mean daily usage; negative = dearer. */
export interface CostImpact {
  readonly savedPerDayUsd: number | null
  readonly basedOnDays: number
  readonly explanation: string
}

/** Who approved a switch outside of this program (four eyes, a change board), and where that is written down. */
export interface SwitchApproval {
  /** The approver's name or id; erasable. */
  readonly by: string
  /** Ticket, protocol, document. */
  readonly reference: string | null
}

/** What stands in the chain of records. */
export interface SwitchRecord {
  readonly id: SwitchId
  /** Place in the chain, from 1, without holes. */
  readonly sequence: number
  /** Null for refused attempts, which change nothing. */
  readonly revision: Revision | null
  readonly recordedAtMs: number
  readonly actor: Actor
  readonly action: SwitchAction
  readonly type: SwitchType
  readonly scope: SwitchScope
  readonly from: ModelId | null
  readonly to: ModelId | null
  readonly fromName: string | null
  readonly toName: string | null
  readonly reason: string | null
  readonly evidence: { readonly [name: string]: unknown }
  readonly approval: SwitchApproval | null
  /** The switch that this one takes back. */
  readonly reverts: SwitchId | null
  readonly refusal: { readonly code: string; readonly message: string } | null
  readonly notificationTitle: string | null
  readonly notificationMessage: string | null
  readonly costImpactUsd: number | null
  /** Hex SHA-256 over the previous record's hash and this one's canonical text. */
  readonly hash: string
  readonly previousHash: string
}
