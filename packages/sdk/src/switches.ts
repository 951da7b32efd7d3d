import type {
  Actor,
  Notification,
  Revision,
  SwitchAction,
  SwitchApproval,
  SwitchScope,
  SwitchState,
  SwitchType,
} from '@pointsman/contract'
import type { Behind } from './behind.ts'
import type { CallOptions, Connection, Tagged, WriteOptions } from './connection.ts'
import { listing, type Listing } from './paging.ts'

/** What a switch is to move: the narrowest name that is given counts; none = the global default. */
export interface ScopeNames {
  readonly conversationId?: string | null | undefined
  readonly userId?: string | null | undefined
  readonly agent?: string | null | undefined
  readonly useCase?: string | null | undefined
  readonly role?: string | null | undefined
  readonly assistantType?: string | null | undefined
}

/** As it is given: `reference` may be left out. */
export interface Approval {
  readonly by: string
  readonly reference?: string | null | undefined
}

export interface SwitchOrder extends ScopeNames {
  readonly modelId: string
  readonly reason?: string | null | undefined
  /** Who approved it outside of this program; recorded, not checked. */
  readonly approval?: Approval | null | undefined
  /** `all`: conversations that keep their model move, too. */
  readonly applyTo?: 'new' | 'all' | undefined
  readonly showNotification?: boolean | undefined
}

/** One candidate as an automatic switch ranks it. */
export interface Ranked {
  readonly model: string
  /** 0 … 100. */
  readonly score: number
  readonly passed: boolean
  readonly reasons: readonly string[]
}

/** What became of an order. */
export interface SwitchOutcome extends Behind {
  /** False where nothing was written: a dry run, a proposal only, or the model serves already. */
  readonly switched: boolean
  readonly dryRun: boolean
  /** Nothing is to be done: a dry run tells by it what a switch would. */
  readonly unchanged: boolean
  readonly switchId: string | null
  /** Display names. */
  readonly from: string | null
  readonly to: string
  readonly fromId: string | null
  readonly toId: string
  readonly scope: SwitchScope
  /** The revision that it made; the present one where nothing was switched. */
  readonly revision: number
  /** US-$ saved a day; negative = dearer; null = a price is not known. */
  readonly costImpactEstimated: number | null
  readonly costExplanation: string
  /** Routes that keep a model of their own although the scope contains them. */
  readonly masks: readonly string[]
  readonly warnings: readonly string[]
  readonly ranking: readonly Ranked[] | null
  readonly notification: Notification | null
}

/** A switch as it stands in the record. */
export interface SwitchRow {
  readonly id: string
  /** Place in the hash chain, from 1. */
  readonly sequence: number
  readonly state: SwitchState
  /** Null for refused attempts, which change nothing. */
  readonly revision: Revision | null
  /** ISO 8601. */
  readonly recordedAt: string
  readonly actor: Actor
  readonly action: SwitchAction
  readonly type: SwitchType
  readonly scope: SwitchScope
  /** `use-case/clinical`, `default`, `conversation/conv-123`. */
  readonly scopeText: string
  readonly fromId: string | null
  readonly toId: string | null
  readonly from: string | null
  readonly to: string | null
  readonly reason: string | null
  readonly evidence: { readonly [name: string]: unknown }
  readonly approval: SwitchApproval | null
  /** The switch that this one takes back. */
  readonly reverts: string | null
  readonly refusal: { readonly code: string; readonly message: string } | null
  readonly costImpactEstimated: number | null
  readonly notificationShown: boolean
  readonly hash: string
  readonly previousHash: string
}

export interface SwitchQuestion {
  readonly modelId?: string | undefined
  readonly userId?: string | undefined
  readonly conversationId?: string | undefined
  readonly useCase?: string | undefined
  readonly agent?: string | undefined
  readonly includeRefused?: boolean | undefined
  /** ISO dates or instants: recorded from then on, and before then. */
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** Switches that stand on one place of a time axis: the newest of them, and how many there are. */
export interface SwitchMark {
  readonly id: string
  readonly recordedAt: string
  /** `manual` where any of them is. */
  readonly type: SwitchType
  readonly scopeText: string
  /** Display names. */
  readonly from: string | null
  readonly to: string | null
  readonly count: number
}

/** ISO dates or instants. */
export interface Stretch {
  readonly from: string
  readonly to: string
}

export interface Verification {
  readonly valid: boolean
  /** Records that were checked. */
  readonly count: number
  /** Hash of the newest one. */
  readonly head: string
  readonly firstBad?: { readonly sequence: number; readonly problem: string }
}

/** A place in the chain that was kept outside of the server. */
export interface ChainAnchor {
  readonly sequence: number
  readonly hash: string
}

/** The head of the chain, to be kept elsewhere: `signature` is Ed25519 over `statement` in UTF-8. */
export interface SignedHead extends ChainAnchor {
  readonly signedAt: string
  readonly statement: string
  /** Base64, as is the raw public key. */
  readonly signature: string
  readonly publicKey: string
}

/** `hash` = SHA-256 of `previousHash` and `canonicalText`, in which names of people and free text are sealed. */
export interface ChainLink extends ChainAnchor {
  readonly previousHash: string
  readonly canonicalText: string
}

export interface RevertOptions extends WriteOptions {
  readonly reason?: string | undefined
  readonly approval?: Approval | undefined
  readonly dryRun?: boolean | undefined
  readonly showNotification?: boolean | undefined
}

/** Switching and its record, newest first. */
export interface Switches extends Listing<SwitchRow, SwitchQuestion> {
  create(order: SwitchOrder, options?: WriteOptions): Promise<Tagged<SwitchOutcome>>
  /** Says what would be; changes nothing. */
  dryRun(order: SwitchOrder, options?: WriteOptions): Promise<Tagged<SwitchOutcome>>
  /** Where switches stand on a time axis: at most 240 places, however many switches there were. */
  marks(stretch: Stretch, options?: CallOptions): Promise<{ readonly data: readonly SwitchMark[] }>
  /** Its etag is that of its route. */
  show(id: string, options?: CallOptions): Promise<Tagged<SwitchRow>>
  /** A new switch that restores what an earlier one found. */
  revert(id: string, options?: RevertOptions): Promise<Tagged<SwitchOutcome>>
  /** Has the server recompute the hash chain, which must lead through the anchor where one is given. */
  verify(options?: CallOptions & { readonly anchor?: ChainAnchor | undefined }): Promise<Verification>
  head(options?: CallOptions): Promise<SignedHead>
  /** The whole chain in order, for keeping it elsewhere. */
  chain(options?: CallOptions): AsyncGenerator<ChainLink, void, undefined>
}

export function switchesOf(connection: Connection): Switches {
  const path = (id: string): string => `/api/v1/switches/${encodeURIComponent(id)}`
  const send = (order: SwitchOrder, dryRun: boolean, options?: WriteOptions) =>
    connection.tagged<SwitchOutcome>('POST', '/api/v1/switches', {
      ...options,
      query: dryRun ? { dryRun } : {},
      body: order,
    })
  const links = listing<ChainLink, object>((question, asked) =>
    connection.json('GET', '/api/v1/switches/chain', { ...asked, query: { ...question } }),
  )
  return {
    ...listing<SwitchRow, SwitchQuestion>((question, options) =>
      connection.json('GET', '/api/v1/switches', { ...options, query: { ...question } }),
    ),
    marks: (stretch, options) =>
      connection.json('GET', '/api/v1/switches/marks', { ...options, query: { ...stretch } }),
    create: (order, options) => send(order, false, options),
    dryRun: (order, options) => send(order, true, options),
    show: (id, options) => connection.tagged('GET', path(id), options),
    revert: (id, { dryRun = false, reason, approval, showNotification, ...options } = {}) =>
      connection.tagged('POST', `${path(id)}/revert`, {
        ...options,
        query: dryRun ? { dryRun } : {},
        body: { reason, approval, showNotification },
      }),
    verify: ({ anchor, ...options } = {}) =>
      connection.json('GET', '/api/v1/switches/verify', { ...options, query: { ...anchor } }),
    head: (options) => connection.json('GET', '/api/v1/switches/head', options),
    chain: (options) => links.each({ limit: 1_000 }, options),
  }
}
