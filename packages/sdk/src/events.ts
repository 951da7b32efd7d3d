import type { Actor, Notification, Revision, SwitchScope } from '@pointsman/contract'
import type { CallOptions, Connection, Tagged, WriteOptions } from './connection.ts'
import type { DrillItem } from './drills.ts'
import { follow, type Followed, type FollowOptions } from './follow.ts'
import { listing, type Listing } from './paging.ts'
import type { SwitchRow } from './switches.ts'

/** What an operator should know for as long as it lasts. Instants are ISO 8601. */
export interface AlarmItem {
  readonly id: string
  /** `revision_rejected`, `replica_refused`, `chain_broken`, `unrecorded_edit`, `prices_refused`, `journal_closed`, `database_away`, `database_full`. */
  readonly kind: string
  /** Whom it is about: a replica, a host, a revision. */
  readonly subject: string
  readonly message: string
  readonly since: string
  /** Null = it stands. */
  readonly clearedAt: string | null
}

export interface Alarms extends Listing<AlarmItem, { readonly includeCleared?: boolean | undefined }> {
  show(id: string, options?: CallOptions): Promise<Tagged<AlarmItem>>
  /** Ends one that somebody has seen; its cause, where it stands, raises it anew. */
  clear(id: string, options?: WriteOptions): Promise<Tagged<AlarmItem>>
}

/** A change of the registry, as it happens. */
export type RegistryEvent =
  | {
      readonly kind: 'revision'
      readonly state: 'recorded' | 'published' | 'rejected'
      readonly revision: Revision
      readonly actor: Actor
      readonly at: string
      readonly error: string | null
    }
  | { readonly kind: 'switch'; readonly at: string; readonly switch: SwitchRow }
  | {
      readonly kind: 'acknowledgement'
      readonly replica: string
      readonly revision: number
      readonly at: string
      /** Milliseconds from the publication to the acknowledgement. */
      readonly lagMs: number | null
      readonly problem: string | null
    }
  | {
      readonly kind: 'replica'
      readonly state: 'joined' | 'left'
      readonly replica: {
        readonly id: string
        readonly host: string
        readonly title: string
        readonly kind: 'leased' | 'pull'
      }
    }
  | {
      /** A data plane holds a model back after failures, or no longer does. */
      readonly kind: 'circuit'
      readonly state: 'opened' | 'closed'
      readonly replica: string
      readonly modelId: string
      readonly region: string
      /** `told`: the vendor named the time. */
      readonly cause: 'failures' | 'told'
      readonly since: string
      readonly until: string
    }
  | { readonly kind: 'alarm'; readonly state: 'raised' | 'cleared'; readonly alarm: AlarmItem }
  | { readonly kind: 'drill'; readonly state: 'started' | 'ended'; readonly drill: DrillItem }
  /** More came since the last event that was seen than is told again: read the lists. */
  | { readonly kind: 'gap'; readonly message: string }

export interface Events {
  /** Every change, each at least once; connects anew by itself. */
  follow(options?: FollowOptions): AsyncGenerator<Followed<RegistryEvent>, void, undefined>
}

/** What people are told of a switch. */
export interface NotificationItem extends Notification {
  /** That of the switch which it tells of. */
  readonly id: string
  readonly switchId: string
  readonly at: string
  readonly scope: SwitchScope
  readonly scopeText: string
  readonly userId: string | null
  readonly conversationId: string | null
  /** Who made the model: `amazon`, `anthropic`; null where the catalogue no longer knows it. */
  readonly provider: string | null
  /** Display name of the model before; null = none, or not known. */
  readonly from: string | null
  readonly reason: string | null
  /** It was returned to the caller of the switch, or delivered to a subscriber. */
  readonly shown: boolean
}

/** With a signed-in user's token, that user's own. */
export interface NotificationQuestion {
  readonly userId?: string | undefined
  readonly conversationId?: string | undefined
}

export interface Notifications extends Listing<NotificationItem, NotificationQuestion> {
  /**
   * Every switch after which the next answer of this user or conversation may come from another model, as it happens; connects
   * anew by itself.
   */
  follow(
    question?: NotificationQuestion,
    options?: FollowOptions,
  ): AsyncGenerator<Followed<NotificationItem>, void, undefined>
  shown(id: string, options?: CallOptions): Promise<NotificationItem>
}

export function alarmsOf(connection: Connection): Alarms {
  const path = (id: string): string => `/api/v1/alarms/${encodeURIComponent(id)}`
  return {
    ...listing<AlarmItem, { readonly includeCleared?: boolean | undefined }>((question, options) =>
      connection.json('GET', '/api/v1/alarms', { ...options, query: { ...question } }),
    ),
    show: (id, options) => connection.tagged('GET', path(id), options),
    clear: (id, options) => connection.tagged('POST', `${path(id)}/clear`, options),
  }
}

export const eventsOf = (connection: Connection): Events => ({
  follow: (options) => follow(connection, { path: '/api/v1/events' }, options),
})

export function notificationsOf(connection: Connection): Notifications {
  return {
    ...listing<NotificationItem, NotificationQuestion>((question, options) =>
      connection.json('GET', '/api/v1/notifications', { ...options, query: { ...question } }),
    ),
    follow: (question, options) =>
      follow(connection, { path: '/api/v1/notifications/stream', query: { ...question } }, options),
    shown: (id, options) =>
      connection.json('POST', `/api/v1/notifications/${encodeURIComponent(id)}/shown`, options),
  }
}
