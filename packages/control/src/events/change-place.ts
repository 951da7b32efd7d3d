import { PointsmanError } from '@pointsman/contract'
import type { ChangePlace } from '@pointsman/registry'

/** A place as the id of an event: `42-42-17-1764105600000`. */
export const placeText = ({ recorded, settled, switches, atMs }: ChangePlace): string =>
  `${recorded}-${settled}-${switches}-${atMs}`

/** Throws PointsmanError `invalid_request` for what no event of ours was called. */
export function readPlace(text: string): ChangePlace {
  const [recorded, settled, switches, atMs] = /^\d{1,15}(?:-\d{1,15}){3}$/.test(text)
    ? text.split('-').map(Number)
    : []
  if (recorded === undefined || settled === undefined || switches === undefined || atMs === undefined) {
    throw new PointsmanError('invalid_request', '"Last-Event-ID" is not the id of an event of this stream.', {
      field: 'Last-Event-ID',
    })
  }
  return { recorded, settled, switches, atMs }
}
