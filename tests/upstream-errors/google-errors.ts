// size: a declared table of errors
import {
  broken,
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

/* The Gemini API: ai.google.dev "Troubleshooting" (2026-11), google.rpc.Code, and answers recorded in public issues. */
interface More {
  readonly headers?: { readonly [name: string]: string }
  readonly wait?: string
  readonly details?: readonly object[]
}
const google = (
  code: number,
  status: string,
  message: string,
  { headers, wait, details }: More = {},
): ErrorCase => ({
  name: `${code} ${status}: ${message}`,
  ...json(code, { error: { code, message, status, ...(details === undefined ? {} : { details }) } }, headers),
  ...(wait === undefined ? {} : { wait }),
})
const detail = (name: string, members: object): object => ({
  '@type': `type.googleapis.com/google.rpc.${name}`,
  ...members,
})
const because = (reason: string): More => ({
  details: [
    detail('ErrorInfo', { reason, domain: 'googleapis.com', metadata: { service: 'generativelanguage' } }),
  ],
})
const invalid = (message: string, more: More = {}): ErrorCase =>
  google(400, 'INVALID_ARGUMENT', message, more)
const bare = (status: number, name: string, body: unknown): ErrorCase => ({
  name: `${status}, ${name}`,
  ...json(status, body),
})
const quota = 'You exceeded your current quota, please check your plan and billing details.'

export const googleErrors: readonly ErrorGroup[] = [
  throttled(
    google(429, 'RESOURCE_EXHAUSTED', quota),
    google(429, 'RESOURCE_EXHAUSTED', `${quota} A wait.`, {
      details: [
        detail('QuotaFailure', { violations: [{ quotaMetric: 'x', quotaId: 'PerMinute' }] }),
        detail('RetryInfo', { retryDelay: '34.074824224s' }),
      ],
      wait: '35',
    }),
    google(429, 'RESOURCE_EXHAUSTED', `${quota} A wait of whole seconds.`, {
      details: [detail('RetryInfo', { retryDelay: '7s' })],
      wait: '7',
    }),
    google(429, 'RESOURCE_EXHAUSTED', `${quota} A wait in words.`, {
      details: [detail('RetryInfo', { retryDelay: 'a while' })],
    }),
    google(429, 'RESOURCE_EXHAUSTED', `${quota} A header.`, { headers: { 'retry-after': '9' }, wait: '9' }),
    google(429, 'RESOURCE_EXHAUSTED', 'Resource has been exhausted (e.g. check quota).'),
    google(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded', because('RATE_LIMIT_EXCEEDED')),
    google(403, 'PERMISSION_DENIED', 'Quota exceeded', because('RATE_LIMIT_EXCEEDED')),
    google(429, 'RESOURCE_EXHAUSTED', 'Your prepayment credits are depleted.'),
    bare(429, 'a text', { error: 'Too Many Requests' }),
    empty(402),
    empty(429),
    html(429),
  ),
  overloaded(
    google(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'),
    google(503, 'UNAVAILABLE', 'This model is currently experiencing high demand.'),
    google(503, 'UNAVAILABLE', 'The service is currently unavailable.', {
      headers: { 'retry-after': '3' },
      wait: '3',
    }),
    google(500, 'UNAVAILABLE', 'A word that says more than its status.'),
    empty(503),
    html(503),
    html(529),
  ),
  failed(
    google(500, 'INTERNAL', 'An internal error has occurred. Please retry or report.'),
    google(500, 'UNKNOWN', 'An unknown error has occurred.'),
    google(500, 'DATA_LOSS', 'Unrecoverable data loss.'),
    google(504, 'DEADLINE_EXCEEDED', 'Deadline expired before operation could complete.'),
    google(499, 'CANCELLED', 'The operation was cancelled.'),
    google(409, 'ABORTED', 'The operation was aborted.'),
    google(500, 'INVALID_ARGUMENT', 'A failure of the server that says the request is wrong.'),
    google(500, 'NEW_WORD', 'A word that nobody knows.'),
    bare(424, 'a failed dependency', { error: { message: 'The backend failed.' } }),
    bare(500, 'a list that holds the error', [{ error: { code: 500, message: 'x', status: 'INTERNAL' } }]),
    empty(408),
    empty(409),
    empty(499),
    empty(500),
    html(500),
    html(502, 'Error 502 (Server Error)!!1'),
    html(504),
    truncated(500, '{"error":{"code":500,"mess'),
    cutOff(500, '{"error":{"code":500,"mess'),
    redirect(301, 'https://generativelanguage.googleapis.com/'),
    redirect(302, 'http://169.254.169.254/computeMetadata/v1/'),
    redirect(307, '/elsewhere'),
  ),
  modelRefused(
    google(404, 'NOT_FOUND', 'models/gemini-x is not found for API version v1beta.'),
    google(404, 'NOT_FOUND', 'This model models/gemini-1.5-flash is no longer available.'),
    google(404, 'NOT_FOUND', 'models/gemini-x is not supported for generateContent.'),
    google(501, 'UNIMPLEMENTED', 'Operation is not implemented, or supported, or enabled.'),
    google(410, 'NOT_FOUND', 'The model was shut down.'),
    empty(404),
    empty(405),
    empty(410),
    html(404, 'Error 404 (Not Found)!!1'),
  ),
  credentialRefused(
    invalid('API key not valid. Please pass a valid API key.', because('API_KEY_INVALID')),
    invalid('API key not valid, and no reason among the details.'),
    invalid('API key expired. Please renew the API key.', because('API_KEY_INVALID')),
    invalid('User location is not supported for the API use.'),
    google(400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.'),
    google(400, 'FAILED_PRECONDITION', 'Gemini API free tier is not available in your country.'),
    google(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.'),
    google(401, 'UNAUTHENTICATED', 'API keys are not supported by this API.', because('CREDENTIALS_MISSING')),
    google(401, 'INVALID_ARGUMENT', 'A word of the request under the status of a key.'),
    google(403, 'PERMISSION_DENIED', "Method doesn't allow unregistered callers."),
    google(403, 'PERMISSION_DENIED', 'Your API key was reported as leaked. Please use another API key.'),
    google(
      403,
      'PERMISSION_DENIED',
      'The API has not been used in project 1 before.',
      because('SERVICE_DISABLED'),
    ),
    google(403, 'PERMISSION_DENIED', 'Consumer has been suspended.', because('CONSUMER_SUSPENDED')),
    google(403, 'PERMISSION_DENIED', 'This API method requires billing.', because('BILLING_DISABLED')),
    google(403, 'PERMISSION_DENIED', 'Requests are blocked.', because('API_KEY_SERVICE_BLOCKED')),
    google(
      403,
      'PERMISSION_DENIED',
      'Requests from referer are blocked.',
      because('API_KEY_HTTP_REFERRER_BLOCKED'),
    ),
    google(403, 'PERMISSION_DENIED', 'The IP address is blocked.', because('API_KEY_IP_ADDRESS_BLOCKED')),
    google(403, 'PERMISSION_DENIED', 'Scopes are missing.', because('ACCESS_TOKEN_SCOPE_INSUFFICIENT')),
    empty(401),
    empty(403),
    empty(407),
    html(403, 'Error 403 (Forbidden)!!1'),
  ),
  requestRefused(
    invalid('The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).'),
    invalid('Please use a valid role: user, model.'),
    invalid('Unable to process input image. Please retry or report.'),
    invalid('Invalid JSON payload received. Unknown name "x": Cannot find field.', {
      details: [detail('BadRequest', { fieldViolations: [{ field: 'x', description: 'Unknown name' }] })],
    }),
    invalid('Please ensure that function call turn comes immediately after a user turn.'),
    invalid('Budget 0 is invalid. This model only works in thinking mode.'),
    invalid('* GenerateContentRequest.contents: contents is not specified'),
    invalid('Request contains an invalid argument.'),
    invalid('Request payload size exceeds the limit: 20971520 bytes.'),
    invalid('Function calling with a response mime type is unsupported'),
    google(400, 'OUT_OF_RANGE', 'A value is out of range.'),
    google(400, 'FAILED_PRECONDITION', 'The cached content has another model.'),
    google(403, 'PERMISSION_DENIED', 'CachedContent not found (or permission denied)'),
    google(403, 'PERMISSION_DENIED', 'You do not have permission to access the File x or it may not exist.'),
    google(413, 'INVALID_ARGUMENT', 'The request is too large.'),
    google(422, 'INVALID_ARGUMENT', 'The body cannot be processed.'),
    google(400, 'NEW_WORD', 'A word that nobody knows.'),
    empty(400),
    html(400, 'Error 400 (Bad Request)!!1'),
    html(413, 'Error 413 (Request Entity Too Large)!!1'),
    truncated(400, '{"error":{'),
  ),
  overloaded(
    bare(200, 'an error in place of an answer: overloaded', {
      error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' },
    }),
  ),
  throttled(
    bare(200, 'an error in place of an answer: a limit', {
      error: { code: 429, message: quota, status: 'RESOURCE_EXHAUSTED' },
    }),
  ),
  broken(
    bare(200, 'an empty object', {}),
    bare(200, 'no candidates', { candidates: [], modelVersion: 'x' }),
    bare(200, 'a list', []),
    empty(200),
    empty(204),
    html(200, "a hotel's login page"),
    truncated(200, '{"candidates":[{"content":{"role":"model","parts":[{"te'),
    cutOff(200, '{"candidates":[{"content":{"role":"mo'),
  ),
]
