import type { Model, Principal } from '@pointsman/contract'
import type { Verdict } from './verdict.ts'

export interface PermittedQuestion {
  readonly principal: Pick<Principal, 'routes' | 'models'>
  /** The route that the call goes to; null = a model was named outright. */
  readonly routeKey: string | null
  /** The id that was named or set, where a profile stands in for it. */
  readonly namedId: string
}

const verdict = (rule: string, reason: string): Verdict => ({ gate: 'permitted', rule, reason })

/** What cannot be counted cannot be limited. */
export const priceUnknown = (model: Pick<Model, 'id'>): Verdict =>
  verdict(
    'price-unknown',
    `this key's spend is limited, and what ${model.id} costs in this region is not known: add its price, or name a model that has one`,
  )

/**
 * Whether the caller's key allows the route and the model. A key limited to routes may not name a model
 * outright: it would pass by the route's residency and fallbacks. A list of models that names a base id
 * allows the profile that stands in for it.
 */
export function checkPermitted(model: Model, question: PermittedQuestion): Verdict | null {
  const { principal, routeKey, namedId } = question
  if (principal.routes !== null && (routeKey === null || !principal.routes.includes(routeKey))) {
    const allowed = principal.routes.length === 0 ? 'none' : principal.routes.join(', ')
    return routeKey === null
      ? verdict('route-required', `this key may not name a model; the routes it may call: ${allowed}`)
      : verdict(
          'route-not-permitted',
          `this key may not call ${routeKey}; the routes it may call: ${allowed}`,
        )
  }
  if (principal.models !== null) {
    const listed = principal.models.some((id) => id === model.id || id === namedId)
    if (!listed) {
      return verdict(
        'model-not-permitted',
        `${model.id} is none of the models that this key may call; GET /v1/models lists them`,
      )
    }
  }
  return null
}
