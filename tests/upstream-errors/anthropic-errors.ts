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

/* Anthropic: API reference, "Errors" (2026-11), and answers recorded in public issues. */
interface More {
  readonly headers?: { readonly [name: string]: string }
  readonly wait?: string
}
const anthropic = (
  status: number,
  type: string,
  message: string,
  { headers, wait }: More = {},
): ErrorCase => ({
  name: `${status} ${type}: ${message}`,
  ...json(
    status,
    { type: 'error', error: { type, message }, request_id: 'req_1' },
    { 'request-id': 'req_1', ...headers },
  ),
  ...(wait === undefined ? {} : { wait }),
})
const invalid = (message: string): ErrorCase => anthropic(400, 'invalid_request_error', message)
const bare = (status: number, name: string, body: unknown): ErrorCase => ({
  name: `${status}, ${name}`,
  ...json(status, body),
})
const limit =
  'This request would exceed the rate limit for your organization of 50,000 input tokens per minute.'

export const anthropicErrors: readonly ErrorGroup[] = [
  throttled(
    anthropic(429, 'rate_limit_error', limit),
    anthropic(429, 'rate_limit_error', `${limit} Seconds.`, { headers: { 'retry-after': '37' }, wait: '37' }),
    anthropic(429, 'rate_limit_error', `${limit} A date.`, {
      headers: { date: 'Wed, 25 Nov 2026 10:00:00 GMT', 'retry-after': 'Wed, 25 Nov 2026 10:00:05 GMT' },
      wait: '5',
    }),
    anthropic(429, 'rate_limit_error', `${limit} A date that is past.`, {
      headers: { date: 'Wed, 25 Nov 2026 10:00:00 GMT', 'retry-after': 'Wed, 25 Nov 2026 09:00:00 GMT' },
      wait: '1',
    }),
    anthropic(429, 'rate_limit_error', `${limit} Nonsense.`, { headers: { 'retry-after': '-5' } }),
    anthropic(429, 'rate_limit_error', 'Number of concurrent connections has exceeded your rate limit.'),
    anthropic(429, 'rate_limit_error', 'Extra usage is required for long context requests.'),
    anthropic(402, 'billing_error', 'There is an issue with your billing or payment information.'),
    invalid('Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing.'),
    invalid('You have reached your specified API usage limits. You will regain access on 2026-12-01.'),
    anthropic(400, 'rate_limit_error', 'A limit under the status of a bad request.'),
    bare(429, 'a bare text', { error: 'Too Many Requests' }),
    bare(402, 'a bare text', { error: 'Payment Required' }),
    empty(429),
    html(429),
  ),
  overloaded(
    anthropic(529, 'overloaded_error', 'Overloaded'),
    anthropic(529, 'overloaded_error', 'Overloaded, with a wait', {
      headers: { 'retry-after': '4' },
      wait: '4',
    }),
    anthropic(500, 'overloaded_error', 'Overloaded'),
    bare(503, 'a text', { error: 'upstream connect error or disconnect/reset before headers' }),
    empty(503),
    empty(529),
    html(503),
    html(529),
  ),
  failed(
    anthropic(500, 'api_error', 'Internal server error'),
    anthropic(503, 'api_error', 'Internal server error'),
    anthropic(504, 'timeout_error', 'Request timed out'),
    anthropic(408, 'timeout_error', 'Request timed out'),
    anthropic(409, 'conflict_error', 'The request conflicts with another.'),
    anthropic(500, 'invalid_request_error', 'A failure of the server that says the request is wrong.'),
    anthropic(500, 'new_error_type', 'A type that nobody knows.'),
    bare(424, 'a failed dependency', { error: { message: 'The backend failed.' } }),
    bare(500, 'a text', { error: 'internal' }),
    bare(500, 'a list', ['error']),
    empty(408),
    empty(409),
    empty(500),
    html(500),
    html(502, 'Cloudflare: bad gateway'),
    html(504),
    html(520, 'Cloudflare: unknown error'),
    html(522, 'Cloudflare: timed out'),
    truncated(500, '{"type":"error","error":{"type":"api_e'),
    cutOff(500, '{"type":"error","error":{"type":"api_e'),
    redirect(301, 'https://api.anthropic.com/v2/messages'),
    redirect(302, 'http://169.254.169.254/latest/meta-data/'),
    redirect(307, '/elsewhere'),
    redirect(308, '/elsewhere'),
  ),
  modelRefused(
    anthropic(404, 'not_found_error', 'model: claude-x'),
    anthropic(404, 'not_found_error', 'The requested resource could not be found.'),
    anthropic(410, 'not_found_error', 'The model has been retired.'),
    bare(410, 'a text', { error: 'Gone' }),
    empty(404),
    empty(405),
    html(404),
  ),
  credentialRefused(
    anthropic(401, 'authentication_error', 'invalid x-api-key'),
    anthropic(401, 'authentication_error', 'x-api-key header is required'),
    anthropic(401, 'authentication_error', 'OAuth token has expired.'),
    anthropic(401, 'invalid_request_error', 'A word of the request under the status of a key.'),
    anthropic(
      403,
      'permission_error',
      'Your API key does not have permission to use the specified resource.',
    ),
    anthropic(403, 'permission_error', 'Your organization has disabled this model.'),
    anthropic(403, 'forbidden', 'Request not allowed'),
    invalid('This organization has been disabled.'),
    bare(401, 'a text', { error: 'Unauthorized' }),
    bare(403, 'a message alone', { message: 'Forbidden' }),
    empty(401),
    empty(403),
    empty(407),
    html(401),
    html(403, "Cloudflare's challenge"),
  ),
  requestRefused(
    anthropic(404, 'not_found_error', 'File not found: file_1'),
    invalid('prompt is too long: 215632 tokens > 200000 maximum'),
    invalid('input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000'),
    invalid('messages: first message must use the "user" role'),
    invalid('messages.1: `tool_use` ids were found without `tool_result` blocks immediately after'),
    invalid('messages.0.content.0.image.source.base64: image exceeds 5 MB maximum'),
    invalid('max_tokens: 100000 > 64000, which is the maximum allowed number of output tokens'),
    invalid('messages.3.content.0: Invalid `signature` in `thinking` block'),
    invalid('tools.0.custom.input_schema: JSON schema is invalid'),
    invalid('temperature: range: 0..1'),
    invalid('The service says: credentials are not part of a message'),
    anthropic(413, 'request_too_large', 'Request exceeds the maximum allowed number of bytes.'),
    anthropic(422, 'invalid_request_error', 'The body cannot be processed.'),
    anthropic(400, 'new_error_type', 'A type that nobody knows.'),
    bare(400, 'a text', { error: 'Bad Request' }),
    empty(400),
    html(400),
    html(413, 'a limit of the load balancer'),
    truncated(400, '{"type":"error","err'),
  ),
  contentRefused(invalid('Output blocked by content filtering policy')),
  overloaded(
    bare(200, 'an error in place of an answer: overloaded', {
      type: 'error',
      error: { type: 'overloaded_error', message: 'Overloaded' },
    }),
  ),
  failed(
    bare(200, 'an error in place of an answer', {
      type: 'error',
      error: { type: 'api_error', message: 'Internal server error' },
    }),
  ),
  broken(
    bare(200, 'an empty object', {}),
    bare(200, 'a message without its end', { type: 'message', role: 'assistant', content: [] }),
    empty(200),
    empty(204),
    html(200, "a hotel's login page"),
    truncated(200, '{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"te'),
    cutOff(200, '{"id":"msg_1","type":"message","role":"assi'),
  ),
]
