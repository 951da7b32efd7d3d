import type { JsonObject, PointsmanError } from '@pointsman/contract'

import type { WrittenError } from '../dialect.ts'
import { messageIn, type TooLongWords } from '../too-long.ts'
import { encodeEvent } from './quirk-line-ends.ts'

const encoder = new TextEncoder()

/** Google's word for each status (google.rpc.Code and its HTTP mapping, googleapis/googleapis, 2026-11). */
const words: ReadonlyMap<number, string> = new Map([
  [400, 'INVALID_ARGUMENT'],
  [401, 'UNAUTHENTICATED'],
  [403, 'PERMISSION_DENIED'],
  [404, 'NOT_FOUND'],
  [408, 'DEADLINE_EXCEEDED'],
  [409, 'ABORTED'],
  [412, 'FAILED_PRECONDITION'],
  [429, 'RESOURCE_EXHAUSTED'],
  [499, 'CANCELLED'],
  [500, 'INTERNAL'],
  [501, 'UNIMPLEMENTED'],
  [502, 'UNAVAILABLE'],
  [503, 'UNAVAILABLE'],
  [504, 'DEADLINE_EXCEEDED'],
])

const wordOf = (status: number): string =>
  words.get(status) ?? (status >= 500 ? 'UNKNOWN' : 'INVALID_ARGUMENT')

export interface ErrorBody {
  readonly code: number
  readonly status: string
  readonly message: string
  readonly details: readonly JsonObject[]
}

export const writeErrorBody = ({ code, status, message, details }: ErrorBody): string =>
  JSON.stringify({ error: { code, message, status, ...(details.length === 0 ? {} : { details }) } })

const detail = (name: string, members: JsonObject): JsonObject => ({
  '@type': `type.googleapis.com/google.rpc.${name}`,
  ...members,
})

/** Our own code stands where Google names its reason; the field and the wait have details of their own. */
function detailsOf(error: PointsmanError): readonly JsonObject[] {
  const { field, retryAfterMs } = error.details
  const violation = { field: field ?? '', description: error.message }
  return [
    detail('ErrorInfo', { reason: error.code.toUpperCase(), domain: 'pointsman' }),
    ...(field === undefined ? [] : [detail('BadRequest', { fieldViolations: [violation] })]),
    ...(retryAfterMs === undefined
      ? []
      : [detail('RetryInfo', { retryDelay: `${Math.ceil(retryAfterMs) / 1_000}s` })]),
  ]
}

const tooLong: TooLongWords = {
  lookedFor: /exceeds the maximum number of tokens allowed/i,
  said: 'The input token count exceeds the maximum number of tokens allowed',
}

const bodyOf = (error: PointsmanError): string =>
  writeErrorBody({
    code: error.status,
    status: wordOf(error.status),
    message: messageIn(tooLong, error),
    details: detailsOf(error),
  })

/** `{"error":{code,message,status,details}}`. Google has no header for the id of a request, so none is written. */
export function writeError(error: PointsmanError): WrittenError {
  const { retryAfterMs } = error.details
  const wait =
    retryAfterMs === undefined ? [] : ['retry-after', String(Math.max(1, Math.ceil(retryAfterMs / 1_000)))]
  return {
    status: error.status,
    headers: ['content-type', 'application/json; charset=UTF-8', ...wait],
    body: encoder.encode(bodyOf(error)),
  }
}

/** An event that holds the error; the official SDKs throw on it. */
export function writeStreamError(error: PointsmanError): Uint8Array {
  return encodeEvent(bodyOf(error))
}
