/*
 * The vendor's error types with their statuses: platform.claude.com, "Errors" (read November 2026). A type that a script
 * invents goes out as it is, with status 400 unless the script says another.
 */
const STATUS_BY_TYPE: ReadonlyMap<string, number> = new Map(
  Object.entries({
    invalid_request_error: 400,
    authentication_error: 401,
    billing_error: 402,
    permission_error: 403,
    not_found_error: 404,
    conflict_error: 409,
    request_too_large: 413,
    rate_limit_error: 429,
    api_error: 500,
    timeout_error: 504,
    overloaded_error: 529,
  }),
)

/** What the vendor says with an error, where a script gives no message. */
const MESSAGE_BY_TYPE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    invalid_request_error: 'Invalid request',
    authentication_error: 'invalid x-api-key',
    billing_error:
      'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
    permission_error: 'Your API key does not have permission to use the specified resource.',
    not_found_error: 'Not found',
    request_too_large: 'Request exceeds the maximum size',
    rate_limit_error: "This request would exceed your organization's rate limit of requests per minute.",
    api_error: 'Internal server error',
    timeout_error: 'Request timed out',
    overloaded_error: 'Overloaded',
  }),
)

/** A refusal in the vendor's words: thrown while a request is read, sent by the face. */
export class AnthropicFailure extends Error {
  readonly status: number

  /** `name` is the error's type; message and status default to what the vendor says and sends under it. */
  constructor(name: string, message?: string, status?: number) {
    super(message ?? failureMessage(name))
    this.name = name
    this.status = status ?? STATUS_BY_TYPE.get(name) ?? 400
  }
}

/** The usual words of an error; its type itself where none are known. */
export function failureMessage(type: string): string {
  return MESSAGE_BY_TYPE.get(type) ?? type
}

/** The JSON of an error, as a body and as the data of an `error` event alike. */
export function failureBody(type: string, message: string, requestId: string): string {
  return JSON.stringify({ type: 'error', error: { type, message }, request_id: requestId })
}

export function invalid(message: string): AnthropicFailure {
  return new AnthropicFailure('invalid_request_error', message)
}
