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
import { createGoogle } from './index.ts'

const key = { kind: 'bearer', token: 'AIza-EXAMPLE' } as const
const origin = 'https://generativelanguage.googleapis.com'

describeProvider({
  provider: createGoogle(),
  create: createGoogle,
  credentials: [key],
  upstreamId: 'gemini-3.1-pro-preview',
  region: '',
  isOwnOrigin: (other) => other === origin,
  pathForm:
    /^\/v1beta\/(?:models|tunedModels)\/[A-Za-z0-9][A-Za-z0-9._-]*:(?:generateContent|streamGenerateContent|countTokens|embedContent|batchEmbedContents)$/,
  queryForm: /^(?:alt=sse)?$/,
})

const provider = createGoogle()
const bodyOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
const input: UpstreamRequestInput = {
  operation: 'chat',
  dialect: 'gemini',
  callerHeaders: [],
  upstreamId: 'gemini-2.5-flash',
  region: '',
  body: bodyOf({ contents: [] }),
  credential: key,
  baseUrl: null,
  nowMs: 0,
}
const build = (changed: Partial<UpstreamRequestInput>): UpstreamRequest =>
  provider.buildRequest({ ...input, ...changed }, nodeDigests)

test.each([
  [{}, 'gemini-2.5-flash:generateContent'],
  [{ operation: 'chat-stream' }, 'gemini-2.5-flash:streamGenerateContent?alt=sse'],
  [{ operation: 'count-tokens' }, 'gemini-2.5-flash:countTokens'],
  [{ operation: 'embed', body: bodyOf({ content: { requests: [] } }) }, 'gemini-2.5-flash:embedContent'],
  [{ operation: 'embed', body: bodyOf({ requests: [] }) }, 'gemini-2.5-flash:batchEmbedContents'],
  [{ upstreamId: 'models/gemini-2.5-pro' }, 'gemini-2.5-pro:generateContent'],
] as const)('%j goes to models/%s', (changed, path) => {
  expect(build(changed)).toMatchObject({ origin, method: 'POST', path: `/v1beta/models/${path}` })
})

test('calls a tuned model by its own collection', () => {
  expect(build({ upstreamId: 'tunedModels/my-model-1' }).path).toBe(
    '/v1beta/tunedModels/my-model-1:generateContent',
  )
})

test.each(['', 'a/b', '../models/x', 'models/', 'models/a/b', 'a:b', '-', '.', 'x?y', 'x%2fy'])(
  'refuses the id %j',
  (upstreamId) => {
    let thrown: unknown = null
    try {
      build({ upstreamId })
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(PointsmanError)
    expect(thrown).toMatchObject({ code: 'upstream_model_unavailable' })
  },
)

test('sends the key in its own header, never in the address', () => {
  const { headers, path } = build({})
  expect(headers).toEqual([
    ...['host', 'generativelanguage.googleapis.com'],
    ...['content-type', 'application/json', 'accept', 'application/json'],
    ...['x-goog-api-key', key.token],
  ])
  expect(path).not.toContain(key.token)
})

const info = (reason: string) => ({
  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
  reason,
  domain: 'googleapis.com',
})

const failures: readonly (readonly [number, object, ErrorCode])[] = [
  [400, { status: 'INVALID_ARGUMENT', details: [info('API_KEY_INVALID')] }, 'provider_auth'],
  [
    400,
    { status: 'INVALID_ARGUMENT', message: 'API key not valid. Please pass a valid API key.' },
    'provider_auth',
  ],
  [
    400,
    { status: 'INVALID_ARGUMENT', message: 'API key expired. Please renew the API key.' },
    'provider_auth',
  ],
  [400, { status: 'INVALID_ARGUMENT' }, 'upstream_rejected'],
  [
    400,
    {
      status: 'INVALID_ARGUMENT',
      message: 'The input token count exceeds the maximum number of tokens allowed.',
    },
    'upstream_rejected',
  ],
  [
    400,
    { status: 'FAILED_PRECONDITION', message: 'User location is not supported for the API use.' },
    'provider_auth',
  ],
  [400, { status: 'FAILED_PRECONDITION', message: 'Please enable billing on project 1.' }, 'provider_auth'],
  [400, { status: 'FAILED_PRECONDITION' }, 'upstream_rejected'],
  [400, { status: 'OUT_OF_RANGE' }, 'upstream_rejected'],
  [401, { status: 'UNAUTHENTICATED', details: [info('CREDENTIALS_MISSING')] }, 'provider_auth'],
  [403, { status: 'PERMISSION_DENIED', details: [info('SERVICE_DISABLED')] }, 'provider_auth'],
  [403, { status: 'PERMISSION_DENIED', details: [info('API_KEY_IP_ADDRESS_BLOCKED')] }, 'provider_auth'],
  [403, { status: 'PERMISSION_DENIED' }, 'provider_auth'],
  [404, { status: 'NOT_FOUND' }, 'upstream_model_unavailable'],
  [409, { status: 'ABORTED' }, 'upstream_error'],
  [429, { status: 'RESOURCE_EXHAUSTED' }, 'upstream_throttled'],
  [429, { status: 'RESOURCE_EXHAUSTED', details: [info('RATE_LIMIT_EXCEEDED')] }, 'upstream_throttled'],
  [499, { status: 'CANCELLED' }, 'upstream_error'],
  [500, { status: 'INTERNAL' }, 'upstream_error'],
  [500, { status: 'UNKNOWN' }, 'upstream_error'],
  [501, { status: 'UNIMPLEMENTED' }, 'upstream_model_unavailable'],
  [
    503,
    { status: 'UNAVAILABLE', message: 'The model is overloaded. Please try again later.' },
    'upstream_overloaded',
  ],
  [504, { status: 'DEADLINE_EXCEEDED' }, 'upstream_error'],
]

test.each(failures)('%i %j means %s', (status, error, code) => {
  const said = { code: status, message: 'text', ...error }
  const failure = provider.readFailure({ status, headers: {} }, bodyOf({ error: said }))
  expect(failure).toMatchObject({ code, status, message: said.message, retryAfterMs: null })
})

test('waits as long as RetryInfo says, unless a header says it', () => {
  const details = [
    { '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [] },
    { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.074s' },
  ]
  const body = bodyOf({ error: { status: 'RESOURCE_EXHAUSTED', details } })
  expect(provider.readFailure({ status: 429, headers: {} }, body).retryAfterMs).toBe(34_074)
  const headers = { 'retry-after': '2' }
  expect(provider.readFailure({ status: 429, headers }, body).retryAfterMs).toBe(2_000)
  for (const retryDelay of ['soon', '-1s', '', 7, null]) {
    const odd = bodyOf({ error: { details: [{ ...details[1], retryDelay }] } })
    expect(provider.readFailure({ status: 429, headers: {} }, odd).retryAfterMs).toBeNull()
  }
})

test('an error inside a stream means what it means as an answer', () => {
  const meaning = (name: string) => provider.readStreamError(name, 'text').code
  expect(meaning('RESOURCE_EXHAUSTED')).toBe('upstream_throttled')
  expect(meaning('UNAVAILABLE')).toBe('upstream_overloaded')
  expect(meaning('INVALID_ARGUMENT')).toBe('upstream_rejected')
  expect(meaning('429')).toBe('upstream_throttled')
  expect(meaning('400')).toBe('upstream_rejected')
  expect(errorTable[meaning('anything')].next).toBe('move-on')
})
