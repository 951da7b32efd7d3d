import {
  PointsmanError,
  type ConversationId,
  type ModelId,
  type Principal,
  type SwitchScope,
  type UserId,
  type WorkspaceId,
} from '@pointsman/contract'
import { routeOfScope, type CompiledModel, type CompiledRoute, type CompiledSnapshot } from '@pointsman/core'
import {
  everyUseCase,
  findConversation,
  usersWithTarget,
  type ConversationPin,
  type ConversationRow,
  type PinRow,
  type Queryable,
} from '@pointsman/registry'

/** A conversation's model in one use case, beside the one that it has for all of them. */
export interface NarrowerPin {
  readonly useCase: string
  readonly modelId: ModelId
}

/** What a scope has now. */
export interface Present {
  readonly scope: SwitchScope
  /** The route whose rules hold for it. */
  readonly route: CompiledRoute
  /** What it set for itself, at exactly its own level; null = it inherits. */
  readonly own: ModelId | null
  /** The switch that set it; null where nothing is set, or no switch did. */
  readonly setBy: string | null
  /** What serves it; null only where the catalogue lost the entry. */
  readonly served: CompiledModel | null
  /** What serves it where it sets nothing for itself. */
  readonly inherited: ModelId
  /** Of a conversation as a whole: what it has for single use cases, and loses by a switch. */
  readonly narrower: readonly NarrowerPin[]
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
  if (scope.kind === 'conversation') return presentConversation(database, snapshot, scope, principal)
  if (scope.kind === 'user') return presentUser(database, snapshot, scope)
  const route = requireRoute(snapshot, scope)
  const own = route.ownTarget
  const served = snapshot.models.get(route.target) ?? null
  const setBy = own === null ? null : route.switchId
  const inherited = snapshot.defaultRoute.target
  return { scope, route, own, setBy, served, inherited, narrower: [], every: null }
}

type OfKind<K extends SwitchScope['kind']> = Extract<SwitchScope, { readonly kind: K }>

async function presentUser(
  database: Queryable,
  snapshot: CompiledSnapshot,
  scope: OfKind<'user'>,
): Promise<Present> {
  const route = snapshot.defaultRoute
  const pin = await pinOfUser(database, scope.workspace, scope.id)
  const served = snapshot.models.get(pin?.modelId ?? route.target) ?? null
  const every = everyRouteOfUser(snapshot, pin?.modelId ?? null)
  return { scope, route, ...ownOf(pin), inherited: route.target, narrower: [], served, every }
}

async function presentConversation(
  database: Queryable,
  snapshot: CompiledSnapshot,
  asked: OfKind<'conversation'>,
  principal: Principal,
): Promise<Present> {
  const known = await findConversation(database, asked.workspace, asked.id)
  const scope = ownConversation(known, asked, principal)
  const useCase = scope.useCase ?? known?.useCase ?? null
  const route = routeOfPin(snapshot, scope, useCase)
  const userTarget = (await pinOfUser(database, scope.workspace, scope.userId))?.modelId ?? null
  const pins = known?.pins ?? []
  const general = pins.find((pin) => pin.useCase === everyUseCase)
  // The default's conversations are pinned under its name.
  const narrow = pins.find((pin) => pin.useCase === route.name)
  const above = userTarget ?? route.target
  const served = snapshot.models.get((narrow ?? general)?.modelId ?? above) ?? null
  if (scope.useCase !== null) {
    const inherited = general?.modelId ?? above
    return { scope, route, ...ownOf(narrow), inherited, narrower: [], served, every: null }
  }
  const begun = useCase === null ? null : route
  const every = everyRouteOfConversation(snapshot, pins, { route: begun, userTarget })
  const narrower = pins.filter((pin) => pin !== general)
  return { scope, route, ...ownOf(general), inherited: above, narrower, served, every }
}

const pinOfUser = async (
  database: Queryable,
  workspace: WorkspaceId,
  id: UserId | null,
): Promise<PinRow | undefined> =>
  id === null ? undefined : (await usersWithTarget(database, workspace, [id])).get(id)

const ownOf = (pin: PinRow | undefined): Pick<Present, 'own' | 'setBy'> => ({
  own: pin?.modelId ?? null,
  setBy: pin?.switchId ?? null,
})

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
  pins: readonly ConversationPin[],
  at: { readonly route: CompiledRoute | null; readonly userTarget: ModelId | null },
): EveryRoute {
  const general = pins.find(({ useCase }) => useCase === everyUseCase)?.modelId ?? null
  const narrower = pins.filter(({ useCase }) => useCase !== everyUseCase)
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
  scope: OfKind<'conversation'>,
  principal: Principal,
): OfKind<'conversation'> {
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
