import { PointsmanError, type ErrorCode } from '@pointsman/contract'
import type { Alarms } from '../alarms/alarms.ts'

const aboutTheTable: ReadonlySet<string> = new Set<ErrorCode>([
  'refused',
  'invalid_request',
  'invalid_json',
  'model_not_found',
])

/**
 * A table comes from a program of the operator's that nobody watches: that it was refused, and prices grow old, is told
 * by an alarm too, which stands until it is cleared.
 */
export async function alarmingPrices<Result>(
  alarms: Pick<Alarms, 'raise'>,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (thrown) {
    if (thrown instanceof PointsmanError && aboutTheTable.has(thrown.code)) {
      alarms.raise({
        kind: 'prices_refused',
        subject: 'prices',
        message: `A table of prices was refused whole, and the prices before it stay in force. ${thrown.message}`,
      })
    }
    throw thrown
  }
}
