import type { Model, ModelId, Needs, Principal, ProviderId, RouteKind } from '@pointsman/contract'
import type { CompiledModel, CompiledRoute } from '../compile/compiled-snapshot.ts'

export interface WrittenAs {
  readonly agent?: string | undefined
  readonly useCase?: string | undefined
  readonly role?: string | undefined
  readonly assistantType?: string | undefined
}

/** What routing needs to know of a request. Absent, null and empty mean the same. */
export interface RoutingCall {
  /** The name in the request's body or path; `default` where the request names none. */
  readonly requested: string
  /** Header `x-pointsman-agent`. */
  readonly agent?: string | null | undefined
  /** Header `x-pointsman-use-case`. */
  readonly useCase?: string | null | undefined
  /** Header `x-pointsman-role`. */
  readonly role?: string | null | undefined
  /** The seeds' word for a use case, where a request brings it. */
  readonly assistantType?: string | null | undefined
  /** How the caller wrote these names where they did not come in headers; for errors. */
  readonly writtenAs?: WrittenAs | undefined
  /** How the caller lists the names that exist; left out: by GET /v1/models. For errors. */
  readonly namesListedBy?: string | undefined
  readonly hasConversation: boolean
  /** An agent's conversations keep their model too: only where the request asks for it. */
  readonly pinsAgent?: boolean | undefined
  readonly needs: Needs
  /** What kind of model is asked; left out: one that chats. */
  readonly purpose?: Model['purpose'] | undefined
}

/** Whether a provider can be called from this server. */
export type ProviderReadiness =
  | { readonly ready: true }
  /** `missing`: the variables to set, as the provider's `credentialHint` says them. */
  | { readonly ready: false; readonly missing: string }

/** Of those that have an adapter here. */
export type ProviderStates = Pick<ReadonlyMap<ProviderId, ProviderReadiness>, 'get'>

/** What the world is like at this instant; everything a decision depends on besides snapshot and call. */
export interface Conditions {
  readonly nowMs: number
  /** 0 ≤ chance < 1; from the conversation's id where there is one (`chanceFromText`), so that replicas agree. */
  readonly chance: number
  readonly principal: Principal
  /** The conversation's pin under `resolution.pinUseCase`; null = none. */
  readonly conversationTarget: ModelId | null
  /** The user's own model; null = none. */
  readonly userTarget: ModelId | null
  /** The switches that set these two, where switches did. */
  readonly conversationSwitchId?: string | null
  readonly userSwitchId?: string | null
  /** A provider that is absent has no adapter in this server. */
  readonly providers: ProviderStates
  /** `modelId@region` of calls that are held back after failures. */
  readonly openCircuits: ReadonlySet<string>
  /** `modelId@region` → recent latency in milliseconds. */
  readonly latencies: ReadonlyMap<string, number>
  readonly homeRegion: string
}

/** What a call names, before pins are looked up. */
export type Resolution =
  | {
      readonly kind: 'model'
      readonly requested: string
      /** The region of the ARN that was named: the call is made from there; null = from home. */
      readonly region: string | null
      readonly model: CompiledModel
      readonly reason: 'explicit' | 'alias'
      /** Whose residency and lifecycle rule hold: the route of the caller's headers, else the default. */
      readonly rules: CompiledRoute
      /** A named model asks no pin. */
      readonly pinUseCase: null
      readonly asksUser: false
    }
  | {
      readonly kind: 'route'
      readonly requested: string
      /** The region of the ARN that was named: the call is made from there; null = from home. */
      readonly region: string | null
      readonly route: CompiledRoute
      readonly reason: RouteKind | 'role'
      /** The name under which the conversation's pin stands; null = no pin is asked (no conversation, or an agent’s that is not to keep its model). */
      readonly pinUseCase: string | null
      /** A switch of the user counts here. */
      readonly asksUser: true
    }
