import { errorTable, type PointsmanError } from '@pointsman/contract'
import type { Exchange } from '@pointsman/gateway'

const encoder = new TextEncoder()
const retryAfterSeconds = 2

/** Refuses what only the control plane could answer, in the form of whoever asks. */
export function refuseAway({ client, path }: Exchange, { code, message }: PointsmanError): Promise<void> {
  const error = { code, message }
  const compatible = path.startsWith('/functions/')
  client.head(errorTable[code].status, [
    'content-type',
    'application/json; charset=utf-8',
    'retry-after',
    String(retryAfterSeconds),
  ])
  client.end(encoder.encode(JSON.stringify(compatible ? { success: false, error } : { error })))
  return Promise.resolve()
}
