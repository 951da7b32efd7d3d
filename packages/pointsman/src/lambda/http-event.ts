import { PointsmanError } from '@pointsman/contract'

/** One HTTP request, as Lambda hands it over. */
export interface EventRequest {
  readonly method: string
  /** Encoded, without the query. */
  readonly path: string
  readonly query: string
  /** Name, value, name, value, … */
  readonly rawHeaders: readonly string[]
  readonly body: Uint8Array
  /** Whether the answer may be streamed: a function URL's, whose invoke mode is RESPONSE_STREAM. */
  readonly streams: boolean
}

interface Members {
  readonly [name: string]: unknown
}

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const members = (value: unknown): Members => (isMembers(value) ? value : {})
const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/**
 * Reads the payload formats that HTTP comes in: 2.0 of function URLs and HTTP APIs, 1.0 of REST APIs
 * (docs.aws.amazon.com/lambda: "Invoking function URLs", "Working with AWS Lambda proxy integrations", 2026-11).
 * Throws PointsmanError for anything else.
 */
export function readHttpEvent(event: unknown): EventRequest {
  const given = members(event)
  const context = members(given['requestContext'])
  const request = given['version'] === '2.0' ? readSecond(given, context) : readFirst(given, context)
  if (request === null)
    throw new PointsmanError(
      'invalid_request',
      'This function answers HTTP: it takes events of a function URL, of an HTTP API or of a REST API with proxy integration. What invokes a function itself is answered by its handler "index.invoked".',
    )
  return { ...request, body: bodyOf(given) }
}

function readSecond(given: Members, context: Members): Omit<EventRequest, 'body'> | null {
  const http = members(context['http'])
  const [method, path] = [text(http['method']), text(given['rawPath'])]
  if (method === null || path === null) return null
  return {
    ...{ method, path: withoutStage(path, context), query: text(given['rawQueryString']) ?? '' },
    rawHeaders: [...flat(members(given['headers'])), ...cookiesOf(given['cookies'])],
    streams: /\.lambda-url\./.test(text(context['domainName']) ?? ''),
  }
}

/** HTTP APIs put the stage before the path, unless it is `$default`. */
function withoutStage(path: string, context: Members): string {
  const stage = text(context['stage'])
  if (stage === null || stage === '$default' || !path.startsWith(`/${stage}/`)) return path
  return path.slice(stage.length + 1)
}

/** Cookies of the second format stand beside its headers. */
const cookiesOf = (cookies: unknown): readonly string[] =>
  Array.isArray(cookies) && cookies.length > 0 ? ['cookie', cookies.map(String).join('; ')] : []

function readFirst(given: Members, context: Members): Omit<EventRequest, 'body'> | null {
  const [method, path] = [text(given['httpMethod']), text(given['path'])]
  if (method === null || path === null || Object.keys(context).length === 0) return null
  const query = Object.entries(members(given['multiValueQueryStringParameters'])).flatMap(([name, values]) =>
    listOf(values).map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`),
  )
  const many = Object.entries(members(given['multiValueHeaders']))
  const rawHeaders = many.flatMap(([name, values]) => listOf(values).flatMap((value) => [name, value]))
  return {
    // Decoded by API Gateway; model ids hold colons and slashes that are to be read as they were sent.
    ...{ method, path: encodeURI(path), query: query.join('&'), streams: false },
    rawHeaders: rawHeaders.length > 0 ? rawHeaders : flat(members(given['headers'])),
  }
}

const listOf = (values: unknown): readonly string[] => (Array.isArray(values) ? values.map(String) : [])

const flat = (headers: Members): readonly string[] =>
  Object.entries(headers).flatMap(([name, value]) => [name, String(value)])

function bodyOf(given: Members): Uint8Array {
  const body = text(given['body'])
  if (body === null) return new Uint8Array()
  return given['isBase64Encoded'] === true ? Buffer.from(body, 'base64') : new TextEncoder().encode(body)
}
