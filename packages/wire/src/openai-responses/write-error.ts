import type { PointsmanError } from '@pointsman/contract'

import { encodeServerSentEvent } from '../framing/server-sent-events.ts'
import { errorType } from '../openai-chat/write-error.ts'

export { writeError } from '../openai-chat/write-error.ts'

export interface StreamFailure {
  readonly code: string
  readonly type: string
  readonly message: string
  readonly param: string | null
}

/**
 * An error event, told twice: flat, as the API's reference has it, and under `error`, as its server sends it and as the
 * official clients throw on (recorded in anomalyco/opencode issue 25884, 2026-05).
 */
export function writeErrorEvent(failure: StreamFailure, sequenceNumber: number): Uint8Array {
  const { code, message, param } = failure
  const data = { type: 'error', code, message, param, sequence_number: sequenceNumber, error: failure }
  return encodeServerSentEvent(JSON.stringify(data), 'error')
}

/** Where the stream stands is not known here; clients that order events by number treat an error as the end anyway. */
const unknownPlace = 0

export function writeStreamError(error: PointsmanError): Uint8Array {
  const { code, message, status, details } = error
  return writeErrorEvent(
    { code, type: errorType(status), message, param: details.field ?? null },
    unknownPlace,
  )
}
