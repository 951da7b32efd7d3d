import { errorTable, type ErrorCode } from '@pointsman/contract'
import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { routeScopes } from '../keys/route-scopes.ts'

type Json = { readonly [name: string]: unknown }

const everyEndpointMayAnswer: readonly ErrorCode[] = ['missing_key', 'invalid_key', 'forbidden', 'internal']

/** The OpenAPI 3.1 document of the endpoints, generated from the schemas that check their requests. */
export function openapiDocument(endpoints: readonly Endpoint[], basePath: string): Json {
  const paths: Record<string, Record<string, Json>> = {}
  for (const endpoint of endpoints) {
    const path = (paths[`${basePath}${endpoint.path}`] ??= {})
    path[endpoint.method.toLowerCase()] = operationOf(endpoint)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Pointsman control API',
      version: '1',
      description: 'Which model answers which request, who changed it, why, and what it costs.',
    },
    security: [{ key: [] }, { apiKeyHeader: [] }],
    paths,
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer' },
        apiKeyHeader: { type: 'apiKey', in: 'header', name: 'x-api-key' },
      },
      schemas: { Error: schemaOf(errorAnswer, 'output') },
    },
  }
}

const errorAnswer = z.object({
  error: z.object({
    code: z.enum(Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]]),
    message: z.string(),
    field: z.string().optional(),
    suggestions: z.array(z.string()).optional(),
    data: z.record(z.string(), z.unknown()).optional(),
  }),
})

function operationOf(endpoint: Endpoint): Json {
  const { schemas } = endpoint
  const parameters = [
    ...parametersOf(schemas.path, 'path'),
    ...parametersOf(schemas.query, 'query'),
    ...(endpoint.conditional ? [ifMatchParameter] : []),
    ...(endpoint.revalidates ? [ifNoneMatchParameter] : []),
    ...(endpoint.streams ? [lastEventIdParameter] : []),
  ]
  return {
    operationId: endpoint.operation,
    summary: endpoint.summary,
    description: `Key scope: ${routeScopes[endpoint.operation].join(' or ')}.`,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(schemas.body === null
      ? {}
      : {
          requestBody: {
            required: !schemas.body.safeParse(undefined).success,
            content: jsonContent(schemaOf(schemas.body, 'input')),
          },
        }),
    responses: {
      [endpoint.status]: successOf(endpoint),
      ...(endpoint.revalidates ? { 304: { description: 'What the caller has is what is in force.' } } : {}),
      ...errorResponses([...endpoint.errors, ...inputErrors(endpoint), ...everyEndpointMayAnswer]),
    },
  }
}

function successOf({ download, schemas, streams }: Endpoint): Json {
  if (download !== null) return { description: 'The file.', content: { [download]: {} } }
  const schema = schemaOf(schemas.answer, 'output')
  return streams
    ? {
        description: 'Server-sent events until the caller leaves; the data of each is this.',
        content: { 'text/event-stream': { schema } },
      }
    : { description: 'Done.', content: jsonContent(schema) }
}

const ifMatchParameter: Json = {
  name: 'If-Match',
  in: 'header',
  required: false,
  description: 'The ETag of an earlier answer: refused with 412 when the resource was changed since.',
  schema: { type: 'string' },
}

const ifNoneMatchParameter: Json = {
  name: 'If-None-Match',
  in: 'header',
  required: false,
  description: 'The ETag of an earlier answer: 304 without a body while nothing has changed.',
  schema: { type: 'string' },
}

const lastEventIdParameter: Json = {
  name: 'Last-Event-ID',
  in: 'header',
  required: false,
  description:
    'The id of the last event that was seen: goes on after it. What clients send by themselves when they connect anew.',
  schema: { type: 'string' },
}

const inputErrors = ({ conditional, method, schemas }: Endpoint): readonly ErrorCode[] => [
  ...(schemas.body === null ? [] : (['invalid_json', 'body_too_large', 'unsupported_encoding'] as const)),
  ...(method === 'GET' && schemas.body === null && schemas.query === null && schemas.path === null
    ? []
    : (['invalid_request'] as const)),
  ...(conditional ? (['stale'] as const) : []),
]

function errorResponses(codes: readonly ErrorCode[]): Json {
  const byStatus = new Map<number, Set<ErrorCode>>()
  for (const code of codes) {
    const { status } = errorTable[code]
    byStatus.set(status, (byStatus.get(status) ?? new Set()).add(code))
  }
  return Object.fromEntries(
    [...byStatus].map(([status, names]) => [
      status,
      {
        description: [...names].join(', '),
        content: jsonContent({ $ref: '#/components/schemas/Error' }),
      },
    ]),
  )
}

function parametersOf(schema: z.ZodType | null, place: 'path' | 'query'): readonly Json[] {
  if (schema === null) return []
  const { properties, required } = schemaOf(schema, 'input') as {
    readonly properties?: { readonly [name: string]: Json }
    readonly required?: readonly string[]
  }
  return Object.entries(properties ?? {}).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || (required ?? []).includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }))
}

const jsonContent = (schema: Json): Json => ({ 'application/json': { schema } })

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-2020-12' }) as Json
  return rest
}
