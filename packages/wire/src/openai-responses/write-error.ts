import type { JsonObject, PointsmanError } from '@pointsman/contract'

import type { BrokenStream, NamedAnswer } from '../dialect.ts'
import { encodeServerSentEvent } from '../framing/server-sent-events.ts'
import { joinPieces } from '../join-pieces.ts'
import { codeOf, errorType, messageOf } from '../openai-chat/write-error.ts'
import { begun, nameOf, responseObject, toldDefaults } from './quirk-response.ts'

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

/**
 * What follows an error event, as the API's server sends both: Codex passes over `error`, and reads here alone why an answer
 * failed and whether its conversation is too long (openai/codex, codex-api/src/sse/responses.rs, 2026-11).
 */
export function writeFailedEvent(
  { code, message }: Pick<StreamFailure, 'code' | 'message'>,
  answer: NamedAnswer,
  sequenceNumber: number,
  echo: JsonObject = toldDefaults,
): Uint8Array {
  const response = responseObject(answer, echo, { ...begun, status: 'failed', error: { code, message } })
  const data = { type: 'response.failed', response, sequence_number: sequenceNumber }
  return encodeServerSentEvent(JSON.stringify(data), data.type)
}

const decoder = new TextDecoder()
/** Never inside a string, where the quotes would be escaped. */
const numbers = /"sequence_number"\s*:\s*(\d{1,15})(?!\d)/g

/** The number that follows the last one sent: clients put events in order by it. */
function nextNumber(lastSent: Uint8Array | null): number {
  const last = lastSent === null ? undefined : [...decoder.decode(lastSent).matchAll(numbers)].at(-1)?.[1]
  return last === undefined ? 0 : Number(last) + 1
}

/** An error after the first byte, with the stream's next numbers. */
export function writeStreamError(error: PointsmanError, broken?: BrokenStream): Uint8Array {
  const { status, details } = error
  const number = nextNumber(broken?.lastSent ?? null)
  const failure = {
    code: codeOf(error),
    type: errorType(status),
    message: messageOf(error),
    param: details.field ?? null,
  }
  const event = writeErrorEvent(failure, number)
  if (broken === undefined) return event
  const answer = broken.named ?? nameOf(broken.about)
  return joinPieces([event, writeFailedEvent(failure, answer, number + 1)]) ?? event
}
