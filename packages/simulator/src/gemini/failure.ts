import type { JsonObject } from '../json.ts'

/** The HTTP status of each canonical status of google.rpc.Code. Others are 400. */
const CODE_BY_STATUS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ABORTED: 409,
    ALREADY_EXISTS: 409,
    CANCELLED: 499,
    DATA_LOSS: 500,
    DEADLINE_EXCEEDED: 504,
    FAILED_PRECONDITION: 400,
    INTERNAL: 500,
    INVALID_ARGUMENT: 400,
    NOT_FOUND: 404,
    OUT_OF_RANGE: 400,
    PERMISSION_DENIED: 403,
    RESOURCE_EXHAUSTED: 429,
    UNAUTHENTICATED: 401,
    UNAVAILABLE: 503,
    UNIMPLEMENTED: 501,
    UNKNOWN: 500,
  }),
)

/** What the Gemini API says with a status, where a script gives no message. */
const MESSAGE_BY_STATUS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    CANCELLED: 'The operation was cancelled.',
    DEADLINE_EXCEEDED: 'Deadline expired before operation could complete.',
    FAILED_PRECONDITION: 'User location is not supported for the API use.',
    INTERNAL:
      'An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting',
    INVALID_ARGUMENT: 'Request contains an invalid argument.',
    NOT_FOUND: 'Requested entity was not found.',
    PERMISSION_DENIED: 'The caller does not have permission',
    RESOURCE_EXHAUSTED: 'Resource has been exhausted (e.g. check quota).',
    UNAUTHENTICATED:
      'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
    UNAVAILABLE: 'The model is overloaded. Please try again later.',
    UNIMPLEMENTED: 'Operation is not implemented, or supported, or enabled.',
  }),
)

/** A refusal in the Gemini API's words: thrown while a request is read, sent by the face. `name` is the status. */
export class GeminiFailure extends Error {
  readonly code: number
  /** Of google.rpc: BadRequest, ErrorInfo, RetryInfo, …; left out of the body when there are none. */
  readonly details: readonly JsonObject[]

  /** Message and code default to what the API says and sends under this status. */
  constructor(
    status: string,
    message?: string,
    more: { readonly code?: number; readonly details?: readonly JsonObject[] } = {},
  ) {
    super(message ?? failureMessage(status))
    this.name = status
    this.code = more.code ?? codeOf(status)
    this.details = more.details ?? []
  }
}

/** The HTTP status that goes with a canonical status. */
export function codeOf(status: string): number {
  return CODE_BY_STATUS.get(status) ?? 400
}

/** The usual words of a status; the name itself where none are known. */
export function failureMessage(status: string): string {
  return MESSAGE_BY_STATUS.get(status) ?? status
}

/** The JSON of an error, indented as the API sends it. */
export function failureBody(failure: GeminiFailure): string {
  return `${JSON.stringify({ error: failureMembers(failure) }, null, 2)}\n`
}

/** The member `error` of a body, or of a piece of a stream. */
export function failureMembers(failure: GeminiFailure): JsonObject {
  const { code, message, name, details } = failure
  return { code, message, status: name, ...(details.length === 0 ? {} : { details }) }
}

export function invalid(message: string): GeminiFailure {
  return new GeminiFailure('INVALID_ARGUMENT', message)
}

/** One thing wrong with a message's fields, where they break a rule that the JSON itself keeps. */
export interface FieldProblem {
  /** As the API writes it: `contents[0].parts`. */
  readonly where: string
  readonly problem: string
}

const MOST_PROBLEMS = 100

/** The refusal of a message whose fields break a rule: a line for each, as in `* GenerateContentRequest.contents: …`. */
export function invalidFields(message: string, problems: readonly FieldProblem[]): GeminiFailure {
  const told = problems.slice(0, MOST_PROBLEMS)
  return invalid(told.map(({ where, problem }) => `* ${message}.${where}: ${problem}\n`).join(''))
}

/** How long a caller is asked to wait, as google.rpc.RetryInfo writes it. */
export function retryInfo(seconds: number): JsonObject {
  return { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${seconds}s` }
}
