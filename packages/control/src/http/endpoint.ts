import type { ErrorCode, Principal } from '@pointsman/contract'
import { z } from 'zod'
import type { Operation } from '../keys/route-scopes.ts'
import { check } from './check.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What a handler gets: everything checked by the endpoint's own schemas. */
export interface Asked<Path, Query, Body> {
  readonly path: Path
  readonly query: Query
  readonly body: Body
  readonly principal: Principal
  /** The revision of `If-Match`; null = the caller set no condition. */
  readonly ifMatch: number | null
}

/** What the handler of a stream gets beside. */
export interface AskedStream {
  /** Ends when the caller has left. */
  readonly signal: AbortSignal
  /** Whether the caller's key or token still opens this. Never rejects. */
  readonly mayStay: () => Promise<boolean>
  /** The id of the last event that the caller has seen; null = it begins now. */
  readonly lastEventId: string | null
}

export interface Answer<Data> {
  readonly data: Data
  /** 200 unless set. */
  readonly status?: 201 | 202
  /** The revision of the resource's last change: becomes its ETag. */
  readonly revision?: number | null
  /** Server-sent events, or the bytes of a download, in place of `data`. */
  readonly stream?: ReadableStream<Uint8Array>
}

/** What a handler hands back may be read-only at every depth, as all our values are. */
export type Frozen<Value> = Value extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : Value extends object
    ? { readonly [Name in keyof Value]: Frozen<Value[Name]> }
    : Value

interface Definition<
  Path extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Data extends z.ZodType,
> {
  readonly operation: Operation
  readonly method: Method
  /** Below `/api/v1`, in OpenAPI's form: `/models/{id}`. */
  readonly path: string
  readonly summary: string
  readonly pathParameters?: Path
  readonly query?: Query
  readonly body?: Body
  readonly answer: Data
  /** Status of a success where it is not 200. */
  readonly status?: 201
  /** Errors of its own, beyond those that every operation may give. */
  readonly errors?: readonly ErrorCode[]
  /** Takes `If-Match`. */
  readonly conditional?: true
  /** Takes `If-None-Match`: nothing of the answer changes without its revision. */
  readonly revalidates?: true
  handle(
    asked: Asked<z.output<Path>, z.output<Query>, z.output<Body>>,
  ): Promise<Answer<Frozen<z.input<Data>>>>
}

/** An endpoint whose types are closed over: what the router mounts and the OpenAPI document is made of. */
export interface Endpoint {
  readonly operation: Operation
  readonly method: Method
  readonly path: string
  readonly summary: string
  readonly schemas: {
    readonly path: z.ZodType | null
    readonly query: z.ZodType | null
    readonly body: z.ZodType | null
    readonly answer: z.ZodType
  }
  readonly status: 200 | 201
  /** It answers with server-sent events; `schemas.answer` is the data of each. */
  readonly streams: boolean
  /** The type of the bytes that it answers with in place of JSON; null = JSON, or events. */
  readonly download: string | null
  readonly errors: readonly ErrorCode[]
  readonly conditional: boolean
  readonly revalidates: boolean
  run(raw: RawAsked): Promise<Answer<unknown>>
}

export interface RawAsked {
  readonly path: unknown
  readonly query: unknown
  /** Called only where the endpoint has a body. */
  readonly readBody: () => Promise<unknown>
  readonly principal: Principal
  readonly ifMatch: number | null
  readonly signal: AbortSignal
  readonly mayStay: () => Promise<boolean>
  readonly lastEventId: string | null
}

const nothing = z.strictObject({})

/** Declares one endpoint: the same schemas check what comes in and describe it in the OpenAPI document. */
export function endpoint<
  Data extends z.ZodType,
  Path extends z.ZodType = typeof nothing,
  Query extends z.ZodType = typeof nothing,
  Body extends z.ZodType = z.ZodUndefined,
>(definition: Definition<Path, Query, Body, Data>): Endpoint {
  const { pathParameters, query, body, answer } = definition
  return {
    operation: definition.operation,
    method: definition.method,
    path: definition.path,
    summary: definition.summary,
    schemas: { path: pathParameters ?? null, query: query ?? null, body: body ?? null, answer },
    status: definition.status ?? 200,
    streams: false,
    download: null,
    errors: definition.errors ?? [],
    conditional: definition.conditional ?? false,
    revalidates: definition.revalidates ?? false,
    run: async (raw) =>
      definition.handle({
        path: check(pathParameters ?? nothing, raw.path, 'path') as z.output<Path>,
        query: check(query ?? nothing, raw.query, 'query') as z.output<Query>,
        body: (body === undefined ? undefined : check(body, await raw.readBody(), 'body')) as z.output<Body>,
        principal: raw.principal,
        ifMatch: raw.ifMatch,
      }),
  }
}

interface StreamDefinition<
  Path extends z.ZodType,
  Query extends z.ZodType,
  Data extends z.ZodType,
> extends Pick<
  Definition<Path, Query, z.ZodUndefined, Data>,
  'operation' | 'path' | 'summary' | 'pathParameters' | 'query' | 'errors'
> {
  /** The data of each event. */
  readonly event: Data
  readonly open: (
    asked: Asked<z.output<Path>, z.output<Query>, undefined> & AskedStream,
  ) => Promise<ReadableStream<Uint8Array>>
}

/** Declares an endpoint that answers with server-sent events. */
export function streamEndpoint<
  Data extends z.ZodType,
  Path extends z.ZodType = typeof nothing,
  Query extends z.ZodType = typeof nothing,
>(definition: StreamDefinition<Path, Query, Data>): Endpoint {
  const { event, open, ...rest } = definition
  const plain = endpoint<z.ZodNull, Path, Query>({
    ...rest,
    method: 'GET',
    answer: z.null(),
    handle: () => Promise.resolve({ data: null }),
  })
  return {
    ...plain,
    schemas: { ...plain.schemas, answer: event },
    streams: true,
    run: async (raw) => ({
      data: null,
      stream: await open({
        path: check(rest.pathParameters ?? nothing, raw.path, 'path') as z.output<Path>,
        query: check(rest.query ?? nothing, raw.query, 'query') as z.output<Query>,
        body: undefined,
        principal: raw.principal,
        ifMatch: null,
        signal: raw.signal,
        mayStay: raw.mayStay,
        lastEventId: raw.lastEventId,
      }),
    }),
  }
}

interface DownloadDefinition extends Pick<
  Definition<z.ZodType, z.ZodType, z.ZodUndefined, z.ZodNull>,
  'operation' | 'method' | 'path' | 'summary' | 'errors'
> {
  readonly contentType: string
  readonly open: () => Promise<ReadableStream<Uint8Array>>
}

/** Declares an endpoint that answers with a file. */
export function downloadEndpoint({ contentType, open, ...rest }: DownloadDefinition): Endpoint {
  const plain = endpoint({
    ...rest,
    answer: z.null(),
    handle: () => Promise.resolve({ data: null }),
  })
  return { ...plain, download: contentType, run: async () => ({ data: null, stream: await open() }) }
}
