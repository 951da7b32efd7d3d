import { PointsmanError } from '@pointsman/contract'
import { nearestNames, type CompiledModel, type CompiledSnapshot } from '@pointsman/core'

/** The entry, or 404 in the seeds' words with the nearest ids. */
export function requireModel(snapshot: CompiledSnapshot, id: string): CompiledModel {
  const model = snapshot.models.get(id)
  if (model !== undefined) return model
  throw unknownName('model_not_found', 'Model', id, snapshot.models.keys())
}

/** Where the name stood that the caller wrote. */
export const inField = ({ code, message, details }: PointsmanError, field: string): PointsmanError =>
  new PointsmanError(code, message, { ...details, field })

/** 404 with the nearest of the names that exist. `what` begins the message: `Use case not found: clinicl`. */
export function unknownName(
  code: 'model_not_found' | 'route_not_found' | 'not_found',
  what: string,
  written: string,
  names: Iterable<string>,
): PointsmanError {
  const suggestions = nearestNames(written, names)
  const next = suggestions.length === 0 ? '' : `. Nearest: ${suggestions.join(', ')}`
  return new PointsmanError(code, `${what} not found: ${written.slice(0, 200)}${next}`, { suggestions })
}
