/** The HTTP status of each `type` of error; others are 400. */
const STATUS_BY_TYPE: ReadonlyMap<string, number> = new Map(
  Object.entries({
    invalid_request_error: 400,
    authentication_error: 401,
    permission_error: 403,
    not_found_error: 404,
    rate_limit_error: 429,
    insufficient_quota: 429,
    tokens: 429,
    requests: 429,
    server_error: 500,
    service_unavailable_error: 503,
  }),
)

const MESSAGE_BY_TYPE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    insufficient_quota:
      'You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.',
    server_error:
      'The server had an error while processing your request. Sorry about that! You can retry your request, or contact us through our help center at help.openai.com if the error persists.',
    service_unavailable_error: 'The engine is currently overloaded, please try again later.',
  }),
)

export interface OpenaiFailureDetails {
  readonly status?: number | undefined
  readonly param?: string | null
  readonly code?: string | null
}

/** A refusal in OpenAI's words: thrown while a request is read, sent by the face. `name` is the `type`. */
export class OpenaiFailure extends Error {
  readonly status: number
  readonly param: string | null
  readonly code: string | null

  constructor(type: string, message?: string, details: OpenaiFailureDetails = {}) {
    super(message ?? MESSAGE_BY_TYPE.get(type) ?? type)
    this.name = type
    this.status = details.status ?? STATUS_BY_TYPE.get(type) ?? 400
    this.param = details.param ?? null
    this.code = details.code ?? null
  }
}

/** The member `error` of a body, or of an event in a stream. */
export const failureMembers = ({ message, name, param, code }: OpenaiFailure) => ({
  message,
  type: name,
  param,
  code,
})

export const failureBody = (failure: OpenaiFailure): string =>
  `${JSON.stringify({ error: failureMembers(failure) }, null, 2)}\n`

export const invalid = (message: string, param: string | null, code: string | null = null): OpenaiFailure =>
  new OpenaiFailure('invalid_request_error', message, { param, code })

export const invalidValue = (message: string, param: string): OpenaiFailure =>
  invalid(message, param, 'invalid_value')
