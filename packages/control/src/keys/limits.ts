import { PointsmanError, type Principal } from '@pointsman/contract'

/** Changes that reach every route and model are not for a key that is limited to some. Throws PointsmanError `forbidden`. */
export function requireUnlimited(principal: Principal): void {
  if (principal.routes === null && principal.models === null) return
  throw new PointsmanError(
    'forbidden',
    'This key is limited to some routes or models, and this change reaches beyond them. Use a key without limits.',
  )
}
