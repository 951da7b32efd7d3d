import type { NotifyMessages } from '../messages/notify-messages.ts'
import type { ToldNotification } from './told-notification.ts'

export interface NotificationConnectionOptions {
  /** Of the server, with a path before its own where there is one: `https://models.example.org`. */
  readonly url: string
  /**
   * The signed-in user's token, or what gives a fresh one: asked before each connection. Sent in a header, never in the
   * address. Left out: the page's own cookie, at the page's own origin.
   */
  readonly token?: string | (() => string | Promise<string>) | undefined
  /** With a key that may see more than its own. */
  readonly userId?: string | undefined
  /** Only what changes this conversation's next answer. */
  readonly conversationId?: string | undefined
  /** `lastEventId` of an earlier connection: what came since is told first. From now on unless set. */
  readonly lastEventId?: string | undefined
  /** Milliseconds, 5,000 unless set. */
  readonly displayDuration?: number | undefined
  /** English unless set. */
  readonly messages?: NotifyMessages | undefined
  /** Called with each notice before it is shown, once. False = the app shows it itself; it then counts as shown. */
  readonly onNotification?: ((notice: ToldNotification) => boolean | undefined) | undefined
  /** What went wrong without ending anything: an event that is no notice, a notice that could not be confirmed. */
  readonly onProblem?: ((problem: string) => void) | undefined
  readonly onState?: ((state: ConnectionState) => void) | undefined
  readonly signal?: AbortSignal | undefined
  /** Replaces the global one: to add a header, or to go through a proxy. */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined
}

/** `waiting`: it was lost, and is tried again after a moment. */
export type ConnectionState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  | { readonly kind: 'waiting'; readonly forMs: number; readonly problem: string }
  | { readonly kind: 'closed'; readonly end: ConnectionEnd }

/** `refused`: the server does not let this token in; another try would not mend it. */
export type ConnectionEnd =
  | { readonly reason: 'closed' }
  | { readonly reason: 'refused'; readonly statusCode: number; readonly message: string }

export interface NotificationConnection {
  /** Once it is over. Never rejects. */
  readonly closed: Promise<ConnectionEnd>
  /** What another connection may go on from; null before the first. */
  readonly lastEventId: string | null
  readonly close: () => void
}
