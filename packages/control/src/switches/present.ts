import { PointsmanError, type ModelId, type Principal, type SwitchScope } from '@pointsman/contract'
import { routeOfScope, type CompiledModel, type CompiledRoute, type CompiledSnapshot } from '@pointsman/core'
import { findConversation, findPins, type Queryable } from '@pointsman/registry'

/** What a scope has now. */
export interface Present {
  readonly scope: SwitchScope
  /** The route whose rules hold for it. */
  readonly route: CompiledRoute
  /** What it set for itself; null = it inherits. */
  readonly own: ModelId | null
  /** What serves it; null only where the catalogue lost the entry. */
  readonly served: CompiledModel | null
  /** What serves it where it sets nothing for itself. */
  readonly inherited: ModelId
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
  return { scope, route, own, served, inherited: snapshot.defaultRoute.target }
}

async function presentPin(
  database: Queryable,
  snapshot: CompiledSnapshot,
  asked: Extract<SwitchScope, { readonly kind: 'conversation' | 'user' }>,
  principal: Principal,
): Promise<Present> {
  const scope = asked.kind === 'conversation' ? await ownConversation(database, asked, principal) : asked
  const route = routeOfPin(snapshot, scope, await knownUseCase(database, scope))
  const pins = await findPins(database, {
    workspace: scope.workspace,
    conversationId: scope.kind === 'conversation' ? scope.id : null,
    userId: scope.kind === 'user' ? scope.id : scope.userId,
    // The default's conversations are pinned under its name.
    useCase: route.name,
  })
  const own = (scope.kind === 'conversation' ? pins.conversation : pins.user)?.modelId ?? null
  const inherited = scope.kind === 'user' ? route.target : (pins.user?.modelId ?? route.target)
  return { scope, route, own, served: snapshot.models.get(own ?? inherited) ?? null, inherited }
}

/** The conversation's owner is the one it began with; a signed-in user never reaches another's. */
async function ownConversation(
  database: Queryable,
  scope: Extract<SwitchScope, { readonly kind: 'conversation' }>,
  principal: Principal,
): Promise<SwitchScope & { readonly kind: 'conversation' }> {
  const known = await findConversation(database, scope.workspace, scope.id)
  if (principal.userId !== null && known !== null && known.userId !== principal.userId) {
    throw new PointsmanError('not_found', `There is no conversation ${scope.id} of yours.`, {
      field: 'conversationId',
    })
  }
  return { ...scope, userId: scope.userId ?? known?.userId ?? null }
}

async function knownUseCase(
  database: Queryable,
  scope: Extract<SwitchScope, { readonly kind: 'conversation' | 'user' }>,
): Promise<string | null> {
  if (scope.kind === 'user') return null
  return scope.useCase ?? (await findConversation(database, scope.workspace, scope.id))?.useCase ?? null
}

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
