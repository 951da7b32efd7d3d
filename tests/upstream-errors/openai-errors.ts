// size: a declared table of errors
import {
  broken,
  contentRefused,
  credentialRefused,
  cutOff,
  empty,
  failed,
  html,
  json,
  modelRefused,
  overloaded,
  redirect,
  requestRefused,
  throttled,
  truncated,
  type ErrorCase,
  type ErrorGroup,
} from './expectations.ts'

/*
 * OpenAI: guide "Error codes" (2026-11) and recorded answers; servers that speak its API (Azure, OpenRouter, DeepSeek,
 * vLLM, Ollama, llama.cpp) where their form or their status differs.
 */
interface More {
  readonly headers?: { readonly [name: string]: string }
  readonly wait?: string
  readonly param?: string
}
const openai = (
  status: number,
  type: string | null,
  code: string | number | null,
  message: string,
  { headers, wait, param }: More = {},
): ErrorCase => ({
  name: `${status} ${type} ${code}: ${message}`,
  ...json(
    status,
    { error: { message, type, param: param ?? null, code } },
    { 'x-request-id': 'o-1', ...headers },
  ),
  ...(wait === undefined ? {} : { wait }),
})
const invalid = (code: string | null, message: string, param?: string): ErrorCase =>
  openai(400, 'invalid_request_error', code, message, param === undefined ? {} : { param })
const bare = (status: number, name: string, body: unknown): ErrorCase => ({
  name: `${status}, ${name}`,
  ...json(status, body),
})
const limit = (of: string): string =>
  `Rate limit reached for gpt-4.1 in organization org-x on ${of}: Limit 500.`

export const openaiErrors: readonly ErrorGroup[] = [
  throttled(
    openai(429, 'requests', 'rate_limit_exceeded', limit('requests per min (RPM)')),
    openai(429, 'tokens', 'rate_limit_exceeded', limit('tokens per min (TPM)')),
    openai(429, 'tokens', 'rate_limit_exceeded', limit('whole milliseconds'), {
      headers: { 'retry-after-ms': '1501', 'retry-after': '2' },
      wait: '2',
    }),
    openai(429, 'tokens', 'rate_limit_exceeded', limit('seconds'), {
      headers: { 'retry-after': '20' },
      wait: '20',
    }),
    openai(429, 'tokens', 'rate_limit_exceeded', limit('broken seconds'), {
      headers: { 'retry-after': '0.2' },
      wait: '1',
    }),
    openai(429, 'tokens', 'rate_limit_exceeded', limit('a date'), {
      headers: { date: 'Wed, 25 Nov 2026 10:00:00 GMT', 'retry-after': 'Wed, 25 Nov 2026 10:01:00 GMT' },
      wait: '60',
    }),
    openai(429, 'insufficient_quota', 'insufficient_quota', 'You exceeded your current quota.'),
    openai(429, 'invalid_request_error', 'billing_hard_limit_reached', 'Billing hard limit has been reached'),
    openai(429, 'slow_down', 'slow_down', 'Reduce the rate of your requests.'),
    openai(503, 'service_unavailable_error', 'slow_down', 'Reduce the rate of your requests.'),
    openai(429, null, '429', 'Azure: requests have exceeded the token rate limit of your tier.'),
    openai(402, 'unknown_error', 'invalid_request_error', 'DeepSeek: Insufficient Balance'),
    openai(402, null, 402, 'OpenRouter: this request requires more credits.'),
    bare(429, 'vLLM without an envelope', {
      object: 'error',
      message: 'Too many',
      type: 'RateLimit',
      code: 429,
    }),
    bare(429, 'a bare text', { error: 'Too Many Requests' }),
    empty(429),
    html(429),
  ),
  overloaded(
    openai(503, 'server_error', null, 'That model is currently overloaded with other requests.'),
    openai(503, 'service_unavailable_error', 'server_is_overloaded', 'Our servers are currently overloaded.'),
    openai(
      503,
      null,
      'service_unavailable_error',
      'The engine is currently overloaded, please try again later',
    ),
    openai(
      400,
      'invalid_request_error',
      null,
      'Our servers are currently overloaded. Please try again later.',
    ),
    openai(529, 'overloaded_error', null, 'Overloaded'),
    bare(503, 'llama.cpp while it loads', {
      error: { code: 503, message: 'Loading model', type: 'unavailable_error' },
    }),
    empty(503),
    html(503),
  ),
  failed(
    openai(
      500,
      'server_error',
      null,
      'The server had an error while processing your request. Sorry about that!',
    ),
    openai(500, 'invalid_request_error', null, 'A failure of the server that says the request is wrong.'),
    openai(500, null, 'internal_error', 'Internal error'),
    openai(
      502,
      null,
      502,
      'OpenRouter: your chosen model is down or we received an invalid response from it',
    ),
    openai(408, null, 'Timeout', 'Azure: the operation was timeout.'),
    openai(409, 'conflict_error', null, 'The resource was updated by another process.'),
    bare(424, 'a failed dependency', { error: { code: 'FailedDependency', message: 'The backend failed.' } }),
    bare(500, 'FastAPI', { detail: 'Internal Server Error' }),
    bare(500, 'Ollama', { error: 'llama runner process has terminated' }),
    empty(408),
    empty(500),
    empty(520),
    html(502),
    html(504),
    html(524, 'a timeout of Cloudflare'),
    truncated(500, '{"error":{"message":"The serv'),
    cutOff(500, '{"error":{"message":"The serv'),
    redirect(301, 'https://api.openai.com/'),
    redirect(302, 'http://169.254.169.254/latest/meta-data/'),
    redirect(307, '/elsewhere'),
  ),
  modelRefused(
    openai(
      404,
      'invalid_request_error',
      'model_not_found',
      'The model `x` does not exist or you do not have access.',
    ),
    openai(403, 'invalid_request_error', 'model_not_found', 'Project `p` does not have access to model `x`.'),
    openai(404, 'invalid_request_error', null, 'The model `x` has been deprecated.'),
    openai(400, 'invalid_request_error', null, 'invalid model ID'),
    openai(400, null, 400, 'OpenRouter: x/y is not a valid model ID'),
    openai(404, null, 'DeploymentNotFound', 'Azure: the API deployment for this resource does not exist.'),
    openai(
      400,
      null,
      'OperationNotSupported',
      'Azure: the operation does not work with the specified model.',
    ),
    openai(404, null, 404, 'OpenRouter: no endpoints found for x/y.'),
    openai(410, 'invalid_request_error', null, 'The model has reached its end of life and is gone.'),
    bare(404, 'vLLM without an envelope', {
      object: 'error',
      message: 'The model `x` does not exist.',
      code: 404,
    }),
    bare(404, 'Ollama', { error: "model 'x' not found" }),
    empty(404),
    html(404),
    empty(405),
  ),
  credentialRefused(
    openai(
      401,
      'invalid_request_error',
      'invalid_api_key',
      'Incorrect API key provided: sk-proj-abc****wxyz.',
    ),
    openai(401, 'invalid_request_error', null, "You didn't provide an API key."),
    openai(401, 'invalid_request_error', 'invalid_organization', 'No such organization: org-x.'),
    openai(401, 'authentication_error', null, 'You must be a member of an organization to use the API'),
    openai(
      401,
      'invalid_request_error',
      'context_length_exceeded',
      'A word of the request under the status of a key.',
    ),
    openai(403, 'invalid_request_error', 'account_deactivated', 'The account was deactivated.'),
    openai(403, 'request_forbidden', 'unsupported_country_region_territory', 'Country not supported'),
    openai(403, 'insufficient_permissions', 'insufficient_permissions', 'You have insufficient permissions.'),
    openai(
      429,
      'billing_not_active',
      'billing_not_active',
      'Your account is not active, check your billing.',
    ),
    bare(401, 'Azure', { error: { code: '401', message: 'Access denied due to invalid subscription key.' } }),
    bare(401, 'Azure without an envelope', {
      statusCode: 401,
      message: 'Unauthorized. Access token is missing.',
    }),
    bare(401, 'a bare text', { error: 'Unauthorized' }),
    bare(403, 'Azure, a firewall', { error: { code: '403', message: 'Public access is disabled.' } }),
    empty(401),
    empty(403),
    empty(407),
    html(401),
    html(403, "Cloudflare's challenge"),
  ),
  requestRefused(
    openai(404, 'invalid_request_error', null, "Item with id 'rs_1' not found. Items are not persisted …"),
    openai(404, 'invalid_request_error', null, "Previous response with id 'resp_1' not found."),
    invalid('context_length_exceeded', "This model's maximum context length is 128000 tokens.", 'messages'),
    invalid(
      'string_above_max_length',
      "Invalid 'messages[0].content': string too long.",
      'messages[0].content',
    ),
    invalid('unsupported_value', "Unsupported value: 'temperature' does not support 0.5.", 'temperature'),
    invalid('unsupported_parameter', "Unsupported parameter: 'max_tokens' is not supported.", 'max_tokens'),
    invalid(
      'invalid_value',
      "Invalid value: 'x'. Supported values are: 'system', 'user'.",
      'messages[0].role',
    ),
    invalid('missing_required_parameter', "Missing required parameter: 'messages'.", 'messages'),
    invalid('invalid_image_url', 'The image could not be read.'),
    invalid(
      'invalid_function_parameters',
      "Invalid schema for function 'f'.",
      'tools[0].function.parameters',
    ),
    invalid(null, "Invalid 'tools': empty array."),
    openai(400, 'BadRequestError', 400, "vLLM: this model's maximum context length is 4096 tokens."),
    openai(413, 'invalid_request_error', null, 'The request is too large.'),
    openai(422, 'invalid_request_error', null, 'The body cannot be processed.'),
    bare(422, 'FastAPI', { detail: [{ loc: ['body', 'messages'], msg: 'field required', type: 'missing' }] }),
    bare(400, 'vLLM without an envelope', {
      object: 'error',
      message: 'Bad',
      type: 'BadRequestError',
      code: 400,
    }),
    empty(400),
    html(400),
    html(413),
    truncated(400, '{"error":{'),
  ),
  contentRefused(
    openai(
      400,
      null,
      'content_filter',
      "Azure: the response was filtered by Azure's content management policy.",
    ),
    invalid('content_policy_violation', 'Your request was rejected as a result of our safety system.'),
    invalid('invalid_prompt', 'Invalid prompt: it was flagged as potentially violating our usage policy.'),
    openai(403, null, 403, 'OpenRouter: the chosen model requires moderation and your input was flagged'),
  ),
  // 200 with an error says as much as the same error under its own status.
  throttled(
    bare(200, 'an error in place of an answer: a limit', {
      error: { message: 'Rate limit reached', type: 'tokens', code: 'rate_limit_exceeded' },
    }),
    bare(200, 'an error in place of an answer: a number', {
      error: { message: 'Provider returned error', code: 429 },
    }),
  ),
  failed(
    bare(200, 'an error in place of an answer', {
      error: { message: 'The server had an error', type: 'server_error' },
    }),
    bare(200, 'a bare text in place of an answer', { error: 'upstream request failed' }),
  ),
  broken(
    bare(200, 'an empty object', {}),
    bare(200, 'no choices', { id: 'c', object: 'chat.completion', choices: [] }),
    bare(200, 'a list', []),
    empty(200),
    empty(204),
    html(200, "a hotel's login page"),
    truncated(200, '{"id":"c1","choices":[{"index":0,"message":{"role":"assis'),
    cutOff(200, '{"id":"c1","choices":[{"index":0,"mess'),
  ),
]
