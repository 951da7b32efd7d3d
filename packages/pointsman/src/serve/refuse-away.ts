import { errorTable, type PointsmanError } from '@pointsman/contract'
import type { Exchange } from '@pointsman/gateway'
import { refuseConsolePage } from './console-away.ts'

const encoder = new TextEncoder()
const retryAfterSeconds = 2

/** Refuses what only the control plane could answer, in the form of whoever asks. */
export function refuseAway(exchange: Exchange, { code, message }: PointsmanError): Promise<void> {
  const { client, path } = exchange
  if (errorTable[code].status === 503 && refuseConsolePage(exchange, message)) return Promise.resolve()
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
