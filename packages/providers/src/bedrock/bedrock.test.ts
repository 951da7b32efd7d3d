import { SignatureV4 } from '@smithy/signature-v4'
import fc from 'fast-check'
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  errorTable,
  type Credential,
  type ErrorCode,
  type UpstreamAnswerHead,
  type UpstreamRequest,
} from '@pointsman/contract'
import { describeProvider } from '../conformance/describe-provider.ts'
import { nodeDigests } from '../testing/node-digests.ts'
import { createBedrock } from './index.ts'

const signed: Credential = {
  kind: 'aws',
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: null,
}

describeProvider({
  provider: createBedrock(),
  create: createBedrock,
  credentials: [
    signed,
    { ...signed, sessionToken: 'IQoJb3JpZ2luX2VjEXAMPLE//////////wEaDGV1LWNlbnRyYWwtMQ==' },
    { kind: 'bearer', token: 'bedrock-api-key-EXAMPLE' },
  ],
  upstreamId: 'eu.amazon.nova-pro-v1:0',
  region: 'eu-central-1',
  isOwnOrigin: (origin) => /^https:\/\/bedrock-runtime\.[a-z0-9-]+\.amazonaws\.com$/.test(origin),
  pathForm: /^\/model\/[A-Za-z0-9._%-]+\/(converse(-stream)?|invoke(-with-response-stream)?|count-tokens)$/,
})

const provider = createBedrock()
const nowMs = Date.UTC(2026, 10, 21, 9, 30)

test('calls Converse and ConverseStream of the region, the id escaped as AWS’s own clients do', () => {
  const input = {
    operation: 'chat-stream',
    dialect: 'bedrock-converse',
    callerHeaders: [],
    upstreamId: 'arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/ab12cd34ef56',
    region: 'eu-west-1',
    body: new Uint8Array(0),
    credential: signed,
    baseUrl: null,
    nowMs,
  } as const
  const request = provider.buildRequest(input, nodeDigests)
  expect(request.origin).toBe('https://bedrock-runtime.eu-west-1.amazonaws.com')
  expect(request.path).toBe(
    '/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A123456789012%3Aapplication-inference-profile%2Fab12cd34ef56/converse-stream',
  )
  const whole = provider.buildRequest(
    { ...input, operation: 'chat', upstreamId: 'amazon.nova-pro-v1:0' },
    nodeDigests,
  )
  expect(whole.path).toBe('/model/amazon.nova-pro-v1%3A0/converse')
})

test.each([
  ['bedrock-invoke-nova', 'chat', 'invoke', 'application/json'],
  [
    'bedrock-invoke-claude',
    'chat-stream',
    'invoke-with-response-stream',
    'application/vnd.amazon.eventstream',
  ],
] as const)('calls InvokeModel for %s, %s', (dialect, operation, path, accept) => {
  const request = provider.buildRequest(
    {
      operation,
      dialect,
      callerHeaders: ['x-amzn-bedrock-trace', 'ENABLED'],
      upstreamId: 'eu.amazon.nova-pro-v1:0',
      region: 'eu-central-1',
      body: new Uint8Array(0),
      credential: signed,
      baseUrl: null,
      nowMs,
    },
    nodeDigests,
  )
  expect(request.path).toBe(`/model/eu.amazon.nova-pro-v1%3A0/${path}`)
  expect(request.headers.slice(4, 6)).toEqual(['accept', accept])
  expect(request.headers.slice(-2)).toEqual(['x-amzn-bedrock-trace', 'ENABLED'])
})

test.each([
  ['eu.anthropic.claude-sonnet-4-5-20250929-v1:0', 'anthropic.claude-sonnet-4-5-20250929-v1%3A0'],
  ['us-gov.anthropic.claude-x', 'anthropic.claude-x'],
  ['anthropic.claude-x', 'anthropic.claude-x'],
  [
    'arn:aws:bedrock:eu-west-1:123456789012:inference-profile/global.anthropic.claude-x',
    'anthropic.claude-x',
  ],
  ['deepseek.v3.2', 'deepseek.v3.2'],
])('counts tokens for the foundation model behind %s', (upstreamId, id) => {
  const input = { dialect: 'bedrock-converse', operation: 'count-tokens', callerHeaders: [] } as const
  const place = { upstreamId, region: 'eu-central-1', baseUrl: null, body: new Uint8Array(0) }
  const request = provider.buildRequest({ ...input, ...place, credential: signed, nowMs }, nodeDigests)
  expect(request.path).toBe(`/model/${id}/count-tokens`)
})

test('signs as the vendor’s own signer does, for any key, region, id, address and body', async () => {
  const word = fc.string({
    unit: fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/+='),
    minLength: 1,
    maxLength: 40,
  })
  const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,60}(\/[A-Za-z0-9][A-Za-z0-9._:-]{0,20})?$/)
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        accessKeyId: fc.stringMatching(/^[A-Z0-9]{16,20}$/),
        secretAccessKey: word,
        sessionToken: fc.option(word),
      }),
      fc.record({
        region: fc.constantFrom('eu-central-1', 'us-east-1', 'us-gov-west-1', 'ap-southeast-2'),
        upstreamId: id,
        body: fc.uint8Array({ maxLength: 300 }),
        baseUrl: fc.constantFrom(
          null,
          'http://127.0.0.1:7071',
          'https://proxy.test:8443/a!b/(c)*/~d',
          'https://x.test',
        ),
        nowMs: fc.integer({ min: 0, max: 4_102_444_800_000 }),
        operation: fc.constantFrom('chat' as const, 'chat-stream' as const),
        dialect: fc.constant('bedrock-converse' as const),
        callerHeaders: fc.constant([]),
      }),
      async (keys, call) => {
        const request = provider.buildRequest({ ...call, credential: { kind: 'aws', ...keys } }, nodeDigests)
        expect(headerOf(request, 'authorization')).toBe(await judgedAuthorization(request, keys, call))
      },
    ),
    { numRuns: 300 },
  )
})

test('a corrected secret under the same access key id is used at once', async () => {
  const input = {
    operation: 'chat',
    dialect: 'bedrock-converse',
    callerHeaders: [],
    upstreamId: 'amazon.nova-lite-v1:0',
    region: 'eu-central-1',
    body: new Uint8Array(0),
    baseUrl: null,
    nowMs,
  } as const
  for (const secretAccessKey of ['mistyped', 'corrected', 'mistyped']) {
    const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey, sessionToken: null }
    const request = provider.buildRequest({ ...input, credential: { kind: 'aws', ...keys } }, nodeDigests)
    expect(headerOf(request, 'authorization')).toBe(await judgedAuthorization(request, keys, input))
  }
})

test('a bearer token goes as it is and nothing is signed', () => {
  const request = provider.buildRequest(
    {
      operation: 'chat',
      dialect: 'bedrock-converse',
      callerHeaders: [],
      upstreamId: 'amazon.nova-lite-v1:0',
      region: 'eu-central-1',
      body: new Uint8Array(0),
      credential: { kind: 'bearer', token: 'ABSKexample==' },
      baseUrl: null,
      nowMs,
    },
    nodeDigests,
  )
  expect(headerOf(request, 'authorization')).toBe('Bearer ABSKexample==')
  expect(headerOf(request, 'x-amz-date')).toBeUndefined()
})

const failures: readonly (readonly [number, string | null, string, ErrorCode])[] = [
  [429, 'ThrottlingException', 'Too many requests, please wait before trying again.', 'upstream_throttled'],
  [429, 'ThrottlingException', 'Too many tokens, please wait before trying again.', 'upstream_throttled'],
  [429, 'ModelNotReadyException', 'The model is not ready.', 'upstream_overloaded'],
  [400, 'ServiceQuotaExceededException', 'Your request exceeds the service quota.', 'upstream_throttled'],
  [
    400,
    'ValidationException',
    'Invocation of model ID anthropic.claude-3-5-sonnet-20241022-v2:0 with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.',
    'upstream_model_unavailable',
  ],
  [400, 'ValidationException', 'The provided model identifier is invalid.', 'upstream_model_unavailable'],
  [
    400,
    'ValidationException',
    "This action doesn't support the model that you provided.",
    'upstream_model_unavailable',
  ],
  [400, 'ValidationException', 'The model is not available in this region.', 'upstream_model_unavailable'],
  [400, 'ValidationException', 'Malformed input request: #/messages: expected array', 'upstream_rejected'],
  [
    400,
    'ValidationException',
    "This model doesn't support the image content block that you provided. Update the content block and try again.",
    'upstream_rejected',
  ],
  [400, null, 'Bad Request', 'upstream_rejected'],
  [
    403,
    'AccessDeniedException',
    "You don't have access to the model with the specified model ID.",
    'upstream_model_unavailable',
  ],
  [
    403,
    'AccessDeniedException',
    'User: arn:aws:iam::123456789012:user/x is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-pro-v1:0',
    'upstream_model_unavailable',
  ],
  [
    403,
    'AccessDeniedException',
    'User is not authorized to perform: bedrock:CallWithBearerToken',
    'provider_auth',
  ],
  [
    403,
    'UnrecognizedClientException',
    'The security token included in the request is invalid.',
    'provider_auth',
  ],
  [403, 'ExpiredTokenException', 'The security token included in the request is expired', 'provider_auth'],
  [403, 'InvalidSignatureException', 'The request signature we calculated does not match', 'provider_auth'],
  [403, 'MissingAuthenticationTokenException', 'Missing Authentication Token', 'provider_auth'],
  [
    404,
    'ResourceNotFoundException',
    'This model version has reached the end of its life.',
    'upstream_model_unavailable',
  ],
  [408, 'ModelTimeoutException', 'Model timed out', 'upstream_error'],
  [424, 'ModelErrorException', 'The model failed', 'upstream_error'],
  [500, 'InternalServerException', 'oops', 'upstream_error'],
  [503, 'ServiceUnavailableException', 'Service Unavailable', 'upstream_overloaded'],
]

test.each(failures)('%i %s "%s" means %s', (status, name, message, code) => {
  const type =
    name === null ? {} : { 'x-amzn-errortype': `${name}:http://internal.amazon.com/coral/com.amazon/` }
  const failure = provider.readFailure({ status, headers: type }, bodyOf({ message }))
  const lasting = name === 'ServiceQuotaExceededException' ? { lasting: true } : {}
  expect(failure).toEqual({ code, status, vendorName: name, message, retryAfterMs: null, ...lasting })
})

test('finds the name in the body where a layer before the service answered', () => {
  const head: UpstreamAnswerHead = { status: 400, headers: {} }
  const body = bodyOf({
    __type: 'com.amazon.coral.service#UnrecognizedClientException',
    Message: 'No such key.',
  })
  expect(provider.readFailure(head, body)).toMatchObject({
    code: 'provider_auth',
    vendorName: 'UnrecognizedClientException',
    message: 'No such key.',
  })
})

test('an error inside a stream means what it means as an answer', () => {
  const meaning = (name: string, message = 'text') => provider.readStreamError(name, message).code
  expect(meaning('throttlingException')).toBe('upstream_throttled')
  expect(meaning('internalServerException')).toBe('upstream_error')
  expect(meaning('modelStreamErrorException')).toBe('upstream_error')
  expect(meaning('modelTimeoutException')).toBe('upstream_error')
  expect(meaning('serviceUnavailableException')).toBe('upstream_overloaded')
  expect(meaning('validationException')).toBe('upstream_rejected')
  expect(meaning('validationException', 'The provided model identifier is invalid.')).toBe(
    'upstream_model_unavailable',
  )
  expect(errorTable[meaning('InternalFailure')].next).toBe('move-on')
})

test('asks what a region lists, signed as AWS’s own clients sign it, its query in the order of names', async () => {
  const input = {
    ...{ region: 'eu-west-1', path: '/inference-profiles', credential: signed, baseUrl: null, nowMs },
    query: { type: 'SYSTEM_DEFINED', nextToken: "a/b+c=d (e)'*!", maxResults: '25' },
  }
  const request = provider.buildListRequest?.(input, nodeDigests)
  if (request === undefined) throw new Error('Bedrock lists its models')
  expect([request.method, request.origin, request.path]).toEqual([
    'GET',
    'https://bedrock.eu-west-1.amazonaws.com',
    '/inference-profiles?maxResults=25&nextToken=a%2Fb%2Bc%3Dd%20%28e%29%27%2A%21&type=SYSTEM_DEFINED',
  ])
  expect(headerOf(request, 'authorization')).toBe(
    await judgedAuthorization(request, signed, { region: 'eu-west-1', nowMs }),
  )
  const own = provider.buildListRequest?.(
    { ...input, baseUrl: 'http://127.0.0.1:7071/x', query: {} },
    nodeDigests,
  )
  expect([own?.origin, own?.path]).toEqual(['http://127.0.0.1:7071', '/x/inference-profiles'])
  expect(() => provider.buildListRequest?.({ ...input, region: 'evil.example/' }, nodeDigests)).toThrow(
    /region/,
  )
})

test('reads out of a refusal what it asks of an operator, and where it was refused', () => {
  const reading = (name: string, message: string) => provider.readRefusal?.(name, message)
  const arn = 'arn:aws:bedrock:eu-west-3::foundation-model/amazon.nova-pro-v1:0'
  expect(
    reading('AccessDeniedException', `User: x is not authorized to perform: y on resource: ${arn}`),
  ).toEqual({
    kind: 'not-permitted',
    refusedIn: 'eu-west-3',
  })
  const kinds: readonly (readonly [string, string, string | undefined])[] = [
    ['AccessDeniedException', "You don't have access to the model with the specified model ID.", 'no-access'],
    ['AccessDeniedException', 'Authentication failed: Please make sure your API Key is valid.', 'credential'],
    ['ValidationException', 'Operation not allowed', 'no-access'],
    ['ResourceNotFoundException', 'This model version has reached the end of its life.', 'end-of-life'],
    ['ValidationException', 'The provided model identifier is invalid.', 'unknown-model'],
    ['ValidationException', 'Access to Anthropic models is not allowed from unsupported countries', 'region'],
    ['ServiceQuotaExceededException', 'Your request exceeds the service quota for your account.', 'quota'],
    ['ThrottlingException', 'Too many tokens per day, please wait before trying again.', 'quota'],
    ['ThrottlingException', 'Too many requests, please wait before trying again.', undefined],
    ['ValidationException', 'messages: roles must alternate', undefined],
  ]
  for (const [name, message, kind] of kinds)
    expect([message, reading(name, message)?.kind]).toEqual([message, kind])
})

const bodyOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

function headerOf({ headers }: UpstreamRequest, name: string): string | undefined {
  const at = headers.findIndex((text, index) => index % 2 === 0 && text === name)
  return at === -1 ? undefined : headers[at + 1]
}

interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string | null
}

/** What AWS's own signer writes over the same headers. */
async function judgedAuthorization(
  request: UpstreamRequest,
  { accessKeyId, secretAccessKey, sessionToken }: Keys,
  { region, nowMs: atMs }: { readonly region: string; readonly nowMs: number },
): Promise<string | undefined> {
  const judge = new SignatureV4({
    service: 'bedrock',
    region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === null ? {} : { sessionToken }) },
    sha256: NodeSha256,
    applyChecksum: false,
  })
  const url = new URL(request.origin)
  const [path = '', query = ''] = request.path.split('?')
  const judged = await judge.sign(
    {
      method: request.method,
      protocol: url.protocol,
      hostname: url.hostname,
      path,
      query: Object.fromEntries(new URLSearchParams(query)),
      headers: {
        host: headerOf(request, 'host') ?? '',
        'content-type': headerOf(request, 'content-type') ?? '',
      },
      body: request.body,
    },
    { signingDate: new Date(atMs) },
  )
  return judged.headers['authorization']
}

/** The judge's own interface to a digest. */
class NodeSha256 {
  readonly #hash: Hash | Hmac
  constructor(secret?: unknown) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Uint8Array)
  }
  update(data: unknown): void {
    this.#hash.update(data as Uint8Array)
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest())
  }
  reset(): void {
    throw new Error('one digest is for one text')
  }
}
