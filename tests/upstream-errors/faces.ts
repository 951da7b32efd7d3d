import { expect } from 'vitest'
import type { ErrorCode } from '@pointsman/contract'

/** What a caller was told. */
export interface Told {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

/** What a face's error must say. */
export interface Saying {
  readonly status: number
  readonly code: ErrorCode
  /** The word by which the vendor itself named it; null where it gave none. */
  readonly vendorName: string | null
}

/** One of the client APIs, as a client writes to it and as its errors look. */
export interface Face {
  readonly name: string
  path(model: string, stream: boolean): string
  body(model: string, stream: boolean): object
  readonly headers?: { readonly [name: string]: string }
  /** Checks the form; answers the text for people. */
  formOf(told: Told, saying: Saying): string
}

const messages = [{ role: 'user', content: 'Hello' }]
const text = expect.any(String) as unknown
const passedOn: ReadonlySet<ErrorCode> = new Set(['upstream_rejected', 'upstream_content_policy'])

const openaiTypes: { readonly [status: number]: string } = {
  400: 'invalid_request_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'invalid_request_error',
  422: 'invalid_request_error',
  429: 'rate_limit_error',
  502: 'server_error',
  503: 'server_error',
}

/** Whichever vendor's: OpenAI's clients know it by the code alone. */
const tooLong =
  /: prompt is too long|: input is too long for|exceed context limit|exceeds the maximum number of tokens allowed/i

/** `{"error":{message,type,param,code}}`: our code, or OpenAI's own word of the request (`context_length_exceeded`). */
function openaiForm({ status, headers, body }: Told, { code, vendorName }: Saying): string {
  const ofRequest = passedOn.has(code) && /^[a-z]+(_[a-z]+)+$/.test(vendorName ?? '')
  const named = ofRequest && vendorName?.endsWith('_error') === false ? vendorName : code
  const { message } = (body as { error: { message: string } }).error
  const said = code === 'upstream_rejected' && tooLong.test(message) ? 'context_length_exceeded' : named
  expect(body).toEqual({ error: { message: text, type: openaiTypes[status], param: null, code: said } })
  expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  return message
}

const anthropicTypes: { readonly [status: number]: string } = {
  400: 'invalid_request_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  422: 'invalid_request_error',
  429: 'rate_limit_error',
  502: 'api_error',
  503: 'overloaded_error',
}

function anthropicForm({ status, headers, body }: Told): string {
  const error = { type: anthropicTypes[status], message: text }
  expect(body).toEqual({ type: 'error', error, request_id: text })
  expect(headers.get('request-id')).toBe((body as { request_id: string }).request_id)
  return (body as { error: { message: string } }).error.message
}

const bedrockNames: { readonly [Code in ErrorCode]?: string } = {
  upstream_throttled: 'ThrottlingException',
  upstream_overloaded: 'ServiceUnavailableException',
  upstream_error: 'InternalServerException',
  upstream_model_unavailable: 'ModelErrorException',
  upstream_broken: 'ModelErrorException',
  provider_auth: 'InternalServerException',
  upstream_rejected: 'ValidationException',
  upstream_content_policy: 'ValidationException',
}

function bedrockForm({ headers, body }: Told, { code, vendorName }: Saying): string {
  expect(body).toEqual({ message: text })
  const name = vendorName === 'ConflictException' ? vendorName : bedrockNames[code]
  expect(headers.get('x-amzn-errortype')).toBe(name)
  expect(headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/)
  return (body as { message: string }).message
}

const geminiWords: { readonly [status: number]: string } = {
  400: 'INVALID_ARGUMENT',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  413: 'INVALID_ARGUMENT',
  422: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
}

function geminiForm({ status, body }: Told, { code }: Saying): string {
  const details = expect.arrayContaining([
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: code.toUpperCase(),
      domain: 'pointsman',
    },
  ]) as unknown
  expect(body).toEqual({ error: { code: status, message: text, status: geminiWords[status], details } })
  return (body as { error: { message: string } }).error.message
}

const bedrockPath = (model: string, verb: string): string => `/model/${encodeURIComponent(model)}/${verb}`

export const faces: readonly Face[] = [
  {
    name: 'openai chat',
    path: () => '/v1/chat/completions',
    body: (model, stream) => ({ model, messages, stream }),
    formOf: openaiForm,
  },
  {
    name: 'openai responses',
    path: () => '/v1/responses',
    body: (model, stream) => ({ model, input: 'Hello', stream }),
    formOf: openaiForm,
  },
  {
    name: 'anthropic messages',
    path: () => '/v1/messages',
    headers: { 'anthropic-version': '2023-06-01' },
    body: (model, stream) => ({ model, messages, max_tokens: 100, stream }),
    formOf: anthropicForm,
  },
  {
    name: 'bedrock converse',
    path: (model, stream) => bedrockPath(model, stream ? 'converse-stream' : 'converse'),
    body: () => ({ messages: [{ role: 'user', content: [{ text: 'Hello' }] }] }),
    formOf: bedrockForm,
  },
  {
    name: 'bedrock invoke',
    path: (model, stream) => bedrockPath(model, stream ? 'invoke-with-response-stream' : 'invoke'),
    body: () => ({ anthropic_version: 'bedrock-2023-05-31', messages, max_tokens: 100 }),
    formOf: bedrockForm,
  },
  {
    name: 'gemini',
    path: (model, stream) =>
      `/v1beta/models/${encodeURIComponent(model)}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    body: () => ({ contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] }),
    formOf: geminiForm,
  },
]
