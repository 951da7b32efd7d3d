import {
  noNeeds,
  PointsmanError,
  type ConversationId,
  type Principal,
  type SwitchScope,
  type UserId,
} from '@pointsman/contract'
import { resolve, type CompiledRoute, type CompiledSnapshot } from '@pointsman/core'

/** What a caller names; the narrowest one is switched. Absent and null mean the same. */
export interface ScopeInput {
  readonly conversationId?: ConversationId | null | undefined
  readonly userId?: UserId | null | undefined
  readonly agent?: string | null | undefined
  readonly useCase?: string | null | undefined
  readonly role?: string | null | undefined
  readonly assistantType?: string | null | undefined
}

/**
 * The scope that a request names: conversation, else user, else agent, else use case (role and assistant type name
 * one), else the default. A signed-in user reaches only conversations, and as itself whatever user id was sent.
 * Throws PointsmanError `route_not_found` with the nearest names, `invalid_request`, `forbidden`.
 */
export function scopeOf(input: ScopeInput, snapshot: CompiledSnapshot, principal: Principal): SwitchScope {
  const scope = namedScope(input, snapshot, principal)
  requireOwnScope(scope, principal)
  return scope
}

/** Throws PointsmanError `forbidden` where somebody who may not switch what is everybody's reaches beyond an own conversation. */
export function requireOwnScope(scope: SwitchScope, { scopes, userId }: Principal): void {
  if (scopes.includes('switch') || scopes.includes('admin')) return
  if (scope.kind === 'conversation' && userId !== null && scope.userId === userId) return
  throw new PointsmanError(
    'forbidden',
    'A signed-in user may switch its own conversations only: name one in "conversationId".',
    { field: 'conversationId' },
  )
}

function namedScope(input: ScopeInput, snapshot: CompiledSnapshot, principal: Principal): SwitchScope {
  const { workspace } = principal
  const userId = principal.userId ?? input.userId ?? null
  const useCase = useCaseOf(input, snapshot)
  const agent = input.agent == null ? null : routeNamed(snapshot, 'agent', input.agent)
  if (input.conversationId != null) {
    return {
      kind: 'conversation',
      workspace,
      id: input.conversationId,
      userId,
      useCase: useCase?.name ?? null,
    }
  }
  if (userId !== null) return { kind: 'user', workspace, id: userId }
  if (agent !== null) return { kind: 'agent', name: agent.name }
  return useCase === null ? { kind: 'global' } : { kind: 'use-case', name: useCase.name }
}

/** The use case that use case, role or assistant type name; null = none is given. They may not contradict each other. */
export function useCaseOf(input: ScopeInput, snapshot: CompiledSnapshot): CompiledRoute | null {
  let found: CompiledRoute | null = null
  for (const field of ['useCase', 'role', 'assistantType'] as const) {
    const name = input[field]
    if (name == null) continue
    const route = routeNamed(snapshot, field, name)
    if (found !== null && found.key !== route.key) {
      throw new PointsmanError(
        'invalid_request',
        `"${field}" names the use case ${route.name}, but another field names ${found.name}. Send one of them.`,
        { field },
      )
    }
    found = route
  }
  return found
}

/** One look-up by core's own rules, so that the control plane knows a name exactly where the data plane does. */
function routeNamed(
  snapshot: CompiledSnapshot,
  field: 'agent' | 'useCase' | 'role' | 'assistantType',
  name: string,
): CompiledRoute {
  const call = { requested: 'default', hasConversation: false, needs: noNeeds, [field]: name }
  try {
    const resolution = resolve(snapshot, call)
    if (resolution.kind === 'route' && resolution.route.kind !== 'default') return resolution.route
  } catch (error) {
    if (!(error instanceof PointsmanError)) throw error
    throw new PointsmanError(error.code, error.message, { ...error.details, field })
  }
  throw new PointsmanError('route_not_found', `"${field}" is empty. Name one, or leave it out.`, { field })
}

/** A conversation's or a user's target: it stands in the pin store, and no route has it. */
export const isPinned = ({ kind }: SwitchScope): boolean => kind === 'conversation' || kind === 'user'

/** How people write a scope: `use-case/clinical`, `default`, `conversation/conv-123`. */
export function scopeText(scope: SwitchScope): string {
  switch (scope.kind) {
    case 'global':
      return 'default'
    case 'agent':
    case 'use-case':
      return `${scope.kind}/${scope.name}`
    case 'conversation':
    case 'user':
      return `${scope.kind}/${scope.id}`
    default:
      return scope satisfies never
  }
}
