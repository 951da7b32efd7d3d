import { noNeeds, type ErrorCode, type Gate, type Needs, type SwitchScope } from '@pointsman/contract'
import type { CompiledModel, CompiledRoute, CompiledSnapshot } from '../compile/compiled-snapshot.ts'
import { capabilityWarnings, checkCapable } from '../gates/capable.ts'
import { lifecycleWarning } from '../gates/lifecycle.ts'
import { checkResident } from '../gates/resident.ts'
import type { Verdict } from '../gates/verdict.ts'
import { nearestNames } from '../routing/nearest-names.ts'
import type { ProviderStates } from '../routing/routing-call.ts'
import { standInWarning } from '../routing/stand-in.ts'
import { gateSettingOf, judge } from './gate-for-route.ts'

export interface ProposalContext {
  readonly nowMs: number
  readonly homeRegion: string
  /** What the route's recent requests needed (any of them); null = not known. */
  readonly recentNeeds?: Needs | null
  /** Where it is known which providers the replicas can call. */
  readonly providers?: ProviderStates | null
}

export interface ProposalProblem {
  /** The error to answer with when this is the first problem. */
  readonly code: ErrorCode
  /** Null where no gate is concerned: a name is unknown. */
  readonly gate: Gate | null
  readonly rule: string
  readonly message: string
  readonly suggestions: readonly string[]
}

export interface ProposalResult {
  /** Each one refuses the switch. */
  readonly problems: readonly ProposalProblem[]
  /** The switch may be made; this should be told. */
  readonly warnings: readonly string[]
}

/**
 * The route whose rules hold for a scope: its own; the default's for users, for everything, and for
 * conversations without a use case. Null = the use case or agent is unknown.
 */
export function routeOfScope(snapshot: CompiledSnapshot, scope: SwitchScope): CompiledRoute | null {
  switch (scope.kind) {
    case 'agent':
      return snapshot.agents.get(scope.name) ?? null
    case 'use-case':
      return snapshot.useCases.get(scope.name) ?? null
    case 'conversation':
      if (scope.useCase === null || scope.useCase === 'default') return snapshot.defaultRoute
      return snapshot.useCases.get(scope.useCase) ?? null
    case 'user':
    case 'global':
      return snapshot.defaultRoute
  }
}

const refusal = (problem: ProposalProblem): ProposalResult => ({ problems: [problem], warnings: [] })

function unknownRoute(snapshot: CompiledSnapshot, scope: SwitchScope): ProposalResult {
  const isAgent = scope.kind === 'agent'
  const written = scope.kind === 'agent' || scope.kind === 'use-case' ? scope.name : scopeUseCase(scope)
  const names = isAgent ? snapshot.agents.keys() : snapshot.useCases.keys()
  return refusal({
    code: 'route_not_found',
    gate: null,
    rule: 'unknown-route',
    message: `${isAgent ? 'Agent' : 'Use case'} not found: ${written}`,
    suggestions: nearestNames(written, names),
  })
}

const scopeUseCase = (scope: SwitchScope): string =>
  scope.kind === 'conversation' ? (scope.useCase ?? 'default') : 'default'

const unknownModelProblem = (snapshot: CompiledSnapshot, id: string): ProposalResult =>
  refusal({
    code: 'model_not_found',
    gate: 'available',
    rule: 'unknown-model',
    message: `Model not found: ${id}`,
    suggestions: nearestNames(id, snapshot.models.keys()),
  })

const codeOf = ({ gate, rule }: Verdict): ErrorCode => {
  if (rule === 'end-of-life') return 'lifecycle_blocked'
  return gate === 'available' ? 'model_not_available' : 'refused'
}

function problemOf(verdict: Verdict): ProposalProblem {
  const code = codeOf(verdict)
  const message = code === 'model_not_available' ? `Model not available: ${verdict.reason}` : verdict.reason
  return { code, gate: verdict.gate, rule: verdict.rule, message, suggestions: [] }
}

/** What passes with time or by a setting outside the registry is told, not refused. */
const passing: ReadonlySet<string> = new Set(['no-adapter', 'credentials-missing'])

/** Routes that take the default's target and would leave the new one out. */
function inheritorWarnings(
  snapshot: CompiledSnapshot,
  scope: SwitchScope,
  model: CompiledModel,
  region: string,
): readonly string[] {
  if (scope.kind !== 'global') return []
  return [...snapshot.routes.values()]
    .filter((route) => route.kind !== 'default' && route.inheritsTarget)
    .flatMap((route) => {
      const verdict = checkResident(model, region, route.residency)
      return verdict === null ? [] : [`${route.key} inherits the default, but ${verdict.reason}`]
    })
}

function warningsOf(route: CompiledRoute, model: CompiledModel, context: ProposalContext): readonly string[] {
  const warnings: string[] = []
  const lifecycle = lifecycleWarning(model, context.nowMs)
  if (lifecycle !== null) warnings.push(lifecycle)
  const needs = context.recentNeeds ?? null
  if (needs !== null) {
    const missing = model.purpose === 'chat' ? checkCapable(model, needs) : null
    if (missing !== null) {
      warnings.push(
        `${missing.reason}, which recent requests of ${route.key} needed: a fallback would serve those`,
      )
    }
    warnings.push(...capabilityWarnings(model, needs))
  }
  return warnings
}

/**
 * What speaks against setting `modelId` as the target of a scope. Refused: an unknown name, a model that is
 * off, past its end under rule `block`, outside the route's regions, or no chat model. Told: past its end
 * under `warn`, called through a profile, abilities that recent requests needed and it lacks, missing
 * credentials, routes that inherit the default and may not use it, a strategy that rests.
 */
export function proposalProblems(
  snapshot: CompiledSnapshot,
  scope: SwitchScope,
  modelId: string,
  context: ProposalContext,
): ProposalResult {
  const route = routeOfScope(snapshot, scope)
  if (route === null) return unknownRoute(snapshot, scope)
  const providers = context.providers ?? null
  const setting = gateSettingOf(route, { ...context, needs: noNeeds, providers: null })
  const { model, region, verdict } = judge(snapshot, modelId, false, setting)
  if (model === null) return unknownModelProblem(snapshot, modelId)
  const warnings: string[] = []
  if (model.id !== modelId) warnings.push(standInWarning(modelId, model.id, region))
  warnings.push(...warningsOf(route, model, context))
  const withProviders = judge(snapshot, modelId, false, { ...setting, providers }).verdict
  if (withProviders !== null && passing.has(withProviders.rule)) {
    warnings.push(`${withProviders.reason}; until then its requests can be answered by fallbacks only`)
  }
  warnings.push(...inheritorWarnings(snapshot, scope, model, region))
  const setsRoute = scope.kind !== 'conversation' && scope.kind !== 'user'
  if (setsRoute && route.picksByStrategy) {
    warnings.push(`the strategy '${route.strategy}' of ${route.key} rests while this target stands`)
  }
  return { problems: verdict === null ? [] : [problemOf(verdict)], warnings }
}
