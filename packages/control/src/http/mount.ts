import { PointsmanError } from '@pointsman/contract'
import type { Hono } from 'hono'
import { authorize, stillOpens, type Entrance } from '../keys/authenticate.ts'
import type { Log } from '../ports.ts'
import type { Answer, Endpoint } from './endpoint.ts'
import { entityTag, isNamed, readIfMatch, refuseIfMatch } from './entity-tag.ts'
import { caught, errorBody, errorHeaders } from './error-answer.ts'
import { requireStorable } from './storable-text.ts'
import { readJson } from './read-body.ts'

export interface RefusalParts {
  readonly entrance: Entrance
  readonly log: Log
}

export interface MountParts extends RefusalParts {
  readonly basePath: string
  readonly maxBodyBytes: number
}

/** Puts endpoints on the app, each behind a key with its scope. */
export function mount(app: Hono, endpoints: readonly Endpoint[], parts: MountParts): void {
  const methodsOf = new Map<string, string[]>()
  for (const endpoint of endpoints) {
    const pattern = `${parts.basePath}${endpoint.path.replaceAll(/\{(\w+)\}/g, ':$1')}`
    methodsOf.set(pattern, [...(methodsOf.get(pattern) ?? []), endpoint.method])
    app.on(endpoint.method, pattern, (context) =>
      answering(parts, endpoint.operation, async () => {
        const request = context.req.raw
        const principal = await parts.entrance.authenticate(request.headers)
        authorize(principal, endpoint.operation)
        if (endpoint.method !== 'GET' && !endpoint.conditional) refuseIfMatch(request.headers)
        // Nobody would read it to its end, or leave it.
        if (endpoint.streams && request.method === 'HEAD')
          return new Response(null, { headers: streamHeaders })
        const answer = await endpoint.run({
          path: pathOf(context.req.param()),
          query: queryOf(new URL(request.url)),
          readBody: () => readJson(request, parts.maxBodyBytes),
          principal,
          ifMatch: endpoint.conditional ? readIfMatch(request.headers) : null,
          signal: request.signal,
          mayStay: () => stillOpens(request.headers, endpoint.operation, parts.entrance),
          lastEventId: request.headers.get('last-event-id'),
        })
        return respond(answer, endpoint, request.headers)
      }),
    )
  }
  for (const [pattern, methods] of methodsOf) {
    app.all(pattern, (context) =>
      refuse(parts, context.req.raw, () => wrongMethod(context.req.method, methods)),
    )
  }
}

/** Whatever no endpoint answers: 404 in the one form of errors, and behind a key like everything else. */
export function mountRest(app: Hono, parts: RefusalParts & { readonly below?: readonly string[] }): void {
  for (const pattern of parts.below ?? ['*'])
    app.all(pattern, (context) => refuse(parts, context.req.raw, () => unknownPath(context.req.path)))
  app.onError((thrown) => answering(parts, 'none', () => Promise.reject(thrown)))
}

function pathOf(path: { readonly [name: string]: string }): { readonly [name: string]: string } {
  for (const [name, value] of Object.entries(path)) requireStorable(name, value)
  return path
}

function queryOf(url: URL): { readonly [name: string]: string } {
  const query: { [name: string]: string } = Object.create(null) as { [name: string]: string }
  for (const [name, value] of url.searchParams) {
    if (name in query) {
      throw new PointsmanError(
        'invalid_request',
        `"${name}" stands more than once in the query. Send it once.`,
        { field: name },
      )
    }
    requireStorable(name, value)
    query[name] = value
  }
  return query
}

export async function answering(
  parts: RefusalParts,
  operation: string,
  work: () => Promise<Response>,
): Promise<Response> {
  try {
    return await work()
  } catch (thrown) {
    const error = caught(thrown, parts.log, { operation })
    return Response.json(errorBody(error), { status: error.status, headers: errorHeaders(error) })
  }
}

const refuse = (parts: RefusalParts, request: Request, error: () => PointsmanError): Promise<Response> =>
  answering(parts, 'none', async () => {
    await parts.entrance.authenticate(request.headers)
    throw error()
  })

const wrongMethod = (method: string, methods: readonly string[]): PointsmanError =>
  new PointsmanError(
    'method_not_allowed',
    `This path does not take ${method}; it takes ${methods.join(', ')}.`,
    { data: { methods } },
  )

const unknownPath = (path: string): PointsmanError =>
  new PointsmanError('not_found', `Nothing answers at ${path}. GET /api/v1/openapi.json lists what there is.`)

const downloadHeaders = (contentType: string) => ({
  'content-type': contentType,
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
})

const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // Proxies that gather an answer before they pass it on would hold every event back.
  'x-accel-buffering': 'no',
}

function respond(
  answer: Answer<unknown>,
  { download, revalidates, status }: Endpoint,
  asked: Headers,
): Response {
  const { revision, stream } = answer
  if (stream !== undefined) {
    const headers = download === null ? streamHeaders : downloadHeaders(download)
    return new Response(stream, { headers })
  }
  const etag = revision === undefined || revision === null ? null : entityTag(revision)
  if (revalidates && etag !== null && isNamed(etag, asked.get('if-none-match')))
    return new Response(null, { status: 304, headers: { etag } })
  return Response.json(answer.data, {
    status: answer.status ?? status,
    ...(etag === null ? {} : { headers: { etag } }),
  })
}
