import type { Alias, RankedModel, Role, Route } from '@pointsman/contract'
import type { Behind } from './behind.ts'
import type { CallOptions, Connection, Tagged, WriteOptions } from './connection.ts'
import type { ReasonOptions } from './models.ts'
import { listing, type Listing } from './paging.ts'

/** A use case or an agent, with what serves it now. */
export interface RouteItem extends Omit<Route, 'drill'> {
  /** How callers name it: `use-case/clinical`. */
  readonly key: string
  /** The model that serves now, its own or inherited. */
  readonly serves: string
  readonly inherits: boolean
  /** The provider that `serves` is called at, and `serves` itself, by the names that agent registries use. */
  readonly llm_provider: string | null
  readonly llm_model: string
  readonly revision: number
  /** The drill that is under way on it; null = none. */
  readonly drill: { readonly id: string; readonly endsAt: string } | null
}

/** What may be set of a route; absent = as it is. */
export type RouteOrder = RouteRules & {
  /** The model that serves; null = the default's. Moved by a switch, which is recorded. */
  readonly target?: string | null | undefined
  readonly reason?: string | null | undefined
  /** Agents only: `target` by the names of agent registries. */
  readonly llm_provider?: string | undefined
  readonly llm_model?: string | undefined
}

export type RouteRules = Partial<
  Pick<
    Route,
    'strategy' | 'residency' | 'lifecycleRule' | 'objective' | 'autoSwitch' | 'capture' | 'heartbeatMs'
  > & {
    readonly candidates: readonly (Omit<RankedModel, 'modelId'> & { readonly modelId: string })[]
    readonly fallbacks: readonly string[] | null
  }
>

export interface Deleted extends Behind {
  readonly deleted: true
  readonly revision: number
}

export interface RouteQuestion {
  /** Words of its name, of the model that serves it, or of that model's provider. */
  readonly search?: string | undefined
  /** Only the one of exactly this name. */
  readonly name?: string | undefined
  /** `name` unless set; `model` = by its id, `modelName` = as it is shown. */
  readonly sort?: RouteSort | undefined
  readonly descending?: boolean | undefined
}

export type RouteSort = 'name' | 'model' | 'modelName' | 'provider' | 'inherits'

export interface Routes extends Listing<RouteItem, RouteQuestion> {
  show(name: string, options?: CallOptions): Promise<Tagged<RouteItem>>
  /** Adds it, or changes what is named. */
  put(name: string, order: RouteOrder, options?: WriteOptions): Promise<Tagged<RouteItem & Behind>>
  delete(name: string, options?: WriteOptions): Promise<Deleted>
}

/** An item that was left aside, and why. */
export interface AsideItem {
  readonly key: string
  readonly reason: string
}

/** What taking over a table of agents comes to. */
export interface AgentsOutcome extends Behind {
  /** False: a dry run, or nothing to change. */
  readonly applied: boolean
  /** The registry's, of which the plan was made, or which it made. */
  readonly revision: number
  readonly plan: {
    readonly new: readonly { readonly agent: string; readonly to: string }[]
    readonly moved: readonly { readonly agent: string; readonly from: string | null; readonly to: string }[]
    readonly unchanged: readonly string[]
    readonly refused: readonly AsideItem[]
    /** Of another version of the agent than the one in force. */
    readonly skipped: readonly AsideItem[]
    readonly warnings: readonly string[]
  }
}

/** Either a table that the server reads, or its items as text. */
export interface AgentsImport {
  /** A DynamoDB table `AgentRegistry`. */
  readonly dynamodb?: string | undefined
  readonly text?: string | undefined
  /** Of a text: what it is, for the record. */
  readonly name?: string | undefined
  /** Says what would be; changes nothing. */
  readonly dryRun?: boolean | undefined
}

export interface Agents extends Routes {
  /** Takes over agents' models in one revision, each by a recorded switch. */
  import(order: AgentsImport, options?: WriteOptions): Promise<Tagged<AgentsOutcome>>
}

export type RoleItem = Role & { readonly revision: number }

export interface Roles extends Listing<RoleItem> {
  show(name: string, options?: CallOptions): Promise<Tagged<RoleItem>>
  put(name: string, useCase: string, options?: WriteOptions): Promise<Tagged<RoleItem & Behind>>
  delete(name: string, options?: WriteOptions): Promise<Deleted>
}

export type AliasItem = Alias & { readonly revision: number }

export interface AliasQuestion {
  /** Only those that stand for it, as it is written. */
  readonly target?: string | undefined
}

export interface Aliases extends Listing<AliasItem, AliasQuestion> {
  show(name: string, options?: CallOptions): Promise<Tagged<AliasItem>>
  /** `target`: a model id, or a route (`use-case/clinical`). The reason stands at the revision. */
  put(name: string, target: string, options?: ReasonOptions): Promise<Tagged<AliasItem & Behind>>
  delete(name: string, options?: ReasonOptions): Promise<Deleted>
}

/** What the three kinds of name have in common. */
function namesBelow<Item, Question = unknown>(connection: Connection, below: string) {
  const path = (name: string): string => `/api/v1/${below}/${encodeURIComponent(name)}`
  return {
    path,
    listed: listing<Item, Question>((question, options) =>
      connection.json('GET', `/api/v1/${below}`, { ...options, query: { ...question } }),
    ),
    delete: (name: string, options?: WriteOptions): Promise<Deleted> =>
      connection.json('DELETE', path(name), options),
  }
}

export function routesOf(connection: Connection, below: 'use-cases' | 'agents'): Routes {
  const { path, listed, ...others } = namesBelow<RouteItem, RouteQuestion>(connection, below)
  return {
    ...listed,
    ...others,
    show: (name, options) => connection.tagged('GET', path(name), options),
    put: (name, order, options) => connection.tagged('PUT', path(name), { ...options, body: order }),
  }
}

export const agentsOf = (connection: Connection): Agents => ({
  ...routesOf(connection, 'agents'),
  import: ({ dryRun, ...body }, options) =>
    connection.tagged('POST', '/api/v1/agents/import', { ...options, query: { dryRun }, body }),
})

export function rolesOf(connection: Connection): Roles {
  const { path, listed, ...others } = namesBelow<RoleItem>(connection, 'roles')
  return {
    ...listed,
    ...others,
    show: (name, options) => connection.tagged('GET', path(name), options),
    put: (name, useCase, options) => connection.tagged('PUT', path(name), { ...options, body: { useCase } }),
  }
}

export function aliasesOf(connection: Connection): Aliases {
  const { path, listed, ...others } = namesBelow<AliasItem, AliasQuestion>(connection, 'aliases')
  return {
    ...listed,
    ...others,
    show: (name, options) => connection.tagged('GET', path(name), options),
    put: (name, target, { reason, ...options } = {}) =>
      connection.tagged('PUT', path(name), { ...options, body: { target, reason } }),
    delete: (name, { reason, ...options } = {}) =>
      connection.json('DELETE', path(name), { ...options, query: { reason } }),
  }
}
