import type { PointsmanError } from '@pointsman/contract'

import type { WrittenError } from '../dialect.ts'
import { encodeServerSentEvent } from '../framing/server-sent-events.ts'
import { failureEnvelope } from './quirk-envelope.ts'

const encoder = new TextEncoder()

/** The seeds' failure with our status, and how long to wait where that is known. */
export function writeError(error: PointsmanError): WrittenError {
  const { retryAfterMs } = error.details
  const wait =
    retryAfterMs === undefined ? [] : ['retry-after', String(Math.max(1, Math.ceil(retryAfterMs / 1_000)))]
  return {
    status: error.status,
    headers: ['content-type', 'application/json; charset=utf-8', ...wait],
    body: encoder.encode(JSON.stringify(failureEnvelope(error))),
  }
}

/** What ends a cut answer: no `done` event follows it. */
export function writeStreamError(error: PointsmanError): Uint8Array {
  return encodeServerSentEvent(JSON.stringify({ type: 'error', ...failureEnvelope(error) }), 'error')
}
