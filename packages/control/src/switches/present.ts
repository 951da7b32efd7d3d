import {
  PointsmanError,
  type ConversationId,
  type ModelId,
  type Principal,
  type SwitchScope,
} from '@pointsman/contract'
import { routeOfScope, type CompiledModel, type CompiledRoute, type CompiledSnapshot } from '@pointsman/core'
import { findConversation, findPins, type ConversationRow, type Queryable } from '@pointsman/registry'

/** What a scope has now. */
export interface Present {
  readonly scope: SwitchScope
  /** The route whose rules hold for it. */
  readonly route: CompiledRoute
  /** What it set for itself; null = it inherits. */
  readonly own: ModelId | null
  /** The switch that set it; null where nothing is set, or no switch did. */
  readonly setBy: string | null
  /** What serves it; null only where the catalogue lost the entry. */
  readonly served: CompiledModel | null
  /** What serves it where it sets nothing for itself. */
  readonly inherited: ModelId
  /** Set for a user, and for a conversation without a use case: their switch reaches more than one route. */
  readonly every: EveryRoute | null
}

/** What a user or a conversation has over all its use cases. */
export interface EveryRoute {
  readonly of: 'user' | 'conversation'
  /** What serves it now, whichever route it takes; each model once. */
  readonly served: readonly CompiledModel[]
  /** What it set for all of them; null = nothing, or some have another. */
  readonly set: ModelId | null
}

/**
 * Reads what a scope has. A conversation switched without a use case keeps to the one it is known with. Throws
 * PointsmanError `route_not_found`, and `not_found` where a signed-in user names somebody else's conversation.
 */
export async function presentOf(
  database: Queryable,
  snapshot: CompiledSnapshot,
  scope: SwitchScope,
  principal: Principal,
): Promise<Present> {
  if (scope.kind === 'conversation' || scope.kind === 'user') {
    return presentPin(database, snapshot, scope, principal)
  }
  const route = requireRoute(snapshot, scope)
  const own = route.ownTarget
  const served = snapshot.models.get(route.target) ?? null
  const setBy = own === null ? null : route.switchId
  return { scope, route, own, setBy, served, inherited: snapshot.defaultRoute.target, every: null }
}

async function presentPin(
  database: Queryable,
  snapshot: CompiledSnapshot,
  asked: Extract<SwitchScope, { readonly kind: 'conversation' | 'user' }>,
  principal: Principal,
): Promise<Present> {
  const known =
    asked.kind === 'conversation' ? await findConversation(database, asked.workspace, asked.id) : null
  const scope = asked.kind === 'conversation' ? ownConversation(known, asked, principal) : asked
  const useCase = scope.kind === 'user' ? null : (scope.useCase ?? known?.useCase ?? null)
  const route = routeOfPin(snapshot, scope, useCase)
  const pins = await findPins(database, {
    workspace: scope.workspace,
    conversationId: scope.kind === 'conversation' ? scope.id : null,
    userId: scope.kind === 'user' ? scope.id : scope.userId,
    // The default's conversations are pinned under its name.
    useCase: route.name,
  })
  const pin = scope.kind === 'conversation' ? pins.conversation : pins.user
  const own = pin?.modelId ?? null
  const inherited = scope.kind === 'user' ? route.target : (pins.user?.modelId ?? route.target)
  const userTarget = pins.user?.modelId ?? null
  const every =
    scope.kind === 'user'
      ? everyRouteOfUser(snapshot, userTarget)
      : scope.useCase === null
        ? everyRouteOfConversation(snapshot, known, { route: useCase === null ? null : route, userTarget })
        : null
  const served = snapshot.models.get(own ?? inherited) ?? null
  return { scope, route, own, setBy: pin?.switchId ?? null, served, inherited, every }
}

const distinct = (snapshot: CompiledSnapshot, ids: readonly ModelId[]): readonly CompiledModel[] =>
  [...new Set(ids)].flatMap((id) => snapshot.models.get(id) ?? [])

const everyRouteOfUser = (snapshot: CompiledSnapshot, own: ModelId | null): EveryRoute => ({
  of: 'user',
  served: distinct(
    snapshot,
    own === null ? [...snapshot.routes.values()].map(({ target }) => target) : [own],
  ),
  set: own,
})

/** One that is not known yet, or has no use case yet, may take any of them; agents ask no conversation. */
function everyRouteOfConversation(
  snapshot: CompiledSnapshot,
  known: ConversationRow | null,
  at: { readonly route: CompiledRoute | null; readonly userTarget: ModelId | null },
): EveryRoute {
  const pins = known?.pins ?? []
  const general = pins.find(({ useCase }) => useCase === '*')?.modelId ?? null
  const narrower = pins.filter(({ useCase }) => useCase !== '*')
  const isOne = narrower.every(({ modelId }) => modelId === general)
  const begun = at.route === null ? [snapshot.defaultRoute, ...snapshot.useCases.values()] : [at.route]
  const served = begun
    .filter(({ name }) => !narrower.some(({ useCase }) => useCase === name))
    .map(({ target }) => general ?? at.userTarget ?? target)
  return {
    of: 'conversation',
    served: distinct(snapshot, [...narrower.map(({ modelId }) => modelId), ...served]),
    set: isOne ? general : null,
  }
}

/** The conversation's owner is the one it began with; a signed-in user never reaches another's. */
function ownConversation(
  known: ConversationRow | null,
  scope: Extract<SwitchScope, { readonly kind: 'conversation' }>,
  principal: Principal,
): SwitchScope & { readonly kind: 'conversation' } {
  if (principal.userId !== null && known !== null && known.userId !== principal.userId) {
    throw notYours(scope)
  }
  return { ...scope, userId: scope.userId ?? known?.userId ?? null }
}

export const notYours = ({ id }: { readonly id: ConversationId }): PointsmanError =>
  new PointsmanError('not_found', `There is no conversation ${id} of yours.`, { field: 'conversationId' })

/** A use case that a conversation is known with may be gone since: then the default's rules hold. */
const routeOfPin = (snapshot: CompiledSnapshot, scope: SwitchScope, useCase: string | null): CompiledRoute =>
  (useCase === null ? undefined : snapshot.useCases.get(useCase)) ?? requireRoute(snapshot, scope)

function requireRoute(snapshot: CompiledSnapshot, scope: SwitchScope): CompiledRoute {
  const route = routeOfScope(snapshot, scope)
  if (route !== null) return route
  const name = 'name' in scope ? scope.name : scope.kind
  throw new PointsmanError(
    'route_not_found',
    `Route not found: ${name}. GET /api/v1/use-cases and /api/v1/agents list those that exist.`,
  )
}
