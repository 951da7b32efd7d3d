import { expect, test } from 'vitest'
import {
  errorTable,
  PointsmanError,
  type ErrorCode,
  type UpstreamRequest,
  type UpstreamRequestInput,
} from '@pointsman/contract'
import { describeProvider } from '../conformance/describe-provider.ts'
import { nodeDigests } from '../testing/node-digests.ts'
import { createAnthropic } from './index.ts'

const key = { kind: 'bearer', token: 'sk-ant-EXAMPLE' } as const
const provider = createAnthropic()

describeProvider({
  provider,
  create: createAnthropic,
  credentials: [key],
  upstreamId: 'claude-sonnet-5-5',
  region: '',
  isOwnOrigin: (origin) => origin === 'https://api.anthropic.com',
  pathForm: /^\/v1\/messages(\/count_tokens)?$/,
})

const input: UpstreamRequestInput = {
  operation: 'chat',
  dialect: 'anthropic-messages',
  callerHeaders: [],
  upstreamId: 'claude-sonnet-5-5',
  region: '',
  body: new Uint8Array(0),
  credential: key,
  baseUrl: null,
  nowMs: 0,
}
const build = (changed: Partial<UpstreamRequestInput>): UpstreamRequest =>
  provider.buildRequest({ ...input, ...changed }, nodeDigests)

test.each([
  ['chat', '/v1/messages'],
  ['chat-stream', '/v1/messages'],
  ['count-tokens', '/v1/messages/count_tokens'],
] as const)('%s goes to %s', (operation, path) => {
  expect(build({ operation })).toMatchObject({ origin: 'https://api.anthropic.com', method: 'POST', path })
})

test.each([{ operation: 'embed' }, { dialect: 'openai-chat' }] as const)('has no path for %j', (changed) => {
  expect(() => build(changed)).toThrow(PointsmanError)
})

test('shows its key in its own header, and names the version that the body is written for', () => {
  expect(build({ operation: 'chat-stream' }).headers).toEqual([
    ...['host', 'api.anthropic.com'],
    ...['content-type', 'application/json'],
    ...['accept', 'text/event-stream'],
    ...['x-api-key', 'sk-ant-EXAMPLE'],
    ...['anthropic-version', '2023-06-01'],
  ])
})

test("passes on the caller's version and betas in place of its own", () => {
  const callerHeaders = ['anthropic-version', '2026-10-21', 'anthropic-beta', 'a-2026-01-01,b-2026-02-02']
  const { headers } = build({ callerHeaders })
  expect(headers.slice(-4)).toEqual(callerHeaders)
  expect(headers.filter((name) => name === 'anthropic-version')).toHaveLength(1)
})

test("ANTHROPIC_BASE_URL holds no version, as the vendor's own clients read it", () => {
  expect(build({ baseUrl: 'http://127.0.0.1:7071/anthropic/' })).toMatchObject({
    origin: 'http://127.0.0.1:7071',
    path: '/anthropic/v1/messages',
  })
  expect(() => build({ baseUrl: 'api.anthropic.com' })).toThrow(/ANTHROPIC_BASE_URL/)
})

const failures: readonly (readonly [number, string, string, ErrorCode])[] = [
  [400, 'invalid_request_error', 'max_tokens: Field required', 'upstream_rejected'],
  [400, 'invalid_request_error', 'Output blocked by content filtering policy', 'upstream_content_policy'],
  [
    400,
    'invalid_request_error',
    'Your credit balance is too low to access the Anthropic API.',
    'upstream_throttled',
  ],
  [401, 'authentication_error', 'invalid x-api-key', 'provider_auth'],
  [402, 'billing_error', 'text', 'upstream_throttled'],
  [403, 'permission_error', 'text', 'provider_auth'],
  [404, 'not_found_error', 'model: claude-9', 'upstream_model_unavailable'],
  [404, 'not_found_error', 'File not found: file_1', 'upstream_rejected'],
  [404, 'invalid_request_error', 'File not found: file_1', 'upstream_rejected'],
  [409, 'conflict_error', 'text', 'upstream_error'],
  [413, 'request_too_large', 'text', 'upstream_rejected'],
  [429, 'rate_limit_error', 'text', 'upstream_throttled'],
  [500, 'api_error', 'Internal server error', 'upstream_error'],
  [504, 'timeout_error', 'text', 'upstream_error'],
  [529, 'overloaded_error', 'Overloaded', 'upstream_overloaded'],
]

const bodyOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

test.each(failures)('%i %s (%s) means %s', (status, type, message, code) => {
  const body = bodyOf({ type: 'error', error: { type, message }, request_id: 'req_1' })
  expect(provider.readFailure({ status, headers: {} }, body)).toEqual({
    code,
    status,
    vendorName: type,
    message,
    retryAfterMs: null,
    ...(type === 'billing_error' ? { lasting: true } : {}),
  })
  // Inside a stream it means the same, without a status.
  expect(provider.readStreamError(type, message)).toMatchObject({ code, status: null, vendorName: type })
})

test('reads answers that no part of Anthropic wrote', () => {
  const head = { status: 502, headers: {} }
  expect(provider.readFailure(head, bodyOf({ error: 'bad gateway' })).message).toBe('bad gateway')
  expect(provider.readFailure(head, new TextEncoder().encode('<html>')).code).toBe('upstream_error')
  expect(errorTable[provider.readStreamError('anything', 'text').code].next).toBe('move-on')
})

test("tells the vendor's id of the call", () => {
  expect(provider.upstreamRequestId({ status: 200, headers: { 'request-id': 'req_1' } })).toBe('req_1')
  expect(provider.upstreamRequestId({ status: 200, headers: {} })).toBeNull()
})
