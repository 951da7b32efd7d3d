import { PointsmanError } from '@pointsman/contract'

/** Bytes pass only between a face and a provider of the same form, and no provider has this one. */
export function passRequest(): never {
  throw new PointsmanError('internal', 'No provider takes a native chat request as it is.')
}
