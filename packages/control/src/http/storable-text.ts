import { isStorable, PointsmanError } from '@pointsman/contract'

/** What is not kept as it was sent would no longer be found by it. Throws PointsmanError `invalid_request`. */
export function requireStorable(field: string, text: string): void {
  if (isStorable(text)) return
  throw new PointsmanError(
    'invalid_request',
    `"${field}" has a character that cannot be stored: a NUL, or half of a surrogate pair.`,
    { field },
  )
}
