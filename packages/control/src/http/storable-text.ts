import { PointsmanError } from '@pointsman/contract'

/**
 * PostgreSQL keeps no NUL, and half a surrogate pair would be stored as another text than the one that was sent: an id
 * would no longer be found. Throws PointsmanError `invalid_request`.
 */
export function requireStorable(field: string, text: string): void {
  if (!text.includes('\u0000') && text.isWellFormed()) return
  throw new PointsmanError(
    'invalid_request',
    `"${field}" has a character that cannot be stored: a NUL, or half of a surrogate pair.`,
    { field },
  )
}
