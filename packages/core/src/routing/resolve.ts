import { PointsmanError, type ErrorCode } from '@pointsman/contract'
import type { CompiledRoute, CompiledSnapshot } from '../compile/compiled-snapshot.ts'
import { regionOfArn } from './arn-form.ts'
import { namedByArn } from './arn.ts'
import { nearestNames } from './nearest-names.ts'
import { requireOneUseCase } from './one-use-case.ts'
import type { Resolution, RoutingCall } from './routing-call.ts'

const shownLength = 200

interface Unknown {
  readonly code: ErrorCode & ('model_not_found' | 'route_not_found')
  /** `Model`, `Use case`, …: what was looked for. */
  readonly what: string
  readonly written: string
  readonly field: string
  readonly listedBy?: string | undefined
}

/** 404 with the nearest names; what the caller wrote is cut, so that an error cannot carry a whole prompt back. */
export function unknownName(unknown: Unknown, names: Iterable<string>): PointsmanError {
  const { code, what, written, field, listedBy = 'GET /v1/models' } = unknown
  const suggestions = nearestNames(written, names)
  const shown = written.length > shownLength ? `${written.slice(0, shownLength)}…` : written
  const next =
    suggestions.length === 0
      ? `List the names that exist with ${listedBy}.`
      : `Nearest: ${suggestions.join(', ')}.`
  return new PointsmanError(code, `${what} not found: ${shown}. ${next}`, { field, suggestions })
}

interface HeaderRoute {
  readonly route: CompiledRoute
  readonly reason: 'agent' | 'use-case' | 'role'
}

function lookUp(
  index: ReadonlyMap<string, CompiledRoute>,
  written: string | null | undefined,
  what: Pick<Unknown, 'what' | 'field'>,
): CompiledRoute | null {
  if (written === null || written === undefined || written === '') return null
  const route = index.get(written)
  if (route === undefined) throw unknownName({ code: 'route_not_found', written, ...what }, index.keys())
  return route
}

/** The route of the headers: agent, else use case, else role, else assistant. A later one is not looked at. */
function headerRoute(snapshot: CompiledSnapshot, call: RoutingCall): HeaderRoute | null {
  const { writtenAs = {} } = call
  const agent = lookUp(snapshot.agents, call.agent, {
    what: 'Agent',
    field: writtenAs.agent ?? 'x-pointsman-agent',
  })
  if (agent !== null) return { route: agent, reason: 'agent' }
  const useCase = lookUp(snapshot.useCases, call.useCase, {
    what: 'Use case',
    field: writtenAs.useCase ?? 'x-pointsman-use-case',
  })
  if (useCase !== null) return { route: useCase, reason: 'use-case' }
  const role = lookUp(snapshot.roles, call.role, {
    what: 'Role',
    field: writtenAs.role ?? 'x-pointsman-role',
  })
  if (role !== null) return { route: role, reason: 'role' }
  const assistant = lookUp(snapshot.useCases, call.assistantType, {
    what: 'Use case',
    field: writtenAs.assistantType ?? 'assistantType',
  })
  return assistant === null ? null : { route: assistant, reason: 'use-case' }
}

const routePrefix = /^(use-case|agent|role)\//

function unknownRequested(
  snapshot: CompiledSnapshot,
  { namesListedBy, requested }: RoutingCall,
): PointsmanError {
  const isRoute = routePrefix.test(requested)
  return unknownName(
    {
      code: isRoute ? 'route_not_found' : 'model_not_found',
      what: isRoute ? 'Route' : 'Model',
      written: requested,
      field: 'model',
      listedBy: namesListedBy,
    },
    snapshot.names.keys(),
  )
}

/** An agent's stands under its key, which no use case can have as its name: names hold no `/`. */
function pinNameOf(call: RoutingCall, route: CompiledRoute): string | null {
  if (!call.hasConversation) return null
  if (route.kind !== 'agent') return route.name
  return call.pinsAgent === true ? route.key : null
}

/**
 * Finds what a call names: a model, or a route and whether pins are to be asked for it. Throws PointsmanError
 * `model_not_found` or `route_not_found` with the nearest names, and `invalid_request` where a body names two use cases. Headers count where the name leaves the route
 * open (`default`), and tell whose rules hold where a model is named outright. The default's conversations
 * are pinned under the name `default`, which no use case may have.
 */
export function resolve(snapshot: CompiledSnapshot, call: RoutingCall): Resolution {
  const { requested } = call
  requireOneUseCase(snapshot, call)
  const named = snapshot.names.get(requested) ?? namedByArn(snapshot, requested)
  if (named === null) throw unknownRequested(snapshot, call)
  const region = regionOfArn(requested)
  if (named.kind === 'model') {
    return {
      kind: 'model',
      requested,
      region,
      model: named.model,
      reason: named.viaAlias ? 'alias' : 'explicit',
      rules: headerRoute(snapshot, call)?.route ?? snapshot.defaultRoute,
      pinUseCase: null,
      asksUser: false,
    }
  }
  const byHeader = named.by === 'default' ? headerRoute(snapshot, call) : null
  const route = byHeader?.route ?? named.route
  return {
    kind: 'route',
    requested,
    region,
    route,
    reason: byHeader?.reason ?? named.by,
    pinUseCase: pinNameOf(call, route),
    asksUser: true,
  }
}
