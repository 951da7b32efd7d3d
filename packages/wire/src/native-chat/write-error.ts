import type { PointsmanError } from '@pointsman/contract'

import type { WrittenError } from '../dialect.ts'
import { encodeServerSentEvent } from '../framing/server-sent-events.ts'
import { failureEnvelope } from './quirk-envelope.ts'

const encoder = new TextEncoder()

/** The seeds' failure with our status. */
export function writeError(error: PointsmanError): WrittenError {
  return {
    status: error.status,
    headers: ['content-type', 'application/json; charset=utf-8'],
    body: encoder.encode(JSON.stringify(failureEnvelope(error))),
  }
}

/** What ends a cut answer: no `done` event follows it. */
export function writeStreamError(error: PointsmanError): Uint8Array {
  return encodeServerSentEvent(JSON.stringify({ type: 'error', ...failureEnvelope(error) }), 'error')
}
