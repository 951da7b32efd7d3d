import type { PointsmanError } from '@pointsman/contract'

import { encodeServerSentEvent } from '../framing/server-sent-events.ts'
import { codeOf, errorType, messageOf } from '../openai-chat/write-error.ts'

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

const decoder = new TextDecoder()
/** Never inside a string, where the quotes would be escaped. */
const numbers = /"sequence_number"\s*:\s*(\d{1,15})(?!\d)/g

/** The number that follows the last one sent: clients put events in order by it. */
function nextNumber(lastSent: Uint8Array | null): number {
  const last = lastSent === null ? undefined : [...decoder.decode(lastSent).matchAll(numbers)].at(-1)?.[1]
  return last === undefined ? 0 : Number(last) + 1
}

/** An error after the first byte, with the stream's next number. */
export function writeStreamError(error: PointsmanError, lastSent: Uint8Array | null = null): Uint8Array {
  const { status, details } = error
  return writeErrorEvent(
    {
      code: codeOf(error),
      type: errorType(status),
      message: messageOf(error),
      param: details.field ?? null,
    },
    nextNumber(lastSent),
  )
}
