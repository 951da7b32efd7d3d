import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  PointsmanError,
  errorTable,
  type Credential,
  type ErrorCode,
  type Provider,
  type UpstreamRequest,
  type UpstreamRequestInput,
} from '@pointsman/contract'
import { nodeDigests } from '../testing/node-digests.ts'
import { hostileTexts } from './hostile-texts.ts'

/** What a provider says of itself so that the suite can judge it. */
export interface ProviderFacts {
  readonly provider: Provider
  /** A fresh one, to prove that nothing of another call stays in it. */
  create(): Provider
  readonly credentials: readonly Credential[]
  readonly upstreamId: string
  readonly region: string
  /** The vendor's public origins: a key may go to no other one. */
  isOwnOrigin(origin: string): boolean
  /** The path of a call, for every id that is accepted; without its query. */
  readonly pathForm: RegExp
  /** The query of a call; left out where the vendor's paths have none. */
  readonly queryForm?: RegExp
}

const kindsOfCredential: readonly Credential[] = [
  { kind: 'aws', accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: null },
  { kind: 'bearer', token: 'token-EXAMPLE' },
  { kind: 'none' },
]
const keyHeaders = ['authorization', 'x-api-key', 'api-key', 'x-goog-api-key']
const body = new TextEncoder().encode('{"messages":[]}')
const nowMs = Date.UTC(2026, 10, 21, 9, 30)

/** The table of contract section 12: what each status means where the vendor gives no better name. */
const meaningOfStatus: readonly (readonly [number, 'passed-on' | 'moves-on', ErrorCode | null])[] = [
  [400, 'passed-on', 'upstream_rejected'],
  [401, 'moves-on', 'provider_auth'],
  [403, 'moves-on', null],
  [404, 'moves-on', 'upstream_model_unavailable'],
  [408, 'moves-on', null],
  [413, 'passed-on', 'upstream_rejected'],
  [422, 'passed-on', 'upstream_rejected'],
  [424, 'moves-on', null],
  [429, 'moves-on', 'upstream_throttled'],
  [500, 'moves-on', null],
  [502, 'moves-on', null],
  [503, 'moves-on', null],
  [504, 'moves-on', null],
  [529, 'moves-on', null],
]

/** The suite that every provider passes. */
export function describeProvider(facts: ProviderFacts): void {
  describe(`provider ${facts.provider.id}`, () => {
    describeRequests(facts)
    describeSafety(facts)
    describeFailures(facts)
  })
}

function describeRequests(facts: ProviderFacts): void {
  const calls = facts.provider.dialects.flatMap(({ name, operations }) =>
    operations.flatMap((operation) =>
      facts.credentials.map((credential) => ({ dialect: name, operation, credential })),
    ),
  )
  test.each(calls)('builds a well-formed request: $dialect, $operation, $credential.kind', (call) => {
    const request = build(facts, call)
    expectWellFormed(facts, request)
    expect(facts.isOwnOrigin(request.origin)).toBe(true)
    expect(request.body).toBe(body)
    expect(valueOf(request, 'host')).toBe(new URL(request.origin).host)
    const keys = keyHeaders.filter((name) => valueOf(request, name) !== undefined)
    expect(keys).toHaveLength(call.credential.kind === 'none' ? 0 : 1)
  })

  test('refuses kinds of credentials that the vendor does not know, and another candidate is tried', () => {
    const known = facts.credentials.map(({ kind }) => kind)
    for (const credential of kindsOfCredential) {
      const request = buildOrRefuse(facts, { credential })
      expect(request === null, credential.kind).toBe(!known.includes(credential.kind))
    }
  })

  test("passes on the caller's headers that belong to the dialect", () => {
    const request = build(facts, { callerHeaders: ['x-of-the-dialect', 'as it came'] })
    expectWellFormed(facts, request)
    expect(valueOf(request, 'x-of-the-dialect')).toBe('as it came')
  })

  test('says the same for the same input, whoever was served in between', () => {
    const [first, ...others] = facts.credentials
    if (first === undefined) throw new Error('a provider has at least one kind of credential')
    const alone = facts.create().buildRequest(inputOf(facts, { credential: first }), nodeDigests)
    for (const other of others) build(facts, { credential: other })
    expect(build(facts, { credential: first })).toEqual(alone)
  })

  test('goes to the address of the operator and keeps its path in front', () => {
    const request = build(facts, { baseUrl: 'http://127.0.0.1:7071/vendor/' })
    expect(request.origin).toBe('http://127.0.0.1:7071')
    expect(request.path.startsWith('/vendor/')).toBe(true)
    expectWellFormed(facts, { ...request, path: request.path.slice('/vendor'.length) })
  })
}

function describeSafety(facts: ProviderFacts): void {
  const text = fc.oneof(
    fc.constantFrom(...hostileTexts),
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: fc.constantFrom('.', '/', '\\', ':', '%', '2', 'F', 'e', '@', '#', '?', 'a', '-') }),
  )

  test('no id and no region leads a key to another host or path', () => {
    fc.assert(
      fc.property(text, text, fc.boolean(), (upstreamId, region, hostileRegion) => {
        const request = buildOrRefuse(facts, { upstreamId, ...(hostileRegion ? { region } : {}) })
        if (request === null) return
        expectWellFormed(facts, request)
        expect(facts.isOwnOrigin(request.origin), request.origin).toBe(true)
        const { path } = splitPath(request)
        // As the strictest and the laxest reader on the way would resolve it.
        expect(new URL(path, 'https://vendor.test').pathname).toBe(path)
        const decoded = new URL(`https://vendor.test${decodeURIComponent(path)}`)
        expect(decoded.host).toBe('vendor.test')
        expect(decoded.pathname.split('/').slice(0, 2)).toEqual(path.split('/').slice(0, 2))
      }),
      { numRuns: 2_000 },
    )
  })

  test("an operator's address is taken at its word or refused", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          text.map((tail) => `https://vendor.test${tail}`),
        ),
        (baseUrl) => {
          const request = buildOrRefuse(facts, { baseUrl })
          if (request === null) return
          expectWellFormed(null, request)
          expect(request.origin).toBe(new URL(baseUrl).origin)
          expect(valueOf(request, 'host')).toBe(new URL(request.origin).host)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  test('a credential that would break out of its header is refused', () => {
    for (const breaking of ['key\r\nx-evil: 1', 'key\n', ' key', 'k\u0000ey', 'schlüssel', '']) {
      for (const credential of facts.credentials) {
        if (credential.kind === 'none') continue
        const broken: Credential =
          credential.kind === 'bearer'
            ? { kind: 'bearer', token: breaking }
            : { ...credential, accessKeyId: breaking }
        expect(() => build(facts, { credential: broken })).toThrow(PointsmanError)
      }
    }
  })
}

function describeFailures({ provider }: ProviderFacts): void {
  test.each(meaningOfStatus)('status %i without a name %s', (status, meaning, code) => {
    const failure = provider.readFailure({ status, headers: {} }, new Uint8Array(0))
    expect(errorTable[failure.code].next).toBe(meaning === 'passed-on' ? 'stop' : 'move-on')
    if (code !== null) expect(failure.code).toBe(code)
    expect(failure.status).toBe(status)
    expect(failure.message).not.toBe('')
  })

  test('reads any answer and any name inside a stream without throwing', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 300, max: 599 }),
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((json) => new TextEncoder().encode(json)),
        ),
        fc.string(),
        (status, bytes, name) => {
          const failure = provider.readFailure({ status, headers: { 'x-amzn-errortype': name } }, bytes)
          expect(failure.code in errorTable).toBe(true)
          expect(provider.readStreamError(name, 'text').code in errorTable).toBe(true)
        },
      ),
    )
  })

  test('tells how long to wait, in seconds or as a date by the vendor’s own clock', () => {
    const wait = (headers: { readonly [name: string]: string }) =>
      provider.readFailure({ status: 429, headers }, new Uint8Array(0)).retryAfterMs
    expect(wait({ 'retry-after': '7' })).toBe(7_000)
    expect(wait({ 'retry-after': '0.5' })).toBe(500)
    const date = 'Sat, 21 Nov 2026 09:30:00 GMT'
    expect(wait({ 'retry-after': 'Sat, 21 Nov 2026 09:30:30 GMT', date })).toBe(30_000)
    expect(wait({ 'retry-after': 'Sat, 21 Nov 2026 09:29:00 GMT', date })).toBe(0)
    for (const unreadable of ['', 'soon', '-5', 'NaN']) expect(wait({ 'retry-after': unreadable })).toBeNull()
    expect(wait({})).toBeNull()
  })
}

function inputOf(facts: ProviderFacts, changed: Partial<UpstreamRequestInput>): UpstreamRequestInput {
  const [credential] = facts.credentials
  if (credential === undefined) throw new Error('a provider has at least one kind of credential')
  const { upstreamId, region } = facts
  const [dialect] = facts.provider.dialects
  if (dialect === undefined) throw new Error('a provider takes at least one dialect')
  const asked = { operation: 'chat', dialect: dialect.name, callerHeaders: [] } as const
  return { ...asked, upstreamId, region, body, credential, baseUrl: null, nowMs, ...changed }
}

const build = (facts: ProviderFacts, changed: Partial<UpstreamRequestInput>): UpstreamRequest =>
  facts.provider.buildRequest(inputOf(facts, changed), nodeDigests)

/** Null = refused as it should be, with an error of ours. */
function buildOrRefuse(facts: ProviderFacts, changed: Partial<UpstreamRequestInput>): UpstreamRequest | null {
  try {
    return build(facts, changed)
  } catch (thrown) {
    if (!(thrown instanceof PointsmanError)) throw thrown
    expect(errorTable[thrown.code].next).toBe('move-on')
    return null
  }
}

function splitPath(request: UpstreamRequest): { readonly path: string; readonly query: string } {
  const at = request.path.indexOf('?')
  return at < 0
    ? { path: request.path, query: '' }
    : { path: request.path.slice(0, at), query: request.path.slice(at + 1) }
}

/** `facts` is null where an operator's own path stands in front of the vendor's. */
function expectWellFormed(facts: ProviderFacts | null, request: UpstreamRequest): void {
  const { origin, headers } = request
  const { path, query } = splitPath(request)
  expect(new URL(origin).origin).toBe(origin)
  expect(path).toMatch(/^\/[\x21-\x7e]*$/)
  expect(request.path).not.toMatch(/[\\#]|\?.*\?/)
  if (facts !== null) {
    expect(path).toMatch(facts.pathForm)
    expect(query).toMatch(facts.queryForm ?? /^$/)
  }
  expect(headers.length % 2).toBe(0)
  const names = headers.filter((_, index) => index % 2 === 0)
  expect(new Set(names).size).toBe(names.length)
  for (const name of names) expect(name).toMatch(/^[a-z0-9-]+$/)
  for (const value of headers.filter((_, index) => index % 2 === 1)) expect(value).toMatch(/^[\x20-\x7e]+$/)
}

function valueOf({ headers }: UpstreamRequest, name: string): string | undefined {
  const at = headers.findIndex((text, index) => index % 2 === 0 && text === name)
  return at === -1 ? undefined : headers[at + 1]
}
