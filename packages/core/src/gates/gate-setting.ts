import type { LifecycleRule, Model, Needs, Principal } from '@pointsman/contract'
import type { CompiledModel } from '../compile/compiled-snapshot.ts'
import type { ProviderStates } from '../routing/routing-call.ts'
import { checkAvailable } from './available.ts'
import { checkCapable } from './capable.ts'
import { checkPermitted, priceUnknown } from './permitted.ts'
import { checkResident } from './resident.ts'
import type { Verdict } from './verdict.ts'

/** What the four gates hold every candidate of one decision against; null = this is not asked here. */
export interface GateSetting {
  readonly nowMs: number
  readonly homeRegion: string
  readonly lifecycleRule: LifecycleRule
  readonly residency: ReadonlySet<string> | null
  readonly needs: Needs | null
  readonly purpose?: Model['purpose'] | undefined
  readonly principal: Pick<Principal, 'routes' | 'models'> | null
  /** Set where what the caller spends is limited: whether a model's price is known. */
  readonly isPriced?: ((model: CompiledModel, region: string) => boolean) | undefined
  /** The route that the call goes to; null = a model was named outright. */
  readonly routeKey: string | null
  /** The caller named a model outright, and no alias of somebody else's. */
  readonly isExplicit?: boolean | undefined
  readonly providers: ProviderStates | null
  readonly openCircuits: ReadonlySet<string> | null
}

/** A model as it would be called. */
export interface Callable {
  readonly model: CompiledModel
  /** The id that was named or set: a profile may stand in for it. */
  readonly namedId: string
  readonly region: string
  /** Chosen by a rule of ours, not named or set by a person. */
  readonly automatic: boolean
  /** What the call goes to first, not one of its fallbacks. */
  readonly isTarget?: boolean
}

/**
 * The first gate that does not let a model pass; null = it may serve. `permitted` is asked first, so that a
 * caller learns nothing about the state of what it may not call.
 */
export function firstVerdict(callable: Callable, setting: GateSetting): Verdict | null {
  const { model, namedId, region, automatic, isTarget = false } = callable
  const {
    nowMs,
    lifecycleRule,
    providers,
    openCircuits,
    principal,
    routeKey,
    needs,
    purpose,
    isExplicit = false,
  } = setting
  return (
    (principal === null ? null : checkPermitted(model, { principal, routeKey, namedId })) ??
    (setting.isPriced?.(model, region) === false ? priceUnknown(model) : null) ??
    checkAvailable(model, { nowMs, lifecycleRule, automatic, providers, openCircuits, region }) ??
    (needs === null ? null : checkCapable(model, needs, purpose, isExplicit && isTarget)) ??
    checkResident(model, region, setting.residency)
  )
}
