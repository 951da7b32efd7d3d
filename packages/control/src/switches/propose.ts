import {
  PointsmanError,
  type CostImpact,
  type Model,
  type Notification,
  type Price,
  type Principal,
  type ProviderId,
} from '@pointsman/contract'
import {
  callingRegion,
  checkPermitted,
  costImpact,
  masks,
  noticeFor,
  priceInForce,
  proposalProblems,
  type ProposalProblem,
  sumOfImpacts,
  type CompiledModel,
  type CompiledSnapshot,
  type EveryUseCase,
  type ProviderReadiness,
} from '@pointsman/core'
import type { Queryable } from '@pointsman/registry'
import { requireFresh } from '../http/entity-tag.ts'
import { areSet } from './narrower-pins.ts'
import type { Choice, SwitchOrder } from './order.ts'
import { presentOf, type Present } from './present.ts'
import { scopeRevision } from './scope-revision.ts'
import { isPinned, requireOwnScope, scopeText } from './scope.ts'
import type { Traffic } from './traffic.ts'

/** What a switch would do; everything is known before anything is written. */
export interface Proposal {
  readonly present: Present
  readonly to: CompiledModel
  readonly choice: Choice
  readonly impact: CostImpact
  readonly masks: readonly string[]
  readonly warnings: readonly string[]
  readonly notice: Notification
  /** What the scope's recent requests were, as far as it was read. */
  readonly traffic: Traffic
  /** It serves already: nothing is to be written. */
  readonly unchanged: boolean
}

export interface ProposeParts {
  readonly principal: Principal
  readonly traffic: Traffic
  readonly nowMs: number
  readonly homeRegion: string
  readonly environment: string
  /** Null = it is not known which providers this server can call. */
  readonly providers: ReadonlyMap<ProviderId, ProviderReadiness> | null
}

/**
 * May the actor; does the target exist; the gates on the scope and on its recent traffic; what it would cost; what stays
 * masked. Throws PointsmanError for what refuses the switch: `model_not_found`, `model_not_available`,
 * `lifecycle_blocked`, `refused`, `forbidden`, `stale`.
 */
export async function propose(
  database: Queryable,
  snapshot: CompiledSnapshot,
  order: SwitchOrder,
  parts: ProposeParts,
): Promise<Proposal> {
  // Not every scope comes from a caller's words through scopeOf: set-default, a revert, an import set their own.
  requireOwnScope(order.scope, parts.principal)
  const present = await presentOf(database, snapshot, order.scope, parts.principal)
  requireOfRoute(order)
  if (order.ifMatch !== null) {
    requireFresh(order.ifMatch, await scopeRevision(database, present.scope), scopeText(present.scope))
  }
  await order.guard?.(database)
  const choice = order.choose(snapshot, present)
  const { nowMs, homeRegion, providers, traffic } = parts
  const context = { nowMs, homeRegion, providers, recentNeeds: traffic.needs }
  const { problems, warnings } = proposalProblems(snapshot, present.scope, choice.modelId, context)
  const to = snapshot.models.get(choice.modelId)
  const hindering = problems.filter((problem) => !(order.enableTarget && problem.rule === 'disabled'))
  if (to === undefined || hindering.length > 0) throw refusalOf(choice.modelId, hindering)
  requirePermitted(present, to, parts.principal)
  const unchanged = isUnchanged(order, present, choice, to)
  const priced = (model: CompiledModel | null): Price | null =>
    model === null ? null : priceOf(snapshot, model, parts)
  const { more, routes: kept } = masks(snapshot, present.scope)
  const change = {
    from: present.served,
    to,
    fromPrice: priced(present.served),
    toPrice: priced(to),
  }
  return {
    present,
    to,
    choice,
    impact: impactOf(snapshot, change, parts),
    masks: kept,
    warnings: [...(order.warnings ?? []), ...(choice.warnings ?? []), ...warnings, ...unnamed(more)],
    notice: noticeFor({
      ...change,
      action: order.action,
      reason: order.reason,
      revert: order.reverts !== undefined,
      every: unchanged ? null : everyUseCase(snapshot, present, choice),
    }),
    traffic,
    unchanged,
  }
}

/** A conversation or a user has nobody else's conversations to move. */
function requireOfRoute({ applyTo, scope }: SwitchOrder): void {
  if (applyTo === 'new' || !isPinned(scope)) return
  throw new PointsmanError(
    'invalid_request',
    `"applyTo": "all" moves the conversations of a route, and ${scopeText(scope)} is none. Leave it out, or name a use case or an agent alone.`,
    { field: 'applyTo' },
  )
}

function refusalOf(modelId: string, hindering: readonly ProposalProblem[]): PointsmanError {
  const [problem] = hindering
  return new PointsmanError(
    problem?.code ?? 'model_not_found',
    problem?.message ?? `Model not found: ${modelId}`,
    {
      field: 'modelId',
      suggestions: problem?.suggestions ?? [],
      ...(hindering.length > 1 ? { data: { problems: hindering.map(({ message }) => message) } } : {}),
    },
  )
}

function requirePermitted({ route }: Present, to: CompiledModel, principal: Principal): void {
  const refusal = checkPermitted(to, { principal, routeKey: route.key, namedId: to.id })
  if (refusal === null) return
  throw new PointsmanError('forbidden', `This switch is not this key's to make: ${refusal.reason}.`)
}

function everyUseCase(
  snapshot: CompiledSnapshot,
  { every, served }: Present,
  choice: Choice,
): EveryUseCase | null {
  if (every === null) return null
  const alsoFrom = every.served.filter(({ id }) => id !== served?.id)
  const but = (choice.narrower ?? []).map(({ useCase, modelId }) => ({
    useCase,
    model: snapshot.models.get(modelId)?.name ?? modelId,
  }))
  return { of: every.of, alsoFrom, inherit: choice.inherit ?? false, but }
}

/** Traffic that several models served is priced by each one's share of it. */
function impactOf(
  snapshot: CompiledSnapshot,
  { fromPrice, toPrice }: { readonly fromPrice: Price | null; readonly toPrice: Price | null },
  parts: ProposeParts,
): CostImpact {
  const { usage, byModel } = parts.traffic
  if (byModel === null || byModel.size === 0) {
    return costImpact({ fromPrice, toPrice, meanDailyUsage: usage })
  }
  const impacts = [...byModel].map(([id, meanDailyUsage]) => {
    const model = snapshot.models.get(id)
    const price = model === undefined ? null : priceOf(snapshot, model, parts)
    return costImpact({ fromPrice: price, toPrice, meanDailyUsage })
  })
  return sumOfImpacts(impacts, usage.days)
}

export const priceOf = (
  snapshot: CompiledSnapshot,
  model: Model,
  at: { readonly nowMs: number; readonly homeRegion: string },
): Price | null => priceInForce(snapshot, model.id, callingRegion(model, at.homeRegion), at.nowMs)

function isUnchanged(order: SwitchOrder, present: Present, choice: Choice, to: CompiledModel): boolean {
  // Whether a conversation would move is known only when they are moved.
  if (order.applyTo === 'all') return false
  // A strategy chooses among several at every request: setting one of them is a change, even if it is the first.
  if (!isPinned(present.scope) && present.route.picksByStrategy && !choice.strategyReturns && !choice.inherit)
    return false
  if (choice.narrower !== undefined && !areSet(present, choice.narrower)) return false
  if (choice.inherit) return present.own === null
  const { every } = present
  if (every !== null) {
    if (choice.narrower !== undefined) return present.own === to.id
    return order.unchangedWhen === 'own' ? every.set === to.id : every.served.every(({ id }) => id === to.id)
  }
  return order.unchangedWhen === 'own' ? present.own === to.id : present.served?.id === to.id
}

const unnamed = (more: number): readonly string[] =>
  more === 0
    ? []
    : [
        `${more} more routes than those named keep a model of their own: GET /api/v1/use-cases and /api/v1/agents list them`,
      ]
