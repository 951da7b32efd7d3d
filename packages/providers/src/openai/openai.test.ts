import { expect, test } from 'vitest'
import {
  errorTable,
  modelId,
  noNeeds,
  PointsmanError,
  type ErrorCode,
  type Model,
  type Provider,
  type UpstreamRequest,
  type UpstreamRequestInput,
} from '@pointsman/contract'
import { describeProvider } from '../conformance/describe-provider.ts'
import { nodeDigests } from '../testing/node-digests.ts'
import { createOpenai, createOpenaiCompatible } from './index.ts'

const key = { kind: 'bearer', token: 'sk-EXAMPLE' } as const
const pathForm = /^(\/v1)?\/(chat\/completions|responses|responses\/input_tokens|embeddings)$/

describeProvider({
  provider: createOpenai(),
  create: createOpenai,
  credentials: [key],
  upstreamId: 'gpt-4o',
  region: '',
  isOwnOrigin: (origin) => origin === 'https://api.openai.com',
  pathForm,
})

const vllm = () =>
  createOpenaiCompatible({ id: 'own-vllm', baseUrl: 'http://127.0.0.1:8000/v1', responses: true })
describeProvider({
  provider: vllm(),
  create: vllm,
  credentials: [{ kind: 'none' }, key],
  upstreamId: 'Qwen/Qwen3-8B',
  region: '',
  isOwnOrigin: (origin) => origin === 'http://127.0.0.1:8000',
  pathForm,
})

const azure = () =>
  createOpenaiCompatible({
    id: 'azure',
    baseUrl: 'https://name.openai.azure.com/openai',
    keyHeader: 'api-key',
    query: { 'api-version': '2024-10-21' },
    deployments: true,
  })
describeProvider({
  provider: azure(),
  create: azure,
  credentials: [key, { kind: 'none' }],
  upstreamId: 'my-gpt-4o',
  region: '',
  isOwnOrigin: (origin) => origin === 'https://name.openai.azure.com',
  pathForm: /^(\/openai)?\/deployments\/[A-Za-z0-9._-]+\/(chat\/completions|embeddings)$/,
  queryForm: /^api-version=2024-10-21$/,
})

const provider = createOpenai()
const input: UpstreamRequestInput = {
  operation: 'chat',
  dialect: 'openai-chat',
  callerHeaders: [],
  upstreamId: 'gpt-4o',
  region: '',
  body: new Uint8Array(0),
  credential: key,
  baseUrl: null,
  nowMs: 0,
}
const modelOf = (reasoning: boolean | null, generation: number): Model => ({
  ...({ id: modelId('m'), name: 'M', vendor: 'openai', provider: provider.id, upstreamId: 'm' } as const),
  ...({ purpose: 'chat', kind: 'direct', baseModelId: null, family: 'gpt', tier: null } as const),
  ...{ generation, format: 'openai', contextTokens: null, maxOutputTokens: null },
  abilities: {
    ...{ tools: true, toolsStreaming: true, images: true, documents: null, streaming: true },
    ...{ jsonSchema: true, promptCaching: true, reasoning },
  },
  ...{ sourceRegions: [], destinationRegions: null, enabled: true, priority: 1 },
  lifecycle: { status: 'active', endsOn: null, replacement: null },
})
const build = (changed: Partial<UpstreamRequestInput>, by: Provider = provider): UpstreamRequest =>
  by.buildRequest({ ...input, ...changed }, nodeDigests)

test.each([
  [{}, '/v1/chat/completions'],
  [{ operation: 'chat-stream' }, '/v1/chat/completions'],
  [{ operation: 'embed' }, '/v1/embeddings'],
  [{ dialect: 'openai-responses' }, '/v1/responses'],
  [{ dialect: 'openai-responses', operation: 'chat-stream' }, '/v1/responses'],
  [{ dialect: 'openai-responses', operation: 'count-tokens' }, '/v1/responses/input_tokens'],
] as const)('%j goes to %s', (changed, path) => {
  expect(build(changed)).toMatchObject({ origin: 'https://api.openai.com', method: 'POST', path })
})

test.each([
  { dialect: 'openai-responses', operation: 'embed' },
  { dialect: 'openai-chat', operation: 'count-tokens' },
  { dialect: 'gemini' },
] as const)('has no path for %j', (changed) => {
  expect(() => build(changed)).toThrow(PointsmanError)
})

test('writes tools for models that reason by Responses alone, as OpenAI takes them; other servers judge for themselves', () => {
  const writes = (by: Provider, reasoning: boolean | null, generation: number, tools = true) =>
    by.dialects
      .filter((one) => one.writesFor?.(modelOf(reasoning, generation), { ...noNeeds, tools }) !== false)
      .map(({ name }) => name)
  const both = ['openai-chat', 'openai-responses']
  expect([5.4, 5.6, 6].map((generation) => writes(provider, true, generation))).toEqual([
    ...[['openai-responses'], ['openai-responses'], ['openai-responses']],
  ])
  expect(writes(provider, true, 6, false)).toEqual(both)
  expect(writes(provider, true, 5.2)).toEqual(both)
  expect(writes(provider, false, 6)).toEqual(both)
  expect(writes(vllm(), true, 6)).toEqual(both)
})

test('asks for events where it streams, and shows its key as a bearer', () => {
  expect(build({ operation: 'chat-stream' }).headers).toEqual([
    'host',
    'api.openai.com',
    'content-type',
    'application/json',
    'accept',
    'text/event-stream',
    'authorization',
    'Bearer sk-EXAMPLE',
  ])
})

test("OPENAI_BASE_URL holds the version, as the vendor's own clients read it", () => {
  expect(build({ baseUrl: 'http://127.0.0.1:7071/openai/v1' })).toMatchObject({
    origin: 'http://127.0.0.1:7071',
    path: '/openai/v1/chat/completions',
  })
  expect(() => build({ baseUrl: 'api.openai.com/v1' })).toThrow(/OPENAI_BASE_URL/)
})

test('Azure: the deployment in the path, its key in a header of its own, the version in the query', () => {
  const request = build({ upstreamId: 'my-gpt-4o' }, azure())
  expect(request.path).toBe('/openai/deployments/my-gpt-4o/chat/completions?api-version=2024-10-21')
  expect(request.headers.slice(-2)).toEqual(['api-key', 'sk-EXAMPLE'])
  for (const upstreamId of ['..', 'a/b', '', 'a?b']) {
    expect(() => build({ upstreamId }, azure())).toThrow(/deployment's name/)
  }
})

test('a query is encoded, whatever an operator writes', () => {
  const odd = createOpenaiCompatible({
    id: 'odd',
    baseUrl: 'http://127.0.0.1:1',
    query: { 'a&b': '#?\r\n' },
  })
  expect(build({}, odd).path).toBe('/chat/completions?a%26b=%23%3F%0D%0A')
})

const failures: readonly (readonly [number, object, ErrorCode])[] = [
  [400, { code: 'context_length_exceeded', type: 'invalid_request_error' }, 'upstream_rejected'],
  [400, { code: 'content_filter', type: null, status: 400 }, 'upstream_content_policy'],
  [400, { code: 'content_policy_violation', type: 'invalid_request_error' }, 'upstream_content_policy'],
  [400, { code: 'invalid_prompt', type: 'invalid_request_error' }, 'upstream_content_policy'],
  [400, { code: null, type: 'invalid_request_error' }, 'upstream_rejected'],
  [400, { code: 'unsupported_parameter', type: 'invalid_request_error' }, 'upstream_rejected'],
  [400, { code: 'OperationNotSupported' }, 'upstream_model_unavailable'],
  [400, { code: 'billing_hard_limit_reached', type: 'invalid_request_error' }, 'upstream_throttled'],
  [400, { code: null, message: 'invalid model ID' }, 'upstream_model_unavailable'],
  [400, { code: 400, message: 'a/b:free is not a valid model ID' }, 'upstream_model_unavailable'],
  ...['stream this model', 'use the model `gpt-5`', 'generate reasoning summaries'].map(
    (what) =>
      [
        400,
        {
          code: 'unsupported_value',
          message: `Your organization must be verified to ${what}. Please go to: …`,
        },
        'upstream_model_unavailable',
      ] as const,
  ),
  [400, { message: 'Our servers are currently overloaded. Please try again later.' }, 'upstream_overloaded'],
  [401, { code: 'invalid_api_key', type: 'invalid_request_error' }, 'provider_auth'],
  [401, { code: 'PermissionDenied' }, 'provider_auth'],
  [403, { code: 'unsupported_country_region_territory', type: 'request_forbidden' }, 'provider_auth'],
  [403, { code: 'model_not_found', type: 'invalid_request_error' }, 'upstream_model_unavailable'],
  [404, { code: 'model_not_found', type: 'invalid_request_error' }, 'upstream_model_unavailable'],
  [404, { code: 'DeploymentNotFound' }, 'upstream_model_unavailable'],
  [404, { code: 404, type: 'NotFoundError' }, 'upstream_model_unavailable'],
  ...[
    "Item with id 'rs_1' not found. Items are not persisted …",
    "Previous response with id 'r_1' not found.",
  ].map(
    (message) => [404, { code: null, type: 'invalid_request_error', message }, 'upstream_rejected'] as const,
  ),
  [413, { code: null, type: 'invalid_request_error' }, 'upstream_rejected'],
  [422, { type: 'invalid_request_error' }, 'upstream_rejected'],
  [429, { code: 'rate_limit_exceeded', type: 'tokens' }, 'upstream_throttled'],
  [429, { code: 'insufficient_quota', type: 'insufficient_quota' }, 'upstream_throttled'],
  [429, { code: 'slow_down' }, 'upstream_throttled'],
  [429, { code: 'billing_not_active', type: 'billing_not_active' }, 'provider_auth'],
  [429, { code: '429' }, 'upstream_throttled'],
  [500, { code: null, type: 'server_error' }, 'upstream_error'],
  [500, { code: 'server_error' }, 'upstream_error'],
  [503, { code: 'server_is_overloaded', type: 'service_unavailable_error' }, 'upstream_overloaded'],
  [503, { type: 'server_error' }, 'upstream_overloaded'],
]

const bodyOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

test.each(failures)('%i %j means %s', (status, error, code) => {
  const said = { message: 'text', ...error }
  const failure = provider.readFailure({ status, headers: {} }, bodyOf({ error: said }))
  expect(failure).toMatchObject({ code, status, message: said.message, retryAfterMs: null })
})

test('a quota that is used up stays so; a rate limit passes', () => {
  const lasting = (code: string) =>
    provider.readFailure({ status: 429, headers: {} }, bodyOf({ error: { code, message: 'text' } })).lasting
  expect([lasting('insufficient_quota'), lasting('billing_hard_limit_reached')]).toEqual([true, true])
  expect(lasting('rate_limit_exceeded')).toBeUndefined()
  expect(provider.readStreamError('insufficient_quota', 'text').lasting).toBe(true)
})

test('takes the code for its name, and the type where there is none', () => {
  const name = (error: object) =>
    provider.readFailure({ status: 400, headers: {} }, bodyOf({ error })).vendorName
  expect(name({ code: 'invalid_prompt', type: 'invalid_request_error' })).toBe('invalid_prompt')
  expect(name({ code: null, type: 'invalid_request_error' })).toBe('invalid_request_error')
  expect(name({ code: 400, type: 'BadRequestError' })).toBe('BadRequestError')
  expect(name({})).toBeNull()
})

test('reads bodies without an envelope', () => {
  const message = (body: unknown) => provider.readFailure({ status: 400, headers: {} }, bodyOf(body)).message
  expect(message({ object: 'error', message: 'from vLLM', type: 'BadRequestError', code: 400 })).toBe(
    'from vLLM',
  )
  expect(message({ error: 'from Ollama' })).toBe('from Ollama')
  expect(message({ detail: 'from FastAPI' })).toBe('from FastAPI')
  expect(message({ detail: [{ loc: [] }] })).toBe('The provider answered 400 without a message.')
})

test('prefers the exact time to wait', () => {
  const headers = { 'retry-after-ms': '1250', 'retry-after': '2' }
  expect(provider.readFailure({ status: 429, headers }, bodyOf({})).retryAfterMs).toBe(1_250)
})

test('an error inside a stream means what it means as an answer', () => {
  const meaning = (name: string) => provider.readStreamError(name, 'text').code
  expect(meaning('rate_limit_exceeded')).toBe('upstream_throttled')
  expect(meaning('server_is_overloaded')).toBe('upstream_overloaded')
  expect(meaning('content_filter')).toBe('upstream_content_policy')
  expect(meaning('context_length_exceeded')).toBe('upstream_rejected')
  expect(meaning('invalid_request_error')).toBe('upstream_rejected')
  expect(meaning('server_error')).toBe('upstream_error')
  expect(meaning('429')).toBe('upstream_throttled')
  expect(meaning('400')).toBe('upstream_rejected')
  expect(errorTable[meaning('anything')].next).toBe('move-on')
})

test("tells the vendor's id of the call", () => {
  expect(provider.upstreamRequestId({ status: 200, headers: { 'x-request-id': 'req_1' } })).toBe('req_1')
  expect(azure().upstreamRequestId({ status: 200, headers: { 'apim-request-id': 'a' } })).toBe('a')
  expect(provider.upstreamRequestId({ status: 200, headers: {} })).toBeNull()
})
