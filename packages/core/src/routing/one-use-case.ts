import { PointsmanError } from '@pointsman/contract'
import type { CompiledRoute, CompiledSnapshot } from '../compile/compiled-snapshot.ts'
import type { RoutingCall } from './routing-call.ts'

/**
 * A body that names its use case in several ways names one: whichever went first, somebody would be served by a route
 * that they did not mean. Headers have an order instead, because whoever stands between may add one. A name that is
 * unknown is not judged here. Throws `invalid_request` with both fields as they were written.
 */
export function requireOneUseCase(snapshot: CompiledSnapshot, call: RoutingCall): void {
  const { writtenAs } = call
  if (writtenAs === undefined) return
  let first: { readonly field: string; readonly route: CompiledRoute } | null = null
  for (const name of ['useCase', 'role', 'assistantType'] as const) {
    const [field, written] = [writtenAs[name], call[name] ?? '']
    const route = (name === 'role' ? snapshot.roles : snapshot.useCases).get(written)
    if (field === undefined || route === undefined) continue
    if (first !== null && first.route.key !== route.key) {
      throw new PointsmanError(
        'invalid_request',
        `\`${first.field}\` names the use case ${first.route.name}, but \`${field}\` names ${route.name}. Send one of them.`,
        { field },
      )
    }
    first ??= { field, route }
  }
}
